import { macKey, macText } from '../base/mac';
import type { InspectNode } from '../base/unit';
import { SECOND, type Nanoseconds } from '../clock/clock';

/** A learned address that is not heard again for this time is forgotten (IEEE 802.1D, table 7-5). */
export const AGEING_TIME = 300 * SECOND;

/** Addresses that a switch learns at most: what Msvm_VirtualSwitch calls NumLearnableAddresses, 1024 by default. */
export const LEARNABLE_ADDRESSES = 1024;

/** One learned address: behind which port, and when it was heard last. */
export interface LearnedAddress {
  port: number;
  seen: Nanoseconds;
}

/** Learned addresses by VLAN and address. */
export interface ForwardingTable {
  entries: { [key: string]: LearnedAddress };
  count: number;
  /** Addresses that found no room. */
  refused: number;
  /** No entry of a full table is stale before: looking for room earlier would be in vain. */
  fullUntil: Nanoseconds;
}

export function emptyTable(): ForwardingTable {
  return { entries: {}, count: 0, refused: 0, fullUntil: 0 };
}

/** Texts of addresses that were asked for before: making one costs more than the rest of forwarding a frame. */
const texts = new Map<number, string>();
const MOST_TEXTS = 4096;

function textOf(frame: Uint8Array, at: number): string {
  const key = macKey(frame, at);
  const known = texts.get(key);
  if (known !== undefined) return known;
  if (texts.size >= MOST_TEXTS) texts.clear();
  const made = macText(frame, '-', at);
  texts.set(key, made);
  return made;
}

function keyOf(vlan: number, frame: Uint8Array, at: number): string {
  return `${vlan} ${textOf(frame, at)}`;
}

/** Notes that the source address of `frame` was heard on `port`; an address that moves is learned anew. */
export function learn(table: ForwardingTable, vlan: number, frame: Uint8Array, port: number, now: Nanoseconds): void {
  const key = keyOf(vlan, frame, 6);
  const known = table.entries[key];
  if (known) {
    known.port = port;
    known.seen = now;
    return;
  }
  if (table.count >= LEARNABLE_ADDRESSES && now >= table.fullUntil) makeRoom(table, now);
  if (table.count >= LEARNABLE_ADDRESSES) {
    table.refused++;
    return;
  }
  table.entries[key] = { port, seen: now };
  table.count++;
}

/** The port behind which the destination of `frame` was heard within the ageing time, or null. */
export function lookup(table: ForwardingTable, vlan: number, frame: Uint8Array, now: Nanoseconds): number | null {
  const key = keyOf(vlan, frame, 0);
  const entry = table.entries[key];
  if (!entry) return null;
  if (!isStale(entry, now)) return entry.port;
  delete table.entries[key];
  table.count--;
  return null;
}

/** Forgets what was learned on a port that is gone. */
export function forgetPort(table: ForwardingTable, port: number): void {
  forgetWhere(table, (entry) => entry.port === port);
}

function makeRoom(table: ForwardingTable, now: Nanoseconds): void {
  forgetWhere(table, (entry) => isStale(entry, now));
  const oldest = Object.values(table.entries).reduce((least, entry) => Math.min(least, entry.seen), now);
  table.fullUntil = oldest + AGEING_TIME;
}

function forgetWhere(table: ForwardingTable, isGone: (entry: LearnedAddress) => boolean): void {
  table.entries = Object.fromEntries(Object.entries(table.entries).filter(([, entry]) => !isGone(entry)));
  table.count = Object.keys(table.entries).length;
}

function isStale(entry: LearnedAddress, now: Nanoseconds): boolean {
  return now - entry.seen >= AGEING_TIME;
}

/** What the switch would use now: each address with its port and its age in seconds. */
export function inspectTable(table: ForwardingTable, now: Nanoseconds): InspectNode {
  const fresh = Object.entries(table.entries).filter(([, entry]) => !isStale(entry, now));
  const rows = fresh.map(([key, { port, seen }]) => {
    const [vlan = '', mac = ''] = key.split(' ');
    return { mac, vlan: Number(vlan), port, ageSeconds: Math.floor((now - seen) / SECOND) };
  });
  return { learned: rows, refused: table.refused };
}
