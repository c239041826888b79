import { damaged } from '../disk/disk-error';
import { readBytes } from '../disk/disk-file';
import type { ByteSource, DiskFile } from '../disk/disk-file';
import type { DiskInfo, DiskWarning, ParentInfo } from '../disk/disk-types';
import { newGuid, NIL_GUID } from '../disk/guid';
import type { DiskEnvironment } from '../disk/environment';
import { HeaderPair } from './header';
import { FILE_IDENTIFIER_AT, FIRST_STRUCTURE_AT, hasAscii } from './layout';
import { pendingLog, replay, ReplayedView } from './log-replay';
import { readMetadata } from './metadata';
import type { VhdxMetadata } from './metadata';
import { readRegions } from './region-table';
import type { Regions } from './region-table';

/** Everything about a VHDX except its block table and its content. */
export interface ParsedVhdx {
  readonly headers: HeaderPair;
  readonly regions: Regions;
  readonly metadata: VhdxMetadata;
  /** The file, seen with its log replayed. */
  readonly source: ByteSource;
  readonly warnings: readonly DiskWarning[];
}

const SIGNATURE = 'vhdxfile';

/** True when the file begins with the signature of MS-VHDX 2.2.1. */
export function looksLikeVhdx(source: ByteSource): boolean {
  return (
    source.size >= SIGNATURE.length && hasAscii(readBytes(source, FILE_IDENTIFIER_AT, SIGNATURE.length), 0, SIGNATURE)
  );
}

/** Reads the structures. A log that was not replayed is looked through, and the file is left as it is. */
export function parseVhdx(file: ByteSource): ParsedVhdx {
  const headers = headersOf(file);
  const pending = pendingLog(file, headers.current);
  if (pending === undefined) return { ...parseStructures(headers, file), warnings: [] };
  return { ...parseStructures(headers, new ReplayedView(file, pending)), warnings: ['log-pending'] };
}

/** The same for a file that will be written: a log is replayed first (MS-VHDX 2.3.3), before anything else is trusted. */
export function replayAndParseVhdx(file: DiskFile, environment: DiskEnvironment): ParsedVhdx {
  const headers = headersOf(file);
  const pending = pendingLog(file, headers.current);
  if (pending === undefined) return { ...parseStructures(headers, file), warnings: [] };
  headers.update(file, { fileWriteGuid: newGuid(environment) });
  replay(file, pending);
  headers.update(file, { logGuid: NIL_GUID });
  return { ...parseStructures(headers, file), warnings: ['log-replayed'] };
}

/** What Inspect Disk shows of a VHDX. `parent` is what was found out about the parent of a differencing disk. */
export function describeVhdx(path: string, fileSize: number, parsed: ParsedVhdx, parent?: ParentInfo): DiskInfo {
  const { metadata } = parsed;
  const ownType = metadata.leaveBlocksAllocated ? 'fixed' : 'dynamic';
  return {
    path,
    format: 'vhdx',
    type: metadata.parent === undefined ? ownType : 'differencing',
    fileSize,
    maxSize: metadata.diskSize,
    blockSize: metadata.blockSize,
    logicalSectorSize: metadata.logicalSectorSize,
    physicalSectorSize: metadata.physicalSectorSize,
    identifier: metadata.diskId,
    ...(parent === undefined ? {} : { parent }),
    warnings: parsed.warnings,
  };
}

function headersOf(file: ByteSource): HeaderPair {
  if (file.size < FIRST_STRUCTURE_AT) throw damaged(file.path, 'the VHDX header section is cut off');
  return new HeaderPair(file);
}

function parseStructures(headers: HeaderPair, source: ByteSource): Omit<ParsedVhdx, 'warnings'> {
  const regions = readRegions(source);
  return { headers, regions, metadata: readMetadata(source, regions.metadata), source };
}
