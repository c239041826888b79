import type { Processor } from '../../hypervisor/processor';

/** The hypervisor says who it is: TLFS, "Feature and Interface Discovery", leaves 1 and 0x40000000. */
export function runsOnHyperV(processor: Processor): boolean {
  if ((processor.cpuid(1).ecx & 0x8000_0000) === 0) return false;
  const { ebx, ecx, edx } = processor.cpuid(0x4000_0000);
  return ebx === 0x7263_694d && ecx === 0x666f_736f && edx === 0x7648_2074; // "Microsoft Hv"
}
