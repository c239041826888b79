import { PAGE_SIZE, type GuestMemory } from '../memory/guest-memory';

/** A run of guest memory without gaps. */
export interface MemoryRun {
  readonly gpa: number;
  readonly length: number;
}

/** A part of a view where it lies in host memory: bytes `from` to `to` of the view. Good while the memory's `layout` stays. */
export interface ViewWindow {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

interface Placed extends MemoryRun {
  readonly at: number; // offset in the view
}

/**
 * A linear buffer over scattered pages of guest memory: what a GPADL describes. Offsets that leave the buffer read as zeros and
 * write nothing, so that a bad offset from the other side does no harm.
 */
export class PageView {
  readonly length: number;
  private readonly runs: Placed[] = [];
  private last = 0; // run of the latest access: rings and buffers are used from one end to the other

  constructor(
    readonly memory: GuestMemory,
    runs: Iterable<MemoryRun>,
  ) {
    let at = 0;
    for (const { gpa, length } of runs) {
      const before = this.runs.at(-1);
      if (before && before.gpa + before.length === gpa) {
        this.runs[this.runs.length - 1] = { ...before, length: before.length + length };
      } else this.runs.push({ at, gpa, length });
      at += length;
    }
    this.length = at;
  }

  /** A view over memory without gaps. */
  static contiguous(memory: GuestMemory, gpa: number, length: number): PageView {
    return new PageView(memory, [{ gpa, length }]);
  }

  /** A copy of `length` bytes. */
  read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.readInto(at, bytes);
    return bytes;
  }

  /** Copies as many bytes as `target` holds into it. */
  readInto(at: number, target: Uint8Array): void {
    const run = this.runAt(at);
    if (run && at + target.length <= run.at + run.length) this.memory.readInto(run.gpa + at - run.at, target);
    else this.readPieces(at, target);
  }

  private readPieces(at: number, target: Uint8Array): void {
    target.fill(0);
    this.pieces(at, target.length, (gpa, offset, count) =>
      this.memory.readInto(gpa, target.subarray(offset, offset + count)),
    );
  }

  write(at: number, bytes: Uint8Array): void {
    const run = this.runAt(at);
    if (run && at + bytes.length <= run.at + run.length) this.memory.write(run.gpa + at - run.at, bytes);
    else this.writePieces(at, bytes);
  }

  private writePieces(at: number, bytes: Uint8Array): void {
    this.pieces(at, bytes.length, (gpa, offset, count) =>
      this.memory.write(gpa, bytes.subarray(offset, offset + count)),
    );
  }

  /** A 32-bit word; `at` is a multiple of four. */
  readU32(at: number): number {
    const run = this.runAt(at);
    return run ? this.memory.readU32(run.gpa + at - run.at) : 0;
  }

  writeU32(at: number, value: number): void {
    const run = this.runAt(at);
    if (run) this.memory.writeU32(run.gpa + at - run.at, value);
  }

  /** The bytes around `at` where they lie, as far as they lie together; null where memory gives none out. */
  window(at: number): ViewWindow | null {
    const run = this.runAt(at);
    const span = run && this.memory.span(run.gpa + at - run.at);
    if (!run || !span) return null;
    const first = Math.max(run.gpa, span.gpa);
    const end = Math.min(run.gpa + run.length, span.gpa + span.bytes.length);
    const bytes = span.bytes.subarray(first - span.gpa, end - span.gpa);
    const from = run.at + first - run.gpa;
    return { from, to: from + bytes.length, bytes };
  }

  /** Guest-physical address of `at`, or null outside the buffer. */
  gpaOf(at: number): number | null {
    const run = this.runAt(at);
    return run ? run.gpa + at - run.at : null;
  }

  private runAt(at: number): Placed | null {
    const near = this.runs[this.last];
    if (near && at >= near.at && at < near.at + near.length) return near;
    if (at < 0 || at >= this.length) return null;
    let low = 0;
    let high = this.runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.runs[middle]?.at ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    this.last = low;
    return this.runs[low] ?? null;
  }

  private pieces(at: number, length: number, each: (gpa: number, offset: number, count: number) => void): void {
    for (let offset = 0; offset < length;) {
      const run = this.runAt(at + offset);
      if (!run) return;
      const inRun = at + offset - run.at;
      const count = Math.min(length - offset, run.length - inRun);
      each(run.gpa + inRun, offset, count);
      offset += count;
    }
  }
}

/** Pages that `length` bytes take. */
export function pagesFor(length: number): number {
  return Math.ceil(length / PAGE_SIZE);
}
