import { readU64, writeU64 } from '../../base/bytes';
import type { PageRange } from '../../memory/page-ranges';
import { Layout, u16, u32, u64 } from './layout';

/** Messages of the dynamic memory channel. linux drivers/hv/hv_balloon.c, enum dm_message_type; the same for its structures below. */
export const DmType = {
  Error: 0,
  VersionRequest: 1,
  VersionResponse: 2,
  CapabilitiesReport: 3,
  CapabilitiesResponse: 4,
  StatusReport: 5,
  BalloonRequest: 6,
  BalloonResponse: 7,
  UnballoonRequest: 8,
  UnballoonResponse: 9,
  HotAddRequest: 10,
  HotAddResponse: 11,
  InfoMessage: 12,
} as const;

/** Protocol versions, major in the upper half. DYNMEM_PROTOCOL_VERSION_*. */
export const DmVersion = { Win7: 0x0000_0003, Win8: 0x0001_0000, Win10: 0x0002_0000 } as const;

/** Newest version by host id; hosts that are missing have no Dynamic Memory. */
export const HOST_DM_VERSION: Readonly<Record<string, number>> = {
  ws2008r2: DmVersion.Win7,
  ws2012: DmVersion.Win8,
  ws2012r2: DmVersion.Win8,
  ws2016: DmVersion.Win10,
  ws2019: DmVersion.Win10,
  ws2022: DmVersion.Win10,
  ws2025: DmVersion.Win10,
};

/** `2.0` of a version. */
export const dmVersionText = (version: number): string => `${version >>> 16}.${version & 0xffff}`;

export interface DmHeader {
  type: number;
  /** Of the whole message. */
  size: number;
  transaction: number;
}

const header = { type: u16(0), size: u16(2), transaction: u32(4) };

/** struct dm_header. */
export const DM_HEADER = new Layout<DmHeader>(8, header);

export const DM_VERSION_REQUEST = new Layout<DmHeader & { version: number; isLastAttempt: number }>(16, {
  ...header,
  version: u32(8),
  isLastAttempt: u32(12), // bit 0
});

export const DM_VERSION_RESPONSE = new Layout<DmHeader & { isAccepted: bigint }>(16, { ...header, isAccepted: u64(8) });

export const DM_CAPABILITIES = new Layout<DmHeader & { capabilities: bigint; minPages: bigint; maxPageNumber: bigint }>(
  32,
  {
    ...header,
    capabilities: u64(8),
    minPages: u64(16),
    maxPageNumber: u64(24),
  },
);

/** Bits of the capabilities; the alignment for hot add is the logarithm of megabytes. */
export const DmCapability = { Balloon: 1n, HotAdd: 2n, alignmentShift: 2n, alignmentMask: 0xfn } as const;

/** Bits of the answer: accepted, and "send no status reports". */
export const DmAccept = { Accepted: 1n, SuppressReports: 4n } as const;

export const DM_CAPABILITIES_RESPONSE = new Layout<DmHeader & { answer: bigint }>(16, { ...header, answer: u64(8) });

/** Everything in pages. */
export interface DmStatus {
  available: bigint;
  /** What the guest has promised to its programs, and what the balloon holds. */
  committed: bigint;
  pageFileSize: bigint;
  zeroFree: bigint;
  pageFileWrites: number;
  ioDifference: number;
}

export const DM_STATUS = new Layout<DmHeader & DmStatus>(48, {
  ...header,
  available: u64(8),
  committed: u64(16),
  pageFileSize: u64(24),
  zeroFree: u64(32),
  pageFileWrites: u32(40),
  ioDifference: u32(44),
});

export const DM_BALLOON_REQUEST = new Layout<DmHeader & { pages: number }>(16, { ...header, pages: u32(8) });

/** Before the ranges of an answer: bit 0 of the word says that another message follows, the rest counts. */
export const DM_BALLOON_RESPONSE = new Layout<DmHeader & { moreAndCount: number }>(16, {
  ...header,
  moreAndCount: u32(12),
});

export const DM_UNBALLOON_REQUEST = new Layout<DmHeader & { more: number; count: number }>(16, {
  ...header,
  more: u32(8), // bit 0
  count: u32(12),
});

export const DM_HOT_ADD_REQUEST = new Layout<DmHeader & { range: bigint }>(16, { ...header, range: u64(8) });

export const DM_HOT_ADD_RESPONSE = new Layout<DmHeader & { pages: number; result: number }>(16, {
  ...header,
  pages: u32(8),
  result: u32(12),
});

/** An information: the most pages that the machine can ever have. struct dm_info_msg with INFO_TYPE_MAX_PAGE_CNT. */
export const DM_MAXIMUM_PAGES = new Layout<
  DmHeader & { infoSize: number; infoType: number; dataSize: number; pages: bigint }
>(32, {
  ...header,
  infoSize: u32(12),
  infoType: u32(16),
  dataSize: u32(20),
  pages: u64(24),
});

/** Ranges that fit behind the header of one message: guests read messages of a page. */
export const DM_MOST_RANGES = 510;
const COUNT_SHIFT = 40n; // union dm_mem_page_range: 40 bits of page number, 24 of count
const START_MASK = (1n << COUNT_SHIFT) - 1n;

export const dmRange = ({ start, count }: PageRange): bigint => BigInt(start) | (BigInt(count) << COUNT_SHIFT);

export function pagesOf(range: bigint): PageRange {
  return { start: Number(range & START_MASK), count: Number(range >> COUNT_SHIFT) };
}

/** A message with its ranges behind it, and its size filled in. */
export function withRanges(message: Uint8Array, ranges: readonly PageRange[]): Uint8Array {
  const bytes = new Uint8Array(message.length + ranges.length * 8);
  bytes.set(message);
  ranges.forEach((range, i) => writeU64(bytes, message.length + i * 8, dmRange(range)));
  DM_HEADER.fields.size.set(bytes, 0, bytes.length);
  return bytes;
}

/** `count` ranges behind the first `at` bytes; null when the message ends before they do. */
export function rangesBehind(bytes: Uint8Array, at: number, count: number): PageRange[] | null {
  if (at + count * 8 > bytes.length) return null;
  return Array.from({ length: count }, (_, i) => pagesOf(readU64(bytes, at + i * 8)));
}

/** Ranges cut to what 24 bits can count, in groups that fit a message. */
export function inMessages(ranges: readonly PageRange[]): PageRange[][] {
  const limit = 0xff_ffff;
  const small = ranges.flatMap(({ start, count }) =>
    Array.from({ length: Math.ceil(count / limit) }, (_, i) => ({
      start: start + i * limit,
      count: Math.min(limit, count - i * limit),
    })),
  );
  const groups: PageRange[][] = [];
  for (let i = 0; i < small.length; i += DM_MOST_RANGES) groups.push(small.slice(i, i + DM_MOST_RANGES));
  return groups;
}
