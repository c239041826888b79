import {
  OFFSET_BASE,
  RNDIS_COMPLETE,
  RNDIS_HEADER,
  RNDIS_INDICATE,
  RNDIS_INITIALIZE,
  RNDIS_INITIALIZE_COMPLETE,
  RNDIS_QUERY_COMPLETE,
  RNDIS_REQUEST,
  RNDIS_RESET_COMPLETE,
  RndisStatus,
  RndisType,
} from '../../../vmbus/protocol/rndis';
import { readU32 } from '../../../base/bytes';
import { encodeOffloads } from '../../../vmbus/protocol/offload';
import { queryOid, setOid, type AdapterFacts } from './oids';
import type { NetvspState } from './state';

/** Packets that a guest may put into one message, and what their starts are aligned to (2^3). */
const MAX_PACKETS = 8;
const ALIGNMENT = 3;
/** Largest message that is taken, in bytes. */
export const MAX_TRANSFER = 0x10_0000;
const CONNECTIONLESS = 1;

/** Handles one RNDIS control message: the answer, null when it needs none, or 'malformed'. linux include/linux/rndis.h. */
export function rndisControl(
  message: Uint8Array,
  state: NetvspState,
  facts: AdapterFacts,
): Uint8Array | null | 'malformed' {
  const requestId = message.length >= RNDIS_HEADER + 4 ? readU32(message, RNDIS_HEADER) : 0;
  switch (readU32(message, 0)) {
    case RndisType.Initialize:
      return RNDIS_INITIALIZE.decode(message) ? initialize(requestId, state) : 'malformed';
    case RndisType.Halt:
      state.initialised = false;
      state.packetFilter = 0;
      return null;
    case RndisType.Query:
      return request(message, (oid) => query(requestId, oid, state, facts));
    case RndisType.Set:
      return request(message, (oid, info) =>
        completion(RndisType.SetComplete, requestId, set(oid, info, state, facts)),
      );
    case RndisType.Reset:
      state.packetFilter = 0;
      return RNDIS_RESET_COMPLETE.encode({
        type: RndisType.ResetComplete,
        length: RNDIS_RESET_COMPLETE.size,
        status: RndisStatus.Success,
        addressingReset: 1, // the filter is lost and must be set again
      });
    case RndisType.KeepAlive:
      return completion(RndisType.KeepAliveComplete, requestId, RndisStatus.Success);
    default:
      return 'malformed';
  }
}

function initialize(requestId: number, state: NetvspState): Uint8Array {
  state.initialised = true;
  return RNDIS_INITIALIZE_COMPLETE.encode({
    type: RndisType.InitializeComplete,
    length: RNDIS_INITIALIZE_COMPLETE.size,
    requestId,
    status: RndisStatus.Success,
    major: 1,
    minor: 0,
    deviceFlags: CONNECTIONLESS,
    medium: 0, // 802.3
    maxPackets: MAX_PACKETS,
    maxTransfer: MAX_TRANSFER,
    alignment: ALIGNMENT,
  });
}

/** Hands the object and its information to `answer`; malformed when they leave the message. */
function request(message: Uint8Array, answer: (oid: number, info: Uint8Array) => Uint8Array): Uint8Array | 'malformed' {
  const header = RNDIS_REQUEST.decode(message);
  if (!header) return 'malformed';
  const start = OFFSET_BASE + header.infoOffset;
  if (header.infoLength > 0 && start + header.infoLength > message.length) return 'malformed';
  return answer(header.oid, message.subarray(start, start + header.infoLength));
}

function query(requestId: number, oid: number, state: NetvspState, facts: AdapterFacts): Uint8Array {
  const info = state.initialised ? queryOid(oid, state, facts) : null;
  const status = info ? RndisStatus.Success : state.initialised ? RndisStatus.NotSupported : RndisStatus.Failure;
  const bytes = new Uint8Array(RNDIS_QUERY_COMPLETE.size + (info?.length ?? 0));
  RNDIS_QUERY_COMPLETE.write(bytes, 0, {
    type: RndisType.QueryComplete,
    length: bytes.length,
    requestId,
    status,
    infoLength: info?.length ?? 0,
    infoOffset: info ? RNDIS_QUERY_COMPLETE.size - OFFSET_BASE : 0,
  });
  if (info) bytes.set(info, RNDIS_QUERY_COMPLETE.size);
  return bytes;
}

function set(oid: number, info: Uint8Array, state: NetvspState, facts: AdapterFacts): number {
  return state.initialised ? setOid(oid, info, state, facts) : RndisStatus.Failure;
}

function completion(type: number, requestId: number, status: number): Uint8Array {
  return RNDIS_COMPLETE.encode({ type, length: RNDIS_COMPLETE.size, requestId, status });
}

/** An INDICATE_STATUS message: what is offloaded now, after the guest has changed it. */
export function offloadIndication({ offloads, version }: NetvspState): Uint8Array {
  const config = encodeOffloads(offloads, version);
  const bytes = new Uint8Array(RNDIS_INDICATE.size + config.length);
  RNDIS_INDICATE.write(bytes, 0, {
    type: RndisType.IndicateStatus,
    length: bytes.length,
    status: RndisStatus.OffloadCurrentConfig,
    bufferLength: config.length,
    bufferOffset: RNDIS_INDICATE.size - OFFSET_BASE,
  });
  bytes.set(config, RNDIS_INDICATE.size);
  return bytes;
}

/** An INDICATE_STATUS message: the cable was plugged in, or pulled. */
export function linkIndication(up: boolean): Uint8Array {
  return RNDIS_INDICATE.encode({
    type: RndisType.IndicateStatus,
    length: RNDIS_INDICATE.size,
    status: up ? RndisStatus.MediaConnect : RndisStatus.MediaDisconnect,
    bufferLength: 0,
    bufferOffset: 0,
  });
}
