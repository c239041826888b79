import { isGroup } from '../../base/mac';
import { crcRegister } from './ethernet-crc';
import { MODE } from './registers';

/** Bytes in a setup frame. */
export const SETUP_BYTES = 192;

/** How the last setup frame asked for filtering: TDES1 bits 28 (FT1) and 22 (FT0). */
export const FILTER = { Perfect: 0, HashPerfect: 1, Inverse: 2, HashOnly: 3 } as const;

export interface FilterState {
  kind: number;
  /** The setup frame as it lay in memory. */
  setup: Uint8Array;
}

/** What happens to a frame: refused, taken because an address matched, or taken although none did. */
export type Verdict = 'refused' | 'matched' | 'passed';

const PERFECT_ENTRIES = 16;
const HASH_PERFECT_ENTRY = 13; // the physical address in a hash setup frame, byte offset 156

export function emptyFilter(): FilterState {
  return { kind: FILTER.Perfect, setup: new Uint8Array(SETUP_BYTES) };
}

/** The read-only bits of CSR6 that say which kind of filtering is in force. */
export function filterModeBits(kind: number): number {
  if (kind === FILTER.HashPerfect) return MODE.HP;
  if (kind === FILTER.HashOnly) return MODE.HP | MODE.HO;
  return kind === FILTER.Inverse ? MODE.IF : 0;
}

/** Address recognition (21140A HRM, 4.2.3 and 4.3.4) for the frame's destination under operation mode `csr6`. */
export function judge(filter: FilterState, csr6: number, frame: Uint8Array): Verdict {
  if (matches(filter, frame)) return 'matched';
  if ((csr6 & MODE.PR) !== 0 || ((csr6 & MODE.PM) !== 0 && isGroup(frame))) return 'matched';
  return (csr6 & MODE.RA) !== 0 ? 'passed' : 'refused';
}

function matches({ kind, setup }: FilterState, frame: Uint8Array): boolean {
  if (kind === FILTER.Perfect) return inPerfectList(setup, frame);
  if (kind === FILTER.Inverse) return !inPerfectList(setup, frame);
  if (kind === FILTER.HashPerfect && !isGroup(frame)) return sameAddress(setup, HASH_PERFECT_ENTRY, frame);
  return inHash(setup, frame);
}

function inPerfectList(setup: Uint8Array, frame: Uint8Array): boolean {
  for (let entry = 0; entry < PERFECT_ENTRIES; entry++) if (sameAddress(setup, entry, frame)) return true;
  return false;
}

/** An entry holds the address in the low halves of three double words. */
function sameAddress(setup: Uint8Array, entry: number, frame: Uint8Array): boolean {
  for (let i = 0; i < 6; i++) if (setup[entry * 12 + (i >> 1) * 4 + (i & 1)] !== frame[i]) return false;
  return true;
}

/** The table has 512 bits, 16 in the low half of each double word; the index is the low 9 bits of the address's CRC. */
function inHash(setup: Uint8Array, frame: Uint8Array): boolean {
  const index = crcRegister(frame.subarray(0, 6)) & 0x1ff;
  const byte = setup[(index >> 4) * 4 + ((index & 15) >> 3)] ?? 0;
  return ((byte >> (index & 7)) & 1) === 1;
}
