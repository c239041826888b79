import { readU32, readU64 } from '../../base/bytes';
import { Msr } from '../../hypervisor/msr';
import type { Processor } from '../../hypervisor/processor';
import { ReferenceTscPage } from '../../hypervisor/reference-time';

/**
 * The partition's reference time as a guest reads it, in units of 100 ns: out of the page that the hypervisor keeps for it and the time
 * stamp counter, without leaving the guest; where there is no page, or it is not valid, from the counter's register. Null where the
 * hypervisor has neither. TLFS, "Partition Reference TSC Mechanism"; linux drivers/clocksource/hyperv_timer.c.
 */
export function readReferenceTime(processor: Processor, page: number | null): bigint | null {
  for (;;) {
    const bytes = page === null ? null : processor.memory.read(page, ReferenceTscPage.Bytes);
    const sequence = bytes ? readU32(bytes, ReferenceTscPage.Sequence) : 0;
    if (!bytes || page === null || sequence === 0) return processor.readMsr(Msr.TimeRefCount);
    const scaled = (processor.readTsc() * readU64(bytes, ReferenceTscPage.Scale)) >> 64n;
    const time = BigInt.asUintN(64, scaled + readU64(bytes, ReferenceTscPage.Offset));
    if (processor.memory.readU32(page + ReferenceTscPage.Sequence) === sequence) return time;
  }
}
