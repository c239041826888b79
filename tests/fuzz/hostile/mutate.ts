import { readU32, writeU16, writeU32 } from '@engine/base/bytes';
import type { Random } from '@engine/base/random';

/** Words at which decoders go wrong: limits of fields, sizes of pages and buffers, one more and one less. */
const WORDS = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 28, 40, 64, 0xff, 0x100, 0x7ff, 0x800, 0xfff, 0x1000, 0x1001, 0x3fff, 0x4000, 0xffff,
  0x1_0000, 0x10_0000, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_f000, 0xffff_fff8, 0xffff_ffff,
];

/** A word that hurts, or any word. */
export function word(random: Random): number {
  return random.below(4) === 0 ? random.next() : (WORDS[random.below(WORDS.length)] ?? 0);
}

export function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : list[random.below(list.length)];
}

export function chance(random: Random, inHundred: number): boolean {
  return random.below(100) < inHundred;
}

type Change = (random: Random, bytes: Uint8Array) => Uint8Array;

const at = (random: Random, bytes: Uint8Array, width: number): number =>
  random.below(Math.max(1, Math.floor(bytes.length / width))) * width;

function inPlace(change: (random: Random, bytes: Uint8Array) => void): Change {
  return (random, bytes) => {
    if (bytes.length >= 8) change(random, bytes);
    return bytes;
  };
}

const CHANGES: readonly Change[] = [
  inPlace((random, bytes) => writeU32(bytes, Math.min(at(random, bytes, 4), bytes.length - 4), word(random))),
  inPlace((random, bytes) => writeU16(bytes, Math.min(at(random, bytes, 2), bytes.length - 2), word(random) & 0xffff)),
  inPlace((random, bytes) => {
    bytes[random.below(bytes.length)] = random.next() & 0xff;
  }),
  inPlace((random, bytes) => {
    const place = Math.min(at(random, bytes, 4), bytes.length - 4);
    writeU32(bytes, place, (readU32(bytes, place) + (random.below(2) === 0 ? 1 : 0xffff_ffff)) >>> 0);
  }),
  (random, bytes) => bytes.slice(0, random.below(bytes.length + 1)),
  (random, bytes) => new Uint8Array([...bytes, ...random.bytes(random.below(64))]),
];

/** A copy of `bytes` with up to `most` changes to its fields or its length. */
export function mutate(random: Random, bytes: Uint8Array, most = 4): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  for (let left = random.below(most + 1); left > 0; left--)
    changed = pick(random, CHANGES)?.(random, changed) ?? changed;
  return changed;
}
