import type { KeyEvent } from '@engine/base/backends';
import { PortSpace } from '@engine/bus/port-space';
import { I8042 } from '@engine/chipset/i8042/i8042';
import { toSet1, toSet2 } from '@engine/chipset/i8042/scan-codes';
import { beforeEach, describe, expect, it } from 'vitest';

class Board {
  readonly ports = new PortSpace();
  readonly irq1: boolean[] = [];
  readonly irq12: boolean[] = [];
  resets = 0;
  press: (event: KeyEvent) => void = () => undefined;
  readonly i8042 = new I8042({
    name: 'i8042',
    ports: this.ports,
    keyboardInterrupt: { set: (level) => this.irq1.push(level) },
    mouseInterrupt: { set: (level) => this.irq12.push(level) },
    keys: {
      onKey: (handler) => {
        this.press = handler;
        return { dispose: () => undefined };
      },
    },
    onReset: () => this.resets++,
  });

  key(code: number, down = true, extended = false): void {
    this.press({ code, down, extended });
  }

  status(): number {
    return this.ports.read(0x64, 1);
  }

  /** Everything that the output buffer gives, mouse bytes as 1xxh. */
  drain(limit = 5000): number[] {
    const bytes: number[] = [];
    while (this.status() & 1 && bytes.length < limit) {
      const aux = this.status() & 0x20 ? 0x100 : 0;
      bytes.push(aux | this.ports.read(0x60, 1));
    }
    return bytes;
  }

  command(value: number, data?: number): void {
    this.ports.write(0x64, 1, value);
    if (data !== undefined) this.ports.write(0x60, 1, data);
  }

  toKeyboard(...values: number[]): number[] {
    for (const value of values) this.ports.write(0x60, 1, value);
    return this.drain();
  }

  toMouse(...values: number[]): number[] {
    const answers: number[] = [];
    for (const value of values) {
      this.command(0xd4, value);
      answers.push(...this.drain());
    }
    return answers;
  }
}

const mouseBytes = (...bytes: number[]): number[] => bytes.map((byte) => byte | 0x100);

let board = new Board();
beforeEach(() => {
  board = new Board();
});

describe('keyboard controller', () => {
  it('answers the commands of a power-on test', () => {
    expect(board.status()).toBe(0x14);
    board.command(0xaa);
    expect(board.status()).toBe(0x1d);
    expect(board.drain()).toEqual([0x55]);
    board.command(0xab);
    board.command(0xa9);
    board.command(0xc0);
    board.command(0xa4);
    expect(board.drain()).toEqual([0, 0, 0x80, 0xf1]);
  });

  it('keeps its command byte, and the two clocks in it', () => {
    board.command(0x20);
    expect(board.drain()).toEqual([0x47]);
    board.command(0x60, 0x41);
    board.command(0xa7);
    board.command(0xad);
    board.command(0x20);
    expect(board.drain()).toEqual([0x71]);
    board.command(0xa8);
    board.command(0xae);
    board.command(0x20);
    expect(board.drain()).toEqual([0x41]);
  });

  it('gives bytes back for either device', () => {
    board.command(0xd2, 0x12);
    board.command(0xd3, 0x34);
    expect(board.drain()).toEqual([0x12, 0x134]);
  });

  it('drives address line 20 and the reset pin', () => {
    board.command(0xd0);
    expect((board.drain()[0] ?? 0) & 3).toBe(3);
    board.command(0xd1, 0xdd);
    expect(board.i8042.a20).toBe(false);
    board.command(0xff);
    expect(board.resets).toBe(0);
    board.command(0xfe);
    expect(board.resets).toBe(1);
    board.command(0xd1, 0x02);
    expect(board.resets).toBe(2);
  });

  it('says which port was written last, and ignores what it does not know', () => {
    board.command(0x99);
    expect(board.status() & 0x08).toBe(0x08);
    board.command(0x60, 0x47);
    expect(board.status() & 0x08).toBe(0);
    expect(board.drain()).toEqual([]);
    expect(board.i8042.inspect()).toMatchObject({ unknown: 1, command: 0x47 });
    expect(board.ports.read(0x60, 2)).toBe(0xffff);
    board.ports.write(0x64, 4, 0xfe);
    expect(board.resets).toBe(0);
  });
});

describe('interrupts', () => {
  it('come once for each byte, for the device that sent it', () => {
    board.key(0x1e);
    board.key(0x1e, false);
    expect(board.irq1.at(-1)).toBe(true);
    board.irq1.length = 0;
    board.ports.read(0x60, 1);
    expect(board.irq1).toEqual([false, true]); // an edge for the second byte
    board.ports.read(0x60, 1);
    expect(board.irq1.at(-1)).toBe(false);
    board.command(0xd4, 0xf4);
    expect([board.irq1.at(-1), board.irq12.at(-1)]).toEqual([false, true]);
    board.drain();
    expect(board.irq12.at(-1)).toBe(false);
  });

  it('do not come when the command byte forbids them', () => {
    board.command(0x60, 0x44);
    board.key(0x1e);
    expect(board.irq1).not.toContain(true);
    board.command(0x60, 0x45);
    expect(board.irq1.at(-1)).toBe(true);
  });
});

describe('keyboard', () => {
  it('sends set 1 codes through the translation', () => {
    board.key(0x1e);
    board.key(0x1e, false);
    board.key(0x48, true, true);
    board.key(0x48, false, true);
    expect(board.drain()).toEqual([0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8]);
  });

  it('sends set 2 codes without it', () => {
    board.command(0x60, 0x07);
    board.key(0x1e);
    board.key(0x1e, false);
    board.key(0x53, true, true);
    board.key(0x41);
    expect(board.drain()).toEqual([0x1c, 0xf0, 0x1c, 0xe0, 0x71, 0x83]);
  });

  it('translates every key there and back', () => {
    const names = Array.from({ length: 0x58 }, (_, i) => i + 1);
    expect(names.map((code) => toSet1(toSet2(code)))).toEqual(names);
    expect(toSet1(0xfa)).toBe(0xfa);
  });

  it('answers commands', () => {
    expect(board.toKeyboard(0xff)).toEqual([0xfa, 0xaa]);
    expect(board.toKeyboard(0xf2)).toEqual([0xfa, 0xab, 0x41]); // translated
    expect(board.toKeyboard(0xee)).toEqual([0xee]);
    expect(board.toKeyboard(0xed, 0x07)).toEqual([0xfa, 0xfa]);
    expect(board.toKeyboard(0xf3, 0x20)).toEqual([0xfa, 0xfa]);
    expect(board.toKeyboard(0xfe)).toEqual([0xfa]);
    expect(board.toKeyboard(0xe0)).toEqual([0xfe]);
    expect(board.i8042.inspect()).toMatchObject({ keyboard: { leds: 7 } });
  });

  it('changes its scan code set', () => {
    board.command(0x60, 0x07);
    expect(board.toKeyboard(0xf0, 0x00)).toEqual([0xfa, 0xfa, 0x02]);
    expect(board.toKeyboard(0xf0, 0x01)).toEqual([0xfa, 0xfa]);
    board.key(0x1e);
    board.key(0x1e, false);
    expect(board.drain()).toEqual([0x1e, 0x9e]);
    expect(board.toKeyboard(0xf6)).toEqual([0xfa]); // defaults: set 2
    board.key(0x1e);
    expect(board.drain()).toEqual([0x1c]);
  });

  it('reports no keys when told to stop, and waits while its clock is held', () => {
    board.toKeyboard(0xf5);
    board.key(0x1e);
    expect(board.drain()).toEqual([]);
    board.toKeyboard(0xf4);
    board.command(0xad);
    board.key(0x1e);
    expect(board.drain()).toEqual([]);
    board.command(0xae);
    expect(board.drain()).toEqual([0x1e]);
    board.command(0xad);
    expect(board.toKeyboard(0xee)).toEqual([0xee]); // a byte to it switches it on
  });

  it('drops whole keys when nobody reads, and says so', () => {
    for (let i = 0; i < 3000; i++) board.key(0x1e, i % 2 === 0);
    board.key(0x48, true, true);
    const bytes = board.drain();
    expect(bytes.length).toBeLessThan(1025);
    expect(bytes.at(-1)).toBe(0xff); // overrun, as set 1 says it
    expect(bytes.slice(0, 4)).toEqual([0x1e, 0x9e, 0x1e, 0x9e]);
    board.key(0x1e);
    expect(board.drain()).toEqual([0x1e]);
  });

  it('ignores keys that do not exist', () => {
    for (const code of [0, -1, 0x80, 0x1e1, 0.5]) board.key(code);
    expect(board.drain().every((byte) => byte >= 0 && byte < 256)).toBe(true);
  });

  it('keeps lights and scan code set as they were set last', () => {
    board.toKeyboard(0xed, 0x02);
    expect(board.i8042.inspect()).toMatchObject({ keyboard: { leds: 2 } });
    board.toKeyboard(0xf0, 0x01, 0xf0, 0x02);
    expect(board.i8042.inspect()).toMatchObject({ keyboard: { set: 2 } });
    board.toKeyboard(0xf0, 0x03); // not a set that it has
    expect(board.i8042.inspect()).toMatchObject({ keyboard: { set: 2 } });
  });

  it('shows in the output port that a byte waits', () => {
    board.key(0x1e);
    board.command(0xd0);
    expect(board.drain()).toEqual([0x1e, 0x13]);
    board.toMouse(0xf4);
    board.i8042.moveMouse({ dx: 1, dy: 0, wheel: 0, buttons: 0 });
    board.command(0xd0);
    expect(board.drain()).toEqual([0x108, 0x23, 0x101, 0x100]);
  });

  it('takes a command where a parameter was due', () => {
    expect(board.toKeyboard(0xed, 0xff)).toEqual([0xfa, 0xfa, 0xaa]);
  });
});

describe('mouse', () => {
  const on = (): void => void board.toMouse(0xf4);

  it('answers commands', () => {
    expect(board.toMouse(0xff)).toEqual(mouseBytes(0xfa, 0xaa, 0x00));
    expect(board.toMouse(0xf2)).toEqual(mouseBytes(0xfa, 0));
    expect(board.toMouse(0xe8, 3, 0xf3, 40, 0xe7, 0xf4)).toEqual(mouseBytes(0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa));
    expect(board.toMouse(0xe9)).toEqual(mouseBytes(0xfa, 0x30, 3, 40));
    expect(board.toMouse(0xe6, 0xf5, 0xe9)).toEqual(mouseBytes(0xfa, 0xfa, 0xfa, 0, 3, 40));
    expect(board.toMouse(0x42)).toEqual(mouseBytes(0xfe));
    board.toMouse(0xe8, 1, 0xff);
    expect(board.toMouse(0xe9)).toEqual(mouseBytes(0xfa, 0, 2, 100));
    expect(board.toMouse(0xe8, 1, 0xe9).slice(-2)).toEqual(mouseBytes(1, 100));
  });

  it('reports movement only when it may', () => {
    board.i8042.moveMouse({ dx: 5, dy: 3, wheel: 0, buttons: 0 });
    expect(board.drain()).toEqual([]);
    on();
    expect(board.drain()).toEqual([]); // what was before does not count
    board.i8042.moveMouse({ dx: 5, dy: 3, wheel: 0, buttons: 1 });
    expect(board.drain()).toEqual(mouseBytes(0x29, 5, 0xfd));
    board.i8042.moveMouse({ dx: -2, dy: -1, wheel: 4, buttons: 0 });
    expect(board.drain()).toEqual(mouseBytes(0x18, 0xfe, 1));
    board.command(0xa7);
    board.i8042.moveMouse({ dx: 1, dy: 0, wheel: 0, buttons: 0 });
    expect(board.drain()).toEqual([]);
    board.command(0xa8);
    expect(board.drain()).toEqual(mouseBytes(0x08, 1, 0));
  });

  it('has a wheel for who knows the knock', () => {
    expect(board.toMouse(0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf2).at(-1)).toBe(0x103);
    on();
    board.i8042.moveMouse({ dx: 0, dy: 0, wheel: -1, buttons: 0 });
    expect(board.drain()).toEqual(mouseBytes(0x08, 0, 0, 0xff));
    board.i8042.moveMouse({ dx: 0, dy: 0, wheel: 9, buttons: 0 }); // more than one packet can say
    expect(board.drain()).toEqual(mouseBytes(0x08, 0, 0, 7, 0x08, 0, 0, 2));
  });

  it('adds movement up while the guest is slow, and keeps clicks', () => {
    on();
    for (let i = 0; i < 100; i++) board.i8042.moveMouse({ dx: 5, dy: 0, wheel: 0, buttons: 0 });
    const bytes = board.drain();
    expect(bytes.length).toBeLessThanOrEqual(9); // one packet that was begun, then what has gathered
    const right = bytes.filter((_, i) => i % 3 === 1).reduce((sum, byte) => sum + (byte & 0xff), 0);
    expect(right).toBe(500);
    board.i8042.moveMouse({ dx: 1, dy: 0, wheel: 0, buttons: 0 }); // in the output buffer already
    for (const buttons of [1, 0, 1, 0]) board.i8042.moveMouse({ dx: 0, dy: 0, wheel: 0, buttons });
    const heads = board.drain().filter((_, i) => i % 3 === 0);
    expect(heads).toEqual(mouseBytes(0x08, 0x09, 0x08, 0x09, 0x08));
  });

  it('gives a packet when asked in remote mode', () => {
    board.toMouse(0xf0, 0xf4);
    board.i8042.moveMouse({ dx: 7, dy: 0, wheel: 0, buttons: 0 });
    expect(board.drain()).toEqual([]);
    expect(board.toMouse(0xeb)).toEqual(mouseBytes(0xfa, 0x08, 7, 0));
  });

  it('bears any number', () => {
    on();
    board.i8042.moveMouse({ dx: Number.NaN, dy: 1e12, wheel: -1e9, buttons: 0xff });
    expect(board.drain().every((byte) => byte < 0x200)).toBe(true);
  });
});

describe('around it', () => {
  it('goes on from a saved state', () => {
    board.key(0x1e);
    board.key(0x30);
    board.command(0xd4, 0xf4);
    const other = new Board();
    other.i8042.restore(board.i8042.save());
    expect(other.irq1.at(-1)).toBe(true);
    expect(other.drain()).toEqual([0x1e, 0x30, 0x1fa]);
    other.i8042.reset();
    expect([other.status(), other.drain()]).toEqual([0x14, []]);
    expect(board.drain()).toEqual([0x1e, 0x30, 0x1fa]);
  });
});
