import { KVP_DELETE, KVP_STRING, KVP_VALUE, KvpOperation, kvpText } from '../../../vmbus/protocol/ic-bodies';

/** A change that the host wants in a pool of the guest (`KvpPool`). */
export type KvpChange =
  { kind: 'set'; pool: number; key: string; value: string } | { kind: 'remove'; pool: number; key: string };

/** The body of the request for it. */
export function changeBody(change: KvpChange): Uint8Array {
  const key = kvpText(change.key);
  const common = { pool: change.pool, reserved: 0, keyBytes: key.length, key };
  if (change.kind === 'remove') return KVP_DELETE.encode({ operation: KvpOperation.Delete, ...common });
  const value = kvpText(change.value);
  const sizes = { valueType: KVP_STRING, valueBytes: value.length };
  return KVP_VALUE.encode({ operation: KvpOperation.Set, ...common, ...sizes, value });
}
