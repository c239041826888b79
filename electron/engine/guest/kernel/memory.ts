import { PAGE_SIZE } from '../../memory/guest-memory';
import { PageRanges, type PageRange } from '../../memory/page-ranges';
import { MMIO_GAP_END, MMIO_GAP_START } from '../../memory/ram-layout';
import type { BalloonMemory } from '../vsc/dynamic-memory/balloon-driver';
import type { OsProfile } from '../os/profile';
import type { KernelState } from './kernel-state';

const PAGES_PER_MB = 256;
const MEGABYTE = PAGES_PER_MB * PAGE_SIZE;
const WINDOWS_FLOOR_MB = 32;
const FIRST_PAGE = 0x20_0000; // the kernel and what the firmware left lie below

/** Which memory the kernel has beside what it found at power-on. Plain. */
export interface KernelMemoryState {
  /** Pages in the balloon. */
  ballooned: PageRange[];
  /** Memory that was added while the system ran. */
  added: PageRange[];
}

/**
 * The kernel's account of its memory: what there is, what is promised, what its balloon holds. The balloon fills from the top
 * of memory down, and what lies in it the page allocator does not reach.
 */
export class KernelMemory implements BalloonMemory {
  private readonly balloon = new PageRanges();

  constructor(
    private readonly state: KernelState,
    private readonly profile: Pick<OsProfile, 'idleMemoryMB' | 'linux'>,
  ) {
    this.balloon.restore(state.memory.ballooned);
  }

  /** All RAM that the system knows of, the balloon included. */
  get totalPages(): number {
    const { boot, memory } = this.state;
    return boot.memoryMB * PAGES_PER_MB + memory.added.reduce((sum, { count }) => sum + count, 0);
  }

  get ballooned(): number {
    return this.balloon.count;
  }

  /** Grows while the system starts: drivers, services, session. */
  get committed(): number {
    const { stage, pages } = this.state;
    const share = stage === 'running' || stage === 'stopping' ? 1 : stage === 'shell' ? 0.75 : 0.25;
    return Math.round(this.profile.idleMemoryMB * share * PAGES_PER_MB) + (pages.next - FIRST_PAGE) / PAGE_SIZE;
  }

  get available(): number {
    return Math.max(0, this.totalPages - this.ballooned - this.committed);
  }

  /** What stays free in any case. Windows [k]; Linux drivers/hv/hv_balloon.c, compute_balloon_floor. */
  private get floor(): number {
    if (!this.profile.linux) return WINDOWS_FLOOR_MB * PAGES_PER_MB;
    const total = this.totalPages - this.ballooned;
    const steps: readonly (readonly [number, number, number])[] = [
      [128, 8, 2],
      [512, 40, 4],
      [2048, 104, 8],
      [8192, 232, 16],
    ];
    const [, base, part] = steps.find(([below]) => total < below * PAGES_PER_MB) ?? [0, 488, 32];
    return base * PAGES_PER_MB + Math.floor(total / part);
  }

  inflate(count: number): PageRange[] {
    const floor = this.floor;
    const given = this.available - count < floor ? Math.max(0, this.available - floor) : count;
    const ranges = this.freeFromTop(given);
    for (const range of ranges) this.balloon.add(range);
    this.settle();
    return ranges;
  }

  /** Memory of the system from the top down, without what the allocator has given away and what is in the balloon. */
  private freeFromTop(count: number): PageRange[] {
    const found: PageRange[] = [];
    let left = count;
    for (const { start, end } of this.regions()) {
      const inside = this.balloon.save().filter((range) => range.start >= start && range.start < end);
      let top = end;
      for (const taken of [...inside.reverse(), { start: start - 1, count: 1 }]) {
        const from = Math.max(taken.start + taken.count, top - left);
        if (top > from && left > 0) found.push({ start: from, count: top - from });
        left -= Math.max(0, top - from);
        top = taken.start;
      }
    }
    return found;
  }

  /** Regions of usable pages, highest first. */
  private regions(): { start: number; end: number }[] {
    const { boot, memory, pages } = this.state;
    const above = Math.max(0, boot.memoryMB * MEGABYTE - MMIO_GAP_START) / PAGE_SIZE;
    const high = MMIO_GAP_END / PAGE_SIZE;
    return [
      ...memory.added.map(({ start, count }) => ({ start, end: start + count })).sort((a, b) => b.start - a.start),
      { start: high, end: high + above },
      { start: Math.ceil(pages.next / PAGE_SIZE), end: Math.floor(boot.memoryEnd / PAGE_SIZE) },
    ];
  }

  deflate(range: PageRange): void {
    if (this.balloon.contains(range.start, range.count)) this.balloon.remove(range);
    this.settle();
  }

  add(range: PageRange): number {
    this.state.memory.added.push(range);
    return range.count;
  }

  /** The state's list, and the allocator's end: below the lowest page in the balloon. */
  private settle(): void {
    const { memory, pages, boot } = this.state;
    memory.ballooned = this.balloon.save();
    const [lowest] = memory.ballooned;
    pages.end = Math.min(boot.memoryEnd, (lowest?.start ?? Infinity) * PAGE_SIZE);
  }
}
