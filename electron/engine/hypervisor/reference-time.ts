import { writeU32, writeU64 } from '../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { Clock } from '../clock/clock';

/** Saved state: how the time stamp counter stands to the partition's time. */
export interface ReferenceTimeState {
  /** Ticks in a second of the processor that the partition last ran on. */
  frequency: number;
  /** Nanoseconds that the counter is ahead of the partition's time: a multiple of 100. */
  shift: number;
  /** Changes with scale and offset; 0 would say "not valid". */
  sequence: number;
}

const HUNDRED_NANOSECONDS = 100;
const TICKS_PER_SECOND = 10_000_000n; // of reference time
const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const SEQUENCES = 2 ** 32;

/** Fields of the page: sequence u32@0, scale u64@8, offset s64@16. TLFS, "Partition Reference TSC Mechanism". */
export const ReferenceTscPage = { Sequence: 0, Scale: 8, Offset: 16, Bytes: 24 } as const;

/**
 * The partition's reference time, as a counter and as the page from which guests compute it out of their time stamp counter without
 * leaving the guest: ((tsc * scale) >> 64) + offset.
 *
 * Counter and page agree at every instant because of how both round: the time stamp counter is at the next tick, the scale at the next
 * unit, so that no multiple of 100 ns falls below itself, and for a counter of 1 GHz or more what was added stays below the next multiple
 * (for 2^64 units of rounding: over 200 days at 2.8 GHz).
 */
export class ReferenceTime implements Unit<ReferenceTimeState> {
  private state: ReferenceTimeState;

  /**
   * @param frequency ticks of the time stamp counter in a second, at least 10^9 where `valid`
   * @param valid false when the processor's counter is not bound to the partition's time: then the page says so, and guests ask the counter
   */
  constructor(
    private readonly clock: Clock,
    private readonly frequency: number,
    private readonly valid: boolean,
  ) {
    this.state = { frequency, shift: 0, sequence: 1 };
  }

  /** The clock may stand between two nanoseconds; counters do not. */
  private now(): number {
    return Math.floor(this.clock.now());
  }

  /** Units of 100 ns since the partition began: the register TIME_REF_COUNT. */
  count(): bigint {
    return BigInt(Math.floor(this.now() / HUNDRED_NANOSECONDS));
  }

  /** The time stamp counter: what RDTSC reads. */
  tsc(): bigint {
    return ticksAt(this.now() + this.state.shift, this.frequency);
  }

  /** What the reference TSC page holds; all zeros (sequence 0: not valid) without a counter to rely on. */
  page(): Uint8Array {
    const bytes = new Uint8Array(ReferenceTscPage.Bytes);
    if (!this.valid) return bytes;
    const frequency = BigInt(this.frequency);
    const scale = ((TICKS_PER_SECOND << 64n) + frequency - 1n) / frequency;
    writeU32(bytes, ReferenceTscPage.Sequence, this.state.sequence);
    writeU64(bytes, ReferenceTscPage.Scale, BigInt.asUintN(64, scale));
    writeU64(bytes, ReferenceTscPage.Offset, BigInt.asUintN(64, BigInt(-this.state.shift / HUNDRED_NANOSECONDS)));
    return bytes;
  }

  reset(): void {
    // A guest's reset leaves time and its counters alone.
  }

  save(): ReferenceTimeState {
    return clonePlain(this.state);
  }

  /**
   * On a processor of another frequency the counter goes on from at least where it was: never backwards, with another scale and offset, and
   * so another sequence; on one of the same frequency nothing changes. The clock must have been restored before.
   */
  restore(saved: ReferenceTimeState): void {
    this.state = clonePlain(saved);
    if (saved.frequency === this.frequency) return;
    const now = this.now();
    const reached = ticksAt(now + saved.shift, saved.frequency);
    const ahead = Number((reached * NANOSECONDS_PER_SECOND) / BigInt(this.frequency)) - now;
    const shift = (Math.floor(ahead / HUNDRED_NANOSECONDS) + 1) * HUNDRED_NANOSECONDS;
    this.state = { frequency: this.frequency, shift, sequence: nextSequence(saved.sequence) };
  }

  inspect(): InspectNode {
    const { frequency, shift, sequence } = this.state;
    return { count: Number(this.count()), tscFrequency: frequency, tscAhead: shift, valid: this.valid, sequence };
  }
}

/** Ticks that have begun after so many nanoseconds. */
function ticksAt(nanoseconds: number, frequency: number): bigint {
  return (BigInt(nanoseconds) * BigInt(frequency) + NANOSECONDS_PER_SECOND - 1n) / NANOSECONDS_PER_SECOND;
}

function nextSequence(sequence: number): number {
  return (sequence + 1) % SEQUENCES || 1;
}
