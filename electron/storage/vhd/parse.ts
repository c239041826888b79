import { damaged, DiskError } from '../disk/disk-error';
import { readBytes } from '../disk/disk-file';
import type { ByteSource } from '../disk/disk-file';
import type { DiskWarning } from '../disk/disk-types';
import { decodeUtf16 } from '../disk/parent-path';
import type { RecordedParent } from '../disk/parent-path';
import { decodeDynamicHeader, HEADER_BYTES } from './dynamic-header';
import type { DynamicHeader } from './dynamic-header';
import { decodeFooter, FOOTER_BYTES, OLD_FOOTER_BYTES } from './footer';
import type { VhdFooter } from './footer';

/** Everything about a VHD except its block allocation table and its content. */
export interface ParsedVhd {
  readonly footer: VhdFooter;
  /** The footer as stored, for writing it again elsewhere. */
  readonly footerBytes: Uint8Array;
  readonly header: DynamicHeader | undefined;
  readonly parent: RecordedParent | undefined;
  readonly warnings: readonly DiskWarning[];
}

/** Longest path that a locator may hold; a longer one is nonsense. */
const MAX_LOCATOR_BYTES = 65_536;

/**
 * Reads the structures of a VHD. A bad footer at the end is replaced by the copy at the start, which disks with blocks have
 * (VHD specification, Hard Disk Footer Format). Throws `damaged` or `unsupported`.
 */
export function parseVhd(source: ByteSource): ParsedVhd {
  const atEnd = footerAtEnd(source);
  const copy = footerIn(source, 0, FOOTER_BYTES);
  const chosen = atEnd ?? copy;
  if (chosen === undefined) throw damaged(source.path, 'no valid VHD footer at the end and no copy at the start');
  const warnings: DiskWarning[] = [];
  if (atEnd === undefined) warnings.push('footer-recovered-from-copy');
  if (chosen.footer.type === 'fixed') return { ...chosen, header: undefined, parent: undefined, warnings };
  if (copy === undefined) warnings.push('copy-recovered-from-footer');
  const header = readHeader(source, chosen.footer);
  const parent = chosen.footer.type === 'differencing' ? readParent(source, header) : undefined;
  return { ...chosen, header, parent, warnings };
}

/** True when the file has the mark of a VHD footer in one of its places, valid or not. */
export function looksLikeVhd(source: ByteSource): boolean {
  const positions = [0, source.size - FOOTER_BYTES, source.size - OLD_FOOTER_BYTES];
  return positions.some((at) => at >= 0 && at + 8 <= source.size && cookieAt(source, at));
}

function cookieAt(source: ByteSource, at: number): boolean {
  return Buffer.from(readBytes(source, at, 8)).toString('latin1') === 'conectix';
}

type FoundFooter = Pick<ParsedVhd, 'footer' | 'footerBytes'>;

function footerAtEnd(source: ByteSource): FoundFooter | undefined {
  return (
    footerIn(source, source.size - FOOTER_BYTES, FOOTER_BYTES) ??
    footerIn(source, source.size - OLD_FOOTER_BYTES, OLD_FOOTER_BYTES)
  );
}

function footerIn(source: ByteSource, at: number, length: number): FoundFooter | undefined {
  if (at < 0 || at + length > source.size) return undefined;
  const footerBytes = new Uint8Array(FOOTER_BYTES); // an old footer is padded to a sector
  source.readInto(footerBytes.subarray(0, length), at);
  const footer = decodeFooter(footerBytes);
  return footer === undefined ? undefined : { footer, footerBytes };
}

function readHeader(source: ByteSource, footer: VhdFooter): DynamicHeader {
  const { path } = source;
  if (footer.headerAt === undefined || footer.headerAt + HEADER_BYTES > source.size) {
    throw damaged(path, 'the dynamic disk header lies outside the file');
  }
  const header = decodeDynamicHeader(readBytes(source, footer.headerAt, HEADER_BYTES));
  if (header === undefined) throw damaged(path, 'the dynamic disk header is not valid');
  const { blockSize, blockCount } = header;
  const sectors = blockSize / 512;
  if (!Number.isInteger(sectors) || sectors < 8 || !Number.isInteger(Math.log2(sectors))) {
    throw new DiskError('unsupported', `${path}: blocks of ${blockSize} bytes`, { path });
  }
  if (blockCount * blockSize < footer.currentSize) throw damaged(path, 'too few blocks for the size of the disk');
  if (header.tableAt + blockCount * 4 > source.size) throw damaged(path, 'the block allocation table is cut off');
  return header;
}

function readParent(source: ByteSource, header: DynamicHeader): RecordedParent {
  const text = (platform: string): string | undefined => {
    const entry = header.locators.find((candidate) => candidate.platform === platform);
    if (entry === undefined || entry.length > MAX_LOCATOR_BYTES || entry.at + entry.length > source.size)
      return undefined;
    return decodeUtf16(readBytes(source, entry.at, entry.length));
  };
  // Without a locator the name in the header is all there is: a sibling, or a full path in the .avhd files of Virtual Server.
  const isPath = header.parentName.includes('\\');
  return {
    relative: text('W2ru') ?? (isPath ? undefined : header.parentName),
    absolute: text('W2ku') ?? (isPath ? header.parentName : undefined),
  };
}
