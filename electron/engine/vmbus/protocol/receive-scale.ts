import { readU32, writeU32 } from '../../base/bytes';
import { HashType } from '../../base/net/flow-hash';
import { TOEPLITZ_KEY } from '../../base/net/toeplitz';
import { Layout, u16, u32, u8 } from './layout';

/** Types and revisions in object headers. linux drivers/net/hyperv/hyperv_net.h, NDIS_OBJECT_TYPE_RSS_*. */
const CAPABILITIES = { objectType: 0x88, revision: 2 } as const;
const PARAMETERS = { objectType: 0x89, revision: 2 } as const;

/** struct ndis_recv_scale_cap. */
export const RSS_CAPABILITIES = new Layout<{
  objectType: number;
  revision: number;
  size: number;
  flags: number;
  interruptMessages: number;
  receiveQueues: number;
  tableEntries: number;
}>(18, {
  objectType: u8(0),
  revision: u8(1),
  size: u16(2),
  flags: u32(4),
  interruptMessages: u32(8),
  receiveQueues: u32(12),
  tableEntries: u16(16),
});

/** struct ndis_recv_scale_param; table and key lie where the offsets say, from its start on. */
export const RSS_PARAMETERS = new Layout<{
  objectType: number;
  revision: number;
  size: number;
  flags: number;
  baseCpu: number;
  hashInfo: number;
  tableBytes: number;
  tableOffset: number;
  keyBytes: number;
  keyOffset: number;
}>(40, {
  objectType: u8(0),
  revision: u8(1),
  size: u16(2),
  flags: u16(4),
  baseCpu: u16(6),
  hashInfo: u32(8),
  tableBytes: u16(12),
  tableOffset: u32(16),
  keyBytes: u16(20),
  keyOffset: u32(24),
});

/** Flags of the parameters that switch receive-side scaling off. */
export const RSS_DISABLE = 0x10;
/** The hash function in `flags` of the capabilities and `hashInfo` of the parameters. */
export const TOEPLITZ = 1;
const FUNCTION_MASK = 0xff;
const CAPABILITY_HASHES = 0x300; // TCP over IPv4 and IPv6
/** Entries of the table that a host offers, and the most that it takes. */
export const RSS_TABLE_ENTRIES = 128;

/** What a guest has asked for: which packets are hashed and how, and the queue for each value of the hash's low bits. */
export interface ReceiveScale {
  types: number;
  key: Uint8Array;
  table: number[];
}

/** What an adapter with `queues` queues says of itself. */
export function encodeRssCapabilities(queues: number): Uint8Array {
  return RSS_CAPABILITIES.encode({
    ...CAPABILITIES,
    size: RSS_CAPABILITIES.size,
    flags: TOEPLITZ | CAPABILITY_HASHES,
    interruptMessages: 1,
    receiveQueues: queues,
    tableEntries: RSS_TABLE_ENTRIES,
  });
}

/** The request of a driver; null switches it off. */
export function encodeRssParameters(scale: ReceiveScale | null): Uint8Array {
  const { types, key, table } = scale ?? { types: 0, key: new Uint8Array(0), table: [] };
  const tableOffset = RSS_PARAMETERS.size;
  const keyOffset = tableOffset + table.length * 4;
  const bytes = new Uint8Array(keyOffset + key.length);
  RSS_PARAMETERS.write(bytes, 0, {
    ...PARAMETERS,
    size: RSS_PARAMETERS.size,
    flags: scale ? 0 : RSS_DISABLE,
    baseCpu: 0,
    hashInfo: scale ? TOEPLITZ | types : 0,
    tableBytes: table.length * 4,
    tableOffset,
    keyBytes: key.length,
    keyOffset,
  });
  table.forEach((queue, i) => writeU32(bytes, tableOffset + i * 4, queue));
  bytes.set(key, keyOffset);
  return bytes;
}

/**
 * What a request of a driver comes to: parameters, 'off', or null when they do not hold together or name a queue beyond `queues`.
 */
export function decodeRssParameters(info: Uint8Array, queues: number): ReceiveScale | 'off' | null {
  const fields = RSS_PARAMETERS.decode(info);
  if (!fields) return null;
  const { flags, hashInfo, tableBytes, tableOffset, keyBytes, keyOffset } = fields;
  if ((flags & RSS_DISABLE) !== 0 || (hashInfo & FUNCTION_MASK) === 0) return 'off';
  const isTable = tableBytes > 0 && tableBytes % 4 === 0 && tableBytes <= RSS_TABLE_ENTRIES * 4;
  if (!isTable || tableOffset + tableBytes > info.length) return null;
  if (keyBytes !== TOEPLITZ_KEY || keyOffset + keyBytes > info.length) return null;
  const table = Array.from({ length: tableBytes / 4 }, (_, i) => readU32(info, tableOffset + i * 4));
  if ((hashInfo & FUNCTION_MASK) !== TOEPLITZ || table.some((queue) => queue >= queues)) return null;
  return { types: hashInfo & ALL_TYPES, key: info.slice(keyOffset, keyOffset + keyBytes), table };
}

const ALL_TYPES = Object.values(HashType).reduce((all, type) => all | type, 0);

/** Queue for a hash: the table is used again and again over its length. */
export function queueOf({ table }: ReceiveScale, hash: number): number {
  return table[hash % table.length] ?? 0;
}
