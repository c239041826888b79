import type { ElasticMemory } from '@engine/memory/elastic-memory';
import { PAGE_SIZE } from '@engine/memory/guest-memory';
import { PageRanges, type PageRange } from '@engine/memory/page-ranges';
import type { ProcessorRam } from '../cpu/ram';

const POISON = 0xa5;

/**
 * RAM of the processor, of which pages can be taken. The processor cannot be kept from them; instead they are filled with rubbish: a
 * guest that went on to use one of them would not live long.
 */
export class ElasticRam implements ElasticMemory {
  private readonly withdrawn = new PageRanges();

  constructor(private readonly ram: ProcessorRam) {}

  get presentPages(): number {
    return this.ram.size / PAGE_SIZE - this.withdrawn.count;
  }

  get withdrawnPages(): number {
    return this.withdrawn.count;
  }

  withdraw(range: PageRange): boolean {
    const { start, count } = range;
    if (count <= 0 || this.withdrawn.overlaps(start, count) || !this.ram.isRam(start * PAGE_SIZE, count * PAGE_SIZE))
      return false;
    this.ram.fill(start * PAGE_SIZE, count * PAGE_SIZE, POISON);
    this.withdrawn.add(range);
    return true;
  }

  giveBack(count: number): PageRange[] {
    const ranges = this.withdrawn.highest(count);
    for (const range of ranges) {
      this.withdrawn.remove(range);
      this.ram.fill(range.start * PAGE_SIZE, range.count * PAGE_SIZE, 0);
    }
    return ranges;
  }

  extend(): PageRange {
    throw new Error('the policy of this machine adds no memory');
  }

  drop(): void {
    throw new Error('the policy of this machine adds no memory');
  }

  restoreSize(): void {
    this.giveBack(this.withdrawn.count);
  }
}
