import { readU32, writeU32 } from '../../base/bytes';
import { Layout, u16, u32, u64 } from './layout';

/** Versions of the network channel's protocol. linux drivers/net/hyperv/hyperv_net.h, NVSP_PROTOCOL_VERSION_*. */
export const NvspVersion = {
  V1: 0x0000_0002,
  V2: 0x0003_0002,
  V4: 0x0004_0000,
  V5: 0x0005_0000,
  V6: 0x0006_0000,
  V6_1: 0x0006_0001,
} as const;

/** All versions, newest first: the order in which drivers try them. */
export const NVSP_VERSIONS: readonly number[] = Object.values(NvspVersion).sort((a, b) => b - a);

/** Newest version of each host age. */
export const HOST_NVSP_VERSION: Readonly<Record<string, number>> = {
  'ws2008-beta': NvspVersion.V1,
  ws2008: NvspVersion.V1,
  ws2008r2: NvspVersion.V2,
  ws2012: NvspVersion.V4,
  ws2012r2: NvspVersion.V5,
  ws2016: NvspVersion.V6,
  ws2019: NvspVersion.V6_1,
  ws2022: NvspVersion.V6_1,
  ws2025: NvspVersion.V6_1,
};

export const NvspType = {
  Init: 1,
  InitComplete: 2,
  SendNdisVersion: 100,
  SendReceiveBuffer: 101,
  SendReceiveBufferComplete: 102,
  RevokeReceiveBuffer: 103,
  SendSendBuffer: 104,
  SendSendBufferComplete: 105,
  RevokeSendBuffer: 106,
  SendRndisPacket: 107,
  SendRndisPacketComplete: 108,
  SendNdisConfig: 125,
  SwitchDataPath: 129,
  SubChannel: 133,
  SendIndirectionTable: 134,
} as const;

export const NvspStatus = {
  None: 0,
  Success: 1,
  Failure: 2,
  ProtocolTooNew: 3,
  ProtocolTooOld: 4,
  InvalidRndisPacket: 5,
} as const;

/** Id of the receive buffer, and the set id of transfer-page packets. hyperv_net.h, NETVSC_RECEIVE_BUFFER_ID. */
export const RECEIVE_BUFFER_ID = 0xcafe;
/** "No section": the data lies in the packet's page ranges. */
export const NO_SECTION = 0xffff_ffff;
/** Which of the two uses a SEND_RNDIS_PACKET has. */
export const RndisChannel = { Data: 0, Control: 1 } as const;
/** Capability bits of SEND_NDIS_CONFIG. */
export const NdisCapability = { Ieee8021q: 1n << 3n } as const;

export const NVSP_INIT = new Layout<{ type: number; minVersion: number; maxVersion: number }>(12, {
  type: u32(0),
  minVersion: u32(4),
  maxVersion: u32(8),
});

export const NVSP_INIT_COMPLETE = new Layout<{
  type: number;
  version: number;
  maxMdlChain: number;
  status: number;
}>(16, { type: u32(0), version: u32(4), maxMdlChain: u32(8), status: u32(12) });

export const NVSP_NDIS_VERSION = new Layout<{ type: number; major: number; minor: number }>(12, {
  type: u32(0),
  major: u32(4),
  minor: u32(8),
});

/** SEND_NDIS_CONFIG: the MTU here counts the 14-byte Ethernet header. */
export const NVSP_NDIS_CONFIG = new Layout<{ type: number; mtu: number; capabilities: bigint }>(20, {
  type: u32(0),
  mtu: u32(4),
  capabilities: u64(12),
});

/** SEND_RECEIVE_BUFFER and SEND_SEND_BUFFER. */
export const NVSP_BUFFER = new Layout<{ type: number; gpadl: number; id: number }>(10, {
  type: u32(0),
  gpadl: u32(4),
  id: u16(8),
});

export const NVSP_REVOKE = new Layout<{ type: number; id: number }>(6, { type: u32(0), id: u16(4) });

/** SEND_RECEIVE_BUFFER_COMPLETE with its one section. */
export interface NvspReceiveBufferComplete {
  type: number;
  status: number;
  sectionCount: number;
  offset: number;
  subAllocationSize: number;
  subAllocationCount: number;
  endOffset: number;
}

export const NVSP_RECEIVE_BUFFER_COMPLETE = new Layout<NvspReceiveBufferComplete>(28, {
  type: u32(0),
  status: u32(4),
  sectionCount: u32(8),
  offset: u32(12),
  subAllocationSize: u32(16),
  subAllocationCount: u32(20),
  endOffset: u32(24),
});

export const NVSP_SEND_BUFFER_COMPLETE = new Layout<{ type: number; status: number; sectionSize: number }>(12, {
  type: u32(0),
  status: u32(4),
  sectionSize: u32(8),
});

export const NVSP_RNDIS_PACKET = new Layout<{ type: number; channel: number; section: number; size: number }>(16, {
  type: u32(0),
  channel: u32(4),
  section: u32(8),
  size: u32(12),
});

/** SEND_RNDIS_PACKET_COMPLETE, and the start of every other answer: type and status. */
export const NVSP_STATUS = new Layout<{ type: number; status: number }>(8, { type: u32(0), status: u32(4) });

/** SUBCHANNEL: asks for more channels. */
export const NVSP_SUB_CHANNEL = new Layout<{ type: number; operation: number; count: number }>(12, {
  type: u32(0),
  operation: u32(4),
  count: u32(8),
});

/** Its answer: how many there will be. */
export const NVSP_SUB_CHANNEL_COMPLETE = new Layout<{ type: number; status: number; count: number }>(12, {
  type: u32(0),
  status: u32(4),
  count: u32(8),
});

/** The one operation of SUBCHANNEL. */
export const SUB_CHANNEL_ALLOCATE = 1;

/** SEND_INDIRECTION_TABLE: which channel to send on, by the low bits of a flow's hash. The offset counts from the start of the message. */
export const NVSP_INDIRECTION_TABLE = new Layout<{ type: number; count: number; offset: number }>(12, {
  type: u32(0),
  count: u32(4),
  offset: u32(8),
});

/** Entries of that table. hyperv_net.h, VRSS_SEND_TAB_SIZE. */
export const SEND_TABLE_ENTRIES = 16;
/** Where the table lies: behind the largest message. */
const SEND_TABLE_AT = 40;

/**
 * A SEND_INDIRECTION_TABLE message. Hosts up to version 6 name a place that is too small, the end of the message as older versions have it
 * (28 bytes; the exact number is not published); drivers go by the length. linux drivers/net/hyperv/netvsc.c, netvsc_send_table.
 */
export function indirectionTableMessage(table: readonly number[], version: number): Uint8Array {
  const bytes = new Uint8Array(SEND_TABLE_AT + table.length * 4);
  const offset = nvspMessageSize(version);
  NVSP_INDIRECTION_TABLE.write(bytes, 0, { type: NvspType.SendIndirectionTable, count: table.length, offset });
  table.forEach((channel, i) => writeU32(bytes, SEND_TABLE_AT + i * 4, channel));
  return bytes;
}

/** The table of such a message, as drivers find it; null when it does not hold together. */
export function indirectionTableOf(message: Uint8Array, version: number): number[] | null {
  const fields = NVSP_INDIRECTION_TABLE.decode(message);
  if (fields?.count !== SEND_TABLE_ENTRIES) return null;
  const bytes = fields.count * 4;
  const isWrong = version <= NvspVersion.V6 && message.length >= SEND_TABLE_AT + bytes;
  const at = isWrong ? SEND_TABLE_AT : fields.offset;
  if (at + bytes > message.length) return null;
  return Array.from({ length: fields.count }, (_, i) => readU32(message, at + i * 4));
}

/** Both sides pad their messages to the size of the union of all messages of the version. */
export function nvspMessageSize(version: number): number {
  return version >= NvspVersion.V6_1 ? 40 : 28;
}

/** A message padded as `version` has it. */
export function nvspMessage<T extends object>(layout: Layout<T>, values: T, version: number): Uint8Array {
  const bytes = new Uint8Array(nvspMessageSize(version));
  layout.write(bytes, 0, values);
  return bytes;
}

/** Type of a message; 0 when it is too short to have one. */
export function nvspTypeOf(message: Uint8Array): number {
  return message.length < 4 ? 0 : readU32(message, 0);
}

/** The completion of a SEND_RNDIS_PACKET. */
export function rndisPacketComplete(status: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeU32(bytes, 0, NvspType.SendRndisPacketComplete);
  writeU32(bytes, 4, status);
  return bytes;
}
