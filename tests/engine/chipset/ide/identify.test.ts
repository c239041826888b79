import { readU16, readU32 } from '@engine/base/bytes';
import { describe, expect, it } from 'vitest';
import { DISK_SECTORS, IdeBoard } from './board';

/** Words of IDENTIFY as a guest on Hyper-V sees them (ATA/ATAPI-6, 8.15), those of geometry and size apart. */
const DISK_WORDS: readonly (readonly [number, number])[] = [
  [0, 0x045a],
  [3, 16],
  [6, 63],
  [20, 3],
  [21, 0x80],
  [22, 0],
  [47, 0x8080],
  [49, 0x0f00],
  [51, 0x0200],
  [53, 3],
  [63, 0x0407],
  [64, 3],
  [65, 0x78],
  [66, 0x78],
  [67, 0x14d],
  [68, 0x78],
  [80, 0x01f0],
  [82, 0x0028],
  [83, 0x7400],
  [84, 0x4040],
  [85, 0x0028],
  [86, 0x3400],
  [87, 0x4040],
  [88, 0],
  [106, 0x4000],
  [209, 0x4000],
];

/** Two characters a word, the first in the high byte. */
function text(data: Uint8Array, word: number, words: number): string {
  return Array.from({ length: words * 2 }, (_, i) => String.fromCharCode(data[word * 2 + (i ^ 1)] ?? 0)).join('');
}

function identify(board: IdeBoard, base: number, code: number): Uint8Array {
  board.out(base + 6, 0xa0);
  board.out(base + 7, code);
  return board.words(256, base);
}

describe('IDENTIFY DEVICE', () => {
  it('has the words of the virtual disk', () => {
    const data = identify(new IdeBoard(), 0x1f0, 0xec);
    expect(DISK_WORDS.map(([word]) => [word, readU16(data, word * 2)])).toEqual(DISK_WORDS);
    expect([text(data, 10, 10), text(data, 23, 4), text(data, 27, 20)]).toEqual([
      ' '.repeat(20),
      '1.1.0   ',
      'Virtual HD'.padEnd(40),
    ]);
  });

  it('follows what the host has set: translation and block size', () => {
    const board = new IdeBoard();
    expect(readU16(identify(board, 0x1f0, 0xec), 118)).toBe(0);
    board.out(0x1f2, 32);
    board.out(0x1f6, 0xa7);
    board.out(0x1f7, 0x91);
    board.out(0x1f2, 16);
    board.out(0x1f7, 0xc6);
    const data = identify(board, 0x1f0, 0xec);
    expect([54, 55, 56, 59].map((word) => readU16(data, word * 2))).toEqual([
      Math.floor(DISK_SECTORS / 256),
      8,
      32,
      0x0110,
    ]);
    expect(readU32(data, 114)).toBe(Math.floor(DISK_SECTORS / 256) * 256);
    board.out(0x1f6, 0xa1); // and the new translation is used: cylinder 2, head 1, sector 3
    for (const [port, value] of [
      [0x1f2, 1],
      [0x1f3, 3],
      [0x1f4, 2],
      [0x1f5, 0],
    ] as const)
      board.out(port, value);
    board.out(0x1f7, 0x20);
    expect(board.words(256)).toEqual(board.disk.read((2 * 8 + 1) * 32 + 2, 1));
  });
});

describe('IDENTIFY PACKET DEVICE', () => {
  it('has the words of the virtual CD drive', () => {
    const data = identify(new IdeBoard(), 0x170, 0xa1);
    expect([0, 49, 63, 88].map((word) => readU16(data, word * 2))).toEqual([0x85c0, 0x0300, 0x0407, 0]);
    expect(text(data, 27, 20)).toBe('Virtual CD'.padEnd(40));
  });
});
