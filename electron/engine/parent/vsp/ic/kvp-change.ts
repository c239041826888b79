import { KVP_DELETE, KVP_STRING, KVP_VALUE, KvpOperation, kvpText } from '../../../vmbus/protocol/ic-bodies';
import { encodeAddress, type AddressSettings } from '../../../vmbus/protocol/kvp-address';

/** What the host orders or asks in one message. */
export type KvpChange =
  /** An item in a pool of the guest (`KvpPool`). */
  | { kind: 'set'; pool: number; key: string; value: string }
  | { kind: 'remove'; pool: number; key: string }
  /** The addresses of an interface: its adapter goes by its instance when they are set, and by its MAC when they are asked for. */
  | { kind: 'setAddress'; adapter: string; settings: AddressSettings }
  | { kind: 'getAddress'; mac: string };

/** The body of the request for it. */
export function changeBody(change: KvpChange): Uint8Array {
  if (change.kind === 'setAddress')
    return encodeAddress(KvpOperation.SetAddress, `{${change.adapter}}`, change.settings);
  if (change.kind === 'getAddress') return encodeAddress(KvpOperation.GetAddress, change.mac, null);
  const key = kvpText(change.key);
  const common = { pool: change.pool, reserved: 0, keyBytes: key.length, key };
  if (change.kind === 'remove') return KVP_DELETE.encode({ operation: KvpOperation.Delete, ...common });
  const value = kvpText(change.value);
  const sizes = { valueType: KVP_STRING, valueBytes: value.length };
  return KVP_VALUE.encode({ operation: KvpOperation.Set, ...common, ...sizes, value });
}
