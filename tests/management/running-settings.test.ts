import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { LabError } from '@shared/model/errors';
import { newVmDefaults } from '@shared/model/rules/new-vm-rules';
import type { VmSettings } from '@shared/model/vm-settings';
import { openLab, type Lab } from '../../electron/app/lab';
import { DEFAULT_SWITCHES } from '../../electron/app/switches';
import { applySettings, guardUndo } from '../../electron/management/change-vm';
import { createVm, finishDisks } from '../../electron/management/create-vm';
import { onto } from '../../electron/management/inventory/rebase';
import { setDisketteMedia, setDvdMedia } from '../../electron/management/media';
import { commandVm, saveVm, startVm } from '../../electron/management/run-vm';
import { deleteSwitch } from '../../electron/management/switches';
import { processLocks } from '../../electron/storage/disk/lock-table';
import { codeOf, fakeVmms, type Fake } from './fakes';

describe('a change of a running machine', () => {
  function running(): { vmms: Fake; id: string; rename: (name: string) => string } {
    const vmms = fakeVmms();
    const id = createVm(vmms, vmms.request());
    startVm(vmms, id);
    const { settings } = vmms.inventory.vm(id);
    return { vmms, id, rename: (name) => codeOf(() => applySettings(vmms, id, { ...settings, name }, settings)) };
  }

  it('is not stored when the machine cannot take it', () => {
    const { vmms, id, rename } = running();
    vmms.machines.refusal = new LabError('fileInUse');
    const stored = vmms.store.history.length;
    expect(rename('Two')).toBe('fileInUse');
    expect([vmms.inventory.vm(id).settings.name, vmms.store.history.length, vmms.machines.pending]).toEqual([
      'XP',
      stored,
      0,
    ]);
    expect(rename('Two')).toBe('none');
    expect(vmms.machines.log.at(-1)).toBe('settings Two');
  });

  it('gives back what was made ready when it cannot be stored', () => {
    const { vmms, id, rename } = running();
    vmms.store.failNext = true;
    expect(rename('Two')).toBe('diskFull');
    expect([vmms.machines.log.at(-1), vmms.machines.pending]).toEqual(['released Two', 0]);
    expect(vmms.inventory.vm(id).settings.name).toBe('XP');
  });

  it('reaches the machine by Undo and Redo too, and by a switch that goes', () => {
    const { vmms, id, rename } = running();
    rename('Two');
    vmms.inventory.undo((change) => guardUndo(vmms, change));
    expect(vmms.machines.log.at(-1)).toBe('settings XP');
    vmms.machines.refusal = new LabError('fileInUse');
    expect(codeOf(() => vmms.inventory.redo((change) => guardUndo(vmms, change)))).toBe('fileInUse');
    expect(vmms.inventory.canRedo).toBe('applySettings');
    const again = vmms.inventory.vm(id).settings;
    applySettings(
      vmms,
      id,
      { ...again, adapters: again.adapters.map((one) => ({ ...one, switchId: vmms.switchId })) },
      again,
    );
    deleteSwitch(vmms, vmms.switchId);
    expect(vmms.machines.log.slice(-2)).toEqual(['settings XP', 'settings XP']);
  });

  it('releases the first machine when the second cannot take a change of both', () => {
    const vmms = fakeVmms();
    startVm(vmms, createVm(vmms, vmms.request({ switchId: vmms.switchId })));
    const second = createVm(vmms, vmms.request({ name: 'B', disk: { kind: 'later' }, switchId: vmms.switchId }));
    startVm(vmms, second);
    const { reserve } = vmms.machines;
    let asked = 0;
    vmms.machines.reserve = function (vm) {
      if (++asked === 2) this.refusal = new LabError('fileInUse');
      return reserve.call(this, vm);
    };
    expect(codeOf(() => deleteSwitch(vmms, vmms.switchId))).toBe('fileInUse');
    expect([asked, vmms.machines.pending, vmms.inventory.switches.length]).toEqual([2, 0, 1]);
  });
});

describe('taking back a change of a document that has changed since', () => {
  it('keeps what only the other change touched', () => {
    const drive = (path: string | null) => ({ drives: [{ id: 1, path }] });
    const patch = {
      document: 'vm-1',
      before: { name: 'Two', c: drive('a.iso'), rest: 'off' },
      after: { name: 'One', c: drive('a.iso'), rest: 'off' },
    };
    const now = { name: 'Two', c: drive(null), rest: 'saved', more: 1 };
    expect(onto(now, patch).after).toEqual({ name: 'One', c: drive(null), rest: 'saved', more: 1 });
  });

  it('replaces lists whose length differs, and documents that come or go', () => {
    expect(onto([1, 2, 3], { document: 'd', before: [1, 2], after: [1] }).after).toEqual([1]);
    expect(onto(null, { document: 'd', before: null, after: { a: 1 } })).toEqual({
      document: 'd',
      before: null,
      after: { a: 1 },
    });
    expect(onto({ a: 2 }, { document: 'd', before: { a: 1 }, after: null }).after).toBeNull();
  });
});

describe('files of a running machine', () => {
  let folder = '';
  let lab: Lab | null = null;

  afterEach(() => {
    lab?.close();
    lab = null;
    rmSync(folder, { recursive: true, force: true });
    expect(processLocks.isEmpty).toBe(true);
  });

  function open(): Lab {
    folder = mkdtempSync(join(tmpdir(), 'lab-'));
    const made = openLab(folder, 'ws2022', { ...DEFAULT_SWITCHES, speed: 'instant' });
    lab = made;
    while (made.provision());
    return made;
  }

  const real = (path: string): string =>
    join(folder, 'hosts', 'ws2022', 'drives', path.replace('C:', 'C').replaceAll('\\', '/'));

  function machine({ vmms, host }: Lab, generation: 1 | 2, seconds = 1): { id: string; settings: () => VmSettings } {
    const disk = { kind: 'create', name: `G${generation}.vhdx`, location: 'C:\\VHD', sizeGB: 1 } as const;
    const id = createVm(vmms, {
      ...newVmDefaults(vmms.inventory.host, 'One'),
      generation,
      disk,
      install: { kind: 'image', path: 'C:\\ISO\\ws2022.iso' },
    });
    finishDisks(vmms);
    startVm(vmms, id);
    host.clock.advanceBy(seconds * SECOND);
    return { id, settings: () => vmms.inventory.vm(id).settings };
  }

  const dvdOf = ({ controllers }: VmSettings): { id: string; path: string | null } =>
    controllers.flatMap(({ drives }) => drives.map(({ drive }) => drive)).find(({ kind }) => kind === 'dvd') ?? {
      id: '',
      path: null,
    };

  it('that are no disc leave drive, settings and machine as they were', () => {
    const made = open();
    const { vmms } = made;
    const { id, settings } = machine(made, 2);
    const before = settings();
    writeFileSync(real('C:\\ISO\\no.iso'), 'this is no disc');
    const tree = JSON.stringify(made.machines.inspect(id));
    expect(codeOf(() => setDvdMedia(vmms, id, dvdOf(before).id, 'C:\\ISO\\no.iso'))).toBe('diskUnsupported');
    expect(settings()).toEqual(before);
    expect(JSON.stringify(made.machines.inspect(id))).toBe(tree);
  });

  it('that vanished do not come back by Undo', () => {
    const made = open();
    const { vmms } = made;
    const { id, settings } = machine(made, 2);
    const { id: dvd, path } = dvdOf(settings());
    setDvdMedia(vmms, id, dvd, null);
    rmSync(real(path ?? ''));
    expect(codeOf(() => vmms.inventory.undo((change) => guardUndo(vmms, change)))).toBe('fileNotFound');
    expect([dvdOf(settings()).path, vmms.inventory.canUndo]).toEqual([null, 'setDvdMedia']);
  });

  it('a hot-added disk that is in use or damaged is refused and leaves no trace', () => {
    const made = open();
    const { vmms } = made;
    const other = machine(made, 1);
    const { id, settings } = machine(made, 2);
    const before = settings();
    const withDisk = (path: string): VmSettings => ({
      ...before,
      controllers: before.controllers.map((one) => ({
        ...one,
        drives: [...one.drives, { location: 9, drive: { id: vmms.newId(), kind: 'hardDisk' as const, path } }],
      })),
    });
    expect(codeOf(() => applySettings(vmms, id, withDisk('C:\\VHD\\G1.vhdx'), before))).toBe('fileInUse');
    commandVm(vmms, other.id, 'turnOff');
    truncateSync(real('C:\\VHD\\G1.vhdx'), 1 << 20);
    expect(codeOf(() => applySettings(vmms, id, withDisk('C:\\VHD\\G1.vhdx'), before))).toBe('diskDamaged');
    expect(settings()).toEqual(before);
  });

  it('a disk that is moved to another place stays open, and Undo brings it back while the machine runs', () => {
    const made = open();
    const { vmms } = made;
    const { id, settings } = machine(made, 2);
    const before = settings();
    const moved = before.controllers.map((one) => ({
      ...one,
      drives: one.drives.map(({ location, drive }) => ({ location: drive.kind === 'hardDisk' ? 20 : location, drive })),
    }));
    applySettings(vmms, id, { ...before, controllers: moved }, before);
    expect(Object.keys(made.host.machine(id)?.storage.drives ?? [])).toHaveLength(2);
    vmms.inventory.undo((change) => guardUndo(vmms, change));
    expect(settings()).toEqual(before);
  });

  it('a disk that was hot-added to Generation 2 is taken back by Undo and put in again by Redo', () => {
    const made = open();
    const { vmms } = made;
    const { id, settings } = machine(made, 2);
    const before = settings();
    createVm(vmms, {
      ...newVmDefaults(vmms.inventory.host, 'Data'),
      disk: { kind: 'create', name: 'D.vhdx', location: 'C:\\VHD', sizeGB: 1 },
    });
    finishDisks(vmms);
    const controllers = before.controllers.map((one) => ({
      ...one,
      drives: [
        ...one.drives,
        { location: 9, drive: { id: vmms.newId(), kind: 'hardDisk' as const, path: 'C:\\VHD\\D.vhdx' } },
      ],
    }));
    applySettings(vmms, id, { ...before, controllers }, before);
    const after = settings();
    const plugged = (): number => made.host.machine(id)?.storage.drives.length ?? 0;
    expect(plugged()).toBe(3);
    vmms.inventory.undo((change) => guardUndo(vmms, change));
    expect([settings(), plugged()]).toEqual([before, 2]);
    vmms.inventory.redo((change) => guardUndo(vmms, change));
    expect([settings(), plugged()]).toEqual([after, 3]);
    const turned = { ...after, firmware: { ...after.firmware, bootOrder: [...after.firmware.bootOrder].reverse() } };
    expect(codeOf(() => applySettings(vmms, id, turned, after))).toBe('changeNeedsOff');
  });

  it('an adapter that was hot-added to Generation 2 has an address, is taken back by Undo and put in again by Redo', () => {
    const made = open();
    const { vmms } = made;
    const { id, settings } = machine(made, 2);
    const before = settings();
    const [first] = before.adapters;
    if (!first) throw new Error('the machine has no adapter');
    const added = { ...first, id: vmms.newId(), mac: { mode: 'dynamic' as const, address: null } };
    const inside = (): string[] =>
      Object.keys(made.host.machine(id)?.inspect() ?? {}).filter((name) => name.startsWith('netvsp-'));
    applySettings(vmms, id, { ...before, adapters: [...before.adapters, added] }, before);
    const after = settings();
    const addresses = after.adapters.map(({ mac }) => mac.address);
    expect([new Set(addresses).size, addresses.includes(null)]).toEqual([2, false]);
    expect(inside()).toEqual([`netvsp-${first.id}`, `netvsp-${added.id}`]);
    vmms.inventory.undo((change) => guardUndo(vmms, change));
    expect([settings(), inside()]).toEqual([before, [`netvsp-${first.id}`]]);
    vmms.inventory.redo((change) => guardUndo(vmms, change));
    expect([settings(), inside().length]).toEqual([after, 2]);
    saveVm(vmms, id);
    startVm(vmms, id);
    expect(inside()).toHaveLength(2);
    applySettings(vmms, id, { ...after, adapters: after.adapters.slice(1) }, after); // the first one goes
    saveVm(vmms, id);
    startVm(vmms, id);
    expect(inside()).toEqual([`netvsp-${added.id}`]);
    const legacy = { ...added, id: vmms.newId(), kind: 'legacy' as const };
    expect(codeOf(() => applySettings(vmms, id, { ...settings(), adapters: [legacy] }, settings()))).not.toBe('none');
  });

  it('an adapter cannot be added while a Generation 1 machine runs, or with an address that another machine has', () => {
    const made = open();
    const { vmms } = made;
    const other = machine(made, 1);
    const { id, settings } = machine(made, 2);
    const withAdapter = (one: VmSettings, address: string | null): VmSettings => ({
      ...one,
      adapters: one.adapters.flatMap((each) => [
        each,
        { ...each, id: vmms.newId(), mac: { mode: address === null ? 'dynamic' : 'static', address } },
      ]),
    });
    const [first, second] = [other.settings(), settings()];
    expect(codeOf(() => applySettings(vmms, other.id, withAdapter(first, null), first))).toBe('changeNeedsOff');
    const theirs = first.adapters[0]?.mac.address ?? null;
    expect(codeOf(() => applySettings(vmms, id, withAdapter(second, theirs), second))).toBe('macDuplicate');
    expect(settings()).toEqual(second);
  });

  it('a disc that the guest ejects is in the settings no more, and Undo of something else does not bring it back', () => {
    const made = open();
    const { vmms } = made;
    const { id, settings } = machine(made, 2);
    const { id: dvd } = dvdOf(settings());
    applySettings(vmms, id, { ...settings(), notes: 'mine' }, settings());
    made.machines.discEjected(id, dvd);
    expect(dvdOf(settings()).path).not.toBeNull(); // the guest's step is not over
    made.machines.afterSlice();
    expect([dvdOf(settings()).path, vmms.inventory.canUndo]).toEqual([null, 'applySettings']);
    vmms.inventory.undo((change) => guardUndo(vmms, change));
    expect([settings().notes, dvdOf(settings()).path]).toEqual(['', null]);
  });

  it('a diskette goes into Generation 1 only, must be one, and its file is let go when it is taken out', () => {
    const made = open();
    const { vmms } = made;
    const second = machine(made, 2);
    vmms.disks.createFloppy('C:\\VHD\\a.vfd');
    vmms.disks.createFloppy('C:\\VHD\\b.vfd');
    expect(codeOf(() => setDisketteMedia(vmms, second.id, 'C:\\VHD\\a.vfd'))).toBe('notOnThisGeneration');
    const { id, settings } = machine(made, 1);
    expect(codeOf(() => setDisketteMedia(vmms, id, 'C:\\VHD\\none.vfd'))).toBe('fileNotFound');
    expect(codeOf(() => setDisketteMedia(vmms, id, 'C:\\ISO\\ws2022.iso'))).toBe('diskUnsupported');
    setDisketteMedia(vmms, id, 'C:\\VHD\\a.vfd');
    const isHeld = (name: string): boolean => {
      const { dev, ino } = statSync(real(`C:\\VHD\\${name}`));
      return processLocks.isHeld(`${dev}:${ino}`);
    };
    expect([settings().diskette.path, isHeld('a.vfd')]).toEqual(['C:\\VHD\\a.vfd', true]);
    truncateSync(real('C:\\VHD\\b.vfd'), 1000);
    expect(codeOf(() => setDisketteMedia(vmms, id, 'C:\\VHD\\b.vfd'))).toBe('diskUnsupported');
    expect([settings().diskette.path, isHeld('a.vfd'), isHeld('b.vfd')]).toEqual(['C:\\VHD\\a.vfd', true, false]);
    setDisketteMedia(vmms, id, null);
    expect([settings().diskette.path, isHeld('a.vfd')]).toEqual([null, false]);
  });
});
