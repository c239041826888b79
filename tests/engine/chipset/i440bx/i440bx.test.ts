import { describe, expect, it } from 'vitest';
import { MmioSpace } from '@engine/bus/mmio-space';
import { I440bx } from '@engine/chipset/i440bx/i440bx';
import { SparseMemory } from '@engine/memory/sparse-memory';

function bridge(): {
  mmio: MmioSpace;
  memory: SparseMemory;
  bx: I440bx;
  load: (gpa: number) => number;
  store: (gpa: number, value: number) => void;
} {
  const mmio = new MmioSpace();
  const memory = new SparseMemory([{ start: 0, length: 16 << 20 }]);
  const rom = new Uint8Array(0x20000).map((_, i) => (i === 0x1fff0 ? 0xea : 0x90));
  const bx = new I440bx({ memory, mmio, rom });
  const load = (gpa: number): number => (mmio.find(gpa) ? mmio.read(gpa, 1) : memory.readU8(gpa));
  const store = (gpa: number, value: number): void =>
    mmio.find(gpa) ? mmio.write(gpa, 1, value) : memory.writeU8(gpa, value);
  return { mmio, memory, bx, load, store };
}

describe('i440BX', () => {
  it('is the bridge with AGP disabled, and its command register cannot be changed', () => {
    const { bx } = bridge();
    expect(bx.configRead(0)).toBe(0x7192_8086);
    expect(bx.configRead(8)).toBe(0x0600_0003);
    bx.configWrite(4, 0, 0xffff);
    expect(bx.configRead(4)).toBe(0x0200_0006);
  });

  it('shadows the ROM the way a POST does it: write RAM, copy, write protect', () => {
    const { bx, load, store } = bridge();
    expect(load(0xffff0)).toBe(0xea);
    store(0xffff0, 1); // the ROM takes no writes
    expect(load(0xffff0)).toBe(0xea);
    bx.configWrite(0x58, 0x2000, 0xff00); // PAM0: reads from ROM, writes to RAM
    store(0xffff0, 0xeb);
    expect(load(0xffff0)).toBe(0xea);
    bx.configWrite(0x58, 0x1000, 0xff00); // reads from RAM, writes nowhere
    store(0xffff0, 0x77);
    expect(load(0xffff0)).toBe(0xeb);
    bx.configWrite(0x58, 0x3000, 0xff00);
    store(0xffff0, 0x77);
    expect(load(0xffff0)).toBe(0x77);
  });

  it('has two stretches of 16 KB in each of PAM1 to PAM6', () => {
    const { bx, mmio } = bridge();
    const covered = (gpa: number): boolean => mmio.find(gpa) !== null;
    bx.configWrite(0x58, 0x0003_0000, 0x00ff_0000); // PAM1 low: C0000
    expect([covered(0xc0000), covered(0xc3fff), covered(0xc4000)]).toEqual([false, false, true]);
    bx.configWrite(0x5c, 0x3000_0000, 0xff00_0000); // PAM6 high: EC000
    expect([covered(0xe8000), covered(0xec000), covered(0xeffff), covered(0xf0000)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    const saved = bx.save();
    bx.reset();
    expect(covered(0xec000)).toBe(true);
    bx.restore(saved);
    expect(covered(0xec000)).toBe(false);
  });
});
