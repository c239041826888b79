import { describe, expect, it } from 'vitest';
import { afterAction } from '@engine/guest/shell/desktop-windows';
import ConsoleView from '@renderer/views/console/ConsoleView.vue';
import type { GuestScreen } from '@shared/model/guest-view';
import type { VmState } from '@shared/model/vm-state';
import { seriousViolations } from './support/axe';
import type { Handlers } from './support/fake-lab';
import { idSequence, makeSnapshot, makeVm, type VmSketch } from './support/fixtures';
import { codeOf } from './support/key-map';
import { openWindow, settle, type TestWindow } from './support/mount';
import { click, get, names, press, queryAll } from './support/screen';
import { desktop, textScreen } from './support/screens';

const vmId = idSequence(1)();
const nothing = (): undefined => undefined;
const text = textScreen(['Hyper-V', 'PXE Network Boot 09.14.2011']);

async function open(
  state: VmState,
  screen: GuestScreen = { kind: 'off' },
  handlers: Handlers = {},
  sketch: VmSketch = {},
): Promise<TestWindow> {
  const snapshot = makeSnapshot([makeVm({ id: vmId, name: 'XP', state, ...sketch })]);
  const machine = { watchScreen: () => screen, sendKey: nothing, sendPointer: nothing, ...handlers.machine };
  return openWindow(ConsoleView, { vmId }, { snapshot, handlers: { ...handlers, machine } });
}

const tools = (): string[] =>
  queryAll('button', /./)
    .filter((each) => each.classList.contains('tool'))
    .map((each) => `${each.getAttribute('aria-label')}${each.hasAttribute('disabled') ? ' (grey)' : ''}`);
const area = (): HTMLElement => get('application', 'Virtual machine screen');
const key = (name: string, init: KeyboardEventInit = {}): Promise<void> =>
  press(name, { code: codeOf(name), ...init }, area());

describe('Virtual Machine Connection', () => {
  it('has the title and menus of the real one', async () => {
    const { fake } = await open('off');
    expect(fake.inputsOf('app.setTitle')).toEqual([{ title: 'XP on HV2022 - Virtual Machine Connection' }]);
    expect(names('menuitem')).toEqual(['File', 'Action', 'Media', 'View', 'Help']);
  });

  it('says that the machine is turned off, and starts it with the button', async () => {
    const { fake } = await open('off', { kind: 'off' }, { machine: { start: nothing } });
    expect(area().textContent).toContain("The virtual machine 'XP' is turned off");
    await click(area().querySelector('button') ?? document.body);
    expect(fake.inputsOf('machine.start')).toEqual([{ vmId }]);
  });

  it.each([
    ['off', ['Start']],
    ['running', ['Ctrl+Alt+Delete', 'Turn Off...', 'Shut Down...', 'Save', 'Pause', 'Reset']],
    ['paused', ['Turn Off...', 'Save', 'Resume', 'Reset']],
    ['saved', ['Start']],
    ['saving', []],
  ] as const)('greys what does not apply to a machine that is %s, and hides nothing', async (state, enabled) => {
    await open(state);
    expect(tools()).toHaveLength(7);
    expect(tools().filter((name) => !name.endsWith('(grey)'))).toEqual(enabled);
  });

  it('writes the state in the status bar, in Spanish in the words of the tool', async () => {
    const snapshot = makeSnapshot([makeVm({ id: vmId, name: 'XP', state: 'off' })]);
    await openWindow(ConsoleView, { vmId }, { snapshot, language: 'es' });
    expect(get('status', 'Estado: desactivada')).toBeTruthy();
    expect(get('application', 'Pantalla de la máquina virtual').textContent).toContain(
      "La máquina virtual 'XP' está desconectada",
    );
  });

  it('shows the characters of text memory', async () => {
    await open('running', text);
    expect(get('log', 'Text on the screen').textContent).toBe('Hyper-V\nPXE Network Boot 09.14.2011');
  });

  it('follows the screen of its own machine only', async () => {
    const { fake } = await open('running', text);
    fake.emit('machine', 'screenChanged', { vmId, screen: textScreen(['mine']) });
    fake.emit('machine', 'screenChanged', { vmId: idSequence(9)(), screen: textScreen(['other']) });
    await settle();
    expect(get('log', 'Text on the screen').textContent).toBe('mine');
  });

  it('asks for a window as large as the guest screen', async () => {
    const { fake } = await open('running', text);
    fake.emit('machine', 'screenChanged', { vmId, screen: desktop() });
    await settle();
    expect(fake.inputsOf('app.resizeContent').map((input) => JSON.stringify(input))).toEqual([
      '{"width":640,"height":400}',
      '{"width":800,"height":600}',
    ]);
  });

  it('sends each key down and up as scan codes', async () => {
    const { fake } = await open('running', text);
    area().focus();
    await key('a');
    await key('ArrowUp');
    expect(fake.inputsOf('machine.sendKey')).toEqual([
      { vmId, code: 0x1e, extended: false, down: true },
      { vmId, code: 0x1e, extended: false, down: false },
      { vmId, code: 0x48, extended: true, down: true },
      { vmId, code: 0x48, extended: true, down: false },
    ]);
  });

  it('lets go of keys that are down when the focus leaves', async () => {
    const { fake } = await open('running', text);
    area().focus();
    area().dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift', code: 'ShiftLeft', bubbles: true }));
    area().dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    await settle();
    expect(fake.inputsOf('machine.sendKey')).toEqual([
      { vmId, code: 0x2a, extended: false, down: true },
      { vmId, code: 0x2a, extended: false, down: false },
    ]);
  });

  it('keeps Ctrl+Alt+Left to give the keyboard back and Ctrl+Alt+End to send Ctrl+Alt+Delete', async () => {
    const { fake } = await open('running', text, { machine: { sendCtrlAltDelete: nothing } });
    area().focus();
    await key('End', { ctrlKey: true, altKey: true });
    expect(fake.inputsOf('machine.sendCtrlAltDelete')).toEqual([{ vmId }]);
    await key('ArrowLeft', { ctrlKey: true, altKey: true });
    expect(document.activeElement).not.toBe(area());
    expect(fake.inputsOf('machine.sendKey')).toEqual([]);
  });

  it('sends no key to a machine that is not running; then the keys belong to the menus', async () => {
    const { fake } = await open('off', { kind: 'off' }, { machine: { start: nothing } });
    await key('s', { ctrlKey: true });
    expect(fake.inputsOf('machine.sendKey')).toEqual([]);
    expect(fake.inputsOf('machine.start')).toHaveLength(1);
  });

  it('ejects and inserts a disc, with the name of the loaded one in the menu', async () => {
    const request = { install: { kind: 'image' as const, path: 'C:\\ISO\\xp.iso' } };
    const list = (): { path: string; entries: { name: string; kind: 'file'; size: number; modified: string }[] } => ({
      path: 'C:\\ISO\\',
      entries: [{ name: 'tools.iso', kind: 'file', size: 2048, modified: '2008-02-04T09:00:00' }],
    });
    const { fake } = await open(
      'running',
      text,
      { machine: { setDvdMedia: nothing }, files: { list, exists: () => ({ kind: 'file' }) } },
      { request },
    );
    await click(get('menuitem', 'Media'));
    await click(get('menuitem', 'DVD Drive'));
    await click(get('menuitem', 'Eject xp.iso'));
    await click(get('menuitem', 'Media'));
    await click(get('menuitem', 'DVD Drive'));
    await click(get('menuitem', 'Insert Disk...'));
    await click(get('row', /^tools.iso/));
    await click(get('button', 'Open'));
    const paths = fake.inputsOf('machine.setDvdMedia').map((input) => JSON.stringify(input).replace(/.*"path":/, ''));
    expect(paths).toEqual(['null}', '"C:\\\\ISO\\\\tools.iso"}']);
  });

  it('has a Clipboard menu only while there is a picture, and types or copies with it', async () => {
    const typed = {
      app: { clipboardText: () => ({ text: 'ipconfig' }), copyPicture: nothing },
      machine: { typeText: nothing },
    };
    const { fake } = await open('running', text, typed);
    expect(names('menuitem')).toEqual(['File', 'Action', 'Media', 'Clipboard', 'View', 'Help']);
    await click(get('menuitem', 'Clipboard'));
    await click(get('menuitem', 'Type clipboard text'));
    expect(fake.inputsOf('machine.typeText')).toEqual([{ vmId, text: 'ipconfig' }]);
    await click(get('menuitem', 'Clipboard'));
    await click(get('menuitem', 'Capture screen'));
    expect(fake.inputsOf('app.copyPicture')).toHaveLength(1);
  });

  it('shows the picture larger, and makes the window fit', async () => {
    const { fake } = await open('running', text);
    await click(get('menuitem', 'View'));
    await click(get('menuitem', 'Zoom Level'));
    await click(get('menuitemcheckbox', '150 %'));
    expect(fake.inputsOf('app.resizeContent').at(-1)).toEqual({ width: 960, height: 600 });
    await click(get('menuitem', 'View'));
    await click(get('menuitem', 'Zoom Level'));
    expect(get('menuitemcheckbox', '150 %').getAttribute('aria-checked')).toBe('true');
  });

  it('has no zoom on hosts before it, and greys it without a picture', async () => {
    const { wrapper } = await open('off');
    await click(get('menuitem', 'View'));
    expect(get('menuitem', 'Zoom Level').getAttribute('aria-disabled')).toBe('true');
    wrapper.unmount();
    const vm = makeVm({ id: vmId, state: 'running', host: 'ws2008' });
    await openWindow(ConsoleView, { vmId }, { snapshot: makeSnapshot([vm], 'ws2008') });
    await click(get('menuitem', 'View'));
    expect(names('menuitem').filter((name) => name.includes('Zoom'))).toEqual([]);
  });

  it('fills the screen and comes back, by menu, button and keys', async () => {
    const { fake } = await open('running', text, { app: { fullScreen: nothing } });
    await click(get('menuitem', 'View'));
    await click(get('menuitem', 'Full Screen Mode'));
    expect(names('menuitem')).toEqual([]);
    await click(get('button', 'Restore Down'));
    await key('Pause', { ctrlKey: true, altKey: true });
    await key('Pause', { ctrlKey: true, altKey: true });
    expect(fake.inputsOf('app.fullScreen')).toEqual([{ on: true }, { on: false }, { on: true }, { on: false }]);
    expect(fake.inputsOf('machine.sendKey')).toEqual([]);
  });

  it('says that the machine is gone after it was deleted', async () => {
    const { fake } = await open('off');
    fake.emit('inventory', 'changed', makeSnapshot([], 'ws2022', 9));
    await settle();
    expect(area().textContent).toContain("The virtual machine 'XP' does not exist any more");
    expect(tools().filter((name) => !name.endsWith('(grey)'))).toEqual([]);
  });

  it('has no serious accessibility violation, with text and with a desktop', async () => {
    const { fake } = await open('running', text);
    expect(await seriousViolations()).toEqual([]);
    fake.emit('machine', 'screenChanged', { vmId, screen: desktop() });
    await settle();
    const windows = afterAction([], { act: 'open', program: 'devices', subject: '' });
    fake.emit('machine', 'screenChanged', { vmId, screen: desktop({ windows: [...windows] }) });
    await settle();
    expect(await seriousViolations()).toEqual([]);
  });
});
