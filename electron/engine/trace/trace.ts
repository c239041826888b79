import type { Clock } from '../clock/clock';
import type { InspectNode } from '../base/unit';
import { TRACE_KINDS, traceKindName, type TraceKind } from './kinds';

/** Words of 32 bits in one record: time low, time high, number, cause, actor and kind, a, b, c, d, number in its line. */
export const RECORD_WORDS = 10;

/** Records that are digested at a time, just before their places are taken: they are in the processor's cache then. */
const DIGEST_STEP = 256;

const SEED_A = 0x811c9dc5;
const SEED_B = 0x1b873593;

/** Place of a kind among an actor's counters: without gaps, as a thousand machines have thirty thousand actors. */
const COLUMNS = TRACE_KINDS.length;
const COLUMN = new Uint8Array(1 + Math.max(...TRACE_KINDS));
TRACE_KINDS.forEach((kind, column) => (COLUMN[kind] = column));

/** One event as people and tests read it. */
export interface TraceRecord {
  readonly time: number;
  readonly number: number;
  /** Number of the event that made this one happen; 0 when it came from outside. */
  readonly cause: number;
  readonly actor: number;
  readonly kind: TraceKind;
  readonly operands: readonly [number, number, number, number];
}

/**
 * The engine's memory of what happened: fixed-size binary records in a ring of typed arrays, always on, and counters by
 * actor and kind that never wrap. The digest covers every record since the start, also those that the ring has lost.
 *
 * Each machine, and each device that machines share, is a line of events whose order is part of the digest: what one machine does between
 * two things that concern others as well may be recorded before or after what the others do meanwhile. The line of an actor is the first
 * part of its name.
 */
export class Trace {
  /** Set while an event is being handled, so that what it sets off can name it. */
  cause = 0;
  /** False stops the writing of records (for measuring its price); counters go on. */
  enabled = true;

  private readonly words: Uint32Array;
  private next = 0; // records since the start
  private place = 0; // where the next one goes in `words`
  private digested = 0;
  private hashA = 0;
  private hashB = 0;
  private readonly actors: string[] = ['outside'];
  private readonly numbers = new Map<string, number>([['outside', 0]]); // of the actors by name
  private readonly lines = new Map<string, number>([['outside', 0]]); // by name
  private readonly lineOf: number[] = [0]; // by actor
  private readonly lengths: number[] = [0]; // records of each line
  private counters = new Float64Array(16 * COLUMNS);

  /** @param capacity records that the ring keeps */
  constructor(
    private readonly clock: Clock,
    readonly capacity = 65_536,
  ) {
    this.words = new Uint32Array(capacity * RECORD_WORDS);
  }

  /** The number of the actor called `name`, made on first use. Names are paths such as `vm-1/netvsp/0`. */
  actor(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const index = this.actors.push(name) - 1;
    this.numbers.set(name, index);
    this.lineOf.push(this.line(name));
    this.reserve(index);
    return index;
  }

  private line(actor: string): number {
    const [name = ''] = actor.split('/', 1);
    const known = this.lines.get(name) ?? this.lengths.push(0) - 1;
    this.lines.set(name, known);
    return known;
  }

  actorName(actor: number): string {
    return this.actors[actor] ?? 'unknown';
  }

  private reserve(actor: number): void {
    const needed = (actor + 1) * COLUMNS;
    if (needed <= this.counters.length) return;
    const grown = new Float64Array(needed * 2);
    grown.set(this.counters);
    this.counters = grown;
  }

  /** Records one event and returns its number, to be used as a cause. */
  record(actor: number, kind: TraceKind, a = 0, b = 0, c = 0, d = 0): number {
    const counter = actor * COLUMNS + (COLUMN[kind] ?? 0);
    this.counters[counter] = (this.counters[counter] ?? 0) + 1;
    const number = ++this.next;
    if (this.enabled) this.write(number, actor, kind, a, b, c, d);
    this.place = this.place + RECORD_WORDS < this.words.length ? this.place + RECORD_WORDS : 0;
    return number;
  }

  /**
   * Completes operand `index` (0-3) of a record made earlier in the same event: the status of a call that has returned, the
   * value of a read. Ignored when the record has left the ring or is already part of a digest.
   */
  amend(number: number, index: 0 | 1 | 2 | 3, value: number): void {
    if (!this.enabled || number <= this.digested || this.next - number >= this.capacity) return;
    this.words[((number - 1) % this.capacity) * RECORD_WORDS + 5 + index] = value;
  }

  private write(number: number, actor: number, kind: number, a: number, b: number, c: number, d: number): void {
    if (number - this.digested > this.capacity) this.digestUpTo(Math.min(number - 1, this.digested + DIGEST_STEP));
    const { words, place: at } = this;
    const time = this.clock.now();
    words[at] = time >>> 0;
    words[at + 1] = Math.floor(time / 0x1_0000_0000);
    words[at + 2] = number;
    words[at + 3] = this.cause;
    words[at + 4] = (actor << 16) | kind;
    words[at + 5] = a;
    words[at + 6] = b;
    words[at + 7] = c;
    words[at + 8] = d;
    const line = this.lineOf[actor] ?? 0;
    words[at + 9] = this.lengths[line] = (this.lengths[line] ?? 0) + 1;
  }

  /** Adds the records up to `number` to the digest. A sum, so that lines may be recorded one before or after another; causes are numbers of records and stay out. */
  private digestUpTo(number: number): void {
    const { words } = this;
    let at = (this.digested % this.capacity) * RECORD_WORDS;
    for (let n = this.digested; n < number; n++) {
      // Word by word without a loop: this runs for every record.
      let a = mixA(mixA(mixA(SEED_A, words[at] ?? 0), words[at + 1] ?? 0), words[at + 4] ?? 0);
      let b = mixB(mixB(mixB(SEED_B, words[at + 9] ?? 0), words[at + 5] ?? 0), words[at + 6] ?? 0);
      a = mixA(mixA(a ^ (b >>> 15), words[at + 7] ?? 0), words[at + 8] ?? 0); // each half depends on all words
      b = mixB(mixB(b, a), a >>> 13);
      at = at + RECORD_WORDS < words.length ? at + RECORD_WORDS : 0;
      this.hashA = (this.hashA + (a ^ (b >>> 16))) | 0;
      this.hashB = (this.hashB + b) | 0;
    }
    this.digested = number;
  }

  /** 16 hexadecimal digits over all records since the start: equal for equal runs. */
  digest(): string {
    this.digestUpTo(this.next);
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.hashA) + hex(this.hashB);
  }

  /** Number of records since the start. */
  get length(): number {
    return this.next;
  }

  /** How often `actor` recorded `kind`; with several actors, the sum. */
  count(kind: TraceKind, ...actors: readonly number[]): number {
    const list = actors.length > 0 ? actors : this.actors.keys();
    let sum = 0;
    for (const actor of list) sum += this.counter(actor, kind);
    return sum;
  }

  private counter(actor: number, kind: TraceKind): number {
    return this.counters[actor * COLUMNS + (COLUMN[kind] ?? 0)] ?? 0;
  }

  /** The sum over all actors whose name is `prefix` or begins with `prefix/`. */
  countBelow(kind: TraceKind, prefix: string): number {
    let sum = 0;
    this.actors.forEach((name, actor) => {
      if (name === prefix || name.startsWith(`${prefix}/`)) sum += this.counter(actor, kind);
    });
    return sum;
  }

  /** The records that were made last, at most `limit`, by time. */
  recent(limit = 100): TraceRecord[] {
    const kept = Math.min(limit, this.next, this.capacity);
    const records = Array.from({ length: kept }, (_, i) => this.at(this.next - kept + i));
    return records.sort((some, other) => some.time - other.time || some.number - other.number);
  }

  private at(index: number): TraceRecord {
    const at = (index % this.capacity) * RECORD_WORDS;
    const word = (i: number): number => this.words[at + i] ?? 0;
    return {
      time: word(0) + word(1) * 0x1_0000_0000,
      number: word(2),
      cause: word(3),
      actor: word(4) >>> 16,
      kind: (word(4) & 0xffff) as TraceKind, // written by `write` from a TraceKind
      operands: [word(5), word(6), word(7), word(8)],
    };
  }

  inspect(): InspectNode {
    const counts: Record<string, InspectNode> = {};
    this.actors.forEach((name, actor) => {
      const own = this.countsOf(actor);
      if (Object.keys(own).length > 0) counts[name] = own;
    });
    return { records: this.next, digest: this.digest(), counts };
  }

  private countsOf(actor: number): Record<string, number> {
    const own: Record<string, number> = {};
    for (const kind of TRACE_KINDS) {
      const count = this.counter(actor, kind);
      if (count > 0) own[traceKindName(kind)] = count;
    }
    return own;
  }
}

function mixA(hash: number, word: number): number {
  return Math.imul(hash ^ word, 0x01000193);
}

function mixB(hash: number, word: number): number {
  return Math.imul(((hash << 13) | (hash >>> 19)) + word, 0x5bd1e995);
}
