import { describe, expect, it } from 'vitest';
import type { BlockStore } from '@engine/base/block-store';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { SECOND } from '@engine/clock/clock';
import type { DriveDescription, MachineDescription } from '@engine/machine/description';
import { TraceKind } from '@engine/trace/kinds';
import { trainingDisc } from '../guest/iso';
import { adapter, Bench, describe1, installedDisk } from './lab';

const CONTROLLER = 'cccccccc-2222-4333-8444-555555555500';
const DISK = 'dddddddd-2222-4333-8444-555555555500';
const DVD = 'dddddddd-2222-4333-8444-555555555501';

const disk = (store: BlockStore): DriveDescription => ({ id: DISK, kind: 'hardDisk', place: 0, store });
const dvd = (store: BlockStore | null): DriveDescription => ({ id: DVD, kind: 'dvd', place: 1, store });
const emptyDisk = (): BlockStore => new MemoryBlockStore({ sectorCount: 400_000 });

function bench(drives: readonly DriveDescription[], changes: Partial<MachineDescription> = {}): Bench {
  const made = new Bench(
    describe1({
      generation: 2,
      memoryMB: 1024,
      scsi: [{ id: CONTROLLER, drives }],
      firmwareOrder: drives.map(({ id }) => id),
      ...changes,
    }),
  );
  made.machine.start();
  return made;
}

/** Lets time go on until `holds`, at most for so many seconds. */
function until(made: Bench, holds: () => boolean, seconds = 400): boolean {
  const end = made.clock.now() + seconds * SECOND;
  while (!holds() && made.clock.now() < end) made.clock.advanceBy(SECOND / 2);
  return holds();
}

const isDesktop = (made: Bench) => (): boolean => made.machine.screen().kind === 'desktop';
const caption = (made: Bench): string => {
  const screen = made.machine.screen();
  return screen.kind === 'splash' ? screen.caption : '';
};

describe('a Generation 2 machine', () => {
  it('boots Windows Server 2022 from its SCSI disk, and shows the controller and the disk that the guest found', () => {
    const made = bench([disk(installedDisk('ws2022')), dvd(null)]);
    expect(until(made, isDesktop(made))).toBe(true);
    const names = (category: string): string[] =>
      made
        .desktop()
        .devices.flatMap((device) => (device.category === category ? [`${device.name} ${device.code}`] : []));
    expect(names('Storage controllers').concat(names('SCSI and RAID controllers'))).toEqual([
      'Microsoft Hyper-V SCSI Controller 0',
    ]);
    expect(names('Disk drives')).toEqual(['Microsoft Virtual Disk 0']);
    expect(names('DVD/CD-ROM drives')).toEqual(['Microsoft Virtual DVD-ROM 0']);
    expect(names('IDE ATA/ATAPI controllers')).toEqual([]);
    expect(made.trace.countBelow(TraceKind.DiskRead, 'vm-1')).toBeGreaterThan(20);
  });

  it('installs from a DVD onto an empty disk, restarts, and boots what it has written', () => {
    const target = emptyDisk();
    const made = bench([dvd(trainingDisc('ws2022')), disk(target)]);
    expect(until(made, () => caption(made).includes('Completing installation'))).toBe(true);
    expect(until(made, isDesktop(made))).toBe(true);
    expect([target.read(0, 1)[510], target.read(0, 1)[511]]).toEqual([0x55, 0xaa]);
  });

  it('installs and boots Debian in text, on a machine without a text mode', () => {
    const made = bench([dvd(trainingDisc('debian12')), disk(emptyDisk())]);
    expect(until(made, () => /installer/.test(made.text()))).toBe(true);
    expect(until(made, () => /login:|root@/.test(made.text()))).toBe(true);
    expect(made.text()).toContain('debian12');
  });

  it('says in the boot summary why each entry did not start', () => {
    const made = bench([disk(emptyDisk()), dvd(null)], { adapters: [adapter('synthetic')] });
    expect(until(made, () => caption(made).includes('No operating system was loaded'))).toBe(true);
    expect(caption(made).split('\n').slice(0, 4)).toEqual([
      '1. SCSI Disk (0,0)',
      '   No UEFI-compatible file system was found.',
      '2. SCSI DVD (0,1)',
      '   No UEFI-compatible file system was found.',
    ]);
  });

  it('does not start a system that has no loader for UEFI', () => {
    const made = bench([dvd(trainingDisc('winxp-sp2')), disk(emptyDisk())]);
    expect(until(made, () => caption(made).includes('No operating system'))).toBe(true);
    expect(caption(made)).toContain('1. SCSI DVD (0,1)\n   The boot loader failed.');
  });

  it('follows the boot order of its settings', () => {
    const disks = [disk(installedDisk('ws2022')), { ...disk(installedDisk('debian12')), id: DVD, place: 3 }];
    const made = bench(disks, { firmwareOrder: [DVD, DISK] });
    expect(until(made, () => /debian12 login|root@debian12/.test(made.text()))).toBe(true);
  });

  it('switches itself off, and restarts, as its guest asks', () => {
    const made = bench([disk(installedDisk('ws2022'))]);
    expect(until(made, isDesktop(made))).toBe(true);
    expect(made.machine.services.requestShutdown()).toBe(true);
    expect(until(made, () => made.off > 0, 60)).toBe(true);
  });

  it.each([1, 3, 6, 20, 40])('goes on from a state saved %i seconds after power-on', (seconds) => {
    const drives = (): DriveDescription[] => [disk(installedDisk('ws2022'))];
    const first = bench(drives());
    first.clock.advanceBy(seconds * SECOND);
    first.machine.pause();
    const second = new Bench(
      describe1({ generation: 2, memoryMB: 1024, scsi: [{ id: CONTROLLER, drives: drives() }], firmwareOrder: [DISK] }),
    );
    second.machine.restore(first.machine.save());
    second.machine.resume();
    expect(until(second, isDesktop(second))).toBe(true);
  });
});

describe('while the guest runs', () => {
  const disks = (made: Bench): string[] =>
    made.desktop().devices.flatMap(({ category, location }) => (category === 'Disk drives' ? [location] : []));

  it('shows a disk that is added, and loses one that is taken away', () => {
    const made = bench([disk(installedDisk('ws2022'))]);
    until(made, isDesktop(made));
    expect(made.machine.storage.plug(CONTROLLER, { id: DVD, kind: 'hardDisk', place: 7, store: emptyDisk() })).toBe(
      true,
    );
    expect(until(made, () => disks(made).length === 2, 10)).toBe(true);
    expect(disks(made)[1]).toContain('LUN 7');
    expect(made.machine.storage.unplug(DVD)).toBe(true);
    expect(until(made, () => disks(made).length === 1, 10)).toBe(true);
  });

  it('changes discs', () => {
    const made = bench([disk(installedDisk('ws2022')), dvd(null)]);
    until(made, isDesktop(made));
    expect(made.machine.setDisc(DVD, trainingDisc('debian12'))).toBe(true);
    expect(made.machine.setDisc('nowhere', null)).toBe(false);
    expect(made.machine.inspect()['storvsp-0']).toMatchObject({
      units: { 1: { kind: 'dvd', attention: { asc: 0x28 } } },
    });
  });
});
