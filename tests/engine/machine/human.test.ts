import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import type { PointerEvent } from '@engine/base/backends';
import type { MachineState } from '@engine/machine/machine';
import { keystrokes } from '../../../electron/worker/keystrokes';
import { Bench, describe1, installedDisk } from './lab';

/** A machine with an installed system, until its desktop or prompt is there. */
function booted(os: string, hostId = 'ws2022'): Bench {
  const ide = [{ id: 'disk', kind: 'hardDisk' as const, place: 0, store: installedDisk(os) }];
  const bench = new Bench(describe1({ hostId, ide }));
  bench.machine.start();
  bench.clock.advanceBy(90 * SECOND);
  return bench;
}

type Tree = { readonly [key: string]: Tree | string | number | boolean | null };

/** One value of the machine's inspect tree. */
function seen({ machine }: Bench, ...path: string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Tree)[key], machine.inspect());
}

function typed(bench: Bench, text: string): void {
  for (const stroke of keystrokes(text)) {
    bench.machine.press(stroke);
    bench.clock.advanceBy(SECOND / 50);
  }
}

const at = (changes: Partial<PointerEvent>): PointerEvent => ({
  x: 0,
  y: 0,
  dx: 0,
  dy: 0,
  wheel: 0,
  buttons: 0,
  ...changes,
});
const named = (bench: Bench, category: string): string[] =>
  bench
    .desktop()
    .devices.filter((each) => each.category === category)
    .map(({ name, code }) => `${name} ${code}`);

describe('a Windows with integration components', () => {
  it('lists screen, keyboard and mouse of VMBus by its own names', () => {
    const bench = booted('ws2022');
    expect(named(bench, 'Display adapters')).toContain('Microsoft Hyper-V Video 0');
    expect(named(bench, 'Keyboards')).toEqual(['Microsoft Hyper-V Virtual Keyboard 0', 'Standard PS/2 Keyboard 0']);
    expect(named(bench, 'Human Interface Devices')).toEqual(['Microsoft Hyper-V Input 0']);
    expect(named(bench, 'Mice and other pointing devices')).toEqual([
      'HID-compliant mouse 0',
      'Microsoft PS/2 Mouse 0',
    ]);
  });

  it('types through the synthetic keyboard: the emulated one hears nothing', () => {
    const bench = booted('ws2022');
    const ports = () => bench.trace.countBelow(1, 'vm-1');
    const before = ports();
    typed(bench, 'ver\n');
    expect(bench.desktop().shell.lines.join('\n')).toContain('10.0.20348');
    expect(seen(bench, 'keyboard', 'counters', 'keystrokes')).toBe(8);
    expect(ports() - before).toBe(0); // no port was read: no scan code came out of the i8042
    expect(seen(bench, 'i8042', 'keyboard', 'waiting')).toBe(0);
  });

  it('sets the light of Caps Lock through the channel, and writes capitals', () => {
    const bench = booted('ws2022');
    const capsLock = { code: 0x3a, extended: false };
    bench.machine.press({ ...capsLock, down: true });
    bench.machine.press({ ...capsLock, down: false });
    bench.clock.advanceBy(SECOND);
    expect(seen(bench, 'keyboard', 'leds')).toBe(4);
    typed(bench, 'ab');
    expect(bench.desktop().shell.input).toMatch(/AB$/);
  });

  it('has the pointer without capturing it', () => {
    const bench = booted('ws2022');
    expect(bench.desktop().pointer).toBe('integrated');
    bench.machine.point(at({ x: 8192, y: 16_384, buttons: 1 }));
    bench.clock.advanceBy(SECOND);
    expect(seen(bench, 'mouse', 'counters', 'reports')).toBe(1);
    expect(seen(bench, 'i8042', 'mouse', 'buttons')).toBe(0);
    const { guest } = bench.machine.save().units as {
      guest: { kernel: { devices: { service: string; driver: unknown }[] } };
    };
    const driver = guest.kernel.devices.find(({ service }) => service === 'vmbushid')?.driver;
    expect(driver).toMatchObject({
      vsc: { pointer: { x: 8192 / 32_767, y: 16_384 / 32_767, buttons: 1 }, reports: 1 },
    });
  });

  it('sets its screen through the channel, in the aperture of the emulated adapter', () => {
    const bench = booted('ws2022');
    expect(seen(bench, 'video', 'version')).toBe('3.5');
    expect(seen(bench, 'video', 'mode')).toEqual({ offset: 0, depth: 32, width: 1024, height: 768, pitch: 4096 });
    expect(seen(bench, 'video', 'memory')).toEqual({ kind: 'aperture', gpa: 'f8000000' });
    bench.machine.watch(true);
    bench.clock.advanceBy(SECOND);
    expect(seen(bench, 'video', 'counters', 'situations')).toBe(2); // it answers a viewer with all it has
    const { width, height } = bench.desktop();
    expect([width, height]).toEqual([1024, 768]);
  });

  it('speaks the oldest version to an old host, which has no synthetic keyboard', () => {
    const bench = booted('ws2008r2', 'ws2008r2');
    expect(named(bench, 'Display adapters')).toContain('Microsoft Virtual Machine Bus Video Device 0');
    expect(named(bench, 'Human Interface Devices')).toEqual(['Microsoft VMBus HID Miniport 0']);
    expect([seen(bench, 'video', 'version'), seen(bench, 'video', 'mode', 'depth')]).toEqual(['3.0', 16]);
    expect(bench.machine.inspect()['keyboard']).toBeUndefined();
    typed(bench, 'ver\n');
    expect(bench.desktop().shell.lines.join('\n')).toContain('6.1.7601');
  });

  it('goes on typing and pointing after it was saved', () => {
    const bench = booted('ws2022');
    typed(bench, 'v');
    bench.machine.pause();
    const state: MachineState = bench.machine.save();
    const ide = [{ id: 'disk', kind: 'hardDisk' as const, place: 0, store: installedDisk('ws2022') }];
    const other = new Bench(describe1({ ide }));
    other.machine.restore(structuredClone(state));
    expect(isDeepStrictEqual(other.machine.save(), state)).toBe(true);
    other.machine.resume();
    other.machine.point(at({ x: 100 }));
    typed(other, 'er\n');
    expect(other.desktop().shell.lines.join('\n')).toContain('10.0.20348');
    expect(seen(other, 'mouse', 'counters', 'reports')).toBe(1);
  });

  it('gives screen and keys back to the emulated devices at a restart', () => {
    const bench = booted('ws2022');
    bench.machine.reset();
    bench.clock.advanceBy(SECOND);
    expect([seen(bench, 'video', 'mode'), seen(bench, 'keyboard', 'phase'), seen(bench, 'mouse', 'phase')]).toEqual([
      null,
      'closed',
      'closed',
    ]);
    expect(bench.machine.screen().kind).toBe('text');
    bench.clock.advanceBy(90 * SECOND);
    expect([bench.desktop().pointer, seen(bench, 'keyboard', 'phase')]).toEqual(['integrated', 'active']);
  });
});

describe('a Windows XP without them', () => {
  it('types on the emulated keyboard and has its pointer captured', () => {
    const bench = booted('winxp-sp2');
    expect([bench.desktop().pointer, bench.desktop().width]).toEqual(['captured', 800]);
    expect(named(bench, 'Human Interface Devices')).toEqual([]);
    typed(bench, 'ver\n');
    expect(bench.desktop().shell.lines.join('\n')).toContain('5.1.2600');
    bench.machine.point(at({ dx: 3, dy: 4, buttons: 1 }));
    expect([seen(bench, 'i8042', 'mouse', 'buttons'), seen(bench, 'mouse', 'phase')]).toEqual([1, 'closed']);
    expect(seen(bench, 'keyboard', 'counters', 'keystrokes')).toBe(0);
  });

  it('finds both serial ports of the board', () => {
    expect(named(booted('winxp-sp2'), 'Ports (COM & LPT)')).toEqual([
      'Communications Port (COM1) 0',
      'Communications Port (COM2) 0',
    ]);
  });
});

describe('a Debian with the kernel’s own drivers', () => {
  it('says what it has bound, and types through it', () => {
    const bench = booted('debian12');
    typed(bench, 'dmesg | grep hyperv\n');
    expect(seen(bench, 'keyboard', 'phase')).toBe('active');
    typed(bench, 'clear\nuname -r\n');
    expect(bench.text()).toContain('6.1.0-18-amd64');
    expect(seen(bench, 'keyboard', 'counters', 'lost')).toBe(0);
    expect(seen(bench, 'mouse', 'phase')).toBe('active');
    expect(seen(bench, 'video', 'phase')).toBe('closed'); // its console is the adapter's text memory
  });
});
