import { IcStatus } from '../../../vmbus/protocol/ic';
import { KvpOperation } from '../../../vmbus/protocol/ic-bodies';
import { decodeAddress, encodeAddress, type AddressSettings } from '../../../vmbus/protocol/kvp-address';

/** What the operating system does with addresses that its host sets, and what it says of those that it has. */
export interface AddressBook {
  /** Sets the addresses of the adapter with this instance (GUID text in lower case). The status (`IcStatus`). */
  set(adapter: string, settings: AddressSettings): number;
  /** Those of the adapter with this MAC (colons, upper case); null when there is none. */
  get(mac: string): AddressSettings | null;
}

/** True for the two operations that are about addresses. */
export const isAddressOperation = (operation: number | undefined): boolean =>
  operation === KvpOperation.GetAddress || operation === KvpOperation.SetAddress;

/**
 * Carries one of them out; the answer to a question is written into its body. Adapters go by GUID in an order and by MAC in a question:
 * linux tools/hv/hv_kvp_daemon.c, kvp_get_if_name and kvp_mac_to_ip.
 */
export function exchangeAddress(body: Uint8Array, book: AddressBook): number {
  const message = decodeAddress(body);
  if (!message) return IcStatus.Fail;
  const { adapter, settings } = message;
  if (body[0] === KvpOperation.SetAddress) return book.set(adapter.replace(/[{}]/g, '').toLowerCase(), settings);
  const found = book.get(adapter.toUpperCase());
  if (!found) return IcStatus.Fail;
  body.set(encodeAddress(KvpOperation.GetAddress, adapter, found));
  return IcStatus.Ok;
}
