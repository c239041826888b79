import { readU16 } from '../../../base/bytes';
import { CsrMode } from './csr';

/** How the card is to be set up for its default media. */
export interface MediaChoice {
  readonly name: string;
  /** CSR6 without the start bits. */
  readonly mode: number;
  /** Directions of the general-purpose pins, for CSR12. */
  readonly pins: number;
}

const LEAF_POINTER = 27;
const NAMES: Readonly<Record<number, string>> = { 0: '10baseT', 3: '100baseTx', 4: '10baseT-FDX', 5: '100baseTx-FDX' };
const AUTOSENSE = 0x0800;
const FULL_DUPLEX = 1 << 9;

/**
 * Reads the info leaf of a format-1 serial ROM (Digital Semiconductor 21X4 Serial ROM Format, 4): default connection, pin
 * directions and the media block of the default; a block's command gives CSR6 its port select bits.
 */
export function chooseMedia(image: Uint8Array): MediaChoice {
  const leaf = readU16(image, LEAF_POINTER);
  const connection = readU16(image, leaf);
  const wanted = connection === AUTOSENSE ? 3 : connection & 0x1f;
  const blocks = Math.min(image[leaf + 3] ?? 0, 16);
  const isInside = leaf > 0 && leaf + 4 + blocks * 4 <= 126;
  const at = isInside
    ? Array.from({ length: blocks }, (_, i) => leaf + 4 + i * 4).find((block) => image[block] === wanted)
    : undefined;
  const command = at === undefined ? 0 : readU16(image, at + 2) & 0x71;
  const duplex = wanted === 4 || wanted === 5 ? FULL_DUPLEX : 0;
  return {
    name: connection === AUTOSENSE ? 'Autosense' : (NAMES[wanted] ?? `media ${wanted}`),
    mode: (CsrMode.mustBeOne | (command << 18) | duplex) >>> 0,
    pins: isInside ? (image[leaf + 2] ?? 0) : 0,
  };
}
