import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { Pic } from '@engine/chipset/pic/pic';
import { Apm } from '@engine/chipset/piix4/apm';
import { IsaBridge } from '@engine/chipset/piix4/isa-bridge';
import { PirqRouter } from '@engine/chipset/piix4/pirq-router';
import { PowerManagement } from '@engine/chipset/piix4/power-management';
import { ResetControl } from '@engine/chipset/reset-control';
import { EngineClock, SECOND } from '@engine/clock/clock';
import { Trace } from '@engine/trace/trace';
import { beforeEach, describe, expect, it } from 'vitest';

const PM_BASE = 0x400;

class Board {
  readonly ports = new PortSpace();
  readonly clock = new EngineClock();
  resets = 0;
  offs = 0;
  readonly resetControl = new ResetControl({ ports: this.ports, onReset: () => this.resets++ });
  readonly pci = new PciBus(this.ports);
  readonly pic = new Pic({ name: 'pic', ports: this.ports, trace: new Trace(this.clock) });
  readonly router = new PirqRouter((irq) => this.pic.line(irq));
  readonly isa = new IsaBridge(this.router);
  readonly sci: boolean[] = [];
  readonly pm = new PowerManagement({
    name: 'pm',
    ports: this.ports,
    clock: this.clock,
    interrupt: { set: (level) => this.sci.push(level) },
    onPowerOff: () => this.offs++,
  });
  readonly apm = new Apm({
    ports: this.ports,
    onAcpi: (isOn) => this.pm.setAcpi(isOn),
    onPowerOff: () => this.offs++,
  });

  constructor() {
    this.isa.attach(this.pci);
    this.pm.attach(this.pci);
  }

  config(fn: number, register: number): number {
    this.ports.write(0xcf8, 4, (0x8000_0000 | (7 << 11) | (fn << 8) | register) >>> 0);
    return this.ports.read(0xcfc, 4);
  }

  setConfig(fn: number, register: number, value: number, size: 1 | 2 | 4 = 4): void {
    this.ports.write(0xcf8, 4, (0x8000_0000 | (7 << 11) | (fn << 8) | (register & 0xfc)) >>> 0);
    this.ports.write(0xcfc + (register & 3), size, value);
  }

  in(port: number, size: 1 | 2 | 4 = 1): number {
    return this.ports.read(port, size);
  }

  out(port: number, value: number, size: 1 | 2 | 4 = 1): void {
    this.ports.write(port, size, value);
  }

  /** As the firmware leaves the power management function. */
  enablePm(): this {
    this.setConfig(3, 0x40, PM_BASE | 1);
    this.setConfig(3, 0x80, 1, 1);
    return this;
  }
}

let board = new Board();
beforeEach(() => {
  board = new Board();
});

describe('functions of the PIIX4', () => {
  it('say who they are', () => {
    expect([board.config(0, 0), board.config(0, 8)]).toEqual([0x7110_8086, 0x0601_0001]);
    expect([board.config(0, 4), board.config(0, 0x0c)]).toEqual([0x0200_0007, 0x0080_0000]);
    expect([board.config(3, 0), board.config(3, 8)]).toEqual([0x7113_8086, 0x0680_0002]);
    expect([board.config(3, 4), board.config(3, 0x40)]).toEqual([0x0280_0000, 1]);
    expect([board.config(0, 0xf8), board.config(3, 0xf8)]).toEqual([0xf30, 0xf30]);
  });
});

describe('interrupt routing', () => {
  const requested = (): number => board.in(0x20) | (board.in(0xa0) << 8);
  const allLevels = (): void => {
    board.out(0x4d0, 0xf8);
    board.out(0x4d1, 0xde);
  };

  it('leads a pin where its register says, and nowhere after a reset', () => {
    allLevels();
    const pin = board.router.line(1);
    pin.set(true);
    expect(requested()).toBe(0);
    board.setConfig(0, 0x60, 0x0b, 1);
    expect(requested()).toBe(1 << 11);
    board.setConfig(0, 0x60, 0x0a, 1);
    expect(requested()).toBe(1 << 10);
    board.isa.reset();
    expect(requested()).toBe(0);
    expect(board.config(0, 0x60)).toBe(0x8080_8080);
  });

  it('joins pins on one interrupt: up while one of them is', () => {
    allLevels();
    board.setConfig(0, 0x60, 0x8080_0b0b);
    const [a, again, b] = [board.router.line(1), board.router.line(1), board.router.line(2)];
    a.set(true);
    again.set(true);
    b.set(true);
    a.set(false);
    again.set(false);
    expect(requested()).toBe(1 << 11);
    b.set(false);
    expect(requested()).toBe(0);
  });

  it('routes to no interrupt that a PC keeps for itself', () => {
    allLevels();
    board.router.line(4).set(true);
    for (const irq of [0, 1, 2, 8, 13]) {
      board.setConfig(0, 0x63, irq, 1);
      expect(requested()).toBe(0);
    }
  });

  it('is there again after a restore, when the devices have driven their pins', () => {
    allLevels();
    board.setConfig(0, 0x60, 0x0b, 1);
    const other = new Board();
    const pin = other.router.line(1);
    other.pic.restore(board.pic.save());
    other.isa.restore(board.isa.save());
    pin.set(true);
    expect(other.in(0xa0)).toBe(1 << 3);
  });
});

describe('power management', () => {
  it('decodes its block only where and when it is told', () => {
    expect(board.in(PM_BASE, 4)).toBe(0xffff_ffff);
    board.enablePm();
    expect(board.in(PM_BASE, 4)).toBe(0);
    board.setConfig(3, 0x40, 0x801);
    expect(board.in(PM_BASE, 4)).toBe(0xffff_ffff);
    expect(board.in(0x800, 4)).toBe(0);
    board.setConfig(3, 0x80, 0, 1);
    expect(board.in(0x800, 4)).toBe(0xffff_ffff);
  });

  it('counts 3,579,545 ticks a second in 24 bits', () => {
    board.enablePm();
    const seen = [0, 1, 4, 5, 1000].map((seconds) => {
      board.clock.advanceTo(seconds * SECOND);
      return board.in(PM_BASE + 8, 4);
    });
    expect(seen).toEqual([0, 1, 4, 5, 1000].map((seconds) => (seconds * 3_579_545) % 0x100_0000));
    board.out(PM_BASE + 8, 0, 4);
    expect(board.in(PM_BASE + 8, 4)).toBe((1000 * 3_579_545) % 0x100_0000);
  });

  it('marks each change of the highest bit, and interrupts for it when that is enabled', () => {
    board.enablePm();
    const half = (2 ** 23 * SECOND) / 3_579_545;
    board.clock.advanceTo(half + 1);
    expect(board.in(PM_BASE, 2)).toBe(1);
    board.out(PM_BASE, 1, 2);
    expect(board.in(PM_BASE, 2)).toBe(0);
    expect(board.clock.nextDue()).toBe(null);
    board.out(PM_BASE + 2, 1, 2);
    board.out(PM_BASE + 4, 1, 2); // SCI_EN
    expect(board.clock.idle).toBe(true); // the timer goes on by itself: nobody waits for it
    board.clock.advanceTo(2 * half - 1);
    expect(board.sci.at(-1)).toBe(false);
    board.clock.advanceTo(2 * half + 1);
    expect(board.sci.at(-1)).toBe(true);
    board.out(PM_BASE, 1, 1);
    expect(board.sci.at(-1)).toBe(false);
  });

  it('tells the guest of the power button, when it listens', () => {
    board.enablePm();
    board.pm.pressPowerButton();
    expect(board.in(PM_BASE, 2)).toBe(0x100);
    expect(board.sci.at(-1)).toBe(false);
    board.out(PM_BASE + 2, 0x0100, 2);
    expect(board.sci.at(-1)).toBe(false);
    board.out(0xb2, 0xe1); // ACPI on
    expect(board.in(PM_BASE + 4, 2)).toBe(1);
    expect(board.sci.at(-1)).toBe(true);
    board.out(PM_BASE + 1, 0x01); // the high byte of the status alone
    expect(board.sci.at(-1)).toBe(false);
    board.pm.pressPowerButton(); // while it listens: at once
    expect(board.sci.at(-1)).toBe(true);
    board.out(PM_BASE, 0x100, 2);
    expect(board.sci.at(-1)).toBe(false);
    board.out(0xb2, 0x1e);
    expect(board.in(PM_BASE + 4, 2)).toBe(0);
  });

  it('switches off for sleep type 0, and for no other', () => {
    board.enablePm();
    board.out(PM_BASE + 4, 0x2401, 2);
    expect(board.offs).toBe(0);
    expect(board.pm.inspect()).toMatchObject({ refusedSleeps: 1 });
    board.out(PM_BASE + 4, 0x0001, 2);
    expect(board.offs).toBe(0);
    board.out(PM_BASE + 4, 0x2001, 2);
    expect(board.offs).toBe(1);
    expect(board.in(PM_BASE + 4, 2)).toBe(1); // the bit is not kept
  });

  it('switches off without ACPI for the two letters in a row', () => {
    for (const value of [0x54, 0x45, 0x00, 0x54]) board.out(0xb2, value);
    expect(board.offs).toBe(0);
    board.out(0xb2, 0x45);
    board.out(0xb2, 0x54);
    expect(board.offs).toBe(1);
    board.out(0xb3, 0x77);
    expect([board.in(0xb2), board.in(0xb3), board.in(0xb2, 2)]).toEqual([0x54, 0x77, 0xffff]);
  });

  it('keeps what it only stores, whole and in parts', () => {
    board.enablePm();
    board.out(PM_BASE + 0x10, 0x1234_5678, 4);
    board.out(PM_BASE + 0x11, 0xaa);
    expect(board.in(PM_BASE + 0x10, 4)).toBe(0x1234_aa78);
    expect(board.in(PM_BASE + 0x11, 1)).toBe(0xaa);
    expect(board.in(PM_BASE + 0x34, 4)).toBe(0x7fff_bfff);
    board.out(PM_BASE + 0x30, 0xffff_ffff, 4); // inputs, and the level registers
    board.out(PM_BASE + 0x14, 0xffff, 2);
    expect([board.in(PM_BASE + 0x30, 4), board.in(PM_BASE + 0x14, 2)]).toEqual([0, 0]);
    board.out(PM_BASE + 0x0c, 0xffff, 2);
    expect(board.in(PM_BASE + 0x0c, 2)).toBe(0);
    expect(board.in(PM_BASE + 0x3e, 4) >>> 0).toBeLessThanOrEqual(0xffff_ffff);
  });

  it('goes on from a saved state', () => {
    board.enablePm();
    board.out(PM_BASE + 2, 0x100, 2);
    board.out(PM_BASE + 4, 1, 2);
    board.pm.pressPowerButton();
    const other = new Board();
    other.pm.restore(board.pm.save());
    expect(other.sci.at(-1)).toBe(true);
    expect(other.in(PM_BASE, 4)).toBe(0x0100_0100);
    other.pm.reset();
    expect(other.sci.at(-1)).toBe(false);
    expect(other.in(PM_BASE, 4)).toBe(0xffff_ffff);
    expect(board.in(PM_BASE, 4)).toBe(0x0100_0100);
  });
});

describe('reset ports', () => {
  it('restart the machine when their bit rises', () => {
    board.out(0x92, 0x02);
    expect(board.resets).toBe(0);
    board.out(0x92, 0x03);
    board.out(0x92, 0x03);
    expect(board.resets).toBe(1);
    board.out(0xcf9, 0x02);
    board.out(0xcf9, 0x06);
    expect(board.resets).toBe(2);
    board.out(0xcf9, 0x0e);
    expect(board.resets).toBe(2);
    expect([board.in(0x92), board.in(0xcf9)]).toEqual([3, 0x0e]);
    board.resetControl.reset();
    expect([board.in(0x92), board.in(0xcf9)]).toEqual([2, 0]);
  });

  it('leave the PCI address port alone', () => {
    board.out(0xcf8, 0x8000_3800, 4);
    expect(board.in(0xcf8, 4)).toBe(0x8000_3800);
    expect(board.in(0xcf9)).toBe(0);
    board.out(0xcf9, 0x0606, 2);
    expect(board.resets).toBe(0);
  });
});
