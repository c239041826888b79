import { SECOND } from '../../../clock/clock';
import type { AddressSettings } from '../../../vmbus/protocol/kvp-address';
import type { KvpChange } from './kvp-change';

/** The host asks for the whole list again after this long; each time that nothing has changed, after twice as long [estimate]. */
export const REFRESH = 10 * SECOND;
export const RAREST_REFRESH = 60 * SECOND;

export interface KvpItem {
  key: string;
  value: string;
}

/** What the host asks of the guest, one thing at a time. */
export type KvpRequest = { kind: 'list'; pool: number } | KvpChange;

export interface KvpState {
  /** What the guest's operating system reported last, complete. */
  items: KvpItem[];
  /** What programs in the guest have for the host. */
  guestItems: KvpItem[];
  /** What an administrator of the host has given to the guest: said again to a guest that comes back. */
  external: KvpItem[];
  /** The list that is being read. */
  reading: KvpItem[];
  /** The first is out when `isAsking`. */
  requests: KvpRequest[];
  isAsking: boolean;
  /** What the guest said of the addresses of its interfaces when it was asked, by MAC. */
  addresses: { [mac: string]: AddressSettings };
  /** Changes that the guest did not carry out. */
  refused: number;
  /** Nanoseconds from one list to the next. */
  period: number;
}

/** What `inspect` shows of it. */
export function describeKvp({ items, guestItems, external, refused }: KvpState) {
  const plain = (list: readonly KvpItem[]): { [key: string]: string } =>
    Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return { items: plain(items), guestItems: plain(guestItems), external: plain(external), refused };
}

/** `external`: what was given to the guest that was there before. */
export function freshKvp(external: KvpItem[] = []): KvpState {
  const lists = { items: [], guestItems: [], external, reading: [], requests: [] };
  return { ...lists, addresses: {}, isAsking: false, refused: 0, period: REFRESH };
}
