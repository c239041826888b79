import { viewOf } from '../../base/bytes';
import { frameCheck } from './ethernet-crc';

/** Bytes in a 93C46. */
export const SROM_BYTES = 128;

/** PCI subsystem vendor of the first adapter; further functions count up (Virtual PC's INF: SUBSYS_21140A00 … 0A03). */
export const SUBSYSTEM_VENDOR = 0x0a00;
export const SUBSYSTEM_ID = 0x2114;

const LEAF = 0x1e; // where the controller's info leaf begins
const MEDIA_100BASE_TX = 3;
const MEDIA_100BASE_TX_FULL_DUPLEX = 5;
/** Media block command: symbol port with scrambler (0x61), and no pin that senses the media (bit 15). */
const MEDIA_COMMAND = 0x8061;

/**
 * The adapter's serial ROM (Digital Semiconductor, "Serial ROM Format", version 1): subsystem ids, station address and one
 * info leaf with two media, of which full-duplex 100BASE-TX is the default, as Virtual PC's adapter reports itself.
 */
export function sromImage(mac: Uint8Array, functionNumber: number): Uint8Array {
  const image = new Uint8Array(SROM_BYTES);
  const view = viewOf(image);
  view.setUint16(0, SUBSYSTEM_VENDOR + functionNumber, true);
  view.setUint16(2, SUBSYSTEM_ID, true);
  image[16] = idBlockCheck(image);
  image[18] = 1; // format version
  image[19] = 1; // controllers
  image.set(mac.subarray(0, 6), 20);
  view.setUint16(27, LEAF, true);
  view.setUint16(LEAF, 0x0200 | MEDIA_100BASE_TX_FULL_DUPLEX, true); // default connection
  image[LEAF + 2] = 0; // general-purpose pins: all inputs
  image[LEAF + 3] = 2; // media blocks
  mediaBlock(image, LEAF + 4, MEDIA_100BASE_TX_FULL_DUPLEX);
  mediaBlock(image, LEAF + 8, MEDIA_100BASE_TX);
  view.setUint16(126, frameCheck(image.subarray(0, 126)) & 0xffff, true);
  return image;
}

/** A compact media block: media code, pin data, command. */
function mediaBlock(image: Uint8Array, at: number, media: number): void {
  image[at] = media;
  viewOf(image).setUint16(at + 2, MEDIA_COMMAND, true);
}

/** CRC-8 (x^8 + x^2 + x + 1, from all ones) over words 0-7 and the high byte of word 8, high bits first. */
function idBlockCheck(image: Uint8Array): number {
  let crc = 0xff;
  for (let i = 0; i < 17; i++) {
    crc ^= image[i === 16 ? 17 : i ^ 1] ?? 0;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return crc;
}
