import {
  NVSP_BUFFER,
  NVSP_INIT,
  NVSP_INIT_COMPLETE,
  NVSP_NDIS_CONFIG,
  NVSP_NDIS_VERSION,
  NVSP_RECEIVE_BUFFER_COMPLETE,
  NVSP_REVOKE,
  NVSP_SEND_BUFFER_COMPLETE,
  NVSP_STATUS,
  NVSP_SUB_CHANNEL,
  NVSP_SUB_CHANNEL_COMPLETE,
  NVSP_VERSIONS,
  nvspMessage,
  NvspStatus,
  NvspType,
  nvspTypeOf,
  NvspVersion,
  SUB_CHANNEL_ALLOCATE,
} from '../../../vmbus/protocol/nvsp';
import { SEND_SECTION } from './from-guest';
import { scales } from './receive-scale';
import type { NetvspState } from './state';
import { SUB_ALLOCATION } from './to-guest';

/** What the set-up messages act on. */
export interface SetupHost {
  readonly state: NetvspState;
  readonly maxVersion: number;
  /** Bytes of a buffer that the guest shared, 0 when there is none. */
  bufferBytes(gpadl: number): number;
  /** Queues for receiving, the primary channel's included. */
  readonly queues: number;
  /** Offers one more channel; false when there is none to be had. */
  offerSubChannel(): boolean;
}

const MAX_MDL_CHAIN = 34;
const ETHERNET_HEADER = 14;
const [SMALLEST_MTU, LARGEST_MTU] = [68, 65_521];
const NO_VERSION = 0xffff_ffff;

/**
 * Handles every NVSP message but the one that carries RNDIS. Returns the payload of its completion; null for messages that have none.
 * linux drivers/net/hyperv/netvsc.c sends them in this order.
 */
export function nvspAnswer(message: Uint8Array, host: SetupHost): Uint8Array | null {
  const { state } = host;
  const type = nvspTypeOf(message);
  if (type === NvspType.Init) return init(message, host);
  if (state.version === 0) return refuse(host);
  switch (type) {
    case NvspType.SendNdisVersion:
      return ndisVersion(message, host);
    case NvspType.SendNdisConfig:
      return ndisConfig(message, host);
    case NvspType.SendReceiveBuffer:
      return receiveBuffer(message, host);
    case NvspType.SendSendBuffer:
      return sendBuffer(message, host);
    case NvspType.RevokeReceiveBuffer:
    case NvspType.RevokeSendBuffer:
      return revoke(type, message, host);
    case NvspType.SubChannel:
      return subChannels(message, host);
    case NvspType.SwitchDataPath: // there is no other path than this one
      return nvspMessage(NVSP_STATUS, { type, status: NvspStatus.None }, state.version);
    default:
      return refuse(host);
  }
}

/** The answer to what is out of place. */
export function refuse({ state }: SetupHost): Uint8Array {
  state.counters.malformed++;
  return nvspMessage(
    NVSP_STATUS,
    { type: NvspType.SendRndisPacketComplete, status: NvspStatus.Failure },
    state.version,
  );
}

/** The newest version in the asked range that this host has. A version once agreed cannot be changed without closing. */
function init(message: Uint8Array, host: SetupHost): Uint8Array {
  const { state, maxVersion } = host;
  const request = NVSP_INIT.decode(message);
  if (!request || state.version !== 0) return refuse(host);
  const isOffered = (v: number): boolean => v >= request.minVersion && v <= request.maxVersion && v <= maxVersion;
  const version = NVSP_VERSIONS.find(isOffered) ?? 0;
  const tooNew = request.minVersion > maxVersion ? NvspStatus.ProtocolTooNew : NvspStatus.ProtocolTooOld;
  state.version = version;
  const fields = {
    type: NvspType.InitComplete,
    version: version === NvspVersion.V1 ? NvspVersion.V1 : NO_VERSION, // the field was given up after version 1
    maxMdlChain: MAX_MDL_CHAIN,
    status: version === 0 ? tooNew : NvspStatus.Success,
  };
  return nvspMessage(NVSP_INIT_COMPLETE, fields, version);
}

function ndisVersion(message: Uint8Array, host: SetupHost): Uint8Array | null {
  const fields = NVSP_NDIS_VERSION.decode(message);
  if (!fields) return refuse(host);
  host.state.ndisMajor = fields.major;
  host.state.ndisMinor = fields.minor;
  return null;
}

function ndisConfig(message: Uint8Array, host: SetupHost): Uint8Array | null {
  const fields = NVSP_NDIS_CONFIG.decode(message);
  const mtu = (fields?.mtu ?? 0) - ETHERNET_HEADER;
  if (!fields || mtu < SMALLEST_MTU || mtu > LARGEST_MTU) return refuse(host);
  host.state.mtu = mtu;
  host.state.capabilities = fields.capabilities;
  return null;
}

function receiveBuffer(message: Uint8Array, host: SetupHost): Uint8Array {
  const { state } = host;
  const request = NVSP_BUFFER.decode(message);
  const count = Math.floor((request ? host.bufferBytes(request.gpadl) : 0) / SUB_ALLOCATION);
  const isGood = request !== null && count > 0 && state.receiveBuffer === null;
  if (isGood) state.receiveBuffer = { gpadl: request.gpadl, id: request.id, taken: new Uint8Array(count), next: 0 };
  else state.counters.malformed++;
  const fields = {
    type: NvspType.SendReceiveBufferComplete,
    status: isGood ? NvspStatus.Success : NvspStatus.Failure,
    sectionCount: isGood ? 1 : 0,
    offset: 0,
    subAllocationSize: isGood ? SUB_ALLOCATION : 0,
    subAllocationCount: isGood ? count : 0,
    endOffset: isGood ? count * SUB_ALLOCATION : 0,
  };
  return nvspMessage(NVSP_RECEIVE_BUFFER_COMPLETE, fields, state.version);
}

function sendBuffer(message: Uint8Array, host: SetupHost): Uint8Array {
  const { state } = host;
  const request = NVSP_BUFFER.decode(message);
  const sections = Math.floor((request ? host.bufferBytes(request.gpadl) : 0) / SEND_SECTION);
  const isGood = request !== null && sections > 0 && state.sendBuffer === null;
  if (isGood) state.sendBuffer = { gpadl: request.gpadl, id: request.id, sections };
  else state.counters.malformed++;
  const status = isGood ? NvspStatus.Success : NvspStatus.Failure;
  const fields = { type: NvspType.SendSendBufferComplete, status, sectionSize: isGood ? SEND_SECTION : 0 };
  return nvspMessage(NVSP_SEND_BUFFER_COMPLETE, fields, state.version);
}

/**
 * The guest asks for channels beside the primary one. It gets as many as it wants, or none when that is more than there are queues; they come as
 * offers. A second request is refused: the guest closes everything before it asks again.
 */
function subChannels(message: Uint8Array, host: SetupHost): Uint8Array {
  const { state, queues } = host;
  const request = NVSP_SUB_CHANNEL.decode(message);
  const wanted = request?.operation === SUB_CHANNEL_ALLOCATE ? request.count : 0;
  const isGood = scales(state) && wanted > 0 && wanted < queues && state.queues.length === 1;
  let count = 0;
  while (isGood && count < wanted && host.offerSubChannel()) count++;
  state.sendTableDue = count > 0;
  const status = count > 0 ? NvspStatus.Success : NvspStatus.Failure;
  return nvspMessage(NVSP_SUB_CHANNEL_COMPLETE, { type: NvspType.SubChannel, status, count }, state.version);
}

/** What lies in a revoked receive buffer, and what waits for one, is lost. */
function revoke(type: number, message: Uint8Array, host: SetupHost): Uint8Array | null {
  const { state } = host;
  const request = NVSP_REVOKE.decode(message);
  const buffer = type === NvspType.RevokeReceiveBuffer ? state.receiveBuffer : state.sendBuffer;
  if (!request || buffer?.id !== request.id) return refuse(host);
  if (type === NvspType.RevokeSendBuffer) state.sendBuffer = null;
  else {
    state.receiveBuffer = null;
    for (const queue of state.queues) Object.assign(queue, { inFlight: [], frames: [] });
  }
  return nvspMessage(NVSP_STATUS, { type, status: NvspStatus.Success }, state.version);
}
