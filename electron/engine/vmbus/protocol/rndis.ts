import { readU32 } from '../../base/bytes';
import { Layout, u32 } from './layout';
import {
  NO_INFO,
  packetInfoBytes,
  readPacketInfo,
  writePacketInfo,
  type PacketInfo,
  type VlanInfo,
} from './packet-info';

/** Message types. linux include/linux/rndis.h; a completion is its request with the highest bit set. */
export const RndisType = {
  Packet: 1,
  Initialize: 2,
  Halt: 3,
  Query: 4,
  Set: 5,
  Reset: 6,
  IndicateStatus: 7,
  KeepAlive: 8,
  InitializeComplete: 0x8000_0002,
  QueryComplete: 0x8000_0004,
  SetComplete: 0x8000_0005,
  ResetComplete: 0x8000_0006,
  KeepAliveComplete: 0x8000_0008,
} as const;

export const RndisStatus = {
  Success: 0,
  MediaConnect: 0x4001_000b,
  MediaDisconnect: 0x4001_000c,
  OffloadCurrentConfig: 0x4002_0006,
  Failure: 0xc000_0001,
  NotSupported: 0xc000_00bb,
  InvalidData: 0xc001_0015,
} as const;

/** Type and length begin every message. */
export const RNDIS_HEADER = 8;

export interface RndisPacketHeader {
  type: number;
  length: number;
  /** From byte 8 of the message on. */
  dataOffset: number;
  dataLength: number;
  perPacketOffset: number;
  perPacketLength: number;
}

export const RNDIS_PACKET = new Layout<RndisPacketHeader>(44, {
  type: u32(0),
  length: u32(4),
  dataOffset: u32(8),
  dataLength: u32(12),
  perPacketOffset: u32(28),
  perPacketLength: u32(32),
});

export const RNDIS_INITIALIZE = new Layout<{
  type: number;
  length: number;
  requestId: number;
  major: number;
  minor: number;
  maxTransfer: number;
}>(24, { type: u32(0), length: u32(4), requestId: u32(8), major: u32(12), minor: u32(16), maxTransfer: u32(20) });

export const RNDIS_INITIALIZE_COMPLETE = new Layout<{
  type: number;
  length: number;
  requestId: number;
  status: number;
  major: number;
  minor: number;
  deviceFlags: number;
  medium: number;
  maxPackets: number;
  maxTransfer: number;
  alignment: number;
}>(52, {
  type: u32(0),
  length: u32(4),
  requestId: u32(8),
  status: u32(12),
  major: u32(16),
  minor: u32(20),
  deviceFlags: u32(24),
  medium: u32(28),
  maxPackets: u32(32),
  maxTransfer: u32(36),
  alignment: u32(40),
});

/** QUERY and SET: the information lies at `infoOffset` from byte 8 on. */
export const RNDIS_REQUEST = new Layout<{
  type: number;
  length: number;
  requestId: number;
  oid: number;
  infoLength: number;
  infoOffset: number;
}>(28, {
  type: u32(0),
  length: u32(4),
  requestId: u32(8),
  oid: u32(12),
  infoLength: u32(16),
  infoOffset: u32(20),
});

export const RNDIS_QUERY_COMPLETE = new Layout<{
  type: number;
  length: number;
  requestId: number;
  status: number;
  infoLength: number;
  infoOffset: number;
}>(24, {
  type: u32(0),
  length: u32(4),
  requestId: u32(8),
  status: u32(12),
  infoLength: u32(16),
  infoOffset: u32(20),
});

/** SET and KEEPALIVE completions; HALT and KEEPALIVE requests are its first twelve bytes. */
export const RNDIS_COMPLETE = new Layout<{ type: number; length: number; requestId: number; status: number }>(16, {
  type: u32(0),
  length: u32(4),
  requestId: u32(8),
  status: u32(12),
});

export const RNDIS_RESET_COMPLETE = new Layout<{
  type: number;
  length: number;
  status: number;
  addressingReset: number;
}>(16, { type: u32(0), length: u32(4), status: u32(8), addressingReset: u32(12) });

export const RNDIS_INDICATE = new Layout<{
  type: number;
  length: number;
  status: number;
  bufferLength: number;
  bufferOffset: number;
}>(20, { type: u32(0), length: u32(4), status: u32(8), bufferLength: u32(12), bufferOffset: u32(16) });

/** Offsets in RNDIS messages count from here. */
export const OFFSET_BASE = 8;

/** A frame taken out of a PACKET message, and what travelled beside it. */
export interface RndisFrame {
  readonly frame: Uint8Array;
  readonly info: PacketInfo;
}

/** A PACKET message around `frame`. */
export function encodeRndisPacket(frame: Uint8Array, info: PacketInfo = NO_INFO): Uint8Array {
  const { size, fields } = RNDIS_PACKET;
  const infoBytes = packetInfoBytes(info);
  const bytes = new Uint8Array(size + infoBytes + frame.length);
  fields.type.set(bytes, 0, RndisType.Packet);
  fields.length.set(bytes, 0, bytes.length);
  fields.dataOffset.set(bytes, 0, size - OFFSET_BASE + infoBytes);
  fields.dataLength.set(bytes, 0, frame.length);
  if (infoBytes > 0) {
    fields.perPacketOffset.set(bytes, 0, size - OFFSET_BASE);
    fields.perPacketLength.set(bytes, 0, infoBytes);
    writePacketInfo(bytes, size, info);
  }
  bytes.set(frame, size + infoBytes);
  return bytes;
}

/** The frame in a PACKET message of exactly `message.length` bytes; null when its fields leave the message. */
export function decodeRndisPacket(message: Uint8Array): RndisFrame | null {
  if (message.length < RNDIS_PACKET.size) return null;
  const { fields } = RNDIS_PACKET;
  const start = OFFSET_BASE + fields.dataOffset.get(message, 0);
  const end = start + fields.dataLength.get(message, 0);
  if (end > message.length) return null;
  const infoStart = OFFSET_BASE + fields.perPacketOffset.get(message, 0);
  const infoEnd = infoStart + fields.perPacketLength.get(message, 0);
  if (infoEnd > infoStart && infoEnd > message.length) return null;
  const info = infoEnd > infoStart ? readPacketInfo(message.subarray(infoStart, infoEnd)) : NO_INFO;
  return { frame: message.subarray(start, end), info };
}

/** Cuts a buffer into the messages that it holds; null when a length leaves it. `align` is what the receiver announced. */
export function rndisMessages(bytes: Uint8Array): Uint8Array[] | null {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = at + RNDIS_HEADER <= bytes.length ? readU32(bytes, at + 4) : 0;
    if (length < RNDIS_HEADER || at + length > bytes.length) return null;
    if (length === bytes.length) return [bytes]; // one alone, as most are
    messages.push(bytes.subarray(at, at + length));
    at += length;
  }
  return messages;
}

const TAG_TYPE = 0x8100;
const TAG_AT = 12; // behind the two addresses

/** `frame` with an 802.1Q tag made of `vlan`. */
export function tagFrame(frame: Uint8Array, vlan: VlanInfo): Uint8Array {
  const bytes = new Uint8Array(frame.length + 4);
  bytes.set(frame.subarray(0, TAG_AT));
  const control = ((vlan & 7) << 13) | ((vlan & 8) << 9) | ((vlan >>> 4) & 0xfff);
  bytes.set([TAG_TYPE >> 8, TAG_TYPE & 0xff, control >> 8, control & 0xff], TAG_AT);
  bytes.set(frame.subarray(TAG_AT), TAG_AT + 4);
  return bytes;
}

/** Takes the tag out of a tagged frame; an untagged one comes back as it is. */
export function untagFrame(frame: Uint8Array): { readonly frame: Uint8Array; readonly vlan: VlanInfo | null } {
  const type = ((frame[TAG_AT] ?? 0) << 8) | (frame[TAG_AT + 1] ?? 0);
  if (type !== TAG_TYPE || frame.length < TAG_AT + 6) return { frame, vlan: null };
  const control = ((frame[TAG_AT + 2] ?? 0) << 8) | (frame[TAG_AT + 3] ?? 0);
  const bytes = new Uint8Array(frame.length - 4);
  bytes.set(frame.subarray(0, TAG_AT));
  bytes.set(frame.subarray(TAG_AT + 4), TAG_AT);
  return { frame: bytes, vlan: (control >>> 13) | ((control >>> 9) & 8) | ((control & 0xfff) << 4) };
}
