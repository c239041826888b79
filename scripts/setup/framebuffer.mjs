import { existsSync, readFileSync, writeFileSync } from 'node:fs';

// The X Window dump format, version 7 (X11/XWDFile.h): a header of big-endian 32-bit words, a colour map, the picture.
const HEADER = { size: 0, width: 16, height: 20, bitsPerPixel: 44, bytesPerLine: 48, colours: 76 };
const COLOUR_SIZE = 12;

/** Reads the picture of a virtual display (24-bit colour in 32-bit pixels), or null while there is none. */
export function readFramebuffer(path) {
  if (!existsSync(path)) return null;
  const dump = readFileSync(path);
  const word = (at) => dump.readUInt32BE(at);
  if (word(HEADER.bitsPerPixel) !== 32) return null;
  const stride = word(HEADER.bytesPerLine);
  const start = word(HEADER.size) + word(HEADER.colours) * COLOUR_SIZE;
  const pixels = dump.subarray(start, start + stride * word(HEADER.height));
  return { width: word(HEADER.width), height: word(HEADER.height), stride, pixels };
}

/** The smallest rectangle that holds everything which is not the black of an empty screen, or null if all is black. */
export function paintedArea({ width, height, stride, pixels }) {
  const area = { left: width, top: height, right: -1, bottom: -1 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((pixels.readUInt32LE(y * stride + x * 4) & 0xffffff) === 0) continue;
      area.left = Math.min(area.left, x);
      area.right = Math.max(area.right, x);
      area.top = Math.min(area.top, y);
      area.bottom = y;
    }
  }
  return area.right < 0 ? null : area;
}

/** Writes a rectangle of the picture as a PNG file. */
export async function writePng(frame, area, path) {
  const { PNG } = await import('pngjs');
  const png = new PNG({ width: area.right - area.left + 1, height: area.bottom - area.top + 1 });
  for (let y = 0; y < png.height; y++) {
    for (let x = 0; x < png.width; x++) {
      const colour = frame.pixels.readUInt32LE((area.top + y) * frame.stride + (area.left + x) * 4);
      png.data.writeUInt32BE(((colour << 8) | 0xff) >>> 0, (y * png.width + x) * 4);
    }
  }
  writeFileSync(path, PNG.sync.write(png));
  return { width: png.width, height: png.height };
}
