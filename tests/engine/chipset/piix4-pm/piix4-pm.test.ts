import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { PortSpace } from '@engine/bus/port-space';
import { Piix4Pm } from '@engine/chipset/piix4-pm/piix4-pm';
import { EngineClock, SECOND } from '@engine/clock/clock';

class Board {
  readonly ports = new PortSpace();
  readonly clock = new EngineClock();
  sci = false;
  off = 0;
  readonly pm = new Piix4Pm({ ports: this.ports, clock: this.clock, sci: { set: (level) => void (this.sci = level) }, powerOff: () => void this.off++ });
  constructor() {
    this.pm.configWrite(0x40, 0x401, 0xffff);
    this.pm.configWrite(0x80, 1, 0xff);
  }
}

describe('PIIX4 power management', () => {
  it('decodes its ports only where and when it is told to', () => {
    const { ports, pm } = new Board();
    expect(pm.configRead(0)).toBe(0x7113_8086);
    expect(ports.read(0x404, 2)).toBe(0);
    pm.configWrite(0x80, 0, 0xff);
    expect(ports.read(0x404, 2)).toBe(0xffff);
  });

  it('counts 3,579,545 times a second in 24 bits', () => {
    const { ports, clock } = new Board();
    clock.advanceTo(SECOND);
    expect(ports.read(0x408, 4)).toBe(3_579_545);
    clock.advanceTo(10 * SECOND);
    expect(ports.read(0x408, 4)).toBe(35_795_450 % 0x100_0000);
  });

  it('raises the SCI for the power button once ACPI is on and the event enabled, until it is acknowledged', () => {
    const board = new Board();
    const { ports } = board;
    board.pm.pressPowerButton();
    ports.write(0x402, 2, 0x0100);
    expect(board.sci).toBe(false);
    ports.write(0xb2, 1, 0xe1);
    expect([board.sci, ports.read(0x404, 2) & 1]).toEqual([true, 1]);
    ports.write(0x400, 1, 0xff); // the other byte
    expect(board.sci).toBe(true);
    ports.write(0x400, 2, 0x0100);
    expect(board.sci).toBe(false);
    ports.write(0xb2, 1, 0x1e);
    expect(ports.read(0x404, 2) & 1).toBe(0);
  });

  it('switches off by sleep enable with the type of soft off, and by no other', () => {
    const board = new Board();
    board.ports.write(0x404, 2, 0x3401);
    expect(board.off).toBe(0);
    board.ports.write(0x404, 2, 0x2001);
    expect(board.off).toBe(1);
    expect(board.ports.read(0x404, 2) & 0x2001).toBe(0); // SCI_EN is not the system's to set
  });

  it('saves what it holds, and survives any write', () => {
    const board = new Board();
    const random = new Random(6);
    for (let i = 0; i < 20_000; i++) {
      const size = ([1, 2, 4] as const)[random.below(3)] ?? 1;
      if (random.below(3) === 0) board.ports.read(0x400 + random.below(64), size);
      else board.ports.write(random.below(20) === 0 ? 0xb2 : 0x400 + random.below(64), size, random.next());
    }
    const other = new Board();
    other.pm.restore(board.pm.save());
    expect(other.pm.save()).toEqual(board.pm.save());
    expect(other.sci).toBe(board.sci);
  });
});
