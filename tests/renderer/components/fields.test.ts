import { describe, expect, it } from 'vitest';
import NumberField from '@renderer/components/NumberField.vue';
import SplitPane from '@renderer/components/SplitPane.vue';
import TabStrip from '@renderer/components/TabStrip.vue';
import WinCheckbox from '@renderer/components/WinCheckbox.vue';
import WizardFrame from '@renderer/components/WizardFrame.vue';
import { seriousViolations } from '../support/axe';
import { show } from '../support/component';
import { click, get, names, press, type } from '../support/screen';

describe('a box for a number', () => {
  it('gives the number, and null while what is typed is none', async () => {
    const field = await show(NumberField, { label: 'RAM:', unit: 'MB', modelValue: 512 });
    const box = get('textbox', 'RAM:');
    for (const text of ['1024', '', '12a', '-5', '1.5', '064']) await type(box, text);
    expect(field.emitted('update:modelValue')).toEqual([[1024], [null], [64]]);
  });

  it('counts with the arrow keys inside its limits', async () => {
    const field = await show(NumberField, {
      label: 'Weight',
      modelValue: 99,
      min: 1,
      max: 100,
      'onUpdate:modelValue': (modelValue: unknown) => field.setProps({ modelValue }),
    });
    const box = get('textbox', 'Weight');
    await press('ArrowUp', {}, box);
    await press('ArrowUp', {}, box);
    expect(field.prop('modelValue')).toBe(100);
  });

  it('shows a number that was changed elsewhere', async () => {
    const field = await show(NumberField, { label: 'RAM:', modelValue: 1 });
    await field.setProps({ modelValue: 77 });
    const box = get('textbox', 'RAM:');
    expect(box instanceof HTMLInputElement && box.value).toBe('77');
  });
});

describe('a check box', () => {
  it('has its label as name and changes by a click or Alt with its key', async () => {
    const box = await show(WinCheckbox, {
      label: 'Use &Dynamic Memory',
      modelValue: false,
      'onUpdate:modelValue': (modelValue: unknown) => box.setProps({ modelValue }),
    });
    await click(get('checkbox', 'Use Dynamic Memory'));
    expect(box.prop('modelValue')).toBe(true);
    await press('d', { altKey: true }, document.body);
    expect(box.prop('modelValue')).toBe(false);
  });
});

describe('tabs', () => {
  it('walk with the arrow keys and name their panel', async () => {
    const tabs = await show(TabStrip, {
      label: 'Details',
      modelValue: 'a',
      tabs: [
        { id: 'a', label: 'A' },
        { id: 'b', label: 'B' },
      ],
      'onUpdate:modelValue': (modelValue: unknown) => tabs.setProps({ modelValue }),
    });
    get('tab', 'A').focus();
    await press('ArrowRight');
    expect(get('tabpanel', 'B')).toBeTruthy();
    expect(document.activeElement).toBe(get('tab', 'B'));
  });
});

describe('a split pane', () => {
  it('is resized with the arrow keys, not below its minimum', async () => {
    const pane = await show(SplitPane, {
      label: 'Resize',
      size: 84,
      min: 80,
      'onUpdate:size': (size: unknown) => pane.setProps({ size }),
    });
    get('separator', 'Resize').focus();
    await press('ArrowRight');
    expect(pane.prop('size')).toBe(92);
    await press('ArrowLeft');
    await press('ArrowLeft');
    expect(pane.prop('size')).toBe(80);
  });
});

describe('the frame of a wizard', () => {
  const pages = [
    { id: 'name', label: 'Specify Name' },
    { id: 'disk', label: 'Disk', disabled: true },
    { id: 'end', label: 'Summary' },
  ];
  const props = { title: 'Specify Name', icon: 'new-vm', pages, current: 'name', canNext: true, canFinish: true };

  it('greys Previous on the first page and has Next as default', async () => {
    const frame = await show(WizardFrame, props, { default: '<input aria-label="Name" />' });
    expect(get('button', '< Previous').hasAttribute('disabled')).toBe(true);
    expect(get('button', 'Next >').classList.contains('is-default')).toBe(true);
    await press('Enter', {}, get('textbox', 'Name'));
    expect(frame.emitted('next')).toHaveLength(1);
  });

  it('has Finish as default on the last page', async () => {
    const frame = await show(
      WizardFrame,
      { ...props, current: 'end', canNext: false, canPrevious: true },
      { default: '<input aria-label="Name" />' },
    );
    expect(get('button', 'Finish').classList.contains('is-default')).toBe(true);
    await press('Enter', {}, get('textbox', 'Name'));
    expect(frame.emitted('finish')).toHaveLength(1);
  });

  it('goes to pages that can be gone to, and cancels with Escape', async () => {
    const frame = await show(WizardFrame, props);
    await click(get('button', 'Summary'));
    expect(frame.emitted('go')).toEqual([['end']]);
    expect(get('button', 'Disk').hasAttribute('disabled')).toBe(true);
    await press('Escape', {}, get('button', 'Cancel'));
    expect(frame.emitted('cancel')).toHaveLength(1);
    expect(names('button').slice(-4)).toEqual(['< Previous', 'Next >', 'Finish', 'Cancel']);
  });

  it('has no serious accessibility violation', async () => {
    await show(WizardFrame, props);
    expect(await seriousViolations()).toEqual([]);
  });
});
