import { writeBe32 } from '../bytes';

/** The server's TCP port of iperf 2. */
export const IPERF_PORT = 5001;

/** Bytes of the header with which a client begins (iperf 2.0.5, include/Settings.hpp, `client_hdr`). */
export const IPERF_HEADER = 24;

/** Flags of the header: there is one; the server is to send at the same time and not afterwards. */
export const IperfFlag = { version1: 0x8000_0000, runNow: 1 } as const;

/** What a client wants beside sending. */
export interface IperfWish {
  /** `-d` both at once, `-r` one after the other, null: the client only sends. */
  readonly back: 'now' | 'later' | null;
  /** Where the client listens. */
  readonly port: number;
  /** Bytes, or hundredths of a second below zero. */
  readonly amount: number;
}

/** The client's header: flags, threads, port, buffer length, window or bandwidth, amount, all big-endian. */
export function iperfHeader({ back, port, amount }: IperfWish): Uint8Array {
  const bytes = iperfPattern(0, IPERF_HEADER);
  if (back === null) return bytes.fill(0, 0, 4);
  const flags = back === 'now' ? (IperfFlag.version1 | IperfFlag.runNow) >>> 0 : IperfFlag.version1;
  [flags, 1, port, 0, 0, amount >>> 0].forEach((value, i) => writeBe32(bytes, i * 4, value));
  return bytes;
}

const LONGEST = 65_536;
const PATTERN = Uint8Array.from({ length: LONGEST + 10 }, (_, i) => 0x30 + (i % 10));

/** `length` bytes (64 KB at most) of the stream that both ends send: digits, over and over, from place `at` on. */
export function iperfPattern(at: number, length: number): Uint8Array {
  const start = at % 10;
  return PATTERN.slice(start, start + Math.min(length, LONGEST));
}

/** How many of `bytes` are not what the stream has from place `at` on; the header may say what it likes. */
export function iperfMismatches(bytes: Uint8Array, at: number): number {
  let count = 0;
  for (let i = Math.max(0, IPERF_HEADER - at); i < bytes.length; i++) if (bytes[i] !== 0x30 + ((at + i) % 10)) count++;
  return count;
}
