import { LAST_PART, MAX_POINTER, POINTER_SHAPE } from '../../../vmbus/protocol/synth-video';

/** A pointer's picture as the guest sent it: 32 bits a dot, or two masks of one bit a dot. Plain. */
export interface PointerShape {
  argb: boolean;
  width: number;
  height: number;
  hotX: number;
  hotY: number;
  bytes: Uint8Array;
}

/** What has come of a picture that is sent in parts. Plain. */
export interface ShapeParts {
  next: number;
  bytes: Uint8Array;
}

/** Bytes that a picture of that size has at most: openvmm's limit of a complete one. */
const MAX_BYTES = MAX_POINTER * MAX_POINTER * 4;

/**
 * Takes one shape message. Returns the picture when it is complete, the parts when more has to come, null when the message does
 * not fit (what had come of the picture is then forgotten).
 */
export function takeShape(body: Uint8Array, parts: ShapeParts): PointerShape | ShapeParts | null {
  const head = POINTER_SHAPE.decode(body);
  if (!head || head.width > MAX_POINTER || head.height > MAX_POINTER || head.width * head.height === 0) return null;
  const isLast = head.part === LAST_PART;
  if (!isLast && head.part !== parts.next) return null;
  const piece = body.subarray(POINTER_SHAPE.size);
  const bytes = new Uint8Array(parts.bytes.length + piece.length);
  bytes.set(parts.bytes);
  bytes.set(piece, parts.bytes.length);
  if (bytes.length > MAX_BYTES) return null;
  if (!isLast) return { next: parts.next + 1, bytes };
  const { width, height, hotX, hotY } = head;
  return { argb: head.argb !== 0, width, height, hotX, hotY, bytes };
}
