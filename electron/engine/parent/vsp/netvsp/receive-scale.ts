import { flowHash } from '../../../base/net/flow-hash';
import { encodeRssCapabilities, decodeRssParameters, queueOf } from '../../../vmbus/protocol/receive-scale';
import { NvspVersion } from '../../../vmbus/protocol/nvsp';
import { RndisStatus } from '../../../vmbus/protocol/rndis';
import type { NetvspState } from './state';

/** Receive-side scaling came to guests with version 5 (Windows Server 2012 R2, "vRSS"). */
export function scales(state: NetvspState): boolean {
  return state.version >= NvspVersion.V5;
}

/** RECEIVE_SCALE_CAPABILITIES; null where the version has none. */
export function scaleCapabilities(state: NetvspState, queues: number): Uint8Array | null {
  return scales(state) ? encodeRssCapabilities(queues) : null;
}

/** RECEIVE_SCALE_PARAMETERS: a status. */
export function setScale(info: Uint8Array, state: NetvspState, queues: number): number {
  if (!scales(state)) return RndisStatus.NotSupported;
  const scale = decodeRssParameters(info, queues);
  if (!scale) return RndisStatus.InvalidData;
  state.receiveScale = scale === 'off' ? null : scale;
  return RndisStatus.Success;
}

/** Which queue a frame for the guest belongs to, and the hash that says so. A queue whose channel is not open leaves it to the primary one. */
export function steer(frame: Uint8Array, state: NetvspState): { readonly queue: number; readonly hash: number | null } {
  const scale = state.receiveScale;
  const hash = scale && flowHash(frame, scale.key, scale.types);
  if (!scale || hash === null) return { queue: 0, hash: null };
  const queue = queueOf(scale, hash);
  if (state.queues[queue]?.isOpen) return { queue, hash };
  state.counters.misdirected++;
  return { queue: 0, hash };
}
