import type { EffectiveMasks } from './cpuid';
import { Msr, SINT_COUNT, STIMER_COUNT } from './msr';
import { Feature, PrivilegeHigh, PrivilegeLow } from './privileges';

/** First and last MSR of a group, and the privilege that opens it. TLFS, HV_PARTITION_PRIVILEGE_MASK. */
interface Gate {
  readonly first: number;
  readonly last: number;
  readonly mask: keyof EffectiveMasks;
  readonly bit: number;
}

const low = (first: number, last: number, bit: number): Gate => ({ first, last, mask: 'privilegesLow', bit });

const GATES: readonly Gate[] = [
  low(Msr.GuestOsId, Msr.Hypercall, PrivilegeLow.HypercallMsrs),
  low(Msr.VpIndex, Msr.VpIndex, PrivilegeLow.VpIndex),
  low(Msr.Reset, Msr.Reset, PrivilegeLow.Reset),
  low(Msr.VpRuntime, Msr.VpRuntime, PrivilegeLow.VpRuntime),
  low(Msr.TimeRefCount, Msr.TimeRefCount, PrivilegeLow.ReferenceCounter),
  low(Msr.ReferenceTsc, Msr.ReferenceTsc, PrivilegeLow.ReferenceTsc),
  low(Msr.TscFrequency, Msr.ApicFrequency, PrivilegeLow.Frequencies),
  low(Msr.Eoi, Msr.VpAssistPage, PrivilegeLow.ApicMsrs),
  low(Msr.Scontrol, Msr.Eom, PrivilegeLow.Synic),
  low(Msr.Sint0, Msr.Sint0 + SINT_COUNT - 1, PrivilegeLow.Synic),
  low(Msr.Stimer0Config, Msr.Stimer0Config + 2 * STIMER_COUNT - 1, PrivilegeLow.SyntheticTimers),
  low(Msr.GuestIdle, Msr.GuestIdle, PrivilegeLow.GuestIdle),
  low(Msr.ReenlightenmentControl, Msr.TscEmulationStatus, PrivilegeLow.Reenlightenment),
  low(Msr.TscInvariantControl, Msr.TscInvariantControl, PrivilegeLow.TscInvariant),
  { first: Msr.CrashP0, last: Msr.CrashCtl, mask: 'features', bit: Feature.CrashMsrs },
];

/** True when a partition with these masks may touch `msr` at all; an MSR that does not exist is never open. */
export function isMsrOpen(msr: number, masks: EffectiveMasks): boolean {
  const gate = GATES.find(({ first, last }) => msr >= first && msr <= last);
  return gate !== undefined && (masks[gate.mask] & gate.bit) !== 0;
}

/** True when the partition may post messages (or signal events). */
export function mayPost(masks: EffectiveMasks): boolean {
  return (masks.privilegesHigh & PrivilegeHigh.PostMessages) !== 0;
}

export function maySignal(masks: EffectiveMasks): boolean {
  return (masks.privilegesHigh & PrivilegeHigh.SignalEvents) !== 0;
}
