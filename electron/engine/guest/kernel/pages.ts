import type { PageAllocator } from '../../vmbus/client/pages';
import { PAGE_SIZE } from '../../memory/guest-memory';

/** Which guest memory the kernel has given away. Plain. */
export interface PagesState {
  /** First address that was never given away. */
  next: number;
  end: number;
  free: { gpa: number; pages: number }[];
}

/** Guest memory by pages: first the pieces that came back, then fresh memory from low addresses up. */
export class KernelPages implements PageAllocator {
  constructor(private readonly state: PagesState) {}

  allocate(pages: number): number | null {
    return this.allocateAligned(pages, PAGE_SIZE);
  }

  /** `align` is a power of two, at least a page. */
  allocateAligned(pages: number, align: number): number | null {
    const { free } = this.state;
    const index = free.findIndex((piece) => piece.pages === pages && piece.gpa % align === 0);
    const [reused] = index < 0 ? [] : free.splice(index, 1);
    if (reused) return reused.gpa;
    const gpa = Math.ceil(this.state.next / align) * align;
    if (gpa + pages * PAGE_SIZE > this.state.end) return null;
    this.state.next = gpa + pages * PAGE_SIZE;
    return gpa;
  }

  release(gpa: number, pages: number): void {
    this.state.free.push({ gpa, pages });
  }
}
