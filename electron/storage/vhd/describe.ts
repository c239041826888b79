import type { DiskInfo, ParentInfo } from '../disk/disk-types';
import type { ParsedVhd } from './parse';

/** What Inspect Disk shows of a VHD. `parent` is what was found out about the parent of a differencing disk. */
export function describeVhd(path: string, fileSize: number, parsed: ParsedVhd, parent?: ParentInfo): DiskInfo {
  const { footer, header } = parsed;
  return {
    path,
    format: 'vhd',
    type: footer.type,
    fileSize,
    maxSize: footer.currentSize,
    blockSize: header?.blockSize ?? 0,
    logicalSectorSize: 512,
    physicalSectorSize: 512,
    identifier: footer.uniqueId,
    geometry: footer.geometry,
    ...(parent === undefined ? {} : { parent }),
    warnings: parsed.warnings,
  };
}
