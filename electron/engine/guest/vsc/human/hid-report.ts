/** One field of an input report: where its bits lie and what they can say. Plain. */
export interface HidField {
  /** Usage page and usage, as page * 65536 + usage. */
  usage: number;
  bit: number;
  size: number;
  isSigned: boolean;
  isRelative: boolean;
  /** Largest logical value. */
  maximum: number;
}

/** Usages that a pointing device has (HID Usage Tables 1.12, pages 1 and 9). */
export const HidUsage = {
  x: 0x1_0030,
  y: 0x1_0031,
  wheel: 0x1_0038,
  firstButton: 0x9_0001,
  lastButton: 0x9_0005,
} as const;

const TAG = {
  usagePage: 0x04,
  minimum: 0x14,
  maximum: 0x24,
  size: 0x74,
  count: 0x94,
  usage: 0x08,
  usageMinimum: 0x18,
  usageMaximum: 0x28,
  input: 0x80,
} as const;
const INPUT = { constant: 1, relative: 4 } as const;

interface Parser {
  page: number;
  minimum: number;
  maximum: number;
  size: number;
  count: number;
  usages: number[];
  first: number;
  bit: number;
  readonly fields: HidField[];
}

/** The input fields of a report descriptor (Device Class Definition for HID 1.11, 6.2.2): the items that pointing devices use. */
export function parseReportDescriptor(descriptor: Uint8Array): HidField[] {
  const parser: Parser = {
    page: 0,
    minimum: 0,
    maximum: 0,
    size: 0,
    count: 0,
    usages: [],
    first: 0,
    bit: 0,
    fields: [],
  };
  for (let at = 0; at < descriptor.length;) {
    const head = descriptor[at] ?? 0;
    const length = [0, 1, 2, 4][head & 3] ?? 0;
    takeItem(parser, head & 0xfc, descriptor.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return parser.fields;
}

function takeItem(parser: Parser, tag: number, data: Uint8Array): void {
  const value = data.reduce((sum, byte, i) => sum + byte * 256 ** i, 0);
  const signed = (data.at(-1) ?? 0) > 127 ? value - 256 ** data.length : value;
  if (tag === TAG.usagePage) parser.page = value;
  else if (tag === TAG.minimum) parser.minimum = signed;
  else if (tag === TAG.maximum) parser.maximum = signed;
  else if (tag === TAG.size) parser.size = value;
  else if (tag === TAG.count) parser.count = value;
  else if (tag === TAG.usage) parser.usages.push(value);
  else if (tag === TAG.usageMinimum) parser.first = value;
  else if (tag === TAG.usageMaximum) for (let usage = parser.first; usage <= value; usage++) parser.usages.push(usage);
  else if (tag === TAG.input) addFields(parser, value);
  if ((tag & 0x0c) === 0) parser.usages = []; // a main item ends what is local to it
}

function addFields(parser: Parser, flags: number): void {
  const { page, minimum, maximum, size, count, usages, fields } = parser;
  for (let i = 0; i < count && (flags & INPUT.constant) === 0; i++) {
    const usage = page * 0x1_0000 + (usages[Math.min(i, usages.length - 1)] ?? 0);
    const isRelative = (flags & INPUT.relative) !== 0;
    fields.push({ usage, bit: parser.bit + i * size, size, isSigned: minimum < 0, isRelative, maximum });
  }
  parser.bit += size * count;
}

/** A field's value in a report; 0 when the report ends before it. */
export function fieldValue(report: Uint8Array, { bit, size, isSigned }: HidField): number {
  let value = 0;
  for (let i = 0; i < size; i++) value += (((report[(bit + i) >> 3] ?? 0) >> ((bit + i) & 7)) & 1) * 2 ** i;
  return isSigned && value >= 2 ** (size - 1) ? value - 2 ** size : value;
}
