/** Numbers of the synthetic MSRs. TLFS, "Synthetic MSRs". */
export const Msr = {
  GuestOsId: 0x4000_0000,
  Hypercall: 0x4000_0001,
  VpIndex: 0x4000_0002,
  Reset: 0x4000_0003,
  VpRuntime: 0x4000_0010,
  TimeRefCount: 0x4000_0020,
  ReferenceTsc: 0x4000_0021,
  TscFrequency: 0x4000_0022,
  ApicFrequency: 0x4000_0023,
  Eoi: 0x4000_0070,
  Icr: 0x4000_0071,
  Tpr: 0x4000_0072,
  VpAssistPage: 0x4000_0073,
  Scontrol: 0x4000_0080,
  Sversion: 0x4000_0081,
  Siefp: 0x4000_0082,
  Simp: 0x4000_0083,
  Eom: 0x4000_0084,
  Sint0: 0x4000_0090,
  Stimer0Config: 0x4000_00b0,
  Stimer0Count: 0x4000_00b1,
  GuestIdle: 0x4000_00f0,
  CrashP0: 0x4000_0100,
  CrashCtl: 0x4000_0105,
  ReenlightenmentControl: 0x4000_0106,
  TscEmulationControl: 0x4000_0107,
  TscEmulationStatus: 0x4000_0108,
  TscInvariantControl: 0x4000_0118,
} as const;

/** Interrupt sources of the synthetic interrupt controller of one VP. */
export const SINT_COUNT = 16;
/** Synthetic timers of one VP. */
export const STIMER_COUNT = 4;

/** SINT register bits. TLFS, "SINTx Registers". */
export const SINT_MASKED = 0x1_0000;
export const SINT_AUTO_EOI = 0x2_0000;
export const SINT_POLLING = 0x4_0000;

/** Bit 0 of the registers that place an overlay page (hypercall, SIMP, SIEFP, reference TSC, VP assist). */
export const PAGE_ENABLE = 1n;

/** Guest-physical address of the page that such a register names, or null when that is no address of ours (2^52 and up). */
export function pageOf(value: bigint): number | null {
  const gpa = value & ~0xfffn;
  return gpa < 1n << 52n ? Number(gpa) : null;
}
