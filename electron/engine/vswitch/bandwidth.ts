import { MILLISECOND, SECOND, type Nanoseconds } from '../clock/clock';
import type { ClassifiedFrame } from './vlan';

/** Bandwidth management of a port, for what its adapter sends (Set-VMNetworkAdapter -MinimumBandwidthAbsolute, -MaximumBandwidth). */
export interface Bandwidth {
  /** Bits a second that the adapter gets of a busy line before others share the rest; 0: none are kept for it. */
  readonly minimum: number;
  /** Bits a second that it may send at most; 0: as many as go. */
  readonly maximum: number;
}

export const UNMANAGED: Bandwidth = { minimum: 0, maximum: 0 };

/** A token bucket: bytes that may pass now, and when that was so. */
export interface Bucket {
  tokens: number;
  at: Nanoseconds;
}

/** What an adapter has sent beyond its maximum: waits until its bucket has filled. */
export interface Shaper {
  bucket: Bucket | null;
  waiting: { classified: ClassifiedFrame; cause: number }[];
}

/** A bucket holds what its rate gives in this time, and two of the longest frames at least [estimate]. */
const DEPTH = 10 * MILLISECOND;

export function emptyShaper(): Shaper {
  return { bucket: null, waiting: [] };
}

/** The bucket as it is at `now`: a new one is full. `longest` is the longest frame. */
export function filled(bucket: Bucket | null, rate: number, longest: number, now: Nanoseconds): Bucket {
  const depth = Math.max((rate * DEPTH) / SECOND / 8, 2 * longest);
  if (!bucket) return { tokens: depth, at: now };
  return { tokens: Math.min(depth, bucket.tokens + ((now - bucket.at) * rate) / SECOND / 8), at: now };
}

/** When a bucket will hold `bytes`. */
export function readyAt({ tokens, at }: Bucket, bytes: number, rate: number): Nanoseconds {
  return at + Math.ceil((Math.max(0, bytes - tokens) * 8 * SECOND) / rate);
}
