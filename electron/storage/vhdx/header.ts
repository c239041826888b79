import { damaged, DiskError } from '../disk/disk-error';
import type { ByteSource, DiskFile } from '../disk/disk-file';
import { readBytes } from '../disk/disk-file';
import { guidFromMixedEndian, guidToMixedEndian } from '../disk/guid';
import { crc32cWithHole } from '../crc32c';
import { getU64, hasAscii, HEADER_PLACES, MB, setAscii, setU64, viewOf } from './layout';

/** The header of a VHDX (MS-VHDX 2.2.2). There are two; the valid one with the higher sequence number is current. */
export interface VhdxHeader {
  readonly sequence: bigint;
  /** Changes before the first modification of the file in each session. */
  readonly fileWriteGuid: string;
  /** Changes before the first modification that a user of the disk can see. What a child records of its parent. */
  readonly dataWriteGuid: string;
  /** Nil when the log holds nothing to replay. */
  readonly logGuid: string;
  readonly logLength: number;
  readonly logAt: number;
}

const HEADER_BYTES = 4096;

export function encodeHeader(header: VhdxHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = viewOf(bytes);
  setAscii(bytes, 0, 'head');
  view.setBigUint64(8, header.sequence, true);
  bytes.set(guidToMixedEndian(header.fileWriteGuid), 16);
  bytes.set(guidToMixedEndian(header.dataWriteGuid), 32);
  bytes.set(guidToMixedEndian(header.logGuid), 48);
  view.setUint16(64, 0, true); // log version
  view.setUint16(66, 1, true); // format version
  view.setUint32(68, header.logLength, true);
  setU64(view, 72, header.logAt);
  view.setUint32(4, crc32cWithHole(bytes, 4), true);
  return bytes;
}

/** The header in `bytes`, or undefined when signature or checksum are wrong. Throws `unsupported` for another version. */
export function decodeHeader(bytes: Uint8Array, path: string): VhdxHeader | undefined {
  const view = viewOf(bytes);
  if (!hasAscii(bytes, 0, 'head') || view.getUint32(4, true) !== crc32cWithHole(bytes, 4)) return undefined;
  if (view.getUint16(66, true) !== 1 || view.getUint16(64, true) !== 0) {
    throw new DiskError('unsupported', `${path}: another version of the VHDX format`, { path });
  }
  return {
    sequence: view.getBigUint64(8, true),
    fileWriteGuid: guidFromMixedEndian(bytes.subarray(16)),
    dataWriteGuid: guidFromMixedEndian(bytes.subarray(32)),
    logGuid: guidFromMixedEndian(bytes.subarray(48)),
    logLength: view.getUint32(68, true),
    logAt: getU64(view, 72),
  };
}

/** What may be changed in a header by somebody who uses the disk. */
export type HeaderChange = Partial<Pick<VhdxHeader, 'fileWriteGuid' | 'dataWriteGuid' | 'logGuid'>>;

/** The two headers of one file. */
export class HeaderPair {
  /** Which of the two places holds the current header. */
  private slot: 0 | 1;
  private header: VhdxHeader;

  /** Reads both headers. Throws `damaged` when neither is valid. */
  constructor(source: ByteSource) {
    const found = HEADER_PLACES.map((at) =>
      at + HEADER_BYTES > source.size ? undefined : decodeHeader(readBytes(source, at, HEADER_BYTES), source.path),
    );
    const [first, second] = found;
    const isSecondCurrent = second !== undefined && (first === undefined || second.sequence > first.sequence);
    const current = isSecondCurrent ? second : first;
    if (current === undefined) throw damaged(source.path, 'neither VHDX header is valid');
    const { logAt, logLength } = current;
    const isPlaced = logAt >= MB && logAt % MB === 0 && logLength > 0 && logLength % MB === 0;
    if (!isPlaced || logAt + logLength > source.size) throw damaged(source.path, 'the log lies outside the file');
    this.header = current;
    this.slot = isSecondCurrent ? 1 : 0;
  }

  get current(): VhdxHeader {
    return this.header;
  }

  /**
   * Writes the change into the header that is not current, makes that one current, and does the same to the other, each time
   * returning only when it is on stable storage (MS-VHDX 2.2.2.1): at every moment one header is valid.
   */
  update(file: DiskFile, change: HeaderChange): void {
    for (let pass = 0; pass < 2; pass++) {
      const next = { ...this.header, ...change, sequence: this.header.sequence + 1n };
      const slot = this.slot === 0 ? 1 : 0;
      file.write(HEADER_PLACES[slot], encodeHeader(next));
      file.sync();
      this.header = next;
      this.slot = slot;
    }
  }
}
