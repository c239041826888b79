import { Msr } from '../../hypervisor/msr';
import type { Processor } from '../../hypervisor/processor';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { VMBUS_SINT } from '../protocol/transport';
import type { PageAllocator } from './pages';
import { AUTO_EOI, FLAG_BYTES, takeBits } from './synic-guest';

const PAGES = 2; // messages and event flags
const MASKED = 0x1_0000n;

/**
 * The guest's use of the SynIC of its processors but the first, so that channels can be aimed at them: pages and SINT 2 on each.
 * linux drivers/hv/hv.c, hv_synic_init.
 */
export class OtherProcessors {
  /** @param pages where the pages of each processor lie, in their order: kept by the client */
  constructor(
    private readonly processors: readonly Processor[],
    private readonly allocator: PageAllocator,
    private readonly pages: () => number[],
  ) {}

  /** Places the pages. A processor for which there is no memory, or which the hypervisor refuses, ends the list. */
  start(vector: number, autoEoi: boolean): void {
    const pages = this.pages();
    const sint = BigInt(vector) | (autoEoi ? AUTO_EOI : 0n);
    for (const processor of this.processors.slice(pages.length)) {
      const gpa = this.allocator.allocate(PAGES);
      if (gpa === null || !enable(processor, gpa, sint)) return;
      pages.push(gpa);
    }
  }

  /** Takes it all back. */
  stop(): void {
    const pages = this.pages();
    pages.forEach((gpa, i) => {
      const processor = this.processors[i];
      if (!processor) return;
      processor.writeMsr(Msr.Scontrol, 0n);
      processor.writeMsr(Msr.Sint0 + VMBUS_SINT, MASKED);
      processor.writeMsr(Msr.Simp, 0n);
      processor.writeMsr(Msr.Siefp, 0n);
      this.allocator.release(gpa, PAGES);
    });
    pages.length = 0;
  }

  /** The event flags that are set on VP `index`, each cleared before it is returned. */
  takeFlags(index: number): number[] {
    const gpa = this.pages()[index - 1];
    const processor = this.processors[index - 1];
    if (gpa === undefined || !processor) return [];
    return takeBits(processor, gpa + PAGE_SIZE + VMBUS_SINT * FLAG_BYTES, new Uint8Array(FLAG_BYTES));
  }

  endOfInterrupt(index: number): void {
    this.processors[index - 1]?.endOfInterrupt();
  }
}

function enable(processor: Processor, gpa: number, sint: bigint): boolean {
  const writes: readonly (readonly [number, bigint])[] = [
    [Msr.Simp, BigInt(gpa) | 1n],
    [Msr.Siefp, BigInt(gpa + PAGE_SIZE) | 1n],
    [Msr.Sint0 + VMBUS_SINT, sint],
    [Msr.Scontrol, 1n],
  ];
  return writes.every(([msr, value]) => processor.writeMsr(msr, value));
}
