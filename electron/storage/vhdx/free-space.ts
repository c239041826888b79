import { MB } from './layout';
import type { Region } from './region-table';

/**
 * Room inside a VHDX file that no structure uses: what unmapped blocks have left, found again at each opening as the gaps between
 * what is in use. The file cannot be cut while its log names a longer one, so its end is given back when it is closed.
 */
export class FreeSpace {
  private gaps: Region[] = [];

  /** @param used everything in use, in rising order */
  constructor(used: readonly Region[], fileSize: number) {
    let free = 0;
    for (const { at, length } of used) {
      if (at > free) this.gaps.push({ at: free, length: at - free });
      free = at + length;
    }
    if (fileSize > free) this.gaps.push({ at: free, length: fileSize - free });
    this.gaps = this.gaps.filter(({ length }) => length >= MB);
  }

  /** Takes `length` bytes, whole megabytes, out of the first gap that has them; null when none has. */
  take(length: number): number | null {
    const index = this.gaps.findIndex((gap) => gap.length >= length);
    const gap = this.gaps[index];
    if (!gap) return null;
    const rest = { at: gap.at + length, length: gap.length - length };
    this.gaps.splice(index, 1, ...(rest.length > 0 ? [rest] : []));
    return gap.at;
  }

  /** A block is no longer used; neighbours become one gap. */
  give(region: Region): void {
    const all = [...this.gaps, region].sort((a, b) => a.at - b.at);
    this.gaps = [];
    for (const { at, length } of all) {
      const last = this.gaps.at(-1);
      if (last && last.at + last.length === at)
        this.gaps[this.gaps.length - 1] = { at: last.at, length: last.length + length };
      else this.gaps.push({ at, length });
    }
  }

  /** Where the file may end: before the free room at its end, if there is any. */
  endOf(fileSize: number): number {
    const last = this.gaps.at(-1);
    return last && last.at + last.length >= fileSize ? last.at : fileSize;
  }
}
