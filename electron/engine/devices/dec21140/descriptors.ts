import { readU32, writeU32 } from '../../base/bytes';
import type { BusMaster } from '../../bus/bus-master';

/** Bits of the first two double words of transmit and receive descriptors (21140A HRM, 4.2.1 and 4.2.2). */

export const OWN = 0x8000_0000; // the adapter owns the descriptor
export const ERROR_SUMMARY = 1 << 15;

export const TDES0 = {
  NC: 1 << 10, // no carrier
  LO: 1 << 11, // loss of carrier
  TO: 1 << 14, // jabber timeout
} as const;
/** What a setup frame's descriptor says when it has been taken: all ones but the owner. */
export const SETUP_DONE = 0x7fff_ffff;

export const TDES1 = {
  FT0: 1 << 22, // filtering type, low bit
  DPD: 1 << 23, // disable padding
  AC: 1 << 26, // disable CRC
  SET: 1 << 27, // setup frame
  FT1: 1 << 28, // filtering type, high bit
  FS: 1 << 29, // first segment
  LS: 1 << 30, // last segment
  IC: 0x8000_0000, // interrupt on completion
} as const;

export const RDES0 = {
  RW: 1 << 4, // receive watchdog
  FT: 1 << 5, // frame type: Ethernet rather than IEEE 802.3
  TL: 1 << 7, // too long
  LS: 1 << 8, // last descriptor
  FS: 1 << 9, // first descriptor
  MF: 1 << 10, // multicast
  DE: 1 << 14, // descriptor error: no room for the rest
  FF: 1 << 30, // filtering fail
} as const;
/** RDES0 13:12: the frame came out of a loopback, internal or external. */
export const RDES0_LOOPBACK = { none: 0, internal: 1 << 12, external: 2 << 12 } as const;

const CHAINED = 1 << 24; // both kinds: the second address is the next descriptor's
const END_OF_RING = 1 << 25;
const SIZE_MASK = 0x7ff;

/** One descriptor as it lay in memory. */
export interface Descriptor {
  readonly at: number;
  readonly status: number;
  readonly control: number;
  readonly address1: number;
  readonly address2: number;
}

/** A stretch of guest memory that a descriptor names. */
export interface Segment {
  readonly gpa: number;
  readonly length: number;
}

/** Reads the descriptor at `at`; null after a master abort. */
export function fetchDescriptor(dma: BusMaster, at: number): Descriptor | null {
  const bytes = dma.read(at, 16);
  if (!bytes) return null;
  const [status, control, address1, address2] = [0, 4, 8, 12].map((offset) => readU32(bytes, offset));
  return { at, status: status ?? 0, control: control ?? 0, address1: address1 ?? 0, address2: address2 ?? 0 };
}

/** Writes the status word, which hands the descriptor back to the driver. False after a master abort. */
export function closeDescriptor(dma: BusMaster, at: number, status: number): boolean {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, status & ~OWN);
  return dma.write(at, bytes);
}

/** Where the next descriptor lies; `skip` is CSR0's descriptor skip length in double words. */
export function nextDescriptor({ at, control, address2 }: Descriptor, base: number, skip: number): number {
  if (control & END_OF_RING) return base;
  const next = control & CHAINED ? address2 : at + 16 + skip * 4;
  return (next & ~3) >>> 0;
}

/** The one or two buffers of a descriptor, empty ones left out. */
export function segmentsOf({ control, address1, address2 }: Descriptor): Segment[] {
  const first = { gpa: address1, length: control & SIZE_MASK };
  const second = { gpa: address2, length: control & CHAINED ? 0 : (control >>> 11) & SIZE_MASK };
  return [first, second].filter(({ length }) => length > 0);
}
