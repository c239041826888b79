import { PortSpace } from '@engine/bus/port-space';
import { Pic } from '@engine/chipset/pic/pic';
import { EngineClock } from '@engine/clock/clock';
import { TraceKind } from '@engine/trace/kinds';
import { Trace } from '@engine/trace/trace';
import { beforeEach, describe, expect, it } from 'vitest';

class Board {
  readonly ports = new PortSpace();
  readonly trace = new Trace(new EngineClock());
  readonly pic = new Pic({ name: 'pic', ports: this.ports, trace: this.trace });
  changes = 0;

  constructor() {
    this.pic.onChange(() => this.changes++);
  }

  out(port: number, value: number, size: 1 | 2 = 1): void {
    this.ports.write(port, size, value);
  }

  in(port: number): number {
    return this.ports.read(port, 1);
  }

  /** ICW1-ICW4 as a PC's BIOS writes them, everything unmasked. */
  initialize(icw4 = 0x01): void {
    for (const [base, vector, cascade] of [
      [0x20, 0x08, 0x04],
      [0xa0, 0x70, 0x02],
    ] as const) {
      this.out(base, 0x11);
      this.out(base + 1, vector);
      this.out(base + 1, cascade);
      this.out(base + 1, icw4);
      this.out(base + 1, 0);
    }
  }

  set(irq: number, level = true): void {
    this.pic.line(irq).set(level);
  }

  /** Acknowledges while INTR is asserted. */
  take(): number | null {
    return this.pic.pending() ? this.pic.acknowledge() : null;
  }
}

let board = new Board();
beforeEach(() => {
  board = new Board();
  board.initialize();
});

describe('initialization', () => {
  it('delivers nothing before it, and the vectors of ICW2 after it', () => {
    const fresh = new Board();
    fresh.set(1);
    expect(fresh.pic.pending()).toBe(false);
    board.set(1);
    expect(board.take()).toBe(0x09);
    board.out(0x20, 0x20);
    board.set(12);
    expect(board.take()).toBe(0x74);
  });

  it('delivers nothing half way, and forgets the edges from before', () => {
    board.set(5);
    board.out(0x20, 0x11);
    board.out(0x21, 0x30);
    board.set(0);
    expect(board.pic.pending()).toBe(false);
    board.out(0x21, 0x04);
    board.out(0x21, 0x01);
    expect([board.take(), board.take()]).toEqual([0x30, null]);
  });

  it('clears masks, requests and what is in service', () => {
    board.set(3);
    board.take();
    board.set(4);
    board.out(0x21, 0xff);
    board.out(0x20, 0x13); // single, with ICW4
    board.out(0x21, 0x20);
    board.out(0x21, 0x01);
    expect(board.in(0x21)).toBe(0);
    board.out(0x20, 0x0b);
    expect(board.in(0x20)).toBe(0);
    expect(board.pic.pending()).toBe(false);
  });

  it('needs no ICW4 when ICW1 does not announce one', () => {
    board.out(0x20, 0x10);
    board.out(0x21, 0x40);
    board.out(0x21, 0x04);
    board.out(0x21, 0xfe); // a mask already
    expect(board.in(0x21)).toBe(0xfe);
  });
});

describe('priorities', () => {
  it('serves the lowest number first and holds back the rest until its end', () => {
    board.set(5);
    board.set(3);
    expect(board.take()).toBe(0x0b);
    expect(board.take()).toBe(null);
    board.set(1); // more urgent: nested
    expect(board.take()).toBe(0x09);
    board.out(0x20, 0x20);
    expect(board.take()).toBe(null); // 3 is still in service
    board.out(0x20, 0x20);
    expect(board.take()).toBe(0x0d);
  });

  it('puts the slave between inputs 1 and 3', () => {
    board.set(3);
    board.set(14);
    board.set(9);
    expect([board.take(), board.take()]).toEqual([0x71, null]);
    board.out(0xa0, 0x20);
    expect(board.take()).toBe(null); // the master's input 2 is in service
    board.out(0x20, 0x20);
    expect(board.take()).toBe(0x76);
    board.out(0xa0, 0x20);
    board.out(0x20, 0x20);
    expect(board.take()).toBe(0x0b);
  });

  it('rotates on request, and can be told the lowest', () => {
    board.set(3);
    board.take();
    board.out(0x20, 0xa0); // rotate on non-specific EOI: 3 is now the lowest
    board.set(2 + 0, false);
    board.set(4);
    board.set(1);
    expect(board.take()).toBe(0x0c);
    board.out(0x20, 0x64); // specific EOI of 4
    expect(board.take()).toBe(0x09);
    board.out(0x20, 0x61);
    board.out(0x20, 0xc6); // set priority: 6 lowest, 7 first
    board.set(5);
    board.set(7);
    expect(board.take()).toBe(0x0f);
  });

  it('lets other levels through in special mask mode', () => {
    board.set(3);
    board.take();
    board.set(6);
    expect(board.take()).toBe(null);
    board.out(0x21, 0x08);
    board.out(0x20, 0x68);
    expect(board.take()).toBe(0x0e);
    board.out(0x20, 0x66);
    board.out(0x20, 0x48);
    board.set(7);
    expect(board.take()).toBe(null);
  });

  it('lets the slave interrupt itself in special fully nested mode', () => {
    board.initialize(0x11);
    board.set(14);
    expect(board.take()).toBe(0x76);
    board.set(9);
    expect(board.take()).toBe(0x71);
    const plain = new Board();
    plain.initialize();
    plain.set(14);
    plain.take();
    plain.set(9);
    expect(plain.take()).toBe(null);
  });

  it('ends by itself with automatic EOI', () => {
    board.initialize(0x03);
    board.set(3);
    expect(board.take()).toBe(0x0b);
    board.set(5);
    expect(board.take()).toBe(0x0d);
    board.out(0x20, 0x80); // rotate in automatic EOI
    board.set(6);
    board.set(4);
    board.take();
    expect(board.in(0x21)).toBe(0);
    board.set(3, false);
    board.set(3);
    expect(board.take()).toBe(0x0e); // after 4 comes 5, then 6, and 3 is far
    board.out(0x20, 0x00);
    expect(board.take()).toBe(0x0b);
  });
});

describe('triggers', () => {
  it('takes an edge once, however long the line stays up', () => {
    board.set(4);
    board.set(4);
    expect(board.take()).toBe(0x0c);
    board.out(0x20, 0x20);
    expect(board.take()).toBe(null);
    board.set(4, false);
    board.set(4);
    expect(board.take()).toBe(0x0c);
  });

  it('comes again for a level until the device lets go', () => {
    board.out(0x4d1, 0x08);
    board.set(11);
    expect(board.take()).toBe(0x73);
    board.out(0xa0, 0x20);
    board.out(0x20, 0x20);
    expect(board.take()).toBe(0x73);
    board.set(11, false);
    board.out(0xa0, 0x20);
    board.out(0x20, 0x20);
    expect(board.take()).toBe(null);
  });

  it('keeps timer, keyboard, cascade, clock and coprocessor edge triggered', () => {
    board.out(0x4d0, 0xff);
    board.out(0x4d1, 0xff);
    expect([board.in(0x4d0), board.in(0x4d1)]).toEqual([0xf8, 0xde]);
  });

  it('requests at once when a line that is up becomes a level', () => {
    board.set(10);
    board.take();
    board.out(0xa0, 0x20);
    board.out(0x20, 0x20);
    expect(board.pic.pending()).toBe(false);
    board.out(0x4d1, 0x04);
    expect(board.take()).toBe(0x72);
  });
});

describe('what goes wrong', () => {
  it('answers the spurious vector when the request has gone, and puts nothing into service', () => {
    board.set(4);
    board.set(4, false);
    expect(board.pic.pending()).toBe(false);
    expect(board.pic.acknowledge()).toBe(0x0f);
    board.out(0x20, 0x0b);
    expect(board.in(0x20)).toBe(0);
    expect(board.pic.inspect()).toMatchObject({ spurious: 1 });
  });

  it('ignores an end of interrupt when nothing is in service', () => {
    for (const value of [0x20, 0x60, 0x67, 0xa0, 0xe3]) board.out(0x20, value);
    board.set(7);
    expect(board.take()).toBe(0x0f);
  });

  it('has no input 2: it is the cascade', () => {
    board.set(2);
    expect(board.pic.pending()).toBe(false);
  });

  it('answers accesses of other widths with all ones', () => {
    expect(board.ports.read(0x20, 4)).toBe(0xffffffff);
    board.ports.write(0x21, 4, 0xff);
    board.ports.write(0x21, 2, 0xff);
    expect(board.in(0x21)).toBe(0);
  });
});

describe('registers', () => {
  it('shows requests or what is in service, as OCW3 asks', () => {
    board.set(3);
    board.set(4);
    board.take();
    expect(board.in(0x20)).toBe(0x10);
    board.out(0x20, 0x0b);
    expect(board.in(0x20)).toBe(0x08);
    board.out(0x20, 0x0a);
    expect(board.in(0x20)).toBe(0x10);
  });

  it('is polled: one read acknowledges and says which', () => {
    board.out(0x20, 0x0c);
    expect(board.in(0x20)).toBe(0);
    board.set(6);
    board.out(0x20, 0x0c);
    expect(board.in(0x20)).toBe(0x86);
    board.out(0x20, 0x0b);
    expect(board.in(0x20)).toBe(0x40);
  });

  it('ends the most urgent interrupt in service, of those that special mask mode shows', () => {
    for (const irq of [5, 3, 1]) {
      board.set(irq);
      board.take();
    }
    board.out(0x20, 0x0b);
    board.out(0x20, 0x20);
    expect(board.in(0x20)).toBe(0x28);
    board.out(0x21, 0x08);
    board.out(0x20, 0x68); // special mask mode on
    board.out(0x20, 0x0b); // says nothing about it
    board.out(0x20, 0x20);
    expect(board.in(0x20)).toBe(0x08);
    board.out(0x20, 0x20);
    expect(board.in(0x20)).toBe(0x08); // hidden: only a specific EOI ends it
    board.set(7);
    expect(board.take()).toBe(0x0f);
  });

  it('masks and delivers each input of both controllers', () => {
    for (let irq = 0; irq < 16; irq++) {
      if (irq === 2) continue;
      board.out(irq < 8 ? 0x21 : 0xa1, 1 << (irq & 7));
      board.set(irq);
      expect(board.pic.pending()).toBe(false);
      board.out(irq < 8 ? 0x21 : 0xa1, 0);
      expect(board.take()).toBe((irq < 8 ? 0x08 : 0x68) + irq);
      board.out(0xa0, 0x20);
      board.out(0x20, 0x20);
    }
  });

  it('gives the low byte of a word to the port and the high byte to the other controller', () => {
    board.set(15);
    board.set(1);
    board.take();
    board.out(0x20, 0x20);
    board.take();
    board.out(0x20, 0x0b0b, 2);
    expect([board.in(0x20), board.in(0xa0)]).toEqual([0x04, 0x80]);
    board.out(0x20, 0x0a62, 2); // specific EOI of the cascade; the slave shows requests
    expect([board.in(0x20), board.in(0xa0)]).toEqual([0x00, 0x00]);
    board.out(0xa0, 0x0a0b, 2);
    expect([board.in(0x20), board.in(0xa0)]).toEqual([0x00, 0x80]);
  });

  it('takes one word for both command ports', () => {
    board.set(15);
    board.take();
    board.out(0x20, 0x2020, 2);
    board.set(9);
    expect(board.take()).toBe(0x71);
    board.out(0xa0, 0x2020, 2);
    board.set(1);
    expect(board.take()).toBe(0x09);
  });

  it('holds back what is masked and gives it when the mask goes', () => {
    board.out(0x21, 0x08);
    board.set(3);
    expect(board.pic.pending()).toBe(false);
    board.out(0x21, 0);
    expect(board.take()).toBe(0x0b);
  });
});

describe('around it', () => {
  it('calls its listener when INTR changes, and only then', () => {
    board.changes = 0;
    board.set(4);
    board.set(6);
    expect(board.changes).toBe(1);
    board.take();
    expect(board.changes).toBe(2);
    board.out(0x20, 0x20);
    expect(board.changes).toBe(3);
  });

  it('records each line that rises', () => {
    board.set(4);
    board.set(4);
    board.set(4, false);
    expect(board.trace.count(TraceKind.InterruptRaised)).toBe(1);
    expect(board.trace.recent(1)[0]?.operands[0]).toBe(4);
  });

  it('goes on from a saved state, and starts masked after a reset', () => {
    board.set(5);
    board.set(12);
    board.take();
    const other = new Board();
    other.pic.restore(board.pic.save());
    other.out(0xa0, 0x20);
    other.out(0x20, 0x20);
    expect(other.take()).toBe(0x0d);
    other.pic.reset();
    expect([other.in(0x21), other.pic.pending()]).toEqual([0xff, false]);
    expect(board.take()).toBe(null); // nothing is shared
  });
});
