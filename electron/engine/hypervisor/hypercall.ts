/** Status codes. TLFS, "Hypercall Status Codes". */
export const HvStatus = {
  Success: 0,
  InvalidHypercallCode: 2,
  InvalidHypercallInput: 3,
  InvalidAlignment: 4,
  InvalidParameter: 5,
  AccessDenied: 6,
  OperationDenied: 8,
  InvalidVpIndex: 0xe,
  InvalidPortId: 0x11,
  InvalidConnectionId: 0x12,
  InsufficientBuffers: 0x13,
  InvalidSynicState: 0x18,
} as const;

export type HvStatus = (typeof HvStatus)[keyof typeof HvStatus];

/** Call codes that guests of a child partition use. TLFS, "Hypercall Reference". */
export const CallCode = {
  FlushVirtualAddressSpace: 0x0002,
  FlushVirtualAddressList: 0x0003,
  NotifyLongSpinWait: 0x0008,
  SendSyntheticClusterIpi: 0x000b,
  FlushVirtualAddressSpaceEx: 0x0013,
  FlushVirtualAddressListEx: 0x0014,
  SendSyntheticClusterIpiEx: 0x0015,
  PostMessage: 0x005c,
  SignalEvent: 0x005d,
  ExtQueryCapabilities: 0x8001,
} as const;

/**
 * Calls that exist but need a privilege that no child has here (creating partitions, memory, ports, virtual processors):
 * they are refused with "access denied", where a code that does not exist is "invalid code".
 */
const PRIVILEGED: readonly (readonly [number, number])[] = [
  [0x000c, 0x0012],
  [0x0040, 0x005b],
  [0x0069, 0x0070],
  [0x0076, 0x007e],
  [0x0090, 0x009c],
  [0x00a0, 0x00b0],
  [0x00c0, 0x00e1],
  [0x8002, 0x8006],
];

export function isPrivilegedCall(code: number): boolean {
  return PRIVILEGED.some(([first, last]) => code >= first && code <= last);
}

/** The control word of a hypercall, taken apart. TLFS, "Hypercall Inputs". */
export interface HypercallControl {
  readonly code: number;
  readonly fast: boolean;
  /** Variable header in 8-byte units. */
  readonly variableHeader: number;
  readonly repCount: number;
  readonly repStart: number;
  /** True when a bit that must be zero is set. */
  readonly malformed: boolean;
}

const RESERVED = 0xf000_f000_7800_0000n; // all but code, fast, variable header, nested, reps

export function decodeControl(control: bigint): HypercallControl {
  const low = Number(control & 0xffff_ffffn);
  const high = Number((control >> 32n) & 0xffff_ffffn);
  return {
    code: low & 0xffff,
    fast: (low & 0x1_0000) !== 0,
    variableHeader: (low >>> 17) & 0x3ff,
    repCount: high & 0xfff,
    repStart: (high >>> 16) & 0xfff,
    malformed: (control & RESERVED) !== 0n,
  };
}

/** The control word for a call without reps or variable header, for guests. */
export function controlWord(code: number, fast = false): bigint {
  return BigInt(code) | (fast ? 0x1_0000n : 0n);
}

/** The result word: status, and the reps completed. */
export function resultWord(status: HvStatus, reps = 0): bigint {
  return BigInt(status) | (BigInt(reps) << 32n);
}

/** Status of a result word. */
export function statusOf(result: bigint): number {
  return Number(result & 0xffffn);
}
