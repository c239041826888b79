import { Random } from '@engine/base/random';

/** Write number `k` of a series: always the same sectors with the same content, which names the number. */
export function writeNumber(k: number, sectorCount: number): { readonly lba: number; readonly data: Uint8Array } {
  const random = new Random(k);
  const count = 1 + random.below(random.below(4) === 0 ? 5000 : 20);
  const lba = random.below(sectorCount - count);
  const data = new Uint8Array(count * 512).fill(k % 251);
  const view = new DataView(data.buffer);
  for (let sector = 0; sector < count; sector++) view.setUint32(sector * 512, k);
  return { lba, data };
}
