import { asciiBytes, readU32, writeU16, writeU32 } from '../../../base/bytes';
import { parseMac } from '../../../base/mac';
import { Oid } from '../../../vmbus/protocol/oid';
import { encodeOffloads, offloadsOf } from '../../../vmbus/protocol/offload';
import { applyOffloadParameters } from '../../../vmbus/protocol/offload-parameters';
import { RndisStatus } from '../../../vmbus/protocol/rndis';
import { scaleCapabilities, scales, setScale } from './receive-scale';
import type { NetvspState } from './state';

/** What an adapter says of itself that no guest can change. */
export interface AdapterFacts {
  readonly permanentMac: Uint8Array;
  readonly friendlyName: string;
  /** In units of 100 bit/s. */
  readonly linkSpeed: number;
  /** Queues for receiving, the primary channel's included. */
  readonly queues: number;
  linkUp(): boolean;
}

const ETHERNET_HEADER = 14;
const MULTICAST_LIMIT = 32;
const LOOKAHEAD = 1500;
const DESCRIPTION = 'Microsoft Hyper-V Network Adapter';
const DRIVER_VERSION = 0x0006_001e; // NDIS 6.30

type Query = (state: NetvspState, facts: AdapterFacts) => Uint8Array | null;

const word = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
};

/** Answers by object. What is not here is "not supported", which drivers live with. */
const QUERIES: ReadonlyMap<number, Query> = new Map<number, Query>([
  [Oid.HardwareStatus, () => word(0)],
  [Oid.MediaSupported, () => word(0)],
  [Oid.MediaInUse, () => word(0)],
  [Oid.MaximumLookahead, () => word(LOOKAHEAD)],
  [Oid.CurrentLookahead, () => word(LOOKAHEAD)],
  [Oid.MaximumFrameSize, (state) => word(state.mtu)],
  [Oid.MaximumTotalSize, (state) => word(state.mtu + ETHERNET_HEADER)],
  [Oid.TransmitBlockSize, (state) => word(state.mtu + ETHERNET_HEADER)],
  [Oid.ReceiveBlockSize, (state) => word(state.mtu + ETHERNET_HEADER)],
  [Oid.LinkSpeed, (_state, facts) => word(facts.linkSpeed)],
  [
    Oid.MediaConnectStatus,
    (state, facts) => {
      state.linkTold = facts.linkUp();
      return word(state.linkTold ? 0 : 1);
    },
  ],
  [Oid.VendorId, (_state, facts) => new Uint8Array([...facts.permanentMac.subarray(0, 3), 0])],
  [Oid.VendorDescription, () => asciiBytes(DESCRIPTION, DESCRIPTION.length + 1)],
  [Oid.VendorDriverVersion, () => word(DRIVER_VERSION)],
  [Oid.DriverVersion, () => word(DRIVER_VERSION)],
  [Oid.MaximumSendPackets, () => word(8)],
  [Oid.CurrentPacketFilter, (state) => word(state.packetFilter)],
  [Oid.TransmitOk, (state) => word(state.counters.framesFromGuest)],
  [Oid.ReceiveOk, (state) => word(state.counters.framesToGuest)],
  [Oid.TransmitError, (state) => word(state.counters.malformed)],
  [Oid.ReceiveError, () => word(0)],
  [Oid.ReceiveNoBuffer, (state) => word(state.counters.noBuffer)],
  [Oid.FriendlyName, (_state, facts) => utf16(facts.friendlyName)],
  [Oid.PermanentAddress, (_state, facts) => facts.permanentMac],
  [Oid.CurrentAddress, (state) => state.mac],
  [Oid.MulticastList, (state) => joined(state.multicast)],
  [Oid.MaximumListSize, () => word(MULTICAST_LIMIT)],
  [Oid.OffloadCurrentConfig, ({ offloads, version }) => encodeOffloads(offloads, version)],
  [Oid.OffloadCapabilities, ({ version }) => encodeOffloads(offloadsOf(version), version)],
  [Oid.ReceiveScaleCapabilities, (state, facts) => scaleCapabilities(state, facts.queues)],
]);

const SETTABLE = [Oid.CurrentPacketFilter, Oid.CurrentLookahead, Oid.MulticastList];
const SET_ONLY = [Oid.OffloadParameters, Oid.ReceiveScaleParameters];

/** The information behind an object, or null when there is none. */
export function queryOid(oid: number, state: NetvspState, facts: AdapterFacts): Uint8Array | null {
  if (oid === Oid.SupportedList) return joined(supported(state).map(word));
  return QUERIES.get(oid)?.(state, facts) ?? null;
}

/** What this version answers, and takes. */
function supported(state: NetvspState): number[] {
  const isHere = (oid: number): boolean =>
    scales(state) || (oid !== Oid.ReceiveScaleCapabilities && oid !== Oid.ReceiveScaleParameters);
  return [...QUERIES.keys(), Oid.SupportedList, ...SET_ONLY].filter(isHere);
}

/** Sets an object: a status. */
export function setOid(oid: number, info: Uint8Array, state: NetvspState, { queues }: AdapterFacts): number {
  if (oid === Oid.ReceiveScaleParameters) return setScale(info, state, queues);
  if (oid === Oid.OffloadParameters) return setOffloads(info, state);
  if (oid === Oid.GenericConfigParameter) return setParameter(info, state);
  if (!SETTABLE.some((known) => known === oid)) return RndisStatus.NotSupported;
  if (oid === Oid.MulticastList) return setMulticast(info, state);
  if (info.length < 4) return RndisStatus.InvalidData;
  if (oid === Oid.CurrentPacketFilter) state.packetFilter = readU32(info, 0);
  return RndisStatus.Success;
}

function setOffloads(info: Uint8Array, state: NetvspState): number {
  const offloads = applyOffloadParameters(info, state.offloads, offloadsOf(state.version));
  if (!offloads) return RndisStatus.InvalidData;
  if (offloads === 'unsupported') return RndisStatus.NotSupported;
  state.offloads = offloads;
  return RndisStatus.Success;
}

function setMulticast(info: Uint8Array, state: NetvspState): number {
  if (info.length % 6 !== 0 || info.length / 6 > MULTICAST_LIMIT) return RndisStatus.InvalidData;
  state.multicast = Array.from({ length: info.length / 6 }, (_, i) => info.slice(i * 6, i * 6 + 6));
  return RndisStatus.Success;
}

/** struct rndis_config_parameter_info: offset and length of a name, a type, offset and length of a value, in UTF-16. */
function setParameter(info: Uint8Array, state: NetvspState): number {
  if (info.length < 20) return RndisStatus.InvalidData;
  const name = utf16At(info, readU32(info, 0), readU32(info, 4));
  const mac = parseMac(utf16At(info, readU32(info, 12), readU32(info, 16)));
  if (name !== 'NetworkAddress' || !mac) return RndisStatus.InvalidData;
  state.mac = mac;
  return RndisStatus.Success;
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) writeU16(bytes, i * 2, text.charCodeAt(i));
  return bytes;
}

function utf16At(bytes: Uint8Array, offset: number, length: number): string {
  if (offset + length > bytes.length) return '';
  const codes = Array.from(
    { length: length >> 1 },
    (_, i) => (bytes[offset + i * 2] ?? 0) | ((bytes[offset + i * 2 + 1] ?? 0) << 8),
  );
  return String.fromCharCode(...codes).replace(/\0+$/, '');
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
