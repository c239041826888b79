import { PortSpace } from '@engine/bus/port-space';
import { calendarOf, daysOf, secondsOf } from '@engine/chipset/rtc/calendar';
import { Rtc } from '@engine/chipset/rtc/rtc';
import { EngineClock, MILLISECOND, SECOND } from '@engine/clock/clock';
import { beforeEach, describe, expect, it } from 'vitest';

const EPOCH = Date.UTC(2008, 1, 29, 23, 59, 57);

class Board {
  readonly ports = new PortSpace();
  readonly clock = new EngineClock();
  readonly levels: boolean[] = [];
  readonly rtc = new Rtc({
    name: 'rtc',
    ports: this.ports,
    clock: this.clock,
    interrupt: { set: (level) => this.levels.push(level) },
    wallClock: () => EPOCH + this.clock.now() / MILLISECOND,
  });

  in(index: number): number {
    this.ports.write(0x70, 1, index);
    return this.ports.read(0x71, 1);
  }

  out(index: number, value: number): void {
    this.ports.write(0x70, 1, index);
    this.ports.write(0x71, 1, value);
  }

  time(): number[] {
    return [0x32, 9, 8, 7, 6, 4, 2, 0].map((index) => this.in(index));
  }

  get irq(): boolean {
    return this.levels.at(-1) ?? false;
  }
}

let board = new Board();
beforeEach(() => {
  board = new Board();
});

describe('calendar', () => {
  it('agrees with the language over centuries', () => {
    for (let days = daysOf(1899, 12, 31); days < daysOf(2101, 1, 2); days += 13) {
      const date = new Date(days * 86_400_000 + 45_296_000);
      const time = calendarOf(days * 86_400 + 45_296);
      expect([time.year, time.month, time.day, time.weekday]).toEqual([
        date.getUTCFullYear(),
        date.getUTCMonth() + 1,
        date.getUTCDate(),
        date.getUTCDay() + 1,
      ]);
      expect([time.hour, time.minute, time.second]).toEqual([12, 34, 56]);
      expect(secondsOf(time)).toBe(days * 86_400 + 45_296);
    }
  });

  it('runs over where a field is too large', () => {
    expect(secondsOf({ year: 2020, month: 14, day: 32, hour: 25, minute: 61, second: 61 })).toBe(
      Date.UTC(2020, 13, 32, 25, 61, 61) / 1000,
    );
  });
});

describe('time', () => {
  it('is the host time, in decimal digits', () => {
    expect(board.time()).toEqual([0x20, 0x08, 0x02, 0x29, 6, 0x23, 0x59, 0x57]);
    board.clock.advanceTo(3 * SECOND);
    expect(board.time()).toEqual([0x20, 0x08, 0x03, 0x01, 7, 0x00, 0x00, 0x00]);
  });

  it('is binary and in two halves of a day when register B says so', () => {
    board.out(0x0b, 0x04);
    expect(board.time()).toEqual([20, 8, 2, 29, 6, 11 | 0x80, 59, 57]);
    board.clock.advanceTo(3 * SECOND);
    expect(board.in(4)).toBe(12);
    board.clock.advanceTo((3 + 12 * 3600) * SECOND);
    expect(board.in(4)).toBe(12 | 0x80);
  });

  it('is set while it stands still, and goes on from there', () => {
    board.out(0x0b, 0x82);
    const values = [
      [0x32, 0x19],
      [9, 0x99],
      [8, 0x12],
      [7, 0x31],
      [4, 0x23],
      [2, 0x59],
      [0, 0x58],
    ] as const;
    for (const [index, value] of values) board.out(index, value);
    board.clock.advanceTo(10 * SECOND);
    expect(board.in(0)).toBe(0x58);
    board.out(0x0b, 0x02);
    board.clock.advanceBy(3 * SECOND);
    expect(board.time()).toEqual([0x20, 0x00, 0x01, 0x01, 7, 0x00, 0x00, 0x01]);
    board.rtc.reset();
    expect(board.time()).toEqual([0x20, 0x00, 0x01, 0x01, 7, 0x00, 0x00, 0x01]);
  });

  it('keeps what was written while it stands still, also when register B is written again', () => {
    board.out(0x0b, 0x82);
    board.out(4, 0x07);
    board.out(0x0b, 0x92);
    board.out(2, 0x08);
    board.out(0x0b, 0x02);
    expect(board.time().slice(5)).toEqual([0x07, 0x08, 0x57]);
  });

  it('takes a single register at once', () => {
    board.out(4, 0x05);
    expect(board.time().slice(5)).toEqual([0x05, 0x59, 0x57]);
    board.clock.advanceTo(3 * SECOND);
    expect(board.time().slice(5)).toEqual([0x06, 0x00, 0x00]);
  });

  it('announces an update at the end of each second', () => {
    expect(board.in(0x0a)).toBe(0x26);
    board.clock.advanceTo(SECOND - MILLISECOND);
    expect(board.in(0x0a)).toBe(0xa6);
    board.clock.advanceTo(SECOND);
    expect(board.in(0x0a)).toBe(0x26);
    expect(board.in(0x0d)).toBe(0x80);
  });

  it('bears nonsense', () => {
    board.out(0x0b, 0x82);
    for (const index of [0x32, 9, 8, 7, 6, 4, 2, 0]) board.out(index, 0xff);
    board.out(0x0b, 0x02);
    for (const value of board.time()) expect(value).toBeLessThan(0x100);
    expect(board.ports.read(0x71, 4)).toBe(0xffffffff);
    board.ports.write(0x71, 2, 0);
    expect(board.ports.read(0x70, 1)).toBe(0xff);
  });
});

describe('memory', () => {
  it('keeps two banks of bytes over a reset, behind ports and their mirrors', () => {
    board.out(0x10, 0x40);
    board.ports.write(0x72, 1, 0x10);
    board.ports.write(0x73, 1, 0x77);
    board.rtc.reset();
    expect(board.in(0x10)).toBe(0x40);
    board.ports.write(0x76, 1, 0x10);
    expect(board.ports.read(0x77, 1)).toBe(0x77);
    board.ports.write(0x74, 1, 0x90); // bit 7 is the NMI mask
    expect(board.ports.read(0x75, 1)).toBe(0x40);
  });

  it('cannot overwrite flags and battery', () => {
    board.out(0x0c, 0xff);
    board.out(0x0d, 0);
    expect([board.in(0x0c), board.in(0x0d)]).toEqual([0, 0x80]);
  });
});

describe('interrupts', () => {
  it('come periodically, one for each read of register C', () => {
    board.out(0x0a, 0x26);
    board.out(0x0b, 0x42); // 1,024 Hz
    board.clock.advanceTo(976_561);
    expect(board.irq).toBe(false);
    board.clock.advanceTo(976_563);
    expect(board.irq).toBe(true);
    expect(board.clock.nextDue()).toBe(null); // nothing more until somebody has read this one
    expect(board.in(0x0c)).toBe(0xc0);
    expect(board.irq).toBe(false);
    let count = 1;
    while (board.clock.now() < SECOND) {
      board.clock.runNext();
      if (board.in(0x0c) & 0x40) count++;
    }
    expect(count).toBe(1024);
  });

  it.each([
    [1, 256],
    [2, 128],
    [3, 8192],
    [6, 1024],
    [15, 2],
  ])('come at rate %i with %i Hz', (rate, frequency) => {
    board.out(0x0a, 0x20 | rate);
    board.out(0x0b, 0x42);
    board.clock.advanceTo(Math.ceil(SECOND / frequency) - 1);
    expect(board.irq).toBe(false);
    board.clock.advanceTo(Math.ceil(SECOND / frequency));
    expect(board.irq).toBe(true);
    expect(board.clock.idle).toBe(true);
  });

  it('come at no rate at all for rate 0', () => {
    board.out(0x0a, 0x20);
    board.out(0x0b, 0x42);
    expect(board.clock.nextDue()).toBe(null);
  });

  it('come at the end of an update', () => {
    board.clock.advanceTo(SECOND / 4);
    board.out(0x0b, 0x12);
    board.clock.advanceTo(SECOND - 1);
    expect(board.irq).toBe(false);
    board.clock.advanceTo(SECOND + 1);
    expect(board.irq).toBe(true);
    expect(board.in(0x0c) & 0x90).toBe(0x90);
  });

  it('come at the alarm, with wild cards', () => {
    board.out(1, 0x05);
    board.out(3, 0x00);
    board.out(5, 0x00);
    board.out(0x0b, 0x22);
    board.clock.advanceTo(8 * SECOND - 1);
    expect(board.irq).toBe(false);
    board.clock.advanceTo(8 * SECOND + 1);
    expect(board.irq).toBe(true);
    expect(board.in(0x0c) & 0xa0).toBe(0xa0);
    board.out(3, 0xff);
    board.out(5, 0xc0);
    board.clock.advanceBy(59 * SECOND);
    expect(board.irq).toBe(false);
    board.clock.advanceBy(SECOND);
    expect(board.irq).toBe(true);
  });

  it('leave their flags without being enabled, for who polls', () => {
    board.clock.advanceTo(2 * SECOND);
    expect(board.in(0x0c) & 0xf0).toBe(0x50);
    expect(board.in(0x0c)).toBe(0);
    expect(board.irq).toBe(false);
  });

  it('never come for an alarm that cannot be', () => {
    board.out(1, 0x99);
    board.out(0x0b, 0x22);
    expect(board.clock.nextDue()).toBe(null);
  });

  it('stop at a reset', () => {
    board.out(0x0b, 0x42);
    board.clock.advanceTo(SECOND);
    expect(board.irq).toBe(true);
    board.rtc.reset();
    expect(board.irq).toBe(false);
    expect(board.clock.nextDue()).toBe(null);
    expect(board.in(0x0b)).toBe(0x02);
  });

  it('go on from a saved state', () => {
    board.out(0x0b, 0x12);
    board.clock.advanceTo(SECOND / 2);
    const other = new Board();
    other.rtc.restore(board.rtc.save());
    other.clock.restore(board.clock.save());
    other.clock.advanceTo(SECOND + 1);
    expect(other.irq).toBe(true);
    expect(other.rtc.inspect()).toMatchObject({ offset: 0, b: 0x12 });
  });
});
