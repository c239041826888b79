import { asciiBytes, asciiOf, readBe32, writeBe32 } from '../bytes';
import type { Ipv4Address } from './address';

/** Option codes of RFC 2132 that this lab uses. */
export const DhcpOption = {
  Pad: 0,
  SubnetMask: 1,
  Router: 3,
  DomainNameServer: 6,
  HostName: 12,
  DomainName: 15,
  VendorSpecific: 43,
  RequestedAddress: 50,
  LeaseTime: 51,
  Overload: 52,
  MessageType: 53,
  ServerIdentifier: 54,
  ParameterList: 55,
  Message: 56,
  MaximumSize: 57,
  RenewalTime: 58,
  RebindingTime: 59,
  VendorClass: 60,
  ClientIdentifier: 61,
  TftpServer: 66,
  BootFile: 67,
  ClientArchitecture: 93,
  End: 255,
} as const;

/** Options by code. An option that comes in several pieces is one value (RFC 3396). */
export type DhcpOptions = { [code: number]: Uint8Array };

/** Adds the options in `bytes` to `options`. Stops at the end option, or where an option would reach beyond the bytes. */
export function readOptions(bytes: Uint8Array, options: DhcpOptions): void {
  for (let at = 0; at < bytes.length;) {
    const code = bytes[at] ?? DhcpOption.End;
    if (code === DhcpOption.End) return;
    if (code === DhcpOption.Pad) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) return;
    options[code] = joined(options[code], bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
}

function joined(before: Uint8Array | undefined, piece: Uint8Array): Uint8Array {
  if (!before) return piece.slice();
  const both = new Uint8Array(before.length + piece.length);
  both.set(before);
  both.set(piece, before.length);
  return both;
}

/** Bytes of `options` with the end option. The message type comes first, the others by code; long ones in pieces of 255. */
export function writeOptions(options: DhcpOptions): Uint8Array {
  const bytes: number[] = [];
  const codes = Object.keys(options).map(Number);
  codes.sort((a, b) => rank(a) - rank(b));
  for (const code of codes) {
    const value = options[code] ?? new Uint8Array(0);
    for (let at = 0; at === 0 || at < value.length; at += 255) {
      const piece = value.subarray(at, at + 255);
      bytes.push(code, piece.length, ...piece);
    }
  }
  bytes.push(DhcpOption.End);
  return Uint8Array.from(bytes);
}

function rank(code: number): number {
  return code === DhcpOption.MessageType ? 0 : code;
}

export function u8Option(value: number): Uint8Array {
  return Uint8Array.of(value);
}

export function u32Option(value: number): Uint8Array {
  return addressesOption([value]);
}

export function addressesOption(addresses: readonly Ipv4Address[]): Uint8Array {
  const bytes = new Uint8Array(addresses.length * 4);
  addresses.forEach((address, i) => writeBe32(bytes, i * 4, address));
  return bytes;
}

export function textOption(text: string): Uint8Array {
  return asciiBytes(text);
}

/** The option's first 32 bits (an address or a time in seconds), or null when it is absent or too short. */
export function optionU32(options: DhcpOptions, code: number): number | null {
  const value = options[code];
  return value && value.length >= 4 ? readBe32(value, 0) : null;
}

/** The option's addresses; none when it is absent. */
export function optionAddresses(options: DhcpOptions, code: number): Ipv4Address[] {
  const value = options[code] ?? new Uint8Array(0);
  return Array.from({ length: Math.floor(value.length / 4) }, (_, i) => readBe32(value, i * 4));
}

/** The option as text, up to a NUL; null when it is absent. */
export function optionText(options: DhcpOptions, code: number): string | null {
  const value = options[code];
  return value ? asciiOf(value) : null;
}
