import {
  NtStatus,
  SUPPORTS_MULTI_CHANNEL,
  VSTOR_BODY,
  VSTOR_PROPERTIES,
  VSTOR_PROTOCOL_VERSION,
  VstorOp,
  VSTOR_VERSIONS,
  VstorVersion,
} from '../../../vmbus/protocol/vstor';
import type { StorPhase, StorvspState } from './state';

/** Longest transfer of one request, bytes. */
export const MAX_TRANSFER = 0x4_0000;

/** What the host has at most: the protocol version, and channels besides the primary one. */
export interface StorvspLimits {
  readonly maxVersion: number;
  readonly maxSubChannels: number;
}

interface Step {
  /** The phase that the operation is allowed in, and the one that it leads to. */
  readonly from: StorPhase;
  readonly to: StorPhase;
  readonly act: (answer: Uint8Array, state: StorvspState, limits: StorvspLimits) => number;
}

const accept = (): number => NtStatus.Success;

/** The steps of a driver's beginning: linux drivers/scsi/storvsc_drv.c, storvsc_channel_init. */
const STEPS: ReadonlyMap<number, Step> = new Map([
  [VstorOp.BeginInitialization, { from: 'closed', to: 'begun', act: accept }],
  [VstorOp.QueryProtocolVersion, { from: 'begun', to: 'versioned', act: negotiate }],
  [VstorOp.QueryProperties, { from: 'versioned', to: 'described', act: describe }],
  [VstorOp.EndInitialization, { from: 'described', to: 'ready', act: accept }],
]);

/** True for operations that belong to a driver's beginning. */
export function isLifeCycle(operation: number): boolean {
  return STEPS.has(operation);
}

/**
 * Carries out one step; `answer` is a copy of the request and becomes the completion. Returns the NT status: a step out of
 * its order is refused and changes nothing.
 */
export function takeStep(operation: number, answer: Uint8Array, state: StorvspState, limits: StorvspLimits): number {
  const step = STEPS.get(operation);
  if (!step || step.from !== state.phase) {
    state.counters.outOfPlace++;
    return NtStatus.InvalidDeviceState;
  }
  const status = step.act(answer, state, limits);
  if (status === NtStatus.Success) state.phase = step.to;
  return status;
}

/** A version that this host does not have is refused; the driver tries an older one. */
function negotiate(answer: Uint8Array, state: StorvspState, { maxVersion }: StorvspLimits): number {
  const version = VSTOR_PROTOCOL_VERSION.decode(answer, VSTOR_BODY)?.majorMinor ?? 0;
  if (version > maxVersion || !VSTOR_VERSIONS.includes(version)) return NtStatus.RevisionMismatch;
  state.version = version;
  return NtStatus.Success;
}

/** How many channels a driver may ask for besides this one: since protocol 5.1, where the host has any. */
function describe(answer: Uint8Array, { version }: StorvspState, { maxSubChannels }: StorvspLimits): number {
  const maxChannels = version >= VstorVersion.V5_1 ? maxSubChannels : 0;
  const flags = maxChannels > 0 ? SUPPORTS_MULTI_CHANNEL : 0;
  answer.fill(0, VSTOR_BODY, VSTOR_BODY + VSTOR_PROPERTIES.size);
  VSTOR_PROPERTIES.write(answer, VSTOR_BODY, { maxChannels, flags, maxTransferBytes: MAX_TRANSFER });
  return NtStatus.Success;
}
