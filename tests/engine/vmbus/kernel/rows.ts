/** How a structure or constant of ours is set beside the kernel's: one row for each number that must agree. */
import { guidBytes } from '@engine/vmbus/protocol/guid';
import type { Layout } from '@engine/vmbus/protocol/layout';
import type { Question } from './compiler';

/** One number: what it is, ours, and how C is asked for the kernel's. */
export interface Row {
  readonly name: string;
  readonly ours: bigint;
  readonly question: Question;
}

const U64 = (value: number | bigint): bigint => BigInt.asUintN(64, BigInt(value));

/** The byte in which a bit field lies: C has no `offsetof` for it. */
function bitFieldByte(type: string, member: string): Question {
  return `{ ${type} v; unsigned char *p = (unsigned char *)&v; unsigned i; for (i = 0; i < sizeof v; i++) p[i] = 0;
    v.${member} = ~0; for (i = 0; i < sizeof v; i++) if (p[i]) return i; return ~0ull; }`;
}

/** Where ours is a part of the kernel's structure, in C. */
interface StructureOptions {
  /** The size of that part. */
  readonly size?: string;
  /** Where it begins. */
  readonly base?: string;
}

/**
 * Size of a structure, and place and width of each field. A field is given by its C name; `:name` is a bit field, of which only the
 * place is compared; null is one that the kernel leaves unnamed.
 */
export function structure<T extends object>(
  name: string,
  layout: Layout<T>,
  type: string,
  members: { readonly [K in keyof T]: string | null },
  { size = `sizeof(${type})`, base = '0' }: StructureOptions = {},
): Row[] {
  const rows: Row[] = [{ name: `size of ${name}`, ours: U64(layout.size), question: size }];
  for (const key in members) {
    const member = members[key];
    const { offset, size: width } = layout.fields[key];
    if (member === null) continue;
    if (member.startsWith(':')) {
      rows.push({ name: `${name}.${key}`, ours: U64(offset), question: bitFieldByte(type, member.slice(1)) });
      continue;
    }
    rows.push({
      name: `${name}.${key}`,
      ours: U64(offset),
      question: `__builtin_offsetof(${type}, ${member}) - (${base})`,
    });
    const question = `sizeof(((${type} *)0)->${member})`;
    rows.push({ name: `width of ${name}.${key}`, ours: U64(width), question });
  }
  return rows;
}

/** The values of a table of constants by their C names; null is one for which the kernel has no name. */
export function constants<K extends string>(
  name: string,
  ours: Readonly<Record<K, number | bigint>>,
  theirs: { readonly [P in K]: string | null },
): Row[] {
  const rows: Row[] = [];
  for (const key in theirs) {
    const question = theirs[key];
    if (question !== null) rows.push({ name: `${name}.${key}`, ours: U64(ours[key]), question });
  }
  return rows;
}

/** One number of ours and a C expression. */
export function single(name: string, ours: number | bigint, question: Question): Row {
  return { name, ours: U64(ours), question };
}

/** GUIDs by the macros that fill a `struct hv_vmbus_device_id`; compared as two words of their sixteen bytes. */
export function guids<K extends string>(
  name: string,
  ours: Readonly<Record<K, string>>,
  theirs: { readonly [P in K]: string | null },
): Row[] {
  const rows: Row[] = [];
  for (const key in theirs) {
    const macro = theirs[key];
    const words = new BigUint64Array(guidBytes(ours[key]).slice().buffer);
    if (macro === null) continue;
    words.forEach((word, half) => {
      const read = `((const unsigned long long *)&id.guid)[${half}]`;
      const question = `{ static const struct hv_vmbus_device_id id = { ${macro} }; return ${read}; }`;
      rows.push({ name: `${name}.${key}[${half}]`, ours: word, question });
    });
  }
  return rows;
}
