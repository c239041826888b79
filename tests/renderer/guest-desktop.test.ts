import { describe, expect, it } from 'vitest';
import { afterAction } from '@engine/guest/shell/desktop-windows';
import ConsoleView from '@renderer/views/console/ConsoleView.vue';
import type { DesktopAction, DesktopScreen } from '@shared/model/guest-view';
import { idSequence, makeSnapshot, makeVm } from './support/fixtures';
import { codeOf } from './support/key-map';
import { openWindow, settle, type TestWindow } from './support/mount';
import { allByRole, click, doubleClick, get, names, press, queryAll } from './support/screen';
import { connection, desktop, device } from './support/screens';

const vmId = idSequence(1)();

/** The connection to a guest that keeps its windows as every guest does, and shows `screen` beside them. */
async function open(screen: DesktopScreen = desktop()): Promise<TestWindow> {
  const snapshot = makeSnapshot([makeVm({ id: vmId, name: 'XP', state: 'running' })]);
  let { windows } = screen;
  const useDesktop = ({ action }: { action: DesktopAction }): void => {
    windows = [...afterAction(windows, action)];
    opened.fake.emit('machine', 'screenChanged', { vmId, screen: { ...screen, windows } });
  };
  const machine = { watchScreen: () => screen, sendKey: () => undefined, useDesktop };
  const opened = await openWindow(ConsoleView, { vmId }, { snapshot, handlers: { machine } });
  return opened;
}

const program = (name: string): Promise<void> => doubleClick(queryAll('button', name)[0] ?? document.body);

/** A button in the title bar of one of the guest's windows. */
const box = (window: string, name: string): HTMLElement =>
  queryAll('button', name).find((button) => get('dialog', window).contains(button)) ?? document.body;

/** Names of the guest's windows, the front one last. */
const stack = (): string[] =>
  allByRole('dialog')
    .sort((a, b) => Number(a.style.zIndex) - Number(b.style.zIndex))
    .map((window) => window.getAttribute('aria-label') ?? '');

describe('desktop of a guest', () => {
  it('lists devices by category, and opens only the category in which something does not work', async () => {
    await open();
    await program('Device Manager');
    expect(names('treeitem')).toEqual(['XP-LAB', 'Computer', 'Network adapters', 'Other devices', 'Unknown device']);
  });

  it('marks a device with a problem and says which', async () => {
    await open();
    await program('Device Manager');
    const unknown = get('treeitem', 'Unknown device');
    const note = document.getElementById(unknown.getAttribute('aria-describedby') ?? '');
    expect(note?.textContent).toBe('problem code 28');
  });

  it('shows the status, driver, ids and resources of a device', async () => {
    await open();
    await program('Device Manager');
    await doubleClick(get('treeitem', 'Unknown device'));
    expect(get('dialog', 'Unknown device Properties').textContent).toContain(
      'The drivers for this device are not installed. (Code 28)',
    );
    await click(get('tab', 'Driver'));
    expect(get('tabpanel', 'Driver').textContent).toContain('No driver is installed');
    await click(get('tab', 'Details'));
    expect(get('tabpanel', 'Details').textContent).toContain('ID\\Unknown device');
    await click(get('tab', 'Resources'));
    expect(get('tabpanel', 'Resources').textContent).toContain('not using any resources');
  });

  it('shows a device that comes, and loses one that goes, as the guest reports it', async () => {
    const { fake } = await open(desktop({ devices: [device('Standard PC', 'Computer')], connections: [] }));
    await program('Device Manager');
    expect(queryAll('treeitem', 'Network adapters')).toEqual([]);
    const windows = afterAction([], { act: 'open', program: 'devices', subject: '' });
    fake.emit('machine', 'screenChanged', { vmId, screen: desktop({ windows: [...windows] }) });
    await settle();
    expect(queryAll('treeitem', 'Network adapters')).toHaveLength(1);
  });

  it.each([
    [{}, 'Connected'],
    [{ linkUp: false }, 'Network cable unplugged'],
    [{ dhcp: 'searching' }, 'Acquiring network address'],
    [{ dhcp: 'failed' }, 'Limited or no connectivity'],
  ] as const)('says of a connection %o: %s', async (change, status) => {
    await open(desktop({ connections: [{ ...connection, ...change }] }));
    await program('Network Connections');
    expect(get('row', /^Local Area Connection/).textContent).toContain(status);
  });

  it('shows address, gateway and DHCP server of a connection', async () => {
    await open();
    await program('Network Connections');
    await doubleClick(get('row', /^Local Area Connection/));
    await click(get('tab', 'Support'));
    const text = get('tabpanel', 'Support').textContent ?? '';
    expect(text).toContain('Assigned by DHCP');
    expect(text).toContain('192.168.1.101');
    expect(text).toContain('00-15-5D-01-14-00');
  });

  it('says so when there is no connection at all', async () => {
    await open(desktop({ connections: [] }));
    await program('Network Connections');
    expect(get('grid', 'Network Connections').textContent).toContain('There are no network connections.');
  });

  it('shows the shell with the line being typed, and sends keys to the guest while it is in front', async () => {
    const { fake } = await open();
    await program('Command Prompt');
    expect(get('log', 'Command Prompt').textContent).toBe('C:\\>ver\nMicrosoft Windows XP\nC:\\>ping');
    await press('x', { code: codeOf('x') });
    expect(fake.inputsOf('machine.sendKey')).toHaveLength(2);
  });

  it('keeps the keys of its own lists and trees', async () => {
    const { fake } = await open();
    await program('Device Manager');
    await press('ArrowDown');
    expect(document.activeElement?.getAttribute('data-id')).toBe('category:Computer');
    expect(fake.inputsOf('machine.sendKey')).toEqual([]);
  });

  it('brings a window to the front from the task bar, and closes it', async () => {
    await open();
    await program('Device Manager');
    await program('Command Prompt');
    expect(stack()).toEqual(['Device Manager', 'Command Prompt']);
    await click(queryAll('button', 'Device Manager').at(-1) ?? document.body);
    expect(stack()).toEqual(['Command Prompt', 'Device Manager']);
    await click(box('Device Manager', 'Close'));
    expect(names('dialog')).toEqual(['Command Prompt']);
  });

  it('opens programs from the start menu, with the name of the computer', async () => {
    await open();
    await click(queryAll('button', 'Start').at(-1) ?? document.body);
    expect(get('menu', 'Start').textContent).toContain('XP-LAB');
    await click(get('menuitem', 'Network Connections'));
    expect(names('dialog')).toEqual(['Network Connections']);
  });

  it('asks the guest for each change of a window, and shows the windows that the guest has', async () => {
    const { fake } = await open(
      desktop({ windows: [{ id: 'prompt:', program: 'prompt', subject: '', x: 10, y: 20, minimized: false }] }),
    );
    expect(names('dialog')).toEqual(['Command Prompt']);
    await click(box('Command Prompt', 'Minimize'));
    expect(names('dialog')).toEqual([]);
    await click(queryAll('button', 'Command Prompt').at(-1) ?? document.body);
    expect(names('dialog')).toEqual(['Command Prompt']);
    const acts = fake.inputsOf('machine.useDesktop');
    expect(acts).toEqual([
      { vmId, action: { act: 'minimize', id: 'prompt:' } },
      { vmId, action: { act: 'activate', id: 'prompt:' } },
    ]);
  });
});
