import { describe, expect, it, vi } from 'vitest';
import { splitAccess } from '@renderer/components/access';
import MenuBar from '@renderer/components/MenuBar.vue';
import WinButton from '@renderer/components/WinButton.vue';
import type { MenuBarEntry } from '@renderer/components/menu';
import { show } from '../support/component';
import { click, get, names, press, queryAll } from '../support/screen';

function bar(run: () => void): MenuBarEntry[] {
  return [
    { id: 'file', label: '&File', items: [{ id: 'exit', label: 'E&xit', run }] },
    {
      id: 'media',
      label: '&Media',
      items: [
        { id: 'eject', label: '&Eject', disabled: true, run },
        { id: 'dvd', label: '&DVD Drive', children: [{ id: 'insert', label: '&Insert Disk...', run }] },
        { id: 'tick', label: 'Toolbar', checked: true, run },
      ],
    },
  ];
}

describe('an access key', () => {
  it('is the letter behind the ampersand; a double one is an ampersand', () => {
    expect(splitAccess('Turn &Off...')).toEqual({ before: 'Turn ', key: 'O', after: 'ff...', text: 'Turn Off...' });
    expect(splitAccess('Copy && paste')).toMatchObject({ key: '', text: 'Copy & paste' });
    expect(splitAccess('&&&Save')).toMatchObject({ key: 'S', text: '&Save' });
    expect(splitAccess('Plain&')).toMatchObject({ key: '', text: 'Plain&' });
  });

  it('presses a button with Alt, unless it is disabled', async () => {
    const button = await show(WinButton, { label: '&Apply', disabled: true });
    await press('a', { altKey: true }, document.body);
    expect(button.emitted('click')).toBeUndefined();
    await button.setProps({ disabled: false });
    await press('a', { altKey: true }, document.body);
    expect(button.emitted('click')).toHaveLength(1);
  });

  it('does not reach a button behind a dialog', async () => {
    const button = await show(WinButton, { label: '&Apply' });
    const dialog = document.createElement('div');
    dialog.setAttribute('aria-modal', 'true');
    Object.defineProperty(dialog, 'offsetParent', { value: document.body });
    document.body.append(dialog);
    await press('a', { altKey: true }, document.body);
    expect(button.emitted('click')).toBeUndefined();
  });
});

describe('a menu bar', () => {
  it('opens with Alt and a letter, walks with arrows, runs with Enter', async () => {
    const run = vi.fn();
    await show(MenuBar, { menus: bar(run), label: 'Menu' });
    await press('f', { altKey: true }, document.body);
    expect(names('menuitem')).toEqual(['File', 'Media', 'Exit']);
    await press('ArrowRight');
    expect(names('menuitem')).toContain('DVD Drive');
    await press('ArrowLeft');
    await press('ArrowDown');
    await press('Enter');
    expect(run).toHaveBeenCalledOnce();
    expect(queryAll('menu', /./)).toEqual([]);
  });

  it('does not run what is greyed', async () => {
    const run = vi.fn();
    await show(MenuBar, { menus: bar(run), label: 'Menu' });
    await click(get('menuitem', 'Media'));
    await click(get('menuitem', 'Eject'));
    expect(run).not.toHaveBeenCalled();
    expect(get('menuitem', 'Eject').getAttribute('aria-disabled')).toBe('true');
  });

  it('goes into a submenu with the right arrow and out with the left one', async () => {
    const run = vi.fn();
    await show(MenuBar, { menus: bar(run), label: 'Menu' });
    await press('m', { altKey: true }, document.body);
    await press('ArrowDown');
    await press('ArrowDown');
    await press('ArrowRight');
    expect(document.activeElement?.textContent).toContain('Insert Disk...');
    await press('ArrowLeft');
    expect(document.activeElement?.textContent).toContain('DVD Drive');
    await press('ArrowRight');
    await press('i');
    expect(run).toHaveBeenCalledOnce();
  });

  it('closes with Escape and by a press outside', async () => {
    await show(MenuBar, { menus: bar(() => undefined), label: 'Menu' });
    await click(get('menuitem', 'File'));
    await press('Escape');
    expect(queryAll('menu', /./)).toEqual([]);
    await click(get('menuitem', 'File'));
    await click(document.body);
    expect(queryAll('menu', /./)).toEqual([]);
  });

  it('says which items are on', async () => {
    await show(MenuBar, { menus: bar(() => undefined), label: 'Menu' });
    await click(get('menuitem', 'Media'));
    expect(get('menuitemcheckbox', 'Toolbar').getAttribute('aria-checked')).toBe('true');
  });
});
