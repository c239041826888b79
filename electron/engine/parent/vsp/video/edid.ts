import { asciiBytes, writeU16, writeU32 } from '../../../base/bytes';

const HEADER = [0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00];
const MANUFACTURER = [0x36, 0x68]; // `MSH`: three letters of five bits, high byte first
const PRODUCT = 0x062e;
/** sRGB: chromaticities of the primaries and of white (E-EDID 1.4, 3.7). */
const COLOURS = [0xee, 0x95, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54];
/** 640x480, 800x600 and 1024x768 at 60 Hz. */
const ESTABLISHED = [0x21, 0x08, 0x00];

/**
 * 1024x768 at 60 Hz as the VESA monitor timings have it (DMT 10h): 65 MHz in units of 10 kHz; 1024 and 320 dots, 768 and 38 lines;
 * sync 24 and 136 dots, 3 and 6 lines; separate digital sync, both negative.
 */
const TIMING = [0x64, 0x19, 0x00, 0x40, 0x41, 0x00, 0x26, 0x30, 0x18, 0x88, 0x36, 0x00, 0, 0, 0, 0, 0, 0x18];

/** A display descriptor: tag and thirteen bytes. */
function descriptor(tag: number, text = ''): Uint8Array {
  const bytes = new Uint8Array(18);
  bytes[3] = tag;
  if (text !== '') bytes.set(asciiBytes(`${text}\n`.slice(0, 13), 13, 0x20), 5);
  return bytes;
}

/** What the virtual monitor says of itself: an E-EDID 1.4 base block of 128 bytes. */
export function monitorEdid(): Uint8Array {
  const bytes = new Uint8Array(128);
  bytes.set([...HEADER, ...MANUFACTURER], 0);
  writeU16(bytes, 10, PRODUCT);
  writeU32(bytes, 12, 0); // no serial number
  bytes.set([0xff, 0x15, 0x01, 0x04], 16); // model year 2011, version 1.4
  bytes.set([0x80, 0x00, 0x00, 0x78, 0x22], 20); // digital, size unknown, gamma 2.2, sRGB; the first timing is preferred
  bytes.set([...COLOURS, ...ESTABLISHED], 25);
  bytes.fill(0x01, 38, 54); // no standard timings
  bytes.set(TIMING, 54);
  bytes.set(descriptor(0xfc, 'HyperVMonitor'), 72);
  bytes.set(descriptor(0x10), 90);
  bytes.set(descriptor(0x10), 108);
  bytes[127] = -bytes.reduce((sum, value) => sum + value, 0) & 0xff;
  return bytes;
}
