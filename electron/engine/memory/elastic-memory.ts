import type { PageRange } from './page-ranges';

/** Guest memory that can be taken from a running machine and given back: what Dynamic Memory does to it. */
export interface ElasticMemory {
  /** Pages that are there now: RAM at power-on, and what was added, less what was withdrawn. */
  readonly presentPages: number;
  readonly withdrawnPages: number;
  /** Takes pages out of the address space, contents and all. False, and nothing happens, unless all are RAM that is there. */
  withdraw(range: PageRange): boolean;
  /** Puts the `count` highest withdrawn pages back (fewer when there are not so many), zeroed; returns which. */
  giveBack(count: number): PageRange[];
  /** Adds RAM where the address space has none, above all there is: page number aligned to `align` pages. Returns the range. */
  extend(count: number, align: number): PageRange;
  /** Takes away the end of what was added last: the guest did not want it. */
  drop(range: PageRange): void;
  /** Back to the RAM of power-on: everything withdrawn is there again, everything added is gone. */
  restoreSize(): void;
}
