import { readU16, writeU16 } from '../../base/bytes';
import { Layout, raw, u16, u32, u64, u8 } from './layout';

/** Heartbeat: the guest answers with the sequence plus one and the state of its applications. */
export const HEARTBEAT = new Layout<{ sequence: bigint; applicationState: number }>(40, {
  sequence: u64(0),
  applicationState: u32(8),
});

/** What a guest says of its applications since message version 3. */
export const ApplicationState = { Unknown: 0, Healthy: 1, Critical: 2, Stopped: 3 } as const;

/** linux include/linux/hyperv.h, struct shutdown_msg_data. */
export const SHUTDOWN = new Layout<{ reason: number; timeoutSeconds: number; flags: number; message: Uint8Array }>(
  2060,
  {
    reason: u32(0),
    timeoutSeconds: u32(4),
    flags: u32(8),
    message: raw(12, 2048),
  },
);

export const ShutdownFlag = { Force: 1, Restart: 2, Hibernate: 4 } as const;

/** Up to message version 3: struct ictimesync_data. Times in 100 ns since 1601. */
export const TIME_SYNC = new Layout<{ parentTime: bigint; childTime: bigint; roundTrip: bigint; flags: number }>(25, {
  parentTime: u64(0),
  childTime: u64(8),
  roundTrip: u64(16),
  flags: u8(24),
});

/** From version 4 on: struct ictimesync_ref_data, with the partition's reference counter at that moment. */
export const TIME_SYNC_REFERENCE = new Layout<{
  parentTime: bigint;
  referenceTime: bigint;
  flags: number;
  leapFlags: number;
  stratum: number;
}>(22, { parentTime: u64(0), referenceTime: u64(8), flags: u8(16), leapFlags: u8(17), stratum: u8(18) });

export const TimeSyncFlag = { Sync: 1, Sample: 2 } as const;

/** Operations and pools of the key-value exchange. linux include/uapi/linux/hyperv.h, enum hv_kvp_exchg_op and _pool. */
export const KvpOperation = { Get: 0, Set: 1, Delete: 2, Enumerate: 3, GetAddress: 4, SetAddress: 5 } as const;
export const KvpPool = { External: 0, Guest: 1, Auto: 2, AutoExternal: 3, AutoInternal: 4 } as const;

export interface KvpEnumerate {
  operation: number;
  pool: number;
  reserved: number;
  index: number;
  valueType: number;
  keyBytes: number;
  valueBytes: number;
  key: Uint8Array;
  value: Uint8Array;
}

/** struct hv_kvp_msg with an enumeration: header, index, hv_kvp_exchg_msg_value. */
export const KVP_ENUMERATE = new Layout<KvpEnumerate>(2580, {
  operation: u8(0),
  pool: u8(1),
  reserved: u16(2),
  index: u32(4),
  valueType: u32(8),
  keyBytes: u32(12),
  valueBytes: u32(16),
  key: raw(20, 512),
  value: raw(532, 2048),
});

export interface KvpValue {
  operation: number;
  pool: number;
  reserved: number;
  valueType: number;
  keyBytes: number;
  valueBytes: number;
  key: Uint8Array;
  value: Uint8Array;
}

/** struct hv_kvp_msg with a key and its value: to get or to set. */
export const KVP_VALUE = new Layout<KvpValue>(2576, {
  operation: u8(0),
  pool: u8(1),
  reserved: u16(2),
  valueType: u32(4),
  keyBytes: u32(8),
  valueBytes: u32(12),
  key: raw(16, 512),
  value: raw(528, 2048),
});

/** struct hv_kvp_msg with a key alone: to delete. */
export const KVP_DELETE = new Layout<{
  operation: number;
  pool: number;
  reserved: number;
  keyBytes: number;
  key: Uint8Array;
}>(520, {
  operation: u8(0),
  pool: u8(1),
  reserved: u16(2),
  keyBytes: u32(4),
  key: raw(8, 512),
});

/** struct hv_vss_msg: an operation, and what the guest says to a question. */
export const VSS = new Layout<{ operation: number; flags: number }>(12, { operation: u8(0), flags: u32(8) });

/** linux include/uapi/linux/hyperv.h, enum hv_vss_op. */
export const VssOperation = {
  Create: 0,
  Delete: 1,
  HotBackup: 2,
  GetDmInfo: 3,
  Complete: 4,
  Freeze: 5,
  Thaw: 6,
} as const;

/** The guest can be backed up while it runs, and needs no recovery afterwards. VSS_HBU_NO_AUTO_RECOVERY. */
export const VSS_HOT_BACKUP = 5;

/** REG_SZ: the type of every item that an operating system reports by itself. */
export const KVP_STRING = 1;

/** UTF-16 with its NUL, as keys and values travel. */
export function kvpText(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length + 1) * 2);
  for (let i = 0; i < text.length; i++) writeU16(bytes, i * 2, text.charCodeAt(i));
  return bytes;
}

/** The text in the first `length` bytes, up to its NUL. */
export function kvpString(bytes: Uint8Array, length: number): string {
  const end = Math.min(length, bytes.length) & ~1;
  let text = '';
  for (let at = 0; at < end; at += 2) {
    const unit = readU16(bytes, at);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}
