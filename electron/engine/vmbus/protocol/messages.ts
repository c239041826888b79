import { readU32, writeU32 } from '../../base/bytes';
import { Layout, raw, u16, u32, u64, u8 } from './layout';

/** Types of channel messages. linux include/linux/hyperv.h, enum vmbus_channel_message_type. */
export const MessageType = {
  OfferChannel: 1,
  RescindChannelOffer: 2,
  RequestOffers: 3,
  AllOffersDelivered: 4,
  OpenChannel: 5,
  OpenChannelResult: 6,
  CloseChannel: 7,
  GpadlHeader: 8,
  GpadlBody: 9,
  GpadlCreated: 10,
  GpadlTeardown: 11,
  GpadlTorndown: 12,
  RelidReleased: 13,
  InitiateContact: 14,
  VersionResponse: 15,
  Unload: 16,
  UnloadResponse: 17,
  TlConnectRequest: 21,
  ModifyChannel: 22,
  TlConnectResult: 23,
  ModifyChannelResponse: 24,
} as const;

export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** Status words in results. */
export const VmbusStatus = { Success: 0, Unsuccessful: 0x8000_ffff, ConnectionRefused: 0xc000_0236 } as const;

/** Every message begins with its type and four bytes of padding. */
export const MESSAGE_HEADER = 8;
/** Largest channel message: the payload of a hypervisor message. */
export const MAX_MESSAGE = 240;

/** struct vmbus_channel_offer_channel. */
export interface OfferChannel {
  interfaceType: Uint8Array;
  instance: Uint8Array;
  flags: number;
  mmioMegabytes: number;
  userDefined: Uint8Array;
  subChannelIndex: number;
  relid: number;
  monitorId: number;
  monitorAllocated: number;
  /** Bit 0: the channel has an event flag and connection of its own. */
  dedicatedInterrupt: number;
  connectionId: number;
}

export const OFFER_CHANNEL = new Layout<OfferChannel>(196, {
  interfaceType: raw(8, 16),
  instance: raw(24, 16),
  flags: u16(56),
  mmioMegabytes: u16(58),
  userDefined: raw(60, 120),
  subChannelIndex: u16(180),
  relid: u32(184),
  monitorId: u8(188),
  monitorAllocated: u8(189),
  dedicatedInterrupt: u16(190),
  connectionId: u32(192),
});

/** Flags of an offer. linux include/linux/hyperv.h, VMBUS_CHANNEL_*. */
export const OfferFlag = { EnumerateDeviceInterface: 1, NamedPipeMode: 0x10, TlnpiProvider: 0x2000 } as const;

/** A message of which only the channel id matters: rescind, close, relid released. */
export interface RelidMessage {
  relid: number;
}

export const RELID_MESSAGE = new Layout<RelidMessage>(12, { relid: u32(8) });

/** struct vmbus_channel_open_channel. */
export interface OpenChannel {
  relid: number;
  openId: number;
  ringGpadl: number;
  targetVp: number;
  /** Page of the buffer at which the ring towards the guest begins. */
  downstreamPage: number;
  userData: Uint8Array;
}

export const OPEN_CHANNEL = new Layout<OpenChannel>(148, {
  relid: u32(8),
  openId: u32(12),
  ringGpadl: u32(16),
  targetVp: u32(20),
  downstreamPage: u32(24),
  userData: raw(28, 120),
});

export interface OpenResult {
  relid: number;
  openId: number;
  status: number;
}

export const OPEN_RESULT = new Layout<OpenResult>(20, { relid: u32(8), openId: u32(12), status: u32(16) });

/** struct vmbus_channel_gpadl_header without its ranges. */
export interface GpadlHeader {
  relid: number;
  gpadl: number;
  /** Bytes of all ranges, over header and bodies. */
  rangeBytes: number;
  rangeCount: number;
}

export const GPADL_HEADER = new Layout<GpadlHeader>(20, {
  relid: u32(8),
  gpadl: u32(12),
  rangeBytes: u16(16),
  rangeCount: u16(18),
});

export interface GpadlBody {
  messageNumber: number;
  gpadl: number;
}

export const GPADL_BODY = new Layout<GpadlBody>(16, { messageNumber: u32(8), gpadl: u32(12) });

export interface GpadlCreated {
  relid: number;
  gpadl: number;
  status: number;
}

export const GPADL_CREATED = new Layout<GpadlCreated>(20, { relid: u32(8), gpadl: u32(12), status: u32(16) });

export interface GpadlTeardown {
  relid: number;
  gpadl: number;
}

export const GPADL_TEARDOWN = new Layout<GpadlTeardown>(16, { relid: u32(8), gpadl: u32(12) });

export interface GpadlTorndown {
  gpadl: number;
}

export const GPADL_TORNDOWN = new Layout<GpadlTorndown>(12, { gpadl: u32(8) });

/** struct vmbus_channel_initiate_contact. Before 5.0 the eight bytes at 16 are the address of the interrupt page. */
export interface InitiateContact {
  version: number;
  targetVp: number;
  interruptPage: bigint;
  /** Monitor page for the guest, and of the guest. */
  monitorPage1: bigint;
  monitorPage2: bigint;
}

export const INITIATE_CONTACT = new Layout<InitiateContact>(40, {
  version: u32(8),
  targetVp: u32(12),
  interruptPage: u64(16),
  monitorPage1: u64(24),
  monitorPage2: u64(32),
});

/** struct vmbus_channel_version_response. */
export interface VersionResponse {
  supported: number;
  /** 0 established. */
  connectionState: number;
  /** Connection for the messages that follow (from 5.0 on); the version before. */
  messageConnection: number;
}

export const VERSION_RESPONSE = new Layout<VersionResponse>(16, {
  supported: u8(8),
  connectionState: u8(9),
  messageConnection: u32(12),
});

export interface ModifyChannel {
  relid: number;
  targetVp: number;
}

export const MODIFY_CHANNEL = new Layout<ModifyChannel>(16, { relid: u32(8), targetVp: u32(12) });

export interface ModifyChannelResponse {
  relid: number;
  status: number;
}

export const MODIFY_CHANNEL_RESPONSE = new Layout<ModifyChannelResponse>(16, { relid: u32(8), status: u32(12) });

/** struct vmbus_channel_tl_connect_request: a connection from a guest's socket to a service of the host. */
export interface TlConnectRequest {
  endpoint: Uint8Array;
  service: Uint8Array;
}

export const TL_CONNECT_REQUEST = new Layout<TlConnectRequest>(40, { endpoint: raw(8, 16), service: raw(24, 16) });

export interface TlConnectResult extends TlConnectRequest {
  status: number;
}

export const TL_CONNECT_RESULT = new Layout<TlConnectResult>(44, {
  endpoint: raw(8, 16),
  service: raw(24, 16),
  status: u32(40),
});

/** Type of a message; 0, which is no type, when it is shorter than its header. */
export function messageTypeOf(message: Uint8Array): number {
  return message.length < MESSAGE_HEADER ? 0 : readU32(message, 0);
}

/** A message of `type` with the fields of `layout`. */
export function encodeMessage<T extends object>(type: MessageType, layout: Layout<T>, values: T): Uint8Array {
  const bytes = layout.encode(values);
  writeU32(bytes, 0, type);
  return bytes;
}

/** A message that is only its type. */
export function bareMessage(type: MessageType): Uint8Array {
  const bytes = new Uint8Array(MESSAGE_HEADER);
  writeU32(bytes, 0, type);
  return bytes;
}
