import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { ramLayout } from '@engine/memory/ram-layout';
import { SparseMemory } from '@engine/memory/sparse-memory';

const MB = 1024 * 1024;

describe('guest memory', () => {
  it('agrees with a plain array under random reads and writes across chunk borders', () => {
    const random = new Random(3);
    const memory = new SparseMemory([{ start: 0, length: 4 * 65_536 }]);
    const model = new Uint8Array(4 * 65_536);
    for (let i = 0; i < 2000; i++) {
      const at = random.below(model.length - 600);
      if (random.below(2) === 0) {
        const bytes = random.bytes(random.below(600));
        memory.write(at, bytes);
        model.set(bytes, at);
      } else {
        const length = random.below(600);
        expect(memory.read(at, length)).toEqual(model.slice(at, at + length));
      }
      const word = new DataView(model.buffer).getUint32(at, true);
      expect(memory.readU32(at)).toBe(word);
    }
  });

  it('reads all ones and drops writes outside RAM, and counts them', () => {
    const memory = new SparseMemory(ramLayout(16 * MB));
    memory.writeU32(16 * MB, 0x1234_5678);
    expect(memory.readU32(16 * MB)).toBe(0xffff_ffff);
    expect(memory.readU8(0x1_2345_6789)).toBe(0xff);
    memory.writeU32(16 * MB - 2, 0xaabb_ccdd); // half inside
    expect(memory.readU32(16 * MB - 2)).toBe(0xffff_ccdd);
    expect(memory.read(16 * MB - 2, 4)).toEqual(new Uint8Array([0xdd, 0xcc, 0xff, 0xff]));
    expect(JSON.stringify(memory.inspect())).toMatch(/"strays":[1-9]/);
  });

  it('puts RAM beyond the hole for devices at 4 GB', () => {
    const memory = new SparseMemory(ramLayout(6 * 1024 * MB));
    expect(memory.size).toBe(6 * 1024 * MB);
    expect(memory.isRam(0xf800_0000, 1)).toBe(false);
    memory.writeU32(0x1_0000_0000, 77);
    expect(memory.readU32(0x1_0000_0000)).toBe(77);
  });

  it('lays an overlay over a page and gives back what was below', () => {
    const memory = new SparseMemory(ramLayout(MB));
    memory.fill(0x4000, 4096, 0x5a);
    expect(memory.addOverlay(0x4000)).toBe(true);
    expect(memory.addOverlay(0x4000)).toBe(false);
    expect(memory.addOverlay(0x4008)).toBe(false);
    expect(memory.readU8(0x4000)).toBe(0);
    memory.writeU8(0x4000, 1);
    memory.removeOverlay(0x4000);
    expect(memory.readU8(0x4000)).toBe(0x5a);
  });

  it('saves and restores everything, overlays too', () => {
    const memory = new SparseMemory(ramLayout(MB));
    memory.write(0x8123, new Random(5).bytes(300));
    memory.fill(0x4000, 4096, 7);
    memory.addOverlay(0x4000);
    const saved = memory.save();
    const other = new SparseMemory(ramLayout(MB));
    other.restore(saved);
    memory.fill(0, 65_536, 0xee); // the copy does not follow
    expect(other.save()).toEqual(saved);
    other.removeOverlay(0x4000);
    expect(other.readU8(0x4000)).toBe(7);
  });
});
