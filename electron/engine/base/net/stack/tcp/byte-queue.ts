/** Bytes in order, kept in the pieces in which they came: plain state. */
export interface ByteQueue {
  pieces: Uint8Array[];
  /** Bytes of the first piece that are gone already. */
  skip: number;
  length: number;
}

export function emptyQueue(): ByteQueue {
  return { pieces: [], skip: 0, length: 0 };
}

/** Adds a copy of `bytes` at the end. */
export function append(queue: ByteQueue, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  queue.pieces.push(bytes.slice());
  queue.length += bytes.length;
}

/** Takes `count` bytes, or all when there are fewer, from the front. */
export function discard(queue: ByteQueue, count: number): void {
  let left = Math.min(count, queue.length);
  queue.length -= left;
  while (left > 0) {
    const first = (queue.pieces[0]?.length ?? 0) - queue.skip;
    if (left < first) {
      queue.skip += left;
      return;
    }
    queue.pieces.shift();
    queue.skip = 0;
    left -= first;
  }
}

/** A copy of up to `count` bytes from place `at` on, without taking them. */
export function peek(queue: ByteQueue, at: number, count: number): Uint8Array {
  const out = new Uint8Array(Math.max(0, Math.min(count, queue.length - at)));
  let place = at + queue.skip;
  let filled = 0;
  for (const piece of queue.pieces) {
    if (filled === out.length) break;
    if (place < piece.length) {
      const part = piece.subarray(place, place + out.length - filled);
      out.set(part, filled);
      filled += part.length;
    }
    place = Math.max(0, place - piece.length);
  }
  return out;
}

/** Takes up to `count` bytes from the front. */
export function take(queue: ByteQueue, count: number): Uint8Array {
  const bytes = peek(queue, 0, count);
  discard(queue, bytes.length);
  return bytes;
}
