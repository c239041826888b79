import { describe, expect, it } from 'vitest';
import { commandsFor, VM_STATES } from '@shared/model/vm-state';
import type { VmSettings } from '@shared/model/vm-settings';
import { applySettings, deleteVm, guardUndo, renameVm } from '../../electron/management/change-vm';
import { createVm } from '../../electron/management/create-vm';
import { newAdapter } from '../../electron/management/inventory/new-machine';
import { commandVm, deleteSavedState, machineEnded, saveVm, startVm } from '../../electron/management/run-vm';
import { snapshot } from '../../electron/management/snapshot';
import { deleteSwitch } from '../../electron/management/switches';
import { inventorySnapshotSchema } from '@shared/model/inventory';
import type { HostId } from '@shared/model/host-profile';
import { codeOf, fakeVmms, type Fake } from './fakes';

function lab(host: HostId = 'ws2022'): {
  vmms: Fake;
  id: string;
  settings: () => VmSettings;
  apply: (edit: (settings: VmSettings) => void) => string;
} {
  const vmms = fakeVmms(host);
  vmms.machines.onEnded((vmId, rest) => machineEnded(vmms, vmId, rest));
  const id = createVm(vmms, vmms.request({ switchId: vmms.switchId }));
  const settings = (): VmSettings => vmms.inventory.vm(id).settings;
  const apply = (edit: (settings: VmSettings) => void): string => {
    const next = structuredClone(settings());
    edit(next);
    return codeOf(() => applySettings(vmms, id, next, settings()));
  };
  return { vmms, id, settings, apply };
}

describe('commands by state', () => {
  it('lists what the real tool lists', () => {
    expect(commandsFor('running')).not.toContain('delete');
    expect(commandsFor('paused')).not.toContain('shutDown');
    expect(commandsFor('saved')).toContain('deleteSavedState');
    for (const state of VM_STATES) expect(commandsFor(state).slice(0, 2)).toEqual(['connect', 'settings']);
  });

  it('refuses what the table does not list, and says so', () => {
    const { vmms, id } = lab();
    expect(codeOf(() => commandVm(vmms, id, 'turnOff'))).toBe('wrongState');
    startVm(vmms, id);
    expect(codeOf(() => startVm(vmms, id))).toBe('wrongState');
    expect(codeOf(() => deleteVm(vmms, id))).toBe('wrongState');
    expect(codeOf(() => commandVm(vmms, id, 'shutDown'))).toBe('shutdownNotAvailable');
    commandVm(vmms, id, 'turnOff');
    deleteVm(vmms, id);
    expect(codeOf(() => renameVm(vmms, id, 'x'))).toBe('notFound');
    expect(vmms.files.entries.size).toBe(1); // the disk stays
  });

  it('remembers a saved machine, restores it, and can throw the state away', () => {
    const { vmms, id } = lab();
    startVm(vmms, id);
    saveVm(vmms, id);
    expect(vmms.inventory.vm(id).restState).toBe('saved');
    startVm(vmms, id);
    expect(vmms.machines.log).toContain('start saved');
    expect(vmms.inventory.vm(id).restState).toBe('off');
    saveVm(vmms, id);
    deleteSavedState(vmms, id);
    expect(vmms.inventory.vm(id).restState).toBe('off');
  });
});

describe('start', () => {
  it('takes a dynamic address from the host pool once, and keeps it', () => {
    const { vmms, id, settings } = lab();
    startVm(vmms, id);
    expect(settings().adapters[0]?.mac.address).toBe('00-15-5D-01-14-00');
    commandVm(vmms, id, 'turnOff');
    startVm(vmms, id);
    expect(settings().adapters[0]?.mac.address).toBe('00-15-5D-01-14-00');
    const second = createVm(vmms, vmms.request({ disk: { kind: 'later' } }));
    startVm(vmms, second);
    expect(vmms.inventory.vm(second).settings.adapters[0]?.mac.address).toBe('00-15-5D-01-14-01');
  });

  it('asks for memory now, not in the wizard', () => {
    const { vmms } = lab();
    const big = createVm(vmms, vmms.request({ memoryMB: 1_000_000, disk: { kind: 'later' } }));
    expect(codeOf(() => startVm(vmms, big))).toBe('notEnoughMemory');
    expect(vmms.machines.states.size).toBe(0);
  });

  it('names a missing attachment and a disk that another machine uses', () => {
    const { vmms, id, settings } = lab();
    const path = settings().controllers[0]?.drives[0]?.drive.path ?? '';
    const twin = createVm(
      vmms,
      vmms.request({ disk: { kind: 'existing', path: path.toUpperCase().replace('.VHDX', '.vhdx') } }),
    );
    startVm(vmms, id);
    expect(codeOf(() => startVm(vmms, twin))).toBe('attachmentInUse');
    commandVm(vmms, id, 'turnOff');
    vmms.files.remove(path);
    expect(codeOf(() => startVm(vmms, id))).toBe('attachmentMissing');
  });

  it('keeps two running machines from one static address', () => {
    const { vmms, id, apply } = lab();
    const fix = (settings: VmSettings): void =>
      void settings.adapters.forEach((adapter) => (adapter.mac = { mode: 'static', address: '00-15-5D-01-02-03' }));
    expect(apply(fix)).toBe('none');
    const twin = createVm(vmms, vmms.request({ disk: { kind: 'later' } }));
    const next = structuredClone(vmms.inventory.vm(twin).settings);
    fix(next);
    applySettings(vmms, twin, next, vmms.inventory.vm(twin).settings);
    startVm(vmms, id);
    expect(codeOf(() => startVm(vmms, twin))).toBe('macDuplicate');
  });
});

describe('settings', () => {
  it('refuse to remove an adapter while the machine runs, because it must be off', () => {
    const { vmms, id, apply } = lab();
    startVm(vmms, id);
    expect(apply((settings) => void settings.adapters.pop())).toBe('changeNeedsOff');
    expect(apply((settings) => void settings.adapters.push(newAdapter('legacy', null, vmms.newId)))).toBe(
      'changeNeedsOff',
    );
    commandVm(vmms, id, 'turnOff');
    expect(apply((settings) => (settings.adapters = [newAdapter('legacy', vmms.switchId, vmms.newId)]))).toBe('none');
  });

  it('let the connection, the name and services change while it runs, and tell the worker', () => {
    const { vmms, id, apply } = lab();
    startVm(vmms, id);
    expect(apply((settings) => settings.adapters.forEach((adapter) => (adapter.switchId = null)))).toBe('none');
    expect(apply((settings) => (settings.name = 'Other'))).toBe('none');
    expect(apply((settings) => (settings.services.heartbeat = false))).toBe('none');
    expect(apply((settings) => (settings.processor.count = 2))).toBe('changeNeedsOff');
    expect(vmms.machines.log.filter((line) => line.startsWith('settings'))).toEqual([
      'settings XP',
      'settings Other',
      'settings Other',
    ]);
  });

  it('let the limits of dynamic memory only grow while it runs, and buffer and weight change', () => {
    const { vmms, id, apply } = lab();
    const limits = (minimumMB: number, maximumMB: number) => (settings: VmSettings) =>
      void Object.assign(settings.memory, { dynamic: true, minimumMB, maximumMB });
    expect(apply(limits(512, 2048))).toBe('none');
    startVm(vmms, id);
    expect(apply(limits(256, 2048))).toBe('none');
    expect(apply(limits(256, 4096))).toBe('none');
    expect([apply(limits(512, 4096)), apply(limits(256, 2048))]).toEqual(['changeNeedsOff', 'changeNeedsOff']);
    expect(apply((settings) => Object.assign(settings.memory, { bufferPercent: 50, weight: 7500 }))).toBe('none');
    expect(apply((settings) => (settings.memory.dynamic = false))).toBe('changeNeedsOff');
    const old = lab('ws2008r2');
    expect(old.apply(limits(512, 2048))).toBe('none');
    startVm(old.vmms, old.id);
    expect(old.apply(limits(512, 4096))).toBe('changeNeedsOff');
    expect(lab('ws2008').apply(limits(512, 2048))).toBe('notOnThisHost');
  });

  it('keep to the limits of the host and the generation', () => {
    const { vmms, apply } = lab();
    const add = (kind: 'legacy' | 'synthetic', count: number) => (settings: VmSettings) =>
      void settings.adapters.push(...Array.from({ length: count }, () => newAdapter(kind, null, vmms.newId)));
    expect(apply(add('legacy', 5))).toBe('tooManyLegacyAdapters');
    expect(apply(add('legacy', 4))).toBe('none');
    expect(apply(add('synthetic', 64))).toBe('tooManyAdapters');
    expect(apply((settings) => (settings.processor.count = 17))).toBe('processorsOutOfRange');
    expect(apply((settings) => (settings.memory.startupMB = 31))).toBe('memoryOutOfRange');
    const second = lab('ws2025');
    expect(second.apply((settings) => void settings.adapters.push(newAdapter('legacy', null, second.vmms.newId)))).toBe(
      'notOnThisGeneration',
    );
  });

  it('are refused when somebody changed the machine since the dialog was opened', () => {
    const { vmms, id, settings } = lab();
    const opened = settings();
    renameVm(vmms, id, 'Renamed');
    expect(codeOf(() => applySettings(vmms, id, { ...opened, notes: 'mine' }, opened))).toBe('settingsChanged');
    expect(settings().name).toBe('Renamed');
  });
});

describe('undo', () => {
  it('takes back and repeats each command, and forgets what was undone after a new one', () => {
    const { vmms, id, settings } = lab();
    const { inventory } = vmms;
    renameVm(vmms, id, 'Two');
    inventory.undo((change) => guardUndo(vmms, change));
    expect(settings().name).toBe('XP');
    inventory.redo((change) => guardUndo(vmms, change));
    expect(settings().name).toBe('Two');
    inventory.undo((change) => guardUndo(vmms, change));
    renameVm(vmms, id, 'Three');
    expect(inventory.canRedo).toBeNull();
    expect(codeOf(() => inventory.redo(() => undefined))).toBe('nothingToUndo');
  });

  it('brings a deleted machine back as it was', () => {
    const { vmms, id } = lab();
    const before = vmms.inventory.vm(id);
    deleteVm(vmms, id);
    vmms.inventory.undo((change) => guardUndo(vmms, change));
    expect(vmms.inventory.vm(id)).toEqual(before);
  });

  it('does not pull a running machine away', () => {
    const { vmms, id } = lab();
    startVm(vmms, id);
    expect(codeOf(() => vmms.inventory.undo((change) => guardUndo(vmms, change)))).toBe('wrongState');
    expect(vmms.inventory.canUndo).toBe('createVm');
  });

  it('restores a switch together with the connections that its removal cut', () => {
    const { vmms, settings } = lab();
    deleteSwitch(vmms, vmms.switchId);
    expect(settings().adapters[0]?.switchId).toBeNull();
    vmms.inventory.undo((change) => guardUndo(vmms, change));
    expect(settings().adapters[0]?.switchId).toBe(vmms.switchId);
    expect(vmms.inventory.switches).toHaveLength(1);
  });
});

describe('snapshot', () => {
  it('fits the contract, at rest and running', () => {
    const { vmms, id } = lab();
    expect(inventorySnapshotSchema.parse(snapshot(vmms)).vms[0]?.runtime.state).toBe('off');
    startVm(vmms, id);
    expect(inventorySnapshotSchema.parse(snapshot(vmms)).vms[0]?.runtime.state).toBe('running');
  });
});
