import { describe, expect, it } from 'vitest';
import { CREATING, createVm, finishDisks } from '../../electron/management/create-vm';
import { codeOf, fakeVmms, MemoryStore } from './fakes';

const DISK = 'C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks\\XP.vhdx';

describe('a new virtual machine', () => {
  it('is made from defaults: one unconnected synthetic adapter, a disk on IDE 0, an empty DVD drive on IDE 1', () => {
    const vmms = fakeVmms();
    const id = createVm(vmms, vmms.request());
    const { settings, configurationVersion } = vmms.inventory.vm(id);
    expect(settings.memory.startupMB).toBe(1024);
    expect(configurationVersion).toBe('10.0');
    expect(settings.adapters.map(({ kind, switchId }) => [kind, switchId])).toEqual([['synthetic', null]]);
    expect(
      settings.controllers.map(({ kind, number, drives }) => [
        kind,
        number,
        drives.map(({ location, drive }) => [location, drive.kind, drive.path]),
      ]),
    ).toEqual([
      ['ide', 0, [[0, 'hardDisk', DISK]]],
      ['ide', 1, [[0, 'dvd', null]]],
      ['scsi', 0, []],
    ]);
    expect(vmms.files.kind(DISK)).toBe('file');
    expect(vmms.files.kind(DISK + CREATING)).toBeNull();
  });

  it('gets a legacy adapter, first in the order, when it installs from the network on Generation 1', () => {
    const vmms = fakeVmms();
    const { settings } = vmms.inventory.vm(
      createVm(vmms, vmms.request({ switchId: vmms.switchId, install: { kind: 'network' } })),
    );
    expect(settings.adapters.map(({ kind }) => kind)).toEqual(['legacy']);
    expect(settings.bios.startupOrder).toEqual(['legacyNetwork', 'cd', 'ide', 'floppy']);
  });

  it('keeps the normal adapter, first in the boot order, when it installs from the network on Generation 2', () => {
    const vmms = fakeVmms('ws2025');
    const { settings } = vmms.inventory.vm(
      createVm(vmms, vmms.request({ switchId: vmms.switchId, install: { kind: 'network' } })),
    );
    expect(settings.generation).toBe(2);
    expect(settings.adapters.map(({ kind }) => kind)).toEqual(['synthetic']);
    expect(settings.firmware.bootOrder[0]).toBe(settings.adapters[0]?.id);
    expect(settings.controllers.map(({ kind }) => kind)).toEqual(['scsi']);
  });

  it('is refused with the code of the rule that it breaks, and leaves nothing behind', () => {
    const vmms = fakeVmms('ws2008');
    vmms.files.add('C:\\taken\\XP.vhd');
    const disk = { kind: 'create', name: 'XP.vhd', location: 'C:\\taken', sizeGB: 127 } as const;
    const cases: [string, Parameters<typeof vmms.request>[0]][] = [
      ['nameInvalid', { name: '   ' }],
      ['memoryOutOfRange', { memoryMB: 7 }],
      ['memoryOutOfRange', { memoryMB: 513 }],
      ['notOnThisHost', { generation: 2 }],
      ['diskTooLarge', { disk: { ...disk, sizeGB: 2041 } }],
      ['fileExists', { disk }],
      ['nameInvalid', { disk: { ...disk, name: 'a:b.vhd' } }],
      ['fileNotFound', { disk: { kind: 'existing', path: 'C:\\no.vhd' } }],
      ['diskUnsupported', { disk: { kind: 'existing', path: 'C:\\new.vhdx' } }],
      ['networkInstallNeedsSwitch', { install: { kind: 'network' } }],
      ['fileNotFound', { install: { kind: 'image', path: 'C:\\ISO\\' } }],
      ['notFound', { switchId: vmms.newId() }],
    ];
    for (const [code, changes] of cases)
      expect([changes, codeOf(() => createVm(vmms, vmms.request(changes)))]).toEqual([changes, code]);
    expect(vmms.inventory.vms).toEqual([]);
    expect([...vmms.files.entries.values()]).toEqual(['C:\\taken\\XP.vhd']);
  });

  it('leaves no disk when the inventory cannot be written', () => {
    const vmms = fakeVmms();
    vmms.store.failNext = true;
    expect(codeOf(() => createVm(vmms, vmms.request()))).toBe('diskFull');
    expect([...vmms.files.entries.values()]).toEqual([]);
  });

  it('is whole after a crash at either side of the commit', () => {
    const store = new MemoryStore();
    const before = fakeVmms('ws2022', store);
    createVm(before, before.request());
    const after = fakeVmms('ws2022', store); // a new process over the same documents
    after.files.createFolder(after.inventory.host.paths.virtualHardDisks);
    after.files.add(DISK + CREATING); // died between commit and rename
    after.files.add(DISK.replace('XP', 'Lost') + CREATING); // died before its commit
    finishDisks(after);
    expect([...after.files.entries.values()]).toEqual([DISK]);
  });
});
