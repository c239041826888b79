import { describe, expect, it } from 'vitest';
import ManagerView from '@renderer/views/manager/ManagerView.vue';
import { LabError } from '@shared/model/errors';
import { commandsFor, VM_STATES, type VmState } from '@shared/model/vm-state';
import { seriousViolations } from './support/axe';
import { idSequence, makeSnapshot, makeVm } from './support/fixtures';
import { openWindow, settle, type WindowOptions } from './support/mount';
import { click, doubleClick, get, names, press, queryAll, rightClick, type } from './support/screen';

const ids = idSequence(1);
const [xpId, webId] = [ids(), ids()];
const nothing = (): undefined => undefined;

function twoMachines(state: VmState = 'off'): WindowOptions {
  return {
    snapshot: makeSnapshot([
      makeVm({ id: xpId, name: 'XP', state }),
      makeVm({ id: webId, name: 'Web', state: 'running' }),
    ]),
  };
}

const open = (options: WindowOptions) => openWindow(ManagerView, {}, options);
const row = (name: string): HTMLElement => get('row', new RegExp(`^${name}`));
const actions = (name: string): string[] => {
  const group = queryAll('button', name)[0]?.closest('section');
  return [...(group?.querySelectorAll('li') ?? [])].map((each) => each.textContent?.trim() ?? '');
};

describe('Hyper-V Manager', () => {
  it('has the title, menus and columns of the host age', async () => {
    const { fake } = await open(twoMachines());
    expect(fake.inputsOf('app.setTitle')).toEqual([{ title: 'Hyper-V Manager' }]);
    expect(names('menuitem')).toEqual(['File', 'Action', 'View', 'Help']);
    expect(names('columnheader').filter((name) => name !== '')).toEqual([
      'Name',
      'State',
      'CPU Usage',
      'Assigned Memory',
      'Uptime',
      'Status',
      'Configuration Version',
    ]);
  });

  it('has fewer columns and older words in Spanish on a 2008 host', async () => {
    const vm = makeVm({ id: xpId, state: 'running', host: 'ws2008-beta' });
    await open({ snapshot: makeSnapshot([vm], 'ws2008-beta'), language: 'es' });
    expect(names('columnheader').filter((name) => name !== '')).toEqual([
      'Nombre',
      'Acción en curso',
      'Uso de CPU',
      'Tiempo activo',
      'Estado',
    ]);
    expect(row('XP').textContent).toContain('En ejecución');
    await click(row('XP'));
    expect(actions('XP')).toContain('Apagar...');
    expect(actions('XP')).toContain('Cerrar...');
  });

  it('writes states, load and uptime of a running machine, and leaves them empty when it is off', async () => {
    await open(twoMachines());
    const cells = (name: string): string[] =>
      [...row(name).querySelectorAll('[role=gridcell]')].map((each) => each.textContent?.trim() ?? '');
    expect(cells('Web')).toEqual(['Web', 'Running', '3 %', '1024 MB', '00:01:12', '', '10.0']);
    expect(cells('XP')).toEqual(['XP', 'Off', '', '', '', '', '10.0']);
  });

  it.each(VM_STATES)('lists exactly the commands of a machine that is %s', async (state) => {
    const snapshot = makeSnapshot([makeVm({ id: xpId, name: 'XP', state })]);
    await open({ snapshot });
    await click(row('XP'));
    expect(actions('XP')).toHaveLength(commandsFor(state).length + 1);
    await rightClick(row('XP'));
    expect(queryAll('menuitem', /./).length - 4).toBe(commandsFor(state).length + 1);
  });

  it('shows only what fits all selected machines', async () => {
    await open(twoMachines());
    await click(row('XP'));
    await click(row('Web'), { ctrlKey: true });
    expect(actions('Selected Virtual Machines')).toEqual(['Help']);
  });

  it('connects on a double click and on Enter', async () => {
    const { fake } = await open({ ...twoMachines(), handlers: { app: { openConsole: nothing } } });
    await doubleClick(row('XP'));
    await press('Enter');
    expect(fake.inputsOf('app.openConsole')).toEqual([{ vmId: xpId }, { vmId: xpId }]);
  });

  it('asks before it turns off, and does nothing when the answer is no', async () => {
    const { fake } = await open({ ...twoMachines('running'), handlers: { machine: { turnOff: nothing } } });
    await click(row('XP'));
    await click(get('button', 'Turn Off...'));
    expect(get('dialog', 'Turn Off Machine').textContent).toContain('Are you sure');
    await click(get('button', "Don't Turn Off"));
    expect(fake.inputsOf('machine.turnOff')).toEqual([]);
    await click(get('button', 'Turn Off...'));
    await click(get('button', 'Turn Off'));
    expect(fake.inputsOf('machine.turnOff')).toEqual([{ vmId: xpId }]);
  });

  it('does not ask again once the box is ticked, and tells main', async () => {
    const { fake } = await open({
      ...twoMachines('running'),
      handlers: { machine: { reset: nothing }, app: { silence: nothing } },
    });
    await click(row('XP'));
    await click(get('button', 'Reset'));
    await click(get('checkbox', "Please don't ask me again"));
    await click(queryAll('button', 'Reset').at(-1) ?? document.body);
    expect(fake.inputsOf('app.silence')).toEqual([{ question: 'reset' }]);
    await click(get('button', 'Reset'));
    expect(fake.inputsOf('machine.reset')).toHaveLength(2);
  });

  it('goes on asking when the box is ticked and the answer is no', async () => {
    const { fake } = await open(twoMachines('running'));
    await click(row('XP'));
    await click(get('button', 'Reset'));
    await click(get('checkbox', "Please don't ask me again"));
    await click(get('button', "Don't Reset"));
    expect(fake.inputsOf('app.silence')).toEqual([]);
    await click(get('button', 'Reset'));
    expect(queryAll('dialog', 'Reset Machine')).toHaveLength(1);
  });

  it('shows a refusal with headline, cause and details', async () => {
    const refuse = (): never => {
      throw new LabError('attachmentMissing', { name: 'XP', path: 'C:\\XP.vhd', controller: 'ide', instance: 'ABCD' });
    };
    await open({ ...twoMachines(), handlers: { machine: { start: refuse } } });
    await click(row('XP'));
    await click(get('button', 'Start'));
    const dialog = get('dialog', 'Hyper-V Manager');
    expect(dialog.textContent).toContain(
      'An error occurred while attempting to start the selected virtual machine(s).',
    );
    expect(dialog.textContent).toContain("'XP' failed to start. Microsoft Emulated IDE Controller (Instance ID ABCD)");
    expect(dialog.textContent).not.toContain('C:\\XP.vhd');
    await click(get('button', 'See details'));
    expect(dialog.textContent).toContain("Attachment 'C:\\XP.vhd' failed to open");
    await click(get('button', 'Close'));
    expect(queryAll('dialog', /./)).toEqual([]);
  });

  it('renames in place with F2 and Enter, and gives up with Escape', async () => {
    const { fake } = await open({ ...twoMachines(), handlers: { inventory: { renameVm: nothing } } });
    await click(row('XP'));
    await press('F2');
    await type(get('textbox', 'Name'), 'Old');
    await press('Escape', {}, get('textbox', 'Name'));
    expect(queryAll('textbox', 'Name')).toEqual([]);
    await press('F2', {}, row('XP'));
    await type(get('textbox', 'Name'), 'XP 2');
    await press('Enter', {}, get('textbox', 'Name'));
    expect(fake.inputsOf('inventory.renameVm')).toEqual([{ vmId: xpId, name: 'XP 2' }]);
  });

  it('follows what main tells, and never goes back to an older snapshot', async () => {
    const { fake } = await open(twoMachines());
    fake.emit('inventory', 'changed', makeSnapshot([makeVm({ id: xpId, name: 'XP new' })], 'ws2022', 5));
    await settle();
    expect(row('XP new')).toBeTruthy();
    fake.emit('inventory', 'changed', makeSnapshot([], 'ws2022', 4));
    await settle();
    expect(queryAll('row', /^XP new/)).toHaveLength(1);
  });

  it('says so when there is no machine, and which item is selected when there is', async () => {
    await open({ snapshot: makeSnapshot([]) });
    expect(get('grid', 'Virtual Machines').textContent).toContain('No virtual machines were found on this server.');
    expect(document.body.textContent).toContain('No item selected.');
  });

  it('offers Undo with the name of the last command only when there is one', async () => {
    const { fake } = await open({ ...twoMachines(), handlers: { inventory: { undo: nothing } } });
    expect(queryAll('button', /Undo/)).toEqual([]);
    fake.emit('inventory', 'changed', { ...makeSnapshot([], 'ws2022', 2), canUndo: 'renameVm' });
    await settle();
    await click(get('button', 'Undo Rename'));
    expect(fake.inputsOf('inventory.undo')).toHaveLength(1);
  });

  it('opens the New Virtual Machine Wizard from New', async () => {
    const { fake } = await open({ ...twoMachines(), handlers: { app: { openNewVm: nothing } } });
    await click(get('button', 'New'));
    await click(get('menuitem', 'Virtual Machine...'));
    expect(fake.inputsOf('app.openNewVm')).toHaveLength(1);
  });

  it('shows the page of the root node, without machines, and comes back', async () => {
    await open(twoMachines());
    await click(get('treeitem', 'Hyper-V Manager'));
    expect(queryAll('grid', /./)).toEqual([]);
    expect(document.body.textContent).toContain('Select HV2022');
    await click(get('button', 'Back'));
    expect(queryAll('grid', 'Virtual Machines')).toHaveLength(1);
  });

  it('hides columns that were removed in Add/Remove Columns', async () => {
    await open(twoMachines());
    await click(get('menuitem', 'View'));
    await click(get('menuitem', 'Add/Remove Columns...'));
    await settle();
    await click(get('option', 'Uptime'));
    await click(get('button', '<- Remove'));
    await click(get('button', 'OK'));
    expect(names('columnheader')).not.toContain('Uptime');
  });

  it('has no serious accessibility violation, also with a dialog open', async () => {
    await open(twoMachines('running'));
    await click(row('XP'));
    expect(await seriousViolations()).toEqual([]);
    await click(get('button', 'Turn Off...'));
    expect(await seriousViolations()).toEqual([]);
  });
});
