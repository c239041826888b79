import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { paintedArea, readFramebuffer, writePng } from '../../scripts/setup/framebuffer.mjs';
import { freshFolder } from './folder';

const WIDTH = 20;
const HEIGHT = 10;
const HEADER = 104;
const COLOURS = 2;

/** A window dump of a black screen with one coloured rectangle (X11/XWDFile.h, version 7). */
function dump(left: number, top: number, right: number, bottom: number, colour: number): string {
  const start = HEADER + COLOURS * 12;
  const buffer = Buffer.alloc(start + WIDTH * HEIGHT * 4);
  const words: readonly [index: number, value: number][] = [
    [0, HEADER],
    [1, 7],
    [4, WIDTH],
    [5, HEIGHT],
    [11, 32],
    [12, WIDTH * 4],
    [19, COLOURS],
  ];
  for (const [index, value] of words) buffer.writeUInt32BE(value, index * 4);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) buffer.writeUInt32LE(colour, start + (y * WIDTH + x) * 4);
  }
  const file = join(freshFolder(), 'screen');
  writeFileSync(file, buffer);
  return file;
}

describe('the picture of a virtual display', () => {
  it('is cut to what is painted and saved with its colours', async () => {
    const file = dump(3, 2, 7, 8, 0x0078d4);
    const frame = readFramebuffer(file);
    if (!frame) throw new Error('no picture');
    const area = paintedArea(frame);
    expect(area).toEqual({ left: 3, top: 2, right: 7, bottom: 8 });
    const target = `${file}.png`;
    expect(await writePng(frame, area, target)).toEqual({ width: 5, height: 7 });
    const png = PNG.sync.read(readFileSync(target));
    expect([...png.data.subarray(0, 4)]).toEqual([0x00, 0x78, 0xd4, 0xff]);
  });

  it('shows nothing while the screen is black or there is none', () => {
    const frame = readFramebuffer(dump(0, 0, 1, 1, 0));
    expect(frame && paintedArea(frame)).toBeNull();
    expect(readFramebuffer('/nowhere/screen')).toBeNull();
  });
});
