import { PortSpace } from '@engine/bus/port-space';
import { Pic } from '@engine/chipset/pic/pic';
import { Pit } from '@engine/chipset/pit/pit';
import { EngineClock, SECOND } from '@engine/clock/clock';
import { Trace } from '@engine/trace/trace';
import { beforeEach, describe, expect, it } from 'vitest';

const HZ = 1_193_182;
/** Nanoseconds until `ticks` ticks of the input are over. */
const after = (ticks: number): number => Math.ceil((ticks * SECOND) / HZ);

class Board {
  readonly ports = new PortSpace();
  readonly clock = new EngineClock();
  readonly levels: boolean[] = [];
  readonly pit = new Pit({
    name: 'pit',
    ports: this.ports,
    clock: this.clock,
    interrupt: { set: (level) => this.levels.push(level) },
  });

  out(port: number, ...values: number[]): void {
    for (const value of values) this.ports.write(port, 1, value);
  }

  in(port: number): number {
    return this.ports.read(port, 1);
  }

  word(port: number): number {
    return this.in(port) | (this.in(port) << 8);
  }

  /** Times of the rising edges of IRQ 0 so far. */
  edges(): number {
    return this.levels.filter((level, i) => level && !this.levels[i - 1]).length;
  }
}

let board = new Board();
beforeEach(() => {
  board = new Board();
});

describe('counter 0', () => {
  it('interrupts 18.2 times a second as a BIOS programs it', () => {
    board.out(0x43, 0x36);
    board.out(0x40, 0, 0);
    const first = board.edges();
    board.clock.advanceTo(after(65536) - 1);
    expect(board.edges()).toBe(first);
    board.clock.advanceTo(after(65536));
    expect(board.edges()).toBe(first + 1);
    board.clock.advanceTo(1000 * SECOND);
    expect(board.edges()).toBe(first + Math.floor((1000 * HZ) / 65536));
    expect(board.clock.idle).toBe(true);
  });

  it('does not drift in an hour', () => {
    board.out(0x43, 0x34);
    board.out(0x40, 11932 & 0xff, 11932 >> 8); // 100 Hz
    board.clock.advanceTo(60 * SECOND);
    const before = board.edges();
    board.clock.advanceTo(3600 * SECOND);
    expect(board.edges() - before).toBe(Math.floor((3600 * HZ) / 11932) - Math.floor((60 * HZ) / 11932));
  });

  it('interrupts once in mode 0, and is low until then', () => {
    board.out(0x43, 0x30);
    board.out(0x40, 100, 0);
    expect(board.levels.at(-1)).toBe(false);
    board.clock.advanceTo(after(100));
    expect(board.levels.at(-1)).toBe(true);
    const edges = board.edges();
    board.clock.advanceBy(SECOND);
    expect(board.edges()).toBe(edges);
  });

  it('interrupts after one more tick in mode 4', () => {
    board.out(0x43, 0x18);
    board.out(0x40, 50);
    board.levels.length = 0;
    board.clock.advanceTo(after(51) - 1);
    expect(board.edges()).toBe(0);
    board.clock.advanceTo(after(51));
    expect(board.edges()).toBe(1);
  });

  it('merges edges that come too fast to be served', () => {
    board.out(0x43, 0x14);
    board.out(0x40, 2); // every 1.7 us
    board.levels.length = 0;
    board.clock.advanceBy(10_000_000);
    expect(board.edges()).toBeGreaterThan(90);
    expect(board.edges()).toBeLessThan(101);
    board.out(0x43, 0x34);
    board.out(0x40, 120, 0); // 100.57 us: every edge is far enough from the last
    board.levels.length = 0;
    board.clock.advanceBy(after(1200));
    expect(board.edges()).toBe(10);
  });

  it('starts only when the whole count has been written', () => {
    board.out(0x43, 0x34);
    board.out(0x40, 10);
    board.levels.length = 0;
    board.clock.advanceBy(SECOND);
    expect(board.edges()).toBe(0);
    board.out(0x40, 0x10);
    board.levels.length = 0;
    board.clock.advanceBy(after(4106));
    expect(board.edges()).toBe(1);
  });
});

describe('reading', () => {
  it('counts down in mode 2 and begins again', () => {
    board.out(0x43, 0x34);
    board.out(0x40, 0xe8, 0x03); // 1000
    board.clock.advanceTo(after(1));
    expect(board.word(0x40)).toBe(999);
    board.clock.advanceTo(after(999));
    expect(board.word(0x40)).toBe(1);
    board.clock.advanceTo(after(1000));
    expect(board.word(0x40)).toBe(1000);
  });

  it('counts down by two in mode 3', () => {
    board.out(0x43, 0xb6);
    board.out(0x61, 1);
    board.out(0x42, 10, 0);
    const seen = [0, 1, 4, 5, 6, 9].map((ticks) => {
      board.clock.advanceTo(after(ticks));
      return [board.word(0x42), board.in(0x61) & 0x20];
    });
    expect(seen).toEqual([
      [10, 0x20],
      [8, 0x20],
      [2, 0x20],
      [10, 0],
      [8, 0],
      [2, 0],
    ]);
  });

  it('goes on below zero in mode 0', () => {
    board.out(0x43, 0x30);
    board.out(0x40, 5, 0);
    board.clock.advanceTo(after(7));
    expect(board.word(0x40)).toBe(0xfffe);
  });

  it('takes modes 6 and 7 for 2 and 3', () => {
    for (const [control, mode] of [
      [0x3c, 2],
      [0x3e, 3],
      [0x3a, 5],
    ] as const) {
      board.out(0x43, control, 0xe2);
      expect((board.in(0x40) >> 1) & 7).toBe(mode);
    }
  });

  it('lowers the line with the control word of mode 0, and leaves counter 1 to itself', () => {
    board.out(0x43, 0x36);
    board.out(0x40, 0, 0);
    expect(board.levels.at(-1)).toBe(true);
    board.out(0x43, 0x54);
    board.out(0x41, 18);
    board.clock.advanceBy(after(5));
    expect(board.in(0x41)).toBe(13);
    expect(board.levels.at(-1)).toBe(true);
    board.out(0x43, 0x30);
    expect(board.levels.at(-1)).toBe(false);
  });

  it('keeps a latched count until it has been read', () => {
    board.out(0x43, 0x34);
    board.out(0x40, 0, 4);
    board.clock.advanceTo(after(4));
    board.out(0x43, 0x00);
    board.clock.advanceTo(after(100));
    board.out(0x43, 0x00); // a second latch is ignored
    expect(board.word(0x40)).toBe(1020);
    expect(board.word(0x40)).toBe(924);
  });

  it('reads back status and count of several counters', () => {
    board.out(0x43, 0x34, 0x50);
    board.out(0x40, 0, 4);
    board.out(0x43, 0xc6); // status and count of counters 0 and 1
    expect(board.in(0x40)).toBe(0xb4);
    expect(board.word(0x40)).toBe(1024);
    expect(board.in(0x41)).toBe(0x50); // mode 0, low byte, no count yet, output low
    board.out(0x43, 0x70, 0x34); // and a control word forgets what was latched
    board.out(0x43, 0xe2);
    expect(board.in(0x40)).toBe(0xf4);
  });

  it('reads and writes decimal digits in BCD', () => {
    board.out(0x43, 0x35);
    board.out(0x40, 0x00, 0x10); // 1000
    board.clock.advanceTo(after(1));
    expect(board.word(0x40)).toBe(0x0999);
    board.out(0x43, 0x35);
    board.out(0x40, 0, 0); // 10,000
    board.clock.advanceBy(after(1));
    expect(board.word(0x40)).toBe(0x9999);
  });

  it('reads and writes single bytes as the control word says', () => {
    board.out(0x43, 0x24);
    board.out(0x40, 0x12);
    expect(board.in(0x40)).toBe(0x12);
    board.out(0x43, 0x14);
    board.out(0x40, 0x34);
    expect([board.in(0x40), board.in(0x40)]).toEqual([0x34, 0x34]);
  });
});

describe('port 61h', () => {
  it('measures a time with counter 2, as kernels calibrate themselves', () => {
    board.out(0x61, 0x01);
    board.out(0x43, 0xb0);
    board.out(0x42, 0x9c, 0x2e); // 11,932 ticks: 10 ms
    board.clock.advanceBy(after(11932) - 1);
    expect(board.in(0x61) & 0x20).toBe(0);
    board.clock.advanceBy(1);
    expect(board.in(0x61) & 0x20).toBe(0x20);
  });

  it('holds counter 2 while its gate is low', () => {
    board.out(0x61, 0x00);
    board.out(0x43, 0xb0);
    board.out(0x42, 100, 0);
    board.clock.advanceBy(SECOND);
    expect(board.word(0x42)).toBe(100);
    board.out(0x61, 0x01);
    board.clock.advanceBy(after(40));
    board.out(0x61, 0x00);
    board.clock.advanceBy(SECOND);
    expect(board.word(0x42)).toBe(60);
    board.out(0x61, 0x01);
    board.clock.advanceBy(after(60));
    expect(board.in(0x61) & 0x20).toBe(0x20);
  });

  it('triggers a one-shot when the gate rises', () => {
    board.out(0x43, 0xb2);
    board.out(0x42, 20, 0);
    board.clock.advanceBy(SECOND);
    expect(board.in(0x61) & 0x20).toBe(0x20);
    board.out(0x61, 0x01);
    expect(board.in(0x61) & 0x20).toBe(0);
    board.clock.advanceBy(after(20));
    expect(board.in(0x61) & 0x20).toBe(0x20);
  });

  it('strobes for one tick at the end, by itself or after a trigger', () => {
    const out = (): number => board.in(0x61) & 0x20;
    const levels = (): number[] =>
      [0, 9, 1, 1].map((ticks) => {
        board.clock.advanceBy(after(ticks));
        return out();
      });
    board.out(0x61, 0x01);
    board.out(0x43, 0x98); // mode 4
    board.out(0x42, 10);
    expect(levels()).toEqual([0x20, 0x20, 0, 0x20]);
    board.out(0x61, 0x00);
    board.out(0x43, 0x9a); // mode 5
    board.out(0x42, 10);
    board.clock.advanceBy(SECOND);
    expect(out()).toBe(0x20);
    board.out(0x61, 0x01);
    expect(levels()).toEqual([0x20, 0x20, 0, 0x20]);
  });

  it('waits for a trigger after the count and not before', () => {
    board.out(0x43, 0xb2);
    board.out(0x61, 0x01); // the gate rises, but there is no count yet
    board.out(0x42, 20, 0);
    expect(board.in(0x61) & 0x20).toBe(0x20);
    board.out(0x61, 0x00);
    board.out(0x61, 0x01);
    expect(board.in(0x61) & 0x20).toBe(0);
    board.out(0x61, 0x00); // the gate's fall changes nothing
    board.clock.advanceBy(after(20));
    expect(board.in(0x61) & 0x20).toBe(0x20);
  });

  it('begins a periodic count anew when the gate rises', () => {
    board.out(0x61, 0x01);
    board.out(0x43, 0xb4);
    board.out(0x42, 100, 0);
    board.clock.advanceBy(after(30));
    board.out(0x61, 0x00);
    expect(board.in(0x61) & 0x20).toBe(0x20);
    board.out(0x61, 0x01);
    expect(board.word(0x42)).toBe(100);
  });

  it('toggles the refresh bit and keeps four bits', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 20; i++) {
      seen.add(board.in(0x61) & 0x10);
      board.clock.advanceBy(8000);
    }
    expect([...seen].sort()).toEqual([0, 0x10]);
    board.out(0x61, 0xff);
    expect(board.in(0x61) & 0x8f).toBe(0x0f);
    board.out(0x61, 0x00);
    expect(board.in(0x61) & 0x8f).toBe(0x00);
  });
});

describe('with the interrupt controller', () => {
  it('makes no edges while IRQ 0 is masked, and makes up for a missed one', () => {
    const ports = new PortSpace();
    const clock = new EngineClock();
    const pic = new Pic({ name: 'pic', ports, trace: new Trace(clock) });
    const pit = new Pit({ name: 'pit', ports, clock, interrupt: pic.line(0) });
    pic.watch(0, (isOpen) => pit.setObserved(isOpen));
    const out = (port: number, value: number): void => ports.write(port, 1, value);
    for (const [port, value] of [
      [0x20, 0x11],
      [0x21, 8],
      [0x21, 4],
      [0x21, 1],
      [0x21, 0xff],
    ] as const)
      out(port, value);
    out(0x43, 0x34);
    out(0x40, 0);
    out(0x40, 1);
    expect(clock.nextDue()).toBe(null);
    clock.advanceTo(10 * SECOND);
    out(0x21, 0xfe);
    expect(pic.pending()).toBe(true);
    expect(pic.acknowledge()).toBe(8);
    out(0x20, 0x20);
    expect(pic.pending()).toBe(false);
    clock.advanceTo(clock.nextDue() ?? 0);
    expect(pic.pending()).toBe(true);
    out(0x21, 0xff);
    out(0x21, 0xfe); // nothing was missed this time: the request is the one from before
    expect(pic.acknowledge()).toBe(8);
    out(0x20, 0x20);
    expect(pic.pending()).toBe(false);
    pic.reset();
    pit.reset();
    expect(clock.nextDue()).toBe(null);
  });
});

describe('around it', () => {
  it('goes on from a saved state with the clock', () => {
    board.out(0x43, 0x36);
    board.out(0x40, 0, 0);
    board.clock.advanceTo(30_000_000);
    const other = new Board();
    other.pit.restore(board.pit.save());
    other.clock.restore(board.clock.save());
    other.clock.advanceTo(60_000_000);
    expect(other.levels).toEqual([false, true]);
    other.pit.reset();
    expect(other.clock.nextDue()).toBe(null);
    expect(board.pit.save()).not.toEqual(other.pit.save());
  });

  it('answers nonsense calmly', () => {
    expect(board.ports.read(0x40, 4)).toBe(0xffffffff);
    expect(board.in(0x43)).toBe(0xff);
    board.ports.write(0x43, 2, 0x3434);
    board.out(0x40, 1, 2, 3);
    board.out(0x43, 0x3f); // mode 7 is mode 3
    board.out(0x40, 1, 0); // a count of one
    board.clock.advanceBy(1000);
    expect(board.word(0x40)).toBe(0);
  });
});
