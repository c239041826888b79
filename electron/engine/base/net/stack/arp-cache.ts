import type { MacAddress } from '../../mac';
import type { Ipv4Address } from '../address';

/** How a station asks for addresses. Times in nanoseconds. */
const RETRY_AFTER = 1_000_000_000;
const TRIES = 3;
/** A heard address is believed for this time (RFC 1122, 2.3.2.1, asks for a limit of the order of a minute or more). */
export const ARP_LIFETIME = 120_000_000_000;
/** Addresses kept at a time; the oldest goes first. */
export const ARP_ENTRIES = 256;
/** Packets that may wait for one address: enough for a datagram of 64 KB in fragments. */
export const ARP_WAITING = 64;

/** What is known about one neighbour. */
export interface ArpEntry {
  address: Ipv4Address;
  /** Null while the answer is awaited. */
  mac: MacAddress | null;
  /** When it was heard, or when it was asked for last. */
  since: number;
  tries: number;
  /** IPv4 packets as bytes that go out when the answer comes. */
  waiting: Uint8Array[];
}

/** Neighbours of a station: plain state. */
export interface ArpCache {
  entries: ArpEntry[];
}

export function emptyArpCache(): ArpCache {
  return { entries: [] };
}

/** The hardware address of a neighbour, if it was heard within the lifetime. */
export function arpLookup(cache: ArpCache, address: Ipv4Address, now: number): MacAddress | null {
  const entry = cache.entries.find((one) => one.address === address);
  return entry && entry.mac && now - entry.since < ARP_LIFETIME ? entry.mac : null;
}

/** Puts a packet aside until the neighbour answers. True when it must be asked for now. */
export function arpWait(cache: ArpCache, address: Ipv4Address, packet: Uint8Array, now: number): boolean {
  const entry = cache.entries.find((one) => one.address === address);
  if (entry && entry.mac === null) {
    if (entry.waiting.length < ARP_WAITING) entry.waiting.push(packet);
    return false;
  }
  if (entry) remove(cache, entry);
  add(cache, { address, mac: null, since: now, tries: 1, waiting: [packet] });
  return true;
}

/**
 * Notes what a neighbour said about itself. Unknown neighbours are only added when `isForUs` (RFC 826, packet reception).
 * Returns the packets that waited for it.
 */
export function arpHeard(
  cache: ArpCache,
  address: Ipv4Address,
  mac: MacAddress,
  isForUs: boolean,
  now: number,
): Uint8Array[] {
  const entry = cache.entries.find((one) => one.address === address);
  if (!entry && !isForUs) return [];
  const waiting = entry?.waiting ?? [];
  if (entry) remove(cache, entry);
  add(cache, { address, mac: mac.slice(0, 6), since: now, tries: 0, waiting: [] });
  return waiting;
}

function add(cache: ArpCache, entry: ArpEntry): void {
  cache.entries.push(entry);
  if (cache.entries.length > ARP_ENTRIES) cache.entries.shift();
}

function remove(cache: ArpCache, entry: ArpEntry): void {
  cache.entries.splice(cache.entries.indexOf(entry), 1);
}

/** When the next unanswered request must be repeated or given up; null when none is open. */
export function arpDue(cache: ArpCache): number | null {
  let due: number | null = null;
  for (const { mac, since } of cache.entries)
    if (mac === null && (due === null || since + RETRY_AFTER < due)) due = since + RETRY_AFTER;
  return due;
}

/** What is to be done about unanswered requests whose time has come: whom to ask again, and which packets are lost. */
export function arpRetry(cache: ArpCache, now: number): { ask: Ipv4Address[]; lost: Uint8Array[] } {
  const due = cache.entries.filter((entry) => entry.mac === null && now - entry.since >= RETRY_AFTER);
  const ask: Ipv4Address[] = [];
  const lost: Uint8Array[] = [];
  for (const entry of due) {
    if (entry.tries >= TRIES) {
      remove(cache, entry);
      lost.push(...entry.waiting);
      continue;
    }
    entry.tries++;
    entry.since = now;
    ask.push(entry.address);
  }
  return { ask, lost };
}
