import type { PointerEvent } from '../../../base/backends';
import { writeU16 } from '../../../base/bytes';
import { MOUSE_DEVICE_INFO, MOUSE_INFO_BYTES } from '../../../vmbus/protocol/synth-mouse';

/** Vendor and product by which guests list the device: 045E:0621. */
const VENDOR_MICROSOFT = 0x045e;
const PRODUCT_VMBUS_MOUSE = 0x0621;
const DEVICE_VERSION = 1; // [estimate]

/** Largest coordinate of a report: right and bottom edge of the picture. */
export const POINTER_MAX = 0x7fff;
const WHEEL_MAX = 0x7fff;

/**
 * What the reports below mean (Device Class Definition for HID 1.11, 6.2.2; usages of the HID Usage Tables, pages 1 and 9):
 * five buttons and three bits of padding, X and Y as absolute 16-bit coordinates, and a relative 16-bit wheel.
 */
const REPORT_DESCRIPTOR = Uint8Array.from(
  [
    [0x05, 0x01, 0x09, 0x02, 0xa1, 0x01], // generic desktop, mouse, application collection
    [0x09, 0x01, 0xa1, 0x00], // pointer, physical collection
    [0x05, 0x09, 0x19, 0x01, 0x29, 0x05], // buttons 1 to 5
    [0x15, 0x00, 0x25, 0x01, 0x95, 0x05, 0x75, 0x01, 0x81, 0x02], // five bits, 0 or 1
    [0x95, 0x01, 0x75, 0x03, 0x81, 0x01], // three bits that mean nothing
    [0x05, 0x01, 0x09, 0x30, 0x09, 0x31], // X and Y
    [0x15, 0x00, 0x26, 0xff, 0x7f, 0x75, 0x10, 0x95, 0x02, 0x81, 0x02], // 0 to 32767, absolute
    [0x09, 0x38, 0x16, 0x01, 0x80, 0x26, 0xff, 0x7f, 0x75, 0x10, 0x95, 0x01, 0x81, 0x06], // wheel, relative
    [0xc0, 0xc0],
  ].flat(),
);

/** HID descriptor: version 1.01, no country, one report descriptor of that length. */
function hidDescriptor(): Uint8Array {
  const bytes = Uint8Array.from([9, 0x21, 0x01, 0x01, 0, 1, 0x22, 0, 0]);
  writeU16(bytes, 7, REPORT_DESCRIPTOR.length);
  return bytes;
}

/** Body of the message by which the mouse introduces itself. */
export function deviceInfo(): Uint8Array {
  const bytes = new Uint8Array(MOUSE_DEVICE_INFO.size + REPORT_DESCRIPTOR.length);
  MOUSE_DEVICE_INFO.write(bytes, 0, {
    size: MOUSE_INFO_BYTES,
    vendor: VENDOR_MICROSOFT,
    product: PRODUCT_VMBUS_MOUSE,
    version: DEVICE_VERSION,
    descriptor: hidDescriptor(),
  });
  bytes.set(REPORT_DESCRIPTOR, MOUSE_DEVICE_INFO.size);
  return bytes;
}

/** One report: buttons, X, Y, wheel. HID counts the wheel away from the user. */
export function inputReport({ x, y, wheel, buttons }: PointerEvent): Uint8Array {
  const inside = (value: number, least: number, most: number): number =>
    Math.max(least, Math.min(most, Math.trunc(value) || 0));
  const bytes = new Uint8Array(7);
  bytes[0] = buttons & 0x1f;
  writeU16(bytes, 1, inside(x, 0, POINTER_MAX));
  writeU16(bytes, 3, inside(y, 0, POINTER_MAX));
  writeU16(bytes, 5, inside(-wheel, -WHEEL_MAX, WHEEL_MAX) & 0xffff);
  return bytes;
}
