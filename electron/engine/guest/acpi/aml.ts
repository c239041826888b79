import { asciiBytes } from '../../base/bytes';

/** ACPI Machine Language, as far as a namespace of plain devices needs it: ACPI specification 2.0, chapter 17 (grammar). */

const Op = {
  name: 0x08,
  dword: 0x0c,
  string: 0x0d,
  scope: 0x10,
  buffer: 0x11,
  pack: 0x12,
  extended: 0x5b,
  device: 0x82,
} as const;

/** Joins parts. */
function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** PkgLength of a package whose contents are `length` bytes: the encoding counts itself. */
function packageLength(length: number): number[] {
  if (length + 1 < 0x40) return [length + 1];
  if (length + 2 < 0x1000) return [0x40 | ((length + 2) & 0x0f), (length + 2) >> 4];
  const total = length + 3;
  return [0x80 | (total & 0x0f), (total >> 4) & 0xff, total >> 12];
}

function packed(op: readonly number[], body: Uint8Array): Uint8Array {
  return join(op, packageLength(body.length), body);
}

/** Four characters, padded with `_`. */
function segment(name: string): Uint8Array {
  return asciiBytes(name, 4, 0x5f);
}

export function amlScope(path: string, ...terms: readonly Uint8Array[]): Uint8Array {
  return packed([Op.scope], join([0x5c], segment(path), ...terms)); // a leading backslash: from the root
}

export function amlDevice(name: string, ...terms: readonly Uint8Array[]): Uint8Array {
  return packed([Op.extended, Op.device], join(segment(name), ...terms));
}

/** Name(name, "text") */
export function amlString(name: string, text: string): Uint8Array {
  return join([Op.name], segment(name), [Op.string], asciiBytes(text), [0]);
}

/** Name(name, value) with a 32-bit value. */
export function amlInteger(name: string, value: number): Uint8Array {
  return join(
    [Op.name],
    segment(name),
    [Op.dword],
    [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24],
  );
}

/** Name(name, Buffer () {…}) */
export function amlBuffer(name: string, bytes: Uint8Array): Uint8Array {
  return join([Op.name], segment(name), packed([Op.buffer], join([0x0a, bytes.length], bytes)));
}

/** Name(name, Package () {…}) with small integers. */
export function amlPackage(name: string, values: readonly number[]): Uint8Array {
  return join(
    [Op.name],
    segment(name),
    packed(
      [Op.pack],
      join(
        [values.length],
        values.flatMap((value) => [0x0a, value]),
      ),
    ),
  );
}

/** A compressed id, `PNP0A03`, as _HID holds it: ACPI specification 2.0, 17.3.4 (EISAID). */
export function eisaId(text: string): number {
  const letter = (i: number): number => (text.charCodeAt(i) - 0x40) & 0x1f;
  const vendor = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const product = Number.parseInt(text.slice(3), 16);
  return ((vendor >> 8) | ((vendor & 0xff) << 8) | ((product >> 8) << 16) | ((product & 0xff) << 24)) >>> 0;
}

/** The text of a compressed id. */
export function eisaText(value: number): string {
  const vendor = ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
  const product = (((value >>> 16) & 0xff) << 8) | (value >>> 24);
  const letters = [10, 5, 0].map((shift) => String.fromCharCode(0x40 + ((vendor >> shift) & 0x1f))).join('');
  return letters + product.toString(16).toUpperCase().padStart(4, '0');
}
