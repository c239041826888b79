import { readU16, readU32 } from '../../../base/bytes';

/** What IDENTIFY (PACKET) DEVICE says: ATA/ATAPI-6, 8.15 and 8.16. */
export interface AtaIdentity {
  readonly model: string;
  readonly firmware: string;
  readonly serial: string;
  /** Sectors of 512 bytes; 0 for packet devices. */
  readonly sectors: number;
  readonly hasDma: boolean;
}

const word = (data: Uint8Array, index: number): number => readU16(data, index * 2);

/** Strings have their characters swapped within words and are padded with blanks. */
function swapped(data: Uint8Array, first: number, last: number): string {
  let text = '';
  for (let i = first; i <= last; i++) text += String.fromCharCode(word(data, i) >> 8, word(data, i) & 0xff);
  return text.replaceAll('\0', ' ').trim();
}

function sectorsOf(data: Uint8Array): number {
  const hasLong = (word(data, 83) & 0x0400) !== 0;
  const long = readU32(data, 200) + word(data, 102) * 2 ** 32;
  return hasLong && long > 0 ? long : readU32(data, 120);
}

export function parseIdentity(data: Uint8Array, isPacket: boolean): AtaIdentity {
  return {
    model: swapped(data, 27, 46),
    firmware: swapped(data, 23, 26),
    serial: swapped(data, 10, 19),
    sectors: isPacket ? 0 : sectorsOf(data),
    hasDma: (word(data, 49) & 0x0100) !== 0,
  };
}
