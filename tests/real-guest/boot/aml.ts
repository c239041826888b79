/**
 * As much of the ACPI machine language as a board's description needs: pure data, no control flow
 * (ACPI specification, chapter "ACPI Machine Language").
 */

const OP = { name: 0x08, scope: 0x10, buffer: 0x11, package: 0x12, extended: 0x5b, device: 0x82 } as const;
const PREFIX = { byte: 0x0a, word: 0x0b, dword: 0x0c, string: 0x0d } as const;

/** An integer in its shortest form. */
export function integer(value: number): Buffer {
  if (value === 0 || value === 1) return Buffer.from([value]);
  if (value <= 0xff) return Buffer.from([PREFIX.byte, value]);
  const wide = value > 0xffff;
  const bytes = Buffer.alloc(wide ? 5 : 3);
  bytes[0] = wide ? PREFIX.dword : PREFIX.word;
  if (wide) bytes.writeUInt32LE(value, 1);
  else bytes.writeUInt16LE(value, 1);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([PREFIX.string]), Buffer.from(`${value}\0`, 'latin1')]);
}

/** A PNP identifier such as `PNP0A03` in its compressed form: three letters of five bits, then four hexadecimal digits. */
export function eisaId(id: string): Buffer {
  const letter = (i: number): number => (id.charCodeAt(i) - 0x40) & 0x1f;
  const packed = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const digits = Number.parseInt(id.slice(3), 16);
  return Buffer.from([PREFIX.dword, packed >> 8, packed & 0xff, digits >> 8, digits & 0xff]);
}

/** Four characters, filled with underscores; a leading backslash names the root. */
function nameSegment(name: string): Buffer {
  const root = name.startsWith('\\') ? '\\' : '';
  return Buffer.from(root + name.slice(root.length).padEnd(4, '_'), 'latin1');
}

/** The length that stands before a body and counts itself: one byte up to 63, then up to three more. */
function withLength(body: Buffer): Buffer {
  if (body.length + 1 < 0x40) return Buffer.concat([Buffer.from([body.length + 1]), body]);
  const extra = body.length + 2 < 0x1000 ? 1 : 2;
  const total = body.length + 1 + extra;
  const length = [(extra << 6) | (total & 0x0f), (total >> 4) & 0xff, (total >> 12) & 0xff].slice(0, extra + 1);
  return Buffer.concat([Buffer.from(length), body]);
}

export function named(name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([OP.name]), nameSegment(name), value]);
}

export function scope(name: string, ...content: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([OP.scope]), withLength(Buffer.concat([nameSegment(name), ...content]))]);
}

export function device(name: string, ...content: readonly Buffer[]): Buffer {
  return Buffer.concat([
    Buffer.from([OP.extended, OP.device]),
    withLength(Buffer.concat([nameSegment(name), ...content])),
  ]);
}

export function list(...items: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([OP.package]), withLength(Buffer.concat([Buffer.from([items.length]), ...items]))]);
}

function buffer(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([OP.buffer]), withLength(Buffer.concat([integer(bytes.length), bytes]))]);
}

/** What an address space descriptor describes. */
const SPACE = { memory: 0, io: 1, bus: 2 } as const;
const FIXED_RANGE = 0x0c; // minimum and maximum are fixed; the device produces the range for what lies below it

/** A range of bus numbers or ports that a bridge passes on (word address space descriptor). */
export function wordRange(space: 'io' | 'bus', first: number, last: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set([0x88, 13, 0, SPACE[space], FIXED_RANGE, space === 'io' ? 3 : 0]);
  [0, first, last, 0, last - first + 1].forEach((value, i) => bytes.writeUInt16LE(value & 0xffff, 6 + i * 2));
  return bytes;
}

/** A range of memory that a bridge passes on: cacheable no, writable yes (double word address space descriptor). */
export function memoryRange(first: number, last: number): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.set([0x87, 23, 0, SPACE.memory, FIXED_RANGE, 1]);
  [0, first, last, 0, last - first + 1].forEach((value, i) => bytes.writeUInt32LE(value >>> 0, 6 + i * 4));
  return bytes;
}

/** Ports that the device itself answers (I/O port descriptor, 16 bits decoded). */
export function ports(first: number, count: number): Buffer {
  const bytes = Buffer.from([0x47, 1, 0, 0, 0, 0, 1, count]);
  bytes.writeUInt16LE(first, 2);
  bytes.writeUInt16LE(first, 4);
  return bytes;
}

/** An edge-triggered interrupt of the ISA kind (IRQ descriptor). */
export function irq(number: number): Buffer {
  const bytes = Buffer.from([0x22, 0, 0]);
  bytes.writeUInt16LE(1 << number, 1);
  return bytes;
}

/** Joins resource descriptors and closes them with the end tag. */
export function resources(...items: readonly Buffer[]): Buffer {
  return buffer(Buffer.concat([...items, Buffer.from([0x79, 0])]));
}
