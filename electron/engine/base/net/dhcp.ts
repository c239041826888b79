import { asciiBytes, asciiOf, readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import type { MacAddress } from '../mac';
import type { Ipv4Address } from './address';
import { DhcpOption, readOptions, writeOptions, type DhcpOptions } from './dhcp-options';

/** UDP ports of RFC 2131, section 4.1. */
export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

/** Message types of option 53 (RFC 2132, section 9.6). */
export const DhcpType = {
  Discover: 1,
  Offer: 2,
  Request: 3,
  Decline: 4,
  Ack: 5,
  Nak: 6,
  Release: 7,
  Inform: 8,
} as const;

/** Values of `op`. */
export const BootOperation = { Request: 1, Reply: 2 } as const;

/** A DHCP message (RFC 2131, section 2), named after what its fields say. */
export interface DhcpMessage {
  readonly operation: number;
  readonly transaction: number;
  readonly seconds: number;
  /** The client cannot receive unicast before it has an address: answer by broadcast. */
  readonly broadcast: boolean;
  /** ciaddr: the address that the client has and uses. */
  readonly clientAddress: Ipv4Address;
  /** yiaddr: the address that the server gives. */
  readonly yourAddress: Ipv4Address;
  /** siaddr: the server of the next step of booting. */
  readonly nextServer: Ipv4Address;
  /** giaddr: the relay agent. */
  readonly relayAddress: Ipv4Address;
  readonly clientMac: MacAddress;
  readonly serverName: string;
  readonly bootFile: string;
  readonly options: DhcpOptions;
}

const FIXED_LENGTH = 236;
const MAGIC_COOKIE = 0x63825363;
const ETHERNET = 1;
const BROADCAST_FLAG = 0x8000;
const SERVER_NAME_AT = 44;
const BOOT_FILE_AT = 108;
/** Old relays and servers expect messages of at least 300 bytes (RFC 1542, section 2.1). */
const MINIMUM_LENGTH = 300;

/** Null unless it is a whole message about an Ethernet client with the magic cookie of RFC 2131. */
export function decodeDhcp(bytes: Uint8Array): DhcpMessage | null {
  if (bytes.length < FIXED_LENGTH + 4 || readBe32(bytes, FIXED_LENGTH) !== MAGIC_COOKIE) return null;
  if (bytes[1] !== ETHERNET || bytes[2] !== 6) return null;
  const serverName = bytes.subarray(SERVER_NAME_AT, BOOT_FILE_AT);
  const bootFile = bytes.subarray(BOOT_FILE_AT, FIXED_LENGTH);
  const options: DhcpOptions = {};
  readOptions(bytes.subarray(FIXED_LENGTH + 4), options);
  const overload = options[DhcpOption.Overload]?.[0] ?? 0; // RFC 2132, 9.3: 1 file, 2 sname, 3 both hold options
  if (overload & 1) readOptions(bootFile, options);
  if (overload & 2) readOptions(serverName, options);
  return {
    operation: bytes[0] ?? 0,
    transaction: readBe32(bytes, 4),
    seconds: readBe16(bytes, 8),
    broadcast: (readBe16(bytes, 10) & BROADCAST_FLAG) !== 0,
    clientAddress: readBe32(bytes, 12),
    yourAddress: readBe32(bytes, 16),
    nextServer: readBe32(bytes, 20),
    relayAddress: readBe32(bytes, 24),
    clientMac: bytes.slice(28, 34),
    serverName: overload & 2 ? '' : asciiOf(serverName),
    bootFile: overload & 1 ? '' : asciiOf(bootFile),
    options,
  };
}

/** Bytes of a message, padded to the 300 that old relays expect. */
export function encodeDhcp(message: DhcpMessage): Uint8Array {
  const options = writeOptions(message.options);
  const bytes = new Uint8Array(Math.max(MINIMUM_LENGTH, FIXED_LENGTH + 4 + options.length));
  bytes[0] = message.operation;
  bytes[1] = ETHERNET;
  bytes[2] = 6;
  writeBe32(bytes, 4, message.transaction);
  writeBe16(bytes, 8, message.seconds);
  writeBe16(bytes, 10, message.broadcast ? BROADCAST_FLAG : 0);
  writeBe32(bytes, 12, message.clientAddress);
  writeBe32(bytes, 16, message.yourAddress);
  writeBe32(bytes, 20, message.nextServer);
  writeBe32(bytes, 24, message.relayAddress);
  bytes.set(message.clientMac.subarray(0, 6), 28);
  bytes.set(asciiBytes(message.serverName, 63), SERVER_NAME_AT);
  bytes.set(asciiBytes(message.bootFile, 127), BOOT_FILE_AT);
  writeBe32(bytes, FIXED_LENGTH, MAGIC_COOKIE);
  bytes.set(options, FIXED_LENGTH + 4);
  return bytes;
}

/** Option 53 of a message, or null when it is a plain BOOTP message. */
export function dhcpTypeOf(message: DhcpMessage): number | null {
  return message.options[DhcpOption.MessageType]?.[0] ?? null;
}

/** A message in which only the given fields differ from zero. */
export function dhcpMessage(
  fields: Pick<DhcpMessage, 'operation' | 'transaction' | 'clientMac'> & Partial<DhcpMessage>,
): DhcpMessage {
  return {
    seconds: 0,
    broadcast: false,
    clientAddress: 0,
    yourAddress: 0,
    nextServer: 0,
    relayAddress: 0,
    serverName: '',
    bootFile: '',
    options: {},
    ...fields,
  };
}
