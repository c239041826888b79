import { describe, expect, it, vi } from 'vitest';
import { EngineClock, SECOND } from '@engine/clock/clock';
import { readLayout, Volume } from '@engine/guest/disk/volume';
import { Machine } from '@engine/machine/machine';
import { Trace } from '@engine/trace/trace';
import { ALL_SERVICES, Bench, describe1, installedDisk } from './lab';

const START = 2048; // first sector of the system volume

/** A machine whose system has started, and its system volume as the disk has it. */
function boot(os: string) {
  const store = installedDisk(os);
  const ide = [{ id: 'disk', kind: 'hardDisk' as const, place: 0, store }];
  const { machine, clock } = new Bench(
    describe1({ memoryMB: 1024, services: ALL_SERVICES, hostItems: [['HostName', 'HV2022']], ide }),
  );
  machine.start();
  clock.advanceBy(120 * SECOND);
  const volume = (): Volume => {
    const layout = readLayout(store.read(START, 1));
    if (!layout) throw new Error('the disk has no volume');
    return new Volume(store, { ...layout, start: START });
  };
  const holds = (text: string): boolean =>
    volume()
      .entries()
      .some(({ path }) => volume().readText(path)?.includes(text));
  return { services: machine.services, clock, volume, holds };
}

describe.each(['ws2022', 'debian12'])('services of a host in %s', (os) => {
  it('copy a file onto its disk', () => {
    const { services, clock, volume } = boot(os);
    const bytes = Uint8Array.from({ length: 15_000 }, (_, i) => (i * 31) & 0xff);
    expect(services.fileCopy.copy({ folder: 'C:\\Temp', name: 'notes.bin', bytes, overwrite: true })).toBe(true);
    clock.advanceBy(20 * SECOND);
    expect(services.fileCopy.device.inspect()).toMatchObject({ done: 1, failed: 0 });
    expect(volume().read('Temp/notes.bin')).toEqual(bytes);
  });

  it('do not replace a file that is there, unless they are told to', () => {
    const { services, clock, volume } = boot(os);
    const copy = (name: string, byte: number, overwrite: boolean): number => {
      services.fileCopy.copy({ folder: 'C:\\Temp', name, bytes: new Uint8Array(7_000).fill(byte), overwrite });
      clock.advanceBy(20 * SECOND);
      return services.fileCopy.device.save().own.last;
    };
    expect([copy('a.bin', 1, false), copy('a.bin', 2, false)]).toEqual([0, 0x8007_0050]);
    expect(volume().read('Temp/a.bin')?.[0]).toBe(1);
    expect([copy('a.bin', 3, true), volume().read('Temp/a.bin')?.[0]]).toEqual([0, 3]);
    const isWindows = os.startsWith('ws');
    expect(copy('A.BIN', 4, false)).toBe(isWindows ? 0x8007_0050 : 0);
    const left = volume()
      .entries()
      .filter(({ path }) => path.toLowerCase() === 'temp/a.bin');
    expect(left).toHaveLength(isWindows ? 1 : 2);
  });

  it('leave on its disk what an administrator has set', () => {
    const { services, clock, holds } = boot(os);
    services.keyValuePairs.setExternal('Role', 'web');
    clock.advanceBy(20 * SECOND);
    expect(holds('Role=web')).toBe(true);
    services.keyValuePairs.setExternal('Role', null);
    clock.advanceBy(20 * SECOND);
    expect(holds('Role=web')).toBe(false);
  });

  it('hold its disk still for a backup, and let it go on', () => {
    const { services, clock, holds } = boot(os);
    clock.advanceBy(60 * SECOND);
    expect(services.backup.freeze()).toBe(true);
    clock.advanceBy(SECOND);
    expect(services.backup.phase).toBe('frozen');
    services.keyValuePairs.setExternal('During', 'backup');
    clock.advanceBy(10 * SECOND);
    expect(holds('During=backup')).toBe(false);
    expect(services.backup.thaw()).toBe(true);
    clock.advanceBy(10 * SECOND);
    expect(services.backup.device.inspect()).toMatchObject({ backup: 'idle', done: 1, refused: 0 });
    expect(holds('During=backup')).toBe(true);
  });
});

describe('time synchronisation after a machine stood still', () => {
  it.each([true, false])('sets the guest to the time of the host, if it is ticked: %s', (timeSync) => {
    const ide = [{ id: 'disk', kind: 'hardDisk' as const, place: 0, store: installedDisk('ws2022') }];
    const bench = new Bench(describe1({ memoryMB: 1024, services: { ...ALL_SERVICES, timeSync }, ide }));
    bench.machine.start();
    bench.clock.advanceBy(150 * SECOND);
    expect(bench.desktop().clock).toBe('09:02');
    bench.machine.pause();
    bench.clock.advanceBy(7200 * SECOND);
    expect(bench.desktop().clock).toBe('09:02');
    bench.machine.resume();
    bench.clock.advanceBy(SECOND);
    expect(bench.desktop().clock).toBe(timeSync ? '11:02' : '09:02');
  });

  it('ends the machine alone when that fails', () => {
    const clock = new EngineClock();
    const failures: unknown[] = [];
    const machine = new Machine('vm-1', describe1(), {
      clock,
      trace: new Trace(clock),
      wallClock: () => 0,
      poweredOff: () => undefined,
      faulted: (error) => failures.push(error),
    });
    machine.start();
    machine.pause();
    vi.spyOn(machine.services, 'resumed').mockImplementation(() => {
      throw new Error('broken');
    });
    machine.resume();
    clock.advanceBy(SECOND);
    expect(failures).toEqual([new Error('broken')]);
    expect(clock.idle).toBe(true); // nothing of the machine runs any more
  });
});
