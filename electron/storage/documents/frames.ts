import { crc32c } from '../crc32c';

/**
 * Records in a file that only grows: four bytes "PLjr", the payload's length, a CRC-32C over length and payload, the payload.
 * Little-endian. A record that was not written whole cannot pass for one.
 */
const MAGIC = 0x726a4c50; // "PLjr" as a little-endian number
const HEADER_BYTES = 12;
const MAX_PAYLOAD = 256 * 1024 * 1024;

/** The records of a file, and where trust ends. */
export interface FrameScan {
  readonly payloads: readonly Uint8Array[];
  /** First byte behind the last good record. */
  readonly goodBytes: number;
  /** True when a good record follows behind a bad place: not a torn end, but damage in the middle. */
  readonly hasLaterFrames: boolean;
}

export function encodeFrame(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, payload.length, true);
  bytes.set(payload, HEADER_BYTES);
  view.setUint32(8, checksumOf(bytes), true);
  return bytes;
}

/** Reads records from the start until one is missing or bad. */
export function scanFrames(bytes: Uint8Array): FrameScan {
  const payloads: Uint8Array[] = [];
  let at = 0;
  for (let payload = frameAt(bytes, at); payload !== undefined; payload = frameAt(bytes, at)) {
    payloads.push(payload);
    at += HEADER_BYTES + payload.length;
  }
  return { payloads, goodBytes: at, hasLaterFrames: hasFrameAfter(bytes, at + 1) };
}

function frameAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const length = view.getUint32(4, true);
  if (view.getUint32(0, true) !== MAGIC || length > MAX_PAYLOAD || at + HEADER_BYTES + length > bytes.length)
    return undefined;
  const frame = bytes.subarray(at, at + HEADER_BYTES + length);
  return view.getUint32(8, true) === checksumOf(frame) ? frame.subarray(HEADER_BYTES) : undefined;
}

function hasFrameAfter(bytes: Uint8Array, from: number): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = buffer.indexOf('PLjr', from); at >= 0; at = buffer.indexOf('PLjr', at + 1)) {
    if (frameAt(bytes, at) !== undefined) return true;
  }
  return false;
}

/** Over everything but the magic and the checksum itself. */
function checksumOf(frame: Uint8Array): number {
  const covered = new Uint8Array(frame.length - 8);
  covered.set(frame.subarray(4, 8));
  covered.set(frame.subarray(HEADER_BYTES), 4);
  return crc32c(covered);
}
