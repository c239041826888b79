import { Layout, raw, u16, u32, u8 } from './layout';
import { pipeMessage, pipePayload } from './pipe';

/** Messages of the synthetic mouse, behind a pipe header. linux drivers/hid/hid-hyperv.c. */
export const MouseMessage = {
  ProtocolRequest: 0,
  ProtocolResponse: 1,
  InitialDeviceInfo: 2,
  InitialDeviceInfoAck: 3,
  InputReport: 4,
} as const;

/** 2.0; 1.0 was the beta's before January 2008. */
export const MOUSE_VERSION = 0x0002_0000;

interface Header {
  type: number;
  /** Bytes behind this header. */
  size: number;
}

const HEADER = new Layout<Header>(8, { type: u32(0), size: u32(4) });

/** Bodies of the messages: what follows the header. */
export const MOUSE_REQUEST = new Layout<{ version: number }>(4, { version: u32(0) });
export const MOUSE_RESPONSE = new Layout<{ version: number; approved: number }>(5, {
  version: u32(0),
  approved: u8(4),
});

/** struct hv_input_dev_info and struct hid_descriptor; the report descriptor follows. */
export interface MouseDeviceInfo {
  size: number;
  vendor: number;
  product: number;
  version: number;
  /** HID descriptor (HID 1.11, 6.2.1): nine bytes with one report descriptor. */
  descriptor: Uint8Array;
}

export const MOUSE_DEVICE_INFO = new Layout<MouseDeviceInfo>(41, {
  size: u32(0),
  vendor: u16(4),
  product: u16(6),
  version: u16(8),
  descriptor: raw(32, 9),
});

/** Bytes of struct hv_input_dev_info. */
export const MOUSE_INFO_BYTES = 32;

/** One message behind its pipe header. */
export function encodeMouse(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER.size + body.length);
  HEADER.write(bytes, 0, { type, size: body.length });
  bytes.set(body, HEADER.size);
  return pipeMessage(bytes);
}

/** Type and body of a packet's payload; null when it does not hold together. */
export function decodeMouse(payload: Uint8Array): { type: number; body: Uint8Array } | null {
  const bytes = pipePayload(payload);
  const header = bytes && HEADER.decode(bytes);
  if (!header || header.size > bytes.length - HEADER.size) return null;
  return { type: header.type, body: bytes.subarray(HEADER.size, HEADER.size + header.size) };
}
