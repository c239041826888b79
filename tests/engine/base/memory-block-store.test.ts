import { describe, expect, it } from 'vitest';
import { BlockError } from '@engine/base/block-store';
import type { BlockErrorKind } from '@engine/base/block-store';
import { MemoryBlockStore } from '@engine/base/memory-block-store';

function kindOf(action: () => unknown): BlockErrorKind | 'none' {
  try {
    action();
  } catch (error) {
    if (error instanceof BlockError) return error.kind;
    throw error;
  }
  return 'none';
}

const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff);

describe('MemoryBlockStore', () => {
  it('reads zeros where nothing was written and what was written elsewhere', () => {
    const store = new MemoryBlockStore({ sectorCount: 1000 });
    const data = pattern(512 * 300, 7); // longer than one 64 KB piece, and not aligned to it
    store.write(101, data);
    expect(Buffer.compare(store.read(101, 300), data)).toBe(0);
    expect(store.read(100, 1)).toEqual(new Uint8Array(512));
    expect(store.read(401, 1)).toEqual(new Uint8Array(512));
  });

  it('takes memory only for what was written', () => {
    const store = new MemoryBlockStore({ sectorCount: 2 ** 32, sectorSize: 512 });
    expect(store.residentBytes).toBe(0);
    store.write(2 ** 32 - 1, pattern(512, 1));
    expect(store.residentBytes).toBe(65_536);
    expect(store.read(2 ** 32 - 1, 1)).toEqual(pattern(512, 1));
  });

  it('starts with the given content, padded with zeros', () => {
    const store = new MemoryBlockStore({ sectorCount: 2, sectorSize: 2048, content: pattern(2100, 3), readOnly: true });
    expect(store.read(1, 1).subarray(0, 52)).toEqual(pattern(2100, 3).subarray(2048));
    expect(store.read(1, 1).subarray(52)).toEqual(new Uint8Array(1996));
  });

  it('keeps no reference to the bytes of either side', () => {
    const store = new MemoryBlockStore({ sectorCount: 4 });
    const data = pattern(512, 1);
    store.write(0, data);
    data.fill(0);
    store.read(0, 1).fill(0xee);
    expect(store.read(0, 1)).toEqual(pattern(512, 1));
  });

  it.each([
    [-1, 1],
    [0, 5],
    [4, 1],
    [0.5, 1],
    [Number.NaN, 1],
    [0, -1],
    [2 ** 60, 2 ** 60],
  ])('refuses sectors %d + %d as out of range', (lba, count) => {
    const store = new MemoryBlockStore({ sectorCount: 4 });
    expect(kindOf(() => store.read(lba, count))).toBe('out-of-range');
  });

  it('refuses a piece of a sector, a write on a protected medium, and any use after close', () => {
    const store = new MemoryBlockStore({ sectorCount: 4 });
    expect(kindOf(() => store.write(0, new Uint8Array(100)))).toBe('out-of-range');
    expect(kindOf(() => store.write(3, new Uint8Array(1024)))).toBe('out-of-range');
    const cd = new MemoryBlockStore({ sectorCount: 4, readOnly: true });
    expect(kindOf(() => cd.write(0, new Uint8Array(512)))).toBe('read-only');
    store.close();
    expect(kindOf(() => store.read(0, 1))).toBe('closed');
    expect(kindOf(() => store.write(0, new Uint8Array(512)))).toBe('closed');
    expect(kindOf(() => store.flush())).toBe('closed');
    expect(kindOf(() => new MemoryBlockStore({ sectorCount: 4, content: new Uint8Array(4096) }))).toBe('out-of-range');
  });
});
