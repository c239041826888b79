import { asciiBytes, asciiOf, readU32, writeU32 } from '../../base/bytes';
import { checksum } from './sectors';

const MAGIC = 'PLMODULE';
const HEADER = 64;

/**
 * A binary of a model operating system (kernel, loader, driver): a header that names the code which runs, and a body that
 * stands for its instructions. A damaged body is noticed by its check, as a loader notices a damaged image.
 *
 * Header: magic 8, version u32, body length u32, check u32, name 32.
 */
export function buildModule(name: string, bytes: number): Uint8Array {
  const file = new Uint8Array(Math.max(bytes, HEADER + 16));
  fillBody(file.subarray(HEADER), name);
  file.set(asciiBytes(MAGIC));
  writeU32(file, 8, 1);
  writeU32(file, 12, file.length - HEADER);
  writeU32(file, 16, checksum(file.subarray(HEADER)));
  file.set(asciiBytes(name, 32), 20);
  return file;
}

/** Words of a multiplicative sequence that begins with the name: two modules never have the same body. */
function fillBody(body: Uint8Array, name: string): void {
  let word = checksum(asciiBytes(name)) | 1;
  for (let at = 0; at + 4 <= body.length; at += 4) {
    word = Math.imul(word, 0x01000193) + 0x9e37;
    writeU32(body, at, word >>> 0);
  }
}

/** The name of the code in a module file; null when it is not one or its body is damaged. */
export function moduleName(file: Uint8Array): string | null {
  if (file.length < HEADER || asciiOf(file.subarray(0, 8)) !== MAGIC) return null;
  const body = file.subarray(HEADER);
  if (readU32(file, 12) !== body.length || readU32(file, 16) !== checksum(body)) return null;
  return asciiOf(file.subarray(20, 52));
}
