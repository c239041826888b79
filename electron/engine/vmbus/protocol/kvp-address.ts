import { kvpString, kvpText } from './ic-bodies';
import { Layout, raw, u8 } from './layout';

/** How an interface of a guest gets its addresses, as host and guest tell each other: lists of dotted texts. */
export interface AddressSettings {
  dhcp: boolean;
  addresses: string[];
  /** One mask for each address. */
  masks: string[];
  gateways: string[];
  dns: string[];
}

interface AddressMessage {
  operation: number;
  pool: number;
  adapter: Uint8Array;
  family: number;
  dhcp: number;
  addresses: Uint8Array;
  masks: Uint8Array;
  gateways: Uint8Array;
  dns: Uint8Array;
}

/** struct hv_kvp_ip_msg: an operation, and struct hv_kvp_ipaddr_value with texts in UTF-16. Since message version 4. */
export const KVP_ADDRESS = new Layout<AddressMessage>(7428, {
  operation: u8(0),
  pool: u8(1),
  adapter: raw(2, 256),
  family: u8(258),
  dhcp: u8(259),
  addresses: raw(260, 2048),
  masks: raw(2308, 2048),
  gateways: raw(4356, 1024),
  dns: raw(5380, 2048),
});

/** ADDR_FAMILY_IPV4. */
export const FAMILY_IPV4 = 1;

const listed = (texts: readonly string[]): Uint8Array => kvpText(texts.join(';'));

/** A question (no settings) or an order for the interface that `adapter` names. */
export function encodeAddress(operation: number, adapter: string, settings: AddressSettings | null): Uint8Array {
  const { dhcp = false, addresses = [], masks = [], gateways = [], dns = [] } = settings ?? {};
  return KVP_ADDRESS.encode({
    operation,
    pool: 0,
    adapter: kvpText(adapter),
    family: FAMILY_IPV4,
    dhcp: dhcp ? 1 : 0,
    addresses: listed(addresses),
    masks: listed(masks),
    gateways: listed(gateways),
    dns: listed(dns),
  });
}

/** What such a message says; null when it is too short. */
export function decodeAddress(
  body: Uint8Array,
): { readonly adapter: string; readonly settings: AddressSettings } | null {
  const message = KVP_ADDRESS.decode(body);
  if (!message) return null;
  const text = (bytes: Uint8Array): string => kvpString(bytes, bytes.length);
  const list = (bytes: Uint8Array): string[] => text(bytes).split(';').filter(Boolean);
  const { adapter, dhcp, addresses, masks, gateways, dns } = message;
  const lists = { addresses: list(addresses), masks: list(masks), gateways: list(gateways), dns: list(dns) };
  return { adapter: text(adapter), settings: { dhcp: dhcp !== 0, ...lists } };
}
