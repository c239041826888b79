import { describe, expect, it } from 'vitest';
import { Bench, IO_BASE, MEMORY_BASE } from './bench';

const RESET: readonly (readonly [number, number])[] = [
  [0, 0xfe000000],
  [1, 0xffffffff],
  [2, 0xffffffff],
  [5, 0xfc000000],
  [6, 0x32000040],
  [7, 0xfffe0000],
  [8, 0],
  [9, 0xfffc83ff], // FFF483FF with MDI pulled up: there is no PHY
  [11, 0xfffe0000],
  [12, 0xc6],
  [13, 0xffff0000],
  [14, 0xffffffff],
  [15, 0x8ff00000],
];

describe('configuration space of the 21140', () => {
  it('is DEC 21140 revision 20, Ethernet, with the subsystem of the emulated adapter', () => {
    const bench = new Bench();
    expect(bench.config(0x00)).toBe(0x0009_1011);
    expect(bench.config(0x08)).toBe(0x0200_0020);
    expect(bench.config(0x2c)).toBe(0x2114_0a00);
    expect(bench.config(0x3c)).toBe(0x2814_0100);
    expect(new Bench(2).config(0x2c, 2)).toBe(0x2114_0a02);
  });

  it('sizes its windows: 128 ports and 128 bytes', () => {
    const bench = new Bench();
    bench.setConfig(0x10, 0xffffffff);
    bench.setConfig(0x14, 0xffffffff);
    expect(bench.config(0x10)).toBe(0xffffff81);
    expect(bench.config(0x14)).toBe(0xffffff80);
    expect([0x18, 0x1c, 0x20, 0x24, 0x30].map((at) => bench.config(at))).toEqual([0, 0, 0, 0, 0]);
  });

  it('answers at its windows only while the command register lets it', () => {
    const bench = new Bench().enable(0);
    expect(bench.r(5)).toBe(0xffffffff);
    expect(bench.mmio.read(MEMORY_BASE + 0x28, 4)).toBe(0xffffffff);
    bench.setConfig(0x04, 3, 2);
    expect(bench.r(5)).toBe(0xfc000000);
    expect(bench.mmio.read(MEMORY_BASE + 0x28, 4)).toBe(0xfc000000);
    bench.setConfig(0x10, 0xd000);
    expect(bench.r(5)).toBe(0xffffffff);
    expect(bench.ports.read(0xd028, 4)).toBe(0xfc000000);
  });
});

describe('registers of the 21140', () => {
  it.each(RESET)('CSR%i reads its reset value', (csr, value) => {
    expect(new Bench().enable().r(csr)).toBe(value);
  });

  it('goes back to the reset values by software, but keeps its windows', () => {
    const bench = new Bench().enable();
    for (let csr = 3; csr < 16; csr++) if (csr !== 6) bench.w(csr, 0x1234_5679);
    bench.w(0, 1);
    expect(RESET.map(([csr]) => [csr, bench.r(csr)])).toEqual(RESET);
    expect(bench.config(0x10)).toBe(IO_BASE | 1);
  });

  it('keeps what is written to the registers that only store', () => {
    const bench = new Bench().enable();
    for (const csr of [10, 13, 14, 15]) bench.w(csr, 0x1000 + csr);
    expect([10, 13, 14, 15].map((csr) => bench.r(csr))).toEqual([0x100a, 0x100d, 0x100e, 0x100f]);
    bench.w(7, 0x1_ebee);
    bench.w(8, 5); // read-only
    expect([bench.r(7), bench.r(8)]).toEqual([0xffff_ebee, 0]);
  });

  it('keeps the list addresses dword aligned and one bit of the mode always set', () => {
    const bench = new Bench().enable();
    bench.w(3, 0x12347);
    bench.w(4, 0x5679);
    bench.w(6, 0);
    expect([bench.r(3), bench.r(4), bench.r(6)]).toEqual([0x12344, 0x5678, 0x02000000]);
  });

  it('answers nothing but double words on a register: all ones, and no effect', () => {
    const bench = new Bench().enable();
    expect(bench.ports.read(IO_BASE + 0x28, 2)).toBe(0xffff);
    expect(bench.ports.read(IO_BASE + 0x2c, 4)).toBe(0xffffffff);
    expect(bench.ports.read(IO_BASE + 0x29, 1)).toBe(0xff);
    bench.ports.write(IO_BASE + 0x38, 1, 0xff);
    bench.ports.write(IO_BASE + 0x3c, 4, 0x1ffff);
    expect(bench.r(7)).toBe(0xfffe0000);
    expect(bench.counters()).toMatchObject({ stray: 5 });
  });

  it('shows the link on pin 6 of the general-purpose port, and outputs as they were written', () => {
    const bench = new Bench().enable();
    bench.w(12, 0x100);
    expect(bench.r(12)).toBe(0xc6);
    bench.cable.linkUp = false;
    expect(bench.r(12)).toBe(0x86);
    bench.w(12, 0x10f);
    bench.w(12, 0xf9);
    expect(bench.r(12)).toBe(0x89);
  });
});

describe('interrupts of the 21140', () => {
  it('raises the general-purpose timer after its time, once or again and again', () => {
    const bench = new Bench().enable();
    bench.w(7, 0x1_0800);
    bench.w(6, 0x0004_0000); // MII/SYM port at 100 Mb/s: 81.92 us a tick
    bench.w(11, 10);
    bench.clock.advanceTo(400_000);
    expect(bench.r(11)).toBe(0xfffe_0006);
    expect(bench.irq).toBe(false);
    bench.clock.advanceTo(819_200);
    expect(bench.r(5)).toBe(0xfc01_0800);
    expect(bench.irq).toBe(true);
    bench.w(5, 0x1_0800);
    expect(bench.irq).toBe(false);
    bench.clock.advanceBy(10_000_000);
    expect(bench.irq).toBe(false);
    bench.w(6, 0x0044_0000); // 10 Mb/s: ten times as long
    bench.w(11, 1);
    bench.clock.advanceBy(819_199);
    expect(bench.irq).toBe(false);
    bench.clock.advanceBy(1);
    expect(bench.irq).toBe(true);
    bench.w(5, 0x800);
    bench.clock.advanceBy(10_000_000);
    expect(bench.irq).toBe(false);
    bench.w(6, 0x0004_0000);
    bench.w(11, 0x1_0001);
    bench.clock.advanceBy(81_920);
    bench.w(5, 0x800);
    bench.clock.advanceBy(81_920);
    expect(bench.r(5)).toBe(0xfc01_0800);
    bench.w(11, 0);
    bench.w(5, 0x800);
    bench.clock.advanceBy(1_000_000);
    expect(bench.r(5)).toBe(0xfc00_0000);
  });

  it('summarises only what is enabled, and asserts the pin only with the summary bit enabled', () => {
    const bench = new Bench().enable();
    bench.w(11, 1);
    bench.clock.advanceBy(204_800); // SRL port
    expect(bench.r(5)).toBe(0xfc00_0800); // no NIS: CSR7 is empty
    bench.w(7, 0x0800);
    expect(bench.r(5)).toBe(0xfc01_0800);
    expect(bench.irq).toBe(false);
    bench.w(7, 0x1_0800);
    expect(bench.irq).toBe(true);
    bench.w(5, 0x1_0000); // the summary alone comes back while its source stands
    expect(bench.r(5)).toBe(0xfc01_0800);
    bench.w(7, 0);
    expect(bench.irq).toBe(false);
    expect(bench.levels).toEqual([true, false]);
  });

  it('reports the stopping of a process as abnormal', () => {
    const bench = new Bench().enable();
    bench.w(7, 0x1_ffff);
    bench.descriptor(0x1000, 0, 0);
    bench.w(3, 0x1000);
    bench.w(4, 0x1000);
    bench.w(6, 0x2002);
    bench.w(5, 0x1_ffff);
    bench.w(6, 0);
    expect(bench.r(5)).toBe(0xfc00_8102);
    expect(bench.irq).toBe(true);
  });
});

describe('saved state of the 21140', () => {
  it('is complete: a second adapter goes on where the first was', () => {
    const bench = new Bench().enable();
    bench.w(7, 0x1_0800);
    bench.w(11, 1);
    bench.clock.advanceBy(204_800);
    bench.w(12, 0x10f);
    const other = new Bench();
    other.card.restore(bench.card.save());
    expect(other.irq).toBe(true);
    expect(other.r(5)).toBe(0xfc01_0800); // its windows are back as well
    expect(other.card.save()).toEqual(bench.card.save());
    other.w(5, 0x800);
    expect(bench.r(5)).toBe(0xfc01_0800); // nothing is shared
  });

  it('starts again from nothing at a reset of the bus', () => {
    const bench = new Bench().enable();
    bench.w(7, 0x1_ffff);
    bench.w(11, 1);
    bench.clock.advanceBy(204_800);
    expect(bench.irq).toBe(true);
    bench.card.reset();
    expect(bench.irq).toBe(false);
    expect(bench.r(7)).toBe(0xffffffff);
    expect(bench.config(0x10)).toBe(1);
    expect(bench.card.save()).toEqual(new Bench().card.save());
  });

  it('says who it is to people', () => {
    expect(new Bench().card.inspect()).toMatchObject({ mac: '00-15-5D-0A-0B-0C', linkUp: true });
  });
});
