import { Layout, raw, u32, u64 } from './layout';

/** linux include/uapi/linux/hyperv.h, enum hv_fcopy_op; its structures below. */
export const CopyOperation = { Start: 0, Write: 1, Complete: 2, Cancel: 3 } as const;

/** struct hv_fcopy_hdr: an operation, and two service ids that are zero. */
export const COPY_HEADER = new Layout<{ operation: number }>(36, { operation: u32(0) });

/** struct hv_start_fcopy: name and folder in UTF-16. */
export const COPY_START = new Layout<{
  operation: number;
  name: Uint8Array;
  folder: Uint8Array;
  flags: number;
  bytes: bigint;
}>(1088, { operation: u32(0), name: raw(36, 520), folder: raw(556, 520), flags: u32(1076), bytes: u64(1080) });

/** OVER_WRITE, CREATE_PATH. */
export const CopyFlag = { Overwrite: 1, CreatePath: 2 } as const;

/** DATA_FRAGMENT: bytes of one piece. */
export const COPY_FRAGMENT = 6144;

/** struct hv_do_fcopy. */
export const COPY_WRITE = new Layout<{ operation: number; offset: bigint; size: number; data: Uint8Array }>(
  52 + COPY_FRAGMENT,
  { operation: u32(0), offset: u64(40), size: u32(48), data: raw(52, COPY_FRAGMENT) },
);
