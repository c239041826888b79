import { MINIMUM_FRAME, WIRE_OVERHEAD } from '../base/net/ethernet';
import { SECOND, type Nanoseconds } from '../clock/clock';

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
  /** Bytes that left through the port, by sender. */
  shares: { [from: number]: number };
}

export function emptyEgress(): EgressState {
  return { flows: [], busyUntil: 0, shares: {} };
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
 * that senders of short and of long frames have equal shares. `quantum` is at least the longest frame.
 */
export function takeNext(
  state: EgressState,
  now: Nanoseconds,
  quantum: number,
): { from: number; item: QueuedFrame } | null {
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

function take(state: EgressState, flow: Flow, bytes: number): void {
  flow.frames.shift();
  flow.deficit -= bytes;
  state.shares[flow.from] = (state.shares[flow.from] ?? 0) + bytes;
  if (flow.frames.length === 0) state.flows.shift(); // an idle sender saves nothing up
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
