import { MINIMUM_FRAME, WIRE_OVERHEAD } from '../base/net/ethernet';
import { SECOND, type Nanoseconds } from '../clock/clock';
import { filled, type Bucket } from './bandwidth';

/** A frame on its way out of a port. */
export interface QueuedFrame {
  /** As it leaves; shared by the ports to which a frame is flooded, and never written to. */
  frame: Uint8Array;
  /** When the switch has done its work on it. */
  ready: Nanoseconds;
  /** Trace number of what made the sender send. */
  cause: number;
}

/** What one sender has waiting at one port. */
export interface Flow {
  from: number;
  /** Bytes that the flow may still send in this round. */
  deficit: number;
  frames: QueuedFrame[];
}

/** The way out of one port. */
export interface EgressState {
  /** Senders that have frames waiting; the first is the one whose turn it is. */
  flows: Flow[];
  /** The line is taken until then. */
  busyUntil: Nanoseconds;
  /** What is kept for senders with a minimum bandwidth. */
  reserves: { [from: number]: Bucket };
  /** Bytes that left through the port, by sender. */
  shares: { [from: number]: number };
}

export function emptyEgress(): EgressState {
  return { flows: [], busyUntil: 0, reserves: {}, shares: {} };
}

/** Puts a frame at the end of its sender's queue. False when that has `limit` frames already. */
export function enqueue(state: EgressState, from: number, item: QueuedFrame, limit: number): boolean {
  const flow = state.flows.find((one) => one.from === from);
  if (!flow) state.flows.push({ from, deficit: 0, frames: [item] });
  else if (flow.frames.length < limit) flow.frames.push(item);
  else return false;
  return true;
}

/**
 * The next frame that leaves, or null when none is ready: deficit round robin over bytes (Shreedhar and Varghese, 1995), so
 * that senders of short and of long frames have equal shares. `quantum` is at least the longest frame. Senders for
 * which `minimumOf` keeps bits a second come first while they are below that.
 */
export function takeNext(
  state: EgressState,
  now: Nanoseconds,
  quantum: number,
  minimumOf: ((from: number) => number) | null = null,
): { from: number; item: QueuedFrame } | null {
  const reserved = minimumOf && takeReserved(state, now, quantum, minimumOf);
  if (reserved) return reserved;
  for (let turns = state.flows.length * 2; turns > 0; turns--) {
    const flow = state.flows[0];
    const item = flow?.frames[0];
    if (!flow || !item) return null;
    const bytes = item.frame.length;
    if (item.ready <= now && flow.deficit >= bytes) {
      take(state, flow, bytes);
      return { from: flow.from, item };
    }
    if (item.ready <= now) flow.deficit += quantum;
    state.flows.push(flow);
    state.flows.shift();
  }
  return null;
}

/** The next frame of the sender that is furthest below its minimum, or null when none is. */
function takeReserved(
  state: EgressState,
  now: Nanoseconds,
  longest: number,
  minimumOf: (from: number) => number,
): { from: number; item: QueuedFrame } | null {
  let best: { flow: Flow; item: QueuedFrame; bucket: Bucket } | null = null;
  for (const flow of state.flows) {
    const rate = minimumOf(flow.from);
    const item = flow.frames[0];
    if (rate === 0 || !item || item.ready > now) continue;
    const bucket = (state.reserves[flow.from] = filled(state.reserves[flow.from] ?? null, rate, longest, now));
    if (bucket.tokens >= item.frame.length && bucket.tokens > (best?.bucket.tokens ?? 0)) best = { flow, item, bucket };
  }
  if (!best) return null;
  best.bucket.tokens -= best.item.frame.length;
  leave(state, best.flow, best.item.frame.length);
  return { from: best.flow.from, item: best.item };
}

function take(state: EgressState, flow: Flow, bytes: number): void {
  flow.deficit -= bytes;
  leave(state, flow, bytes);
}

/** The first frame of a flow leaves. */
function leave(state: EgressState, flow: Flow, bytes: number): void {
  flow.frames.shift();
  state.shares[flow.from] = (state.shares[flow.from] ?? 0) + bytes;
  if (flow.frames.length === 0) state.flows.splice(state.flows.indexOf(flow), 1); // an idle sender saves nothing up
}

/** When the earliest waiting frame is ready, or null when none waits. */
export function earliestReady(state: EgressState): Nanoseconds | null {
  let earliest: Nanoseconds | null = null;
  for (const { frames } of state.flows) {
    const ready = frames[0]?.ready ?? null;
    if (ready !== null && (earliest === null || ready < earliest)) earliest = ready;
  }
  return earliest;
}

/** Takes everything out that waits: lengths of the frames. */
export function flush(state: EgressState): number[] {
  const lengths = state.flows.flatMap((flow) => flow.frames.map((item) => item.frame.length));
  state.flows = [];
  return lengths;
}

/** How long a frame takes a line of `rate` bits a second, with padding, preamble, FCS and gap. */
export function wireTime(bytes: number, rate: number): Nanoseconds {
  return Math.ceil(((Math.max(bytes, MINIMUM_FRAME) + WIRE_OVERHEAD) * 8 * SECOND) / rate);
}
