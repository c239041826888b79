import { describe, expect, it } from 'vitest';
import { afterAction } from '@engine/guest/shell/desktop-windows';
import type { DesktopAction, GuestWindow } from '@shared/model/guest-view';
import { SECOND } from '@engine/clock/clock';
import { Bench, describe1, installedDisk } from '../machine/lab';

const after = (...actions: DesktopAction[]): readonly GuestWindow[] =>
  actions.reduce<readonly GuestWindow[]>(afterAction, []);
const open = (program: GuestWindow['program'], subject = ''): DesktopAction => ({ act: 'open', program, subject });
const order = (windows: readonly GuestWindow[]): string[] =>
  windows.map(({ id, minimized }) => (minimized ? `(${id})` : id));

describe('windows on the desktop of a guest', () => {
  it('open in front, once for each program and subject', () => {
    expect(
      order(after(open('devices'), open('prompt'), open('device', 'A'), open('device', 'B'), open('devices'))),
    ).toEqual(['prompt:', 'device:A', 'device:B', 'devices:']);
  });

  it('are minimized where they lie, come back in front, move and close', () => {
    const minimized = after(open('devices'), open('prompt'), { act: 'minimize', id: 'prompt:' });
    expect(order(minimized)).toEqual(['devices:', '(prompt:)']);
    expect(order(afterAction(minimized, { act: 'activate', id: 'prompt:' }))).toEqual(['devices:', 'prompt:']);
    expect(afterAction(minimized, { act: 'move', id: 'devices:', x: 7, y: 9 })[0]).toMatchObject({ x: 7, y: 9 });
    expect(order(afterAction(minimized, { act: 'close', id: 'devices:' }))).toEqual(['(prompt:)']);
  });

  it('ignore what names no window, and end where a desktop has no more room', () => {
    const windows = after(open('devices'));
    expect(afterAction(windows, { act: 'close', id: 'nothing' })).toEqual(windows);
    expect(after(...Array.from({ length: 50 }, (_, i) => open('device', String(i))))).toHaveLength(32);
  });
});

describe('a guest with a desktop', () => {
  const running = (os: string): Bench => {
    const bench = new Bench(describe1({ ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk(os) }] }));
    bench.machine.start();
    bench.clock.advanceTo(60 * SECOND);
    return bench;
  };

  it('has its windows in its session: they change the picture, and come back with the saved state', () => {
    const bench = running('winxp-sp2');
    const { screenGeneration } = bench.machine;
    bench.machine.act(open('devices'));
    bench.machine.act({ act: 'move', id: 'devices:', x: 40, y: 50 });
    expect(bench.machine.screenGeneration).toBeGreaterThan(screenGeneration);
    bench.machine.pause();
    const saved = bench.machine.save();
    const other = new Bench(
      describe1({ ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk('winxp-sp2') }] }),
    );
    other.machine.restore(saved);
    expect(other.desktop().windows).toEqual([
      { id: 'devices:', program: 'devices', subject: '', x: 40, y: 50, minimized: false },
    ]);
  });

  it('begins with none after a reset', () => {
    const bench = running('winxp-sp2');
    bench.machine.act(open('devices'));
    bench.machine.reset();
    bench.clock.advanceTo(120 * SECOND);
    expect(bench.desktop().windows).toEqual([]);
  });

  it('is not there in text mode, and while Windows starts', () => {
    const linux = running('debian12');
    linux.machine.act(open('devices'));
    expect(linux.machine.screen().kind).toBe('text');
    const starting = new Bench(
      describe1({ ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk('winxp-sp2') }] }),
    );
    starting.machine.start();
    starting.machine.act(open('devices'));
    starting.clock.advanceTo(60 * SECOND);
    expect(starting.desktop().windows).toEqual([]);
  });
});
