import { describe, expect, it } from 'vitest';
import SettingsView from '@renderer/dialogs/settings/SettingsView.vue';
import ManagerView from '@renderer/views/manager/ManagerView.vue';
import type { HostId } from '@shared/model/host-profile';
import { seriousViolations } from './support/axe';
import { idSequence, makeSnapshot, makeVm } from './support/fixtures';
import { openWindow, settle, type TestWindow } from './support/mount';
import { click, get, names, queryAll } from './support/screen';

const id = idSequence(1)();

/** The Settings window of one machine that is off, at one of its pages. */
async function settings(host: HostId, page: string, language: 'en' | 'es' = 'en'): Promise<TestWindow> {
  const snapshot = makeSnapshot([makeVm({ id, host, request: { dynamicMemory: false } })], host);
  const window = await openWindow(
    SettingsView,
    { vmId: id },
    { snapshot, language, handlers: { inventory: { applySettings: () => undefined } } },
  );
  await click(get('treeitem', page));
  return window;
}

const sent = ({ fake }: TestWindow): unknown => fake.inputsOf('inventory.applySettings')[0];

describe('memory in the manager', () => {
  it('shows demand and status of a guest that reports them, on the list of 2008 R2 and on the tab', async () => {
    const runtime = { assignedMemoryMB: 820, memoryDemandMB: 690, memoryStatus: 'low' as const };
    const vm = makeVm({ id, state: 'running', host: 'ws2008r2', runtime });
    await openWindow(ManagerView, {}, { snapshot: makeSnapshot([vm], 'ws2008r2') });
    const row = get('row', /^XP/);
    expect(row.textContent).toContain('690 MB');
    expect(row.textContent).toContain('Low');
    await click(row);
    await click(get('tab', 'Memory'));
    const facts = [...document.querySelectorAll('dl.facts')]
      .map((list) => list.textContent?.replace(/\s+/g, ' '))
      .join(' ');
    expect(facts).toMatch(/Assigned Memory:\s*820 MB\s*Memory Demand:\s*690 MB\s*Memory Status:\s*Low/);
  });

  it('says nothing of demand where no guest reports it', async () => {
    await openWindow(ManagerView, {}, { snapshot: makeSnapshot([makeVm({ id, state: 'running' })]) });
    await click(get('row', /^XP/));
    await click(get('tab', 'Memory'));
    expect(document.body.textContent).toContain('Assigned Memory:');
    expect(document.body.textContent).not.toContain('Memory Demand:');
  });
});

describe('memory in settings', () => {
  it('takes buffer and weight of dynamic memory, and sends them', async () => {
    const window = await settings('ws2022', 'Memory');
    const weight = document.querySelector<HTMLInputElement>('input[type=range]');
    expect([weight?.disabled, weight?.value]).toEqual([true, '4']);
    await click(get('checkbox', 'Enable Dynamic Memory'));
    expect(weight?.disabled).toBe(false);
    if (weight) weight.value = '8';
    weight?.dispatchEvent(new Event('input'));
    await settle();
    await click(get('button', 'Apply'));
    expect(sent(window)).toMatchObject({ settings: { memory: { dynamic: true, weight: 10_000, bufferPercent: 20 } } });
    expect(await seriousViolations()).toEqual([]);
  });

  it('has two choices and no minimum on 2008 R2, and nothing before', async () => {
    const window = await settings('ws2008r2', 'Memory');
    expect(names('radio')).toEqual(['Static', 'Dynamic']);
    expect(document.body.textContent).not.toContain('Minimum RAM');
    await click(get('radio', 'Dynamic'));
    await click(get('button', 'Apply'));
    expect(sent(window)).toMatchObject({ settings: { memory: { dynamic: true } } });
    window.wrapper.unmount();
    await settings('ws2008', 'Memory');
    expect([queryAll('radio', /.*/).length, queryAll('checkbox', /Dynamic/).length]).toEqual([0, 0]);
  });
});

describe('automatic actions in settings', () => {
  it('can shut the guest down, in both languages', async () => {
    const window = await settings('ws2022', 'Acción de detención automática', 'es');
    await click(get('radio', 'Apagar el sistema operativo invitado'));
    await click(get('button', 'Aplicar'));
    expect(sent(window)).toMatchObject({ settings: { autoStop: 'shutDown' } });
  });

  it('have a delay that is grey while nothing starts', async () => {
    await settings('ws2022', 'Automatic Start Action');
    const delay = (): HTMLInputElement | null => document.querySelector('input[aria-label="Startup delay:"]');
    expect(delay()?.disabled).toBe(false);
    await click(get('radio', 'Nothing'));
    expect(delay()?.disabled).toBe(true);
  });
});
