import { crc32c } from '../vhdx/crc32c';

/**
 * The journal's framing: length u32, CRC-32C of the payload u32, payload. A process that dies while it appends leaves an
 * incomplete last frame, which was never acknowledged and is cut.
 */
export function frame(payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(8 + payload.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, crc32c(payload), true);
  framed.set(payload, 8);
  return framed;
}

/** What a journal file holds. */
export interface Frames {
  readonly payloads: Uint8Array[];
  /** Bytes up to the end of the last good frame. */
  readonly goodLength: number;
  /** True when something follows the last good frame that is more than one torn frame: the file was damaged, not cut short. */
  readonly damaged: boolean;
}

/** Splits a journal file into its good frames. */
export function readFrames(bytes: Uint8Array): Frames {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloads: Uint8Array[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const end = at + 8 + view.getUint32(at, true);
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + 8, end);
    if (crc32c(payload) !== view.getUint32(at + 4, true)) return { payloads, goodLength: at, damaged: end < bytes.length };
    payloads.push(payload);
    at = end;
  }
  return { payloads, goodLength: at, damaged: false };
}
