/** Partition privileges and features, bit by bit. TLFS, "Feature Discovery", CPUID leaf 0x40000003. */

/** EAX: privilege mask, low half. */
export const PrivilegeLow = {
  VpRuntime: 1 << 0,
  ReferenceCounter: 1 << 1,
  Synic: 1 << 2,
  SyntheticTimers: 1 << 3,
  ApicMsrs: 1 << 4,
  HypercallMsrs: 1 << 5,
  VpIndex: 1 << 6,
  Reset: 1 << 7,
  ReferenceTsc: 1 << 9,
  GuestIdle: 1 << 10,
  Frequencies: 1 << 11,
  Reenlightenment: 1 << 13,
  TscInvariant: 1 << 15,
} as const;

/** EBX: privilege mask, high half. */
export const PrivilegeHigh = {
  PostMessages: 1 << 4,
  SignalEvents: 1 << 5,
  ExtendedHypercalls: 1 << 20,
} as const;

/** EDX: features. */
export const Feature = {
  TimerFrequencies: 1 << 8,
  CrashMsrs: 1 << 10,
  DirectTimers: 1 << 19,
} as const;

/** CPUID leaf 0x40000004, EAX: what the hypervisor recommends. */
export const Hint = {
  RemoteFlush: 1 << 2,
  ApicMsrs: 1 << 3,
  ResetMsr: 1 << 4,
  RelaxedTiming: 1 << 5,
  DeprecateAutoEoi: 1 << 9,
  ClusterIpi: 1 << 10,
  ExProcessorMasks: 1 << 11,
} as const;

const all = (bits: Readonly<Record<string, number>>): number => Object.values(bits).reduce((sum, bit) => sum | bit, 0);

/** What this hypervisor implements: a profile's masks are cut to it, so that no guest is promised what is not there. */
export const IMPLEMENTED = {
  privilegesLow: all(PrivilegeLow),
  privilegesHigh: all(PrivilegeHigh),
  features: all(Feature),
  hints: all(Hint),
} as const;
