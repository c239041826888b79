import type { DiskGeometry } from '../disk/disk-types';

const MAX_CYLINDERS = 65_535;

/**
 * The geometry that a VHD of `totalSectors` (512-byte) sectors gives to an ATA controller.
 * Source: Virtual Hard Disk Image Format Specification 1.0, Appendix: CHS Calculation.
 */
export function geometryOf(totalSectors: number): DiskGeometry {
  const sectors = Math.min(totalSectors, MAX_CYLINDERS * 16 * 255);
  if (sectors >= MAX_CYLINDERS * 16 * 63) return geometryWith(sectors, 16, 255);
  const tracks = Math.floor(sectors / 17);
  const heads = Math.max(4, Math.ceil(tracks / 1024));
  if (tracks < heads * 1024 && heads <= 16) return geometryWith(sectors, heads, 17);
  const isSmall = Math.floor(sectors / 31) < 16 * 1024;
  return geometryWith(sectors, 16, isSmall ? 31 : 63);
}

function geometryWith(sectors: number, heads: number, sectorsPerTrack: number): DiskGeometry {
  const tracks = Math.floor(sectors / sectorsPerTrack);
  return { cylinders: Math.floor(tracks / heads), heads, sectorsPerTrack };
}
