import { describe, expect, it } from 'vitest';
import { geometryOf } from '../../../electron/storage/vhd/geometry';

const MB = 2048; // sectors

describe('VHD geometry', () => {
  // Expected values worked out by hand from the appendix of the VHD specification.
  it.each([
    ['4 MB', 4 * MB, 120, 4, 17],
    ['40 MB', 40 * MB, 963, 5, 17],
    ['136 MB: the last size with 17 sectors', 16 * 17 * 1024 - 17, 1023, 16, 17],
    ['the first with 31 sectors', 16 * 17 * 1024, 561, 16, 31],
    ['the last with 31 sectors', 16 * 31 * 1024 - 1, 1023, 16, 31],
    ['the first with 63 sectors', 16 * 31 * 1024, 503, 16, 63],
    ['127 GB', 127 * 1024 * MB, 65_278, 16, 255],
    ['the largest CHS disk', 65_535 * 16 * 255, 65_535, 16, 255],
    ['2,040 GB is cut to what CHS can say', 2040 * 1024 * MB, 65_535, 16, 255],
  ])('of %s', (_name, sectors, cylinders, heads, sectorsPerTrack) => {
    expect(geometryOf(sectors)).toEqual({ cylinders, heads, sectorsPerTrack });
  });

  it('never addresses more sectors than the disk has, and misses less than one cylinder', () => {
    for (let sectors = 8 * MB; sectors < 65_535 * 16 * 255; sectors = Math.floor(sectors * 1.37) + 13) {
      const geometry = geometryOf(sectors);
      const missed = sectors - geometry.cylinders * geometry.heads * geometry.sectorsPerTrack;
      expect(missed).toBeGreaterThanOrEqual(0);
      expect(missed).toBeLessThan(geometry.heads * geometry.sectorsPerTrack + geometry.sectorsPerTrack);
    }
  });
});
