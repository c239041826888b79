import { readU16, readU32 } from '../../base/bytes';
import { guidBytes } from './guid';
import { Layout, raw, u16, u32, u8 } from './layout';

/** Versions of the storage channel's protocol. linux drivers/scsi/storvsc_drv.c, VMSTOR_PROTO_VERSION_*. */
export const VstorVersion = {
  /** Windows Server 2008. */
  V2_0: 0x0200,
  /** Windows Server 2008 R2. */
  V4_2: 0x0402,
  /** Windows Server 2012. */
  V5_1: 0x0501,
  /** Windows Server 2012 R2. */
  V6_0: 0x0600,
  /** Windows Server 2016 and later. */
  V6_2: 0x0602,
} as const;

/** All versions, newest first: the order in which drivers try them. */
export const VSTOR_VERSIONS: readonly number[] = Object.values(VstorVersion).sort((a, b) => b - a);

/** Newest version of each host age. */
export const HOST_VSTOR_VERSION: Readonly<Record<string, number>> = {
  'ws2008-beta': VstorVersion.V2_0,
  ws2008: VstorVersion.V2_0,
  ws2008r2: VstorVersion.V4_2,
  ws2012: VstorVersion.V5_1,
  ws2012r2: VstorVersion.V6_0,
  ws2016: VstorVersion.V6_2,
  ws2019: VstorVersion.V6_2,
  ws2022: VstorVersion.V6_2,
  ws2025: VstorVersion.V6_2,
};

/** enum vstor_packet_operation. */
export const VstorOp = {
  CompleteIo: 1,
  RemoveDevice: 2,
  ExecuteSrb: 3,
  ResetLun: 4,
  ResetAdapter: 5,
  ResetBus: 6,
  BeginInitialization: 7,
  EndInitialization: 8,
  QueryProtocolVersion: 9,
  QueryProperties: 10,
  EnumerateBus: 11,
  CreateSubChannels: 13,
} as const;

/** Flag of a packet whose sender waits for a completion. */
export const VSTOR_COMPLETION_WANTED = 1;

/** NT status of a completion. */
export const NtStatus = {
  Success: 0,
  InvalidParameter: 0xc000_000d,
  RevisionMismatch: 0xc000_0059,
  NotSupported: 0xc000_00bb,
  InvalidDeviceState: 0xc000_0184,
} as const;

/** Status of a SCSI request block: srb.h of the Windows Driver Kit. */
export const SrbStatus = {
  Success: 0x01,
  Aborted: 0x02,
  Error: 0x04,
  Busy: 0x05,
  InvalidRequest: 0x06,
  DataOverrun: 0x12,
  InvalidLun: 0x20,
  /** Added when sense data lie in the block. */
  AutosenseValid: 0x80,
} as const;

export const ScsiStatus = { Good: 0, CheckCondition: 2 } as const;

/** Which way a request's data go. */
export const DataIn = { Write: 0, Read: 1, None: 2 } as const;

/** struct vstor_packet: header, then a union of what the operations carry. */
export const VSTOR_PACKET = new Layout<{ operation: number; flags: number; status: number }>(64, {
  operation: u32(0),
  flags: u32(4),
  status: u32(8),
});

/** Where the union begins. */
export const VSTOR_BODY = 12;

/** struct vmscsi_request. In a completion the first 20 bytes at `cdb` are sense data. */
export interface VmscsiRequest {
  readonly length: number;
  readonly srbStatus: number;
  readonly scsiStatus: number;
  readonly port: number;
  readonly path: number;
  readonly target: number;
  readonly lun: number;
  readonly cdbLength: number;
  readonly senseLength: number;
  readonly dataIn: number;
  readonly transferLength: number;
  readonly cdb: Uint8Array;
}

const COMMON = {
  length: u16(0),
  srbStatus: u8(2),
  scsiStatus: u8(3),
  port: u8(4),
  path: u8(5),
  target: u8(6),
  lun: u8(7),
  cdbLength: u8(8),
  senseLength: u8(9),
  dataIn: u8(10),
  transferLength: u32(12),
  cdb: raw(16, 16),
};

/** What hosts up to Windows Server 2008 R2 know of it: 36 bytes. */
export const VMSCSI_REQUEST_OLD = new Layout<VmscsiRequest>(36, COMMON);

/** With the extension of Windows 8: queue tag and action, flags, time-out. */
export interface ExtendedVmscsiRequest extends VmscsiRequest {
  readonly queueTag: number;
  readonly queueAction: number;
  readonly srbFlags: number;
  /** Seconds. */
  readonly timeOut: number;
  readonly queueSortKey: number;
}

export const VMSCSI_REQUEST = new Layout<ExtendedVmscsiRequest>(52, {
  ...COMMON,
  queueTag: u8(38),
  queueAction: u8(39),
  srbFlags: u32(40),
  timeOut: u32(44),
  queueSortKey: u32(48),
});

/** Offset of sense data in a request block, and how much room they have there. */
export const SENSE_AT = 16;

/** Bytes of a packet: the Windows 8 extension came with protocol 5.1. */
export function vstorPacketSize(version: number): number {
  return VSTOR_BODY + (version >= VstorVersion.V5_1 ? VMSCSI_REQUEST.size : VMSCSI_REQUEST_OLD.size);
}

/** Room for sense data: 20 bytes since Windows 8, 18 before. */
export function senseRoom(version: number): number {
  return version >= VstorVersion.V5_1 ? 20 : 18;
}

/** struct vmstorage_protocol_version. */
export const VSTOR_PROTOCOL_VERSION = new Layout<{ majorMinor: number; revision: number }>(4, {
  majorMinor: u16(0),
  revision: u16(2),
});

/** struct vmstorage_channel_properties. */
export const VSTOR_PROPERTIES = new Layout<{ maxChannels: number; flags: number; maxTransferBytes: number }>(24, {
  maxChannels: u16(4),
  flags: u32(8),
  maxTransferBytes: u32(12),
});

/** Flag of the properties: more channels may be asked for. */
export const SUPPORTS_MULTI_CHANNEL = 1;

/** Count of a CREATE_SUB_CHANNELS. */
export const VSTOR_SUB_CHANNELS = new Layout<{ count: number }>(2, { count: u16(0) });

/** User-defined part of an IDE channel's offer: which disk of the emulated controller it accelerates. */
export const VSTOR_IDE_OFFER = new Layout<{ path: number; target: number; flags: number }>(12, {
  path: u8(2),
  target: u8(3),
  flags: u32(8),
});
export const OFFER_FLAG_IDE = 2;

/** Which disk of the emulated IDE controller an accelerator stands for: channel 0 or 1, master (0) or slave. */
export interface IdePlace {
  readonly channel: number;
  readonly device: number;
}

/** Instance of the accelerator's offer: the channel in its first four bytes, the device in the two after them. */
export function ideInstance({ channel, device }: IdePlace): string {
  return `0000000${channel}-000${device}-8899-0000-000000000000`;
}

/** The place that an instance names; linux drivers/scsi/storvsc_drv.c takes path and target from the same bytes. */
export function idePlaceOf(instance: string): IdePlace {
  const bytes = guidBytes(instance);
  return { channel: readU32(bytes, 0), device: readU16(bytes, 4) };
}

/** A packet of `size` bytes with `body` in its union. */
export function vstorPacket(operation: number, size: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(size);
  VSTOR_PACKET.write(bytes, 0, { operation, flags: VSTOR_COMPLETION_WANTED, status: 0 });
  bytes.set(body.subarray(0, size - VSTOR_BODY), VSTOR_BODY);
  return bytes;
}
