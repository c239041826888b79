import { asciiBytes } from '../../../base/bytes';
import { md5Text, newMd5, updateMd5 } from '../../../base/md5';
import { Random } from '../../../base/random';

const MEGABYTE = 2 ** 20;
const PIECE = 4096;
const TABLE = new Random(0x5eed).bytes(16 * PIECE);

/** A file that `server1` offers: made of noise when it is asked for, always the same. */
export interface PublishedFile {
  readonly name: string;
  readonly length: number;
  /** Bytes of the file from place `at` on, `length` at most and never across a multiple of 4 KB. */
  read(at: number, length: number): Uint8Array;
}

function noise(name: string, length: number): PublishedFile {
  return {
    name,
    length,
    read: (at, count) => {
      const within = at % PIECE;
      const start = ((at - within) / PIECE) % (TABLE.length - PIECE); // each piece begins a byte further into the noise
      return TABLE.slice(start + within, start + Math.min(PIECE, within + Math.min(count, length - at)));
    },
  };
}

function text(name: string, lines: readonly string[]): PublishedFile {
  const bytes = asciiBytes(lines.map((line) => `${line}\n`).join(''));
  return { name, length: bytes.length, read: (at, length) => bytes.slice(at, at + length) };
}

/** The digest of a file, as `md5sum` says it. */
export function digestOf(file: PublishedFile): string {
  const state = newMd5();
  for (let at = 0; at < file.length;) {
    const bytes = file.read(at, file.length);
    updateMd5(state, bytes);
    at += bytes.length;
  }
  return md5Text(state);
}

const FILES: readonly PublishedFile[] = [
  noise('100KB.bin', 100 * 1024),
  noise('1MB.bin', MEGABYTE),
  noise('10MB.bin', 10 * MEGABYTE),
  noise('100MB.bin', 100 * MEGABYTE),
];

/** Files whose digests are worth the time that they take. */
const LISTED = FILES.filter(({ length }) => length <= 10 * MEGABYTE);

/** The file with this name, or null. `MD5SUMS` and the list of all are made of the others. */
export function publishedFile(name: string): PublishedFile | null {
  if (name === '' || name === 'index.txt')
    return text('index.txt', [...FILES.map((file) => `${file.name} ${file.length}`), 'MD5SUMS']);
  if (name === 'MD5SUMS')
    return text(
      name,
      LISTED.map((file) => `${digestOf(file)}  ${file.name}`),
    );
  return FILES.find((file) => file.name === name) ?? null;
}
