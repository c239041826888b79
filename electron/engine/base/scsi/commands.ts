import type { Sense } from './sense';

/** Operation codes: SPC-3, SBC-3 and MMC-5. */
export const ScsiOp = {
  TestUnitReady: 0x00,
  RequestSense: 0x03,
  Read6: 0x08,
  Write6: 0x0a,
  Inquiry: 0x12,
  ModeSense6: 0x1a,
  StartStopUnit: 0x1b,
  PreventAllowRemoval: 0x1e,
  ReadCapacity10: 0x25,
  Read10: 0x28,
  Write10: 0x2a,
  Seek10: 0x2b,
  Verify10: 0x2f,
  SynchronizeCache10: 0x35,
  WriteSame10: 0x41,
  Unmap: 0x42,
  ReadToc: 0x43,
  GetConfiguration: 0x46,
  GetEventStatus: 0x4a,
  ReadDiscInformation: 0x51,
  ReadTrackInformation: 0x52,
  ModeSense10: 0x5a,
  Read16: 0x88,
  Write16: 0x8a,
  Verify16: 0x8f,
  SynchronizeCache16: 0x91,
  WriteSame16: 0x93,
  ServiceActionIn16: 0x9e,
  ReportLuns: 0xa0,
  Read12: 0xa8,
  Write12: 0xaa,
} as const;

/** Peripheral device types of INQUIRY: SPC-3, 6.4.2. */
export const DeviceType = { disk: 0x00, optical: 0x05, absent: 0x7f } as const;

/** Data for the initiator (maybe none), or the sense that ends the command. */
export type ScsiResult = { readonly data: Uint8Array } | { readonly sense: Sense };

export const done = (data: Uint8Array = new Uint8Array(0)): ScsiResult => ({ data });
export const fail = (sense: Sense): ScsiResult => ({ sense });
/** What fits into the allocation length of the CDB. */
export const cut = (data: Uint8Array, length: number): ScsiResult => done(data.slice(0, length));
