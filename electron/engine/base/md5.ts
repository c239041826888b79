import { writeU32 } from './bytes';

/** A digest in the making: plain state (RFC 1321). */
export interface Md5State {
  words: number[];
  /** Bytes so far, and those that do not fill a block yet. */
  length: number;
  rest: Uint8Array;
}

const BLOCK = 64;
const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
const TURNS = Uint8Array.from({ length: 64 }, (_, i) => SHIFTS[i >> 4]?.[i & 3] ?? 0);
const PLACES = Uint8Array.from({ length: 64 }, (_, i) => ([i, 5 * i + 1, 3 * i + 5, 7 * i][i >> 4] ?? 0) & 15);

export function newMd5(): Md5State {
  return { words: [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476], length: 0, rest: new Uint8Array(0) };
}

/** Adds bytes. */
export function updateMd5(state: Md5State, bytes: Uint8Array): void {
  state.length += bytes.length;
  let at = 0;
  if (state.rest.length > 0) {
    at = Math.min(BLOCK - state.rest.length, bytes.length);
    const joined = new Uint8Array(state.rest.length + at);
    joined.set(state.rest);
    joined.set(bytes.subarray(0, at), state.rest.length);
    state.rest = joined;
    if (joined.length < BLOCK) return;
    digestBlock(state.words, joined, 0);
  }
  for (; at + BLOCK <= bytes.length; at += BLOCK) digestBlock(state.words, bytes, at);
  state.rest = bytes.slice(at);
}

function digestBlock(words: number[], bytes: Uint8Array, start: number): void {
  const [a0 = 0, b0 = 0, c0 = 0, d0 = 0] = words;
  let [a, b, c, d] = [a0, b0, c0, d0];
  for (let i = 0; i < 64; i++) {
    const mixed = i < 16 ? (b & c) | (~b & d) : i < 32 ? (d & b) | (~d & c) : i < 48 ? b ^ c ^ d : c ^ (b | ~d);
    const at = start + (PLACES[i] ?? 0) * 4;
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    const sum = (a + mixed + (SINES[i] ?? 0) + word) | 0;
    const turn = TURNS[i] ?? 0;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
  }
  words[0] = (a0 + a) | 0;
  words[1] = (b0 + b) | 0;
  words[2] = (c0 + c) | 0;
  words[3] = (d0 + d) | 0;
}

/** The digest of all bytes so far as 32 hexadecimal digits; more bytes may follow. */
export function md5Text(state: Md5State): string {
  const words = [...state.words];
  const tail = new Uint8Array(state.rest.length < BLOCK - 8 ? BLOCK : 2 * BLOCK);
  tail.set(state.rest);
  tail[state.rest.length] = 0x80;
  writeU32(tail, tail.length - 8, (state.length % 0x2000_0000) * 8);
  writeU32(tail, tail.length - 4, Math.floor(state.length / 0x2000_0000));
  for (let at = 0; at < tail.length; at += BLOCK) digestBlock(words, tail, at);
  const out = new Uint8Array(16);
  words.forEach((word, i) => writeU32(out, i * 4, word));
  return Array.from(out, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
