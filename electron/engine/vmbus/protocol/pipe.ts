import { readU32, writeU32 } from '../../base/bytes';

/** struct vmpipe_proto_header: type (1 data, 2 partial) and size, before the payload of pipe channels. */
export const PIPE_HEADER_BYTES = 8;
const PIPE_DATA = 1;
/** Modes in the first word of an offer's user data. */
export const PipeMode = { Byte: 0, Message: 4 } as const;

/** A pipe header with room behind it for `size` bytes of payload. */
export function newPipeMessage(size: number): Uint8Array {
  const bytes = new Uint8Array(PIPE_HEADER_BYTES + size);
  writeU32(bytes, 0, PIPE_DATA);
  writeU32(bytes, 4, size);
  return bytes;
}

/** `payload` behind a pipe header. */
export function pipeMessage(payload: Uint8Array): Uint8Array {
  const bytes = newPipeMessage(payload.length);
  bytes.set(payload, PIPE_HEADER_BYTES);
  return bytes;
}

/** The payload of a pipe packet, or null when it is no data or its size leaves the packet. */
export function pipePayload(packet: Uint8Array): Uint8Array | null {
  if (packet.length < PIPE_HEADER_BYTES || readU32(packet, 0) !== PIPE_DATA) return null;
  const size = readU32(packet, 4);
  return size > packet.length - PIPE_HEADER_BYTES ? null : packet.subarray(PIPE_HEADER_BYTES, PIPE_HEADER_BYTES + size);
}
