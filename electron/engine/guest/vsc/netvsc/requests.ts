import { readU32 } from '../../../base/bytes';
import { NvspVersion } from '../../../vmbus/protocol/nvsp';
import {
  decodeOffloads,
  LargeSend,
  NDIS_OFFLOAD,
  noOffloads,
  OffloadKind,
  type Offloads,
} from '../../../vmbus/protocol/offload';
import { encodeOffloadParameters } from '../../../vmbus/protocol/offload-parameters';
import { Oid, PacketFilter } from '../../../vmbus/protocol/oid';
import { RSS_CAPABILITIES } from '../../../vmbus/protocol/receive-scale';
import {
  OFFSET_BASE,
  RNDIS_INITIALIZE,
  RNDIS_QUERY_COMPLETE,
  RNDIS_REQUEST,
  RndisStatus,
  RndisType,
} from '../../../vmbus/protocol/rndis';
import type { NetvscState } from './state';

const MAX_TRANSFER = 0x4000;
const MAC_BYTES = 6;
const LARGE_SEND_BYTES = NDIS_OFFLOAD.fields.large4Bytes.offset;
/** No IP packet is longer. linux include/linux/netdevice.h, GSO_LEGACY_MAX_SIZE. */
const MOST_AT_ONCE = 65_535;

/** One request of the bring-up. */
export interface RndisStep {
  readonly type: number;
  readonly oid: number;
  /** The information of a SET. */
  readonly info: (state: NetvscState) => Uint8Array;
  /** NVSP version from which on it is asked. */
  readonly since: number;
  /** True when the adapter cannot work without a good answer. */
  readonly required: boolean;
  /** Bytes of information that a good answer to a QUERY has at least. */
  readonly least: number;
  /** Takes the answer's information over. */
  apply(state: NetvscState, info: Uint8Array): void;
}

const nothing = (): Uint8Array => new Uint8Array(0);
const ignore = (): void => undefined;

const query = (
  oid: number,
  apply: RndisStep['apply'] = ignore,
  { required = false, since = 0, least = 4 }: Partial<RndisStep> = {},
): RndisStep => ({ type: RndisType.Query, oid, info: nothing, since, required, least, apply });

const set = (oid: number, info: RndisStep['info'], required = false): RndisStep => ({
  type: RndisType.Set,
  oid,
  info,
  since: 0,
  required,
  least: 0,
  apply: ignore,
});

const FILTER = PacketFilter.Directed | PacketFilter.AllMulticast | PacketFilter.Broadcast;

/** What a driver asks before frames flow, in this order. linux drivers/net/hyperv/rndis_filter.c, rndis_filter_device_add. */
export const BRING_UP: readonly RndisStep[] = [
  { type: RndisType.Initialize, oid: 0, info: nothing, since: 0, required: true, least: 0, apply: ignore },
  query(Oid.MaximumFrameSize, (state, info) => {
    state.mtu = Math.min(state.mtu, readU32(info, 0));
  }),
  query(
    Oid.PermanentAddress,
    (state, info) => {
      state.mac = info.slice(0, MAC_BYTES);
    },
    { required: true, least: MAC_BYTES },
  ),
  query(Oid.FriendlyName),
  query(
    Oid.OffloadCapabilities,
    (state, info) => {
      state.offloads = wantedOf(decodeOffloads(info) ?? noOffloads());
      state.largestSend = state.offloads.largeSend === 0 ? 0 : Math.min(readU32(info, LARGE_SEND_BYTES), MOST_AT_ONCE);
    },
    { required: true },
  ),
  set(Oid.OffloadParameters, ({ offloads, version }) => encodeOffloadParameters(offloads, version)),
  query(Oid.MediaConnectStatus, (state, info) => {
    state.linkUp = readU32(info, 0) === 0;
  }),
  query(Oid.LinkSpeed, (state, info) => {
    state.linkSpeed = readU32(info, 0);
  }),
  query(Oid.ReceiveScaleCapabilities, applyScale, { since: NvspVersion.V5 }),
  set(Oid.CurrentPacketFilter, () => new Uint8Array([FILTER, 0, 0, 0]), true),
];

/** The driver leaves IP headers to its stack, which has no TCP over IP version 6. */
function wantedOf({ send, receive, largeSend }: Offloads): Offloads {
  return { send: send & ~OffloadKind.Ip4, receive: receive & ~OffloadKind.Ip4, largeSend: largeSend & LargeSend.V4 };
}

function applyScale(state: NetvscState, info: Uint8Array): void {
  const scale = RSS_CAPABILITIES.decode(info);
  state.receiveQueues = scale?.receiveQueues ?? 1;
  state.tableEntries = scale?.tableEntries ?? 0;
}

/** The message of a step. */
export function requestMessage(step: RndisStep, requestId: number, state: NetvscState): Uint8Array {
  const { type, oid } = step;
  if (type === RndisType.Initialize) {
    const length = RNDIS_INITIALIZE.size;
    return RNDIS_INITIALIZE.encode({ type, length, requestId, major: 1, minor: 0, maxTransfer: MAX_TRANSFER });
  }
  return objectRequest(type, oid, requestId, step.info(state));
}

/** A QUERY or SET message. */
export function objectRequest(type: number, oid: number, requestId: number, info: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RNDIS_REQUEST.size + info.length);
  const infoOffset = info.length > 0 ? RNDIS_REQUEST.size - OFFSET_BASE : 0;
  RNDIS_REQUEST.write(bytes, 0, { type, length: bytes.length, requestId, oid, infoLength: info.length, infoOffset });
  bytes.set(info, RNDIS_REQUEST.size);
  return bytes;
}

/** Takes the answer to a step over. False when the adapter cannot go on with it. */
export function applyAnswer(step: RndisStep, answer: Uint8Array, state: NetvscState): boolean {
  const status = readU32(answer, 12);
  if (status !== RndisStatus.Success) return !step.required;
  if (step.type !== RndisType.Query) return true;
  const header = RNDIS_QUERY_COMPLETE.decode(answer);
  const start = OFFSET_BASE + (header?.infoOffset ?? 0);
  if (!header || start + header.infoLength > answer.length || header.infoLength < step.least) return !step.required;
  step.apply(state, answer.subarray(start, start + header.infoLength));
  return true;
}
