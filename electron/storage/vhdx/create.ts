import type { DiskContext } from '../disk/context';
import type { CreationPlan, CreationSpec } from '../disk/creation';
import { DiskError } from '../disk/disk-error';
import type { DiskFile } from '../disk/disk-file';
import { newGuid, NIL_GUID } from '../disk/guid';
import { encodeUtf16, recordParent } from '../disk/parent-path';
import { BlockLayout, BlockState } from './block-table';
import { encodeHeader } from './header';
import {
  FILE_IDENTIFIER_AT,
  FIRST_STRUCTURE_AT,
  HEADER_PLACES,
  MB,
  REGION_TABLE_PLACES,
  setAscii,
  setU64,
  viewOf,
} from './layout';
import { encodeMetadata } from './metadata';
import type { VhdxMetadata } from './metadata';
import { encodeRegionTable } from './region-table';

const LOG_AT = FIRST_STRUCTURE_AT;
const LOG_LENGTH = MB;
const METADATA_AT = LOG_AT + LOG_LENGTH;
const METADATA_LENGTH = MB;
const BAT_AT = METADATA_AT + METADATA_LENGTH;
/** Block sizes that Hyper-V gives to new disks. */
const DEFAULT_BLOCK = 32 * MB;
const DEFAULT_DIFFERENCING_BLOCK = 2 * MB;
/** Who made the file, for people who look into it (MS-VHDX 2.2.1). */
const CREATOR = 'Partition Lab';

/** How to turn the new, empty `file` into a VHDX. */
export function planVhdx(file: DiskFile, spec: CreationSpec, context: DiskContext): CreationPlan {
  const metadata = metadataOf(file, spec, context);
  const layout = new BlockLayout(metadata);
  const payloadAt = BAT_AT + layout.regionBytes;
  const payloadBytes = spec.type === 'fixed' ? layout.payloadBlocks * metadata.blockSize : 0;
  return {
    zerosAt: payloadAt,
    zeroBytes: payloadBytes,
    finish: () => {
      file.setSize(payloadAt + payloadBytes);
      file.write(METADATA_AT, encodeMetadata(metadata));
      if (payloadBytes > 0) file.write(BAT_AT, fullTable(layout, payloadAt, metadata.blockSize));
      writeHeaderSection(file, layout, context);
    },
  };
}

function metadataOf(file: DiskFile, spec: CreationSpec, context: DiskContext): VhdxMetadata {
  const { path } = file;
  const isChild = spec.parent !== undefined;
  const blockSize = spec.blockSize ?? (isChild ? DEFAULT_DIFFERENCING_BLOCK : DEFAULT_BLOCK);
  if (blockSize < MB || blockSize > 256 * MB || !Number.isInteger(Math.log2(blockSize))) {
    throw new DiskError('unsupported', `${path}: blocks of ${blockSize} bytes`, { path });
  }
  const common = {
    blockSize,
    leaveBlocksAllocated: spec.type === 'fixed',
    diskSize: spec.sizeBytes,
    diskId: newGuid(context.environment),
    logicalSectorSize: spec.parent?.sectorSize ?? 512,
    physicalSectorSize: 4096,
  };
  if (spec.parent === undefined) return common;
  const recorded = recordParent(path, spec.parent.path, context.paths);
  // A child is another view of the same disk: items marked "virtual disk", such as the disk's GUID, are taken over.
  const diskId = spec.parent.info.identifier;
  return { ...common, diskId, parent: { ...recorded, linkage: [spec.parent.linkage] } };
}

/** The table of a fixed disk: every payload block present, one behind the other. */
function fullTable(layout: BlockLayout, payloadAt: number, blockSize: number): Uint8Array {
  const bytes = new Uint8Array(layout.entryCount * 8);
  const view = viewOf(bytes);
  for (let block = 0; block < layout.payloadBlocks; block++) {
    // The place is a multiple of 1 MB, so its low 20 bits are free for the state.
    setU64(view, layout.payloadIndex(block) * 8, payloadAt + block * blockSize + BlockState.FULLY_PRESENT);
  }
  return bytes;
}

/** The signature is written last: until then the file is no VHDX. */
function writeHeaderSection(file: DiskFile, layout: BlockLayout, context: DiskContext): void {
  const table = encodeRegionTable({
    bat: { at: BAT_AT, length: layout.regionBytes },
    metadata: { at: METADATA_AT, length: METADATA_LENGTH },
    others: [],
  });
  for (const at of REGION_TABLE_PLACES) file.write(at, table);
  const header = {
    fileWriteGuid: newGuid(context.environment),
    dataWriteGuid: newGuid(context.environment),
    logGuid: NIL_GUID,
    logLength: LOG_LENGTH,
    logAt: LOG_AT,
  };
  HEADER_PLACES.forEach((at, index) => file.write(at, encodeHeader({ ...header, sequence: BigInt(index + 1) })));
  const identifier = new Uint8Array(520);
  setAscii(identifier, 0, 'vhdxfile');
  identifier.set(encodeUtf16(CREATOR), 8);
  file.write(FILE_IDENTIFIER_AT, identifier);
}
