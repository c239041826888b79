import { readU16, readU32, readU64, writeU16, writeU32, writeU64 } from '../../base/bytes';

/** One field of a structure: where it lies, how wide it is, how it is read and written. Little-endian. */
export interface Field<T> {
  readonly offset: number;
  readonly size: number;
  get(bytes: Uint8Array, base: number): T;
  set(bytes: Uint8Array, base: number, value: T): void;
}

export function u8(offset: number): Field<number> {
  return {
    offset,
    size: 1,
    get: (bytes, base) => bytes[base + offset] ?? 0,
    set: (bytes, base, value) => {
      bytes[base + offset] = value;
    },
  };
}

export function u16(offset: number): Field<number> {
  return {
    offset,
    size: 2,
    get: (bytes, base) => readU16(bytes, base + offset),
    set: (bytes, base, value) => writeU16(bytes, base + offset, value),
  };
}

export function u32(offset: number): Field<number> {
  return {
    offset,
    size: 4,
    get: (bytes, base) => readU32(bytes, base + offset),
    set: (bytes, base, value) => writeU32(bytes, base + offset, value),
  };
}

export function u64(offset: number): Field<bigint> {
  return {
    offset,
    size: 8,
    get: (bytes, base) => readU64(bytes, base + offset),
    set: (bytes, base, value) => writeU64(bytes, base + offset, value),
  };
}

/** `size` bytes as they are; shorter values are padded with zeros, longer ones cut. */
export function raw(offset: number, size: number): Field<Uint8Array> {
  return {
    offset,
    size,
    get: (bytes, base) => bytes.slice(base + offset, base + offset + size),
    set: (bytes, base, value) => bytes.set(value.subarray(0, size), base + offset),
  };
}

/** The fields of `T`, each with its place. */
export type FieldsOf<T> = { readonly [K in keyof T]: Field<T[K]> };

/** One field and the name of its value. */
type Entry<T> = { readonly [K in keyof T & string]: { readonly key: K; readonly field: Field<T[K]> } }[keyof T &
  string];

/**
 * A structure as the wire has it: a size and its fields as a table. One table is encoder, decoder and the list of offsets that
 * tests compare with a C compiler's.
 */
export class Layout<T extends object> {
  private readonly list: readonly Entry<T>[];
  private readonly blank: Partial<T>; // has every field, so that all values of this structure have one shape

  /** @param size bytes of the whole structure */
  constructor(
    readonly size: number,
    readonly fields: FieldsOf<T>,
  ) {
    const keys = Object.keys(fields) as (keyof T & string)[]; // the keys of a mapped type are T's own
    this.list = keys.map((key) => ({ key, field: fields[key] }));
    const bytes = new Uint8Array(size);
    this.blank = {};
    for (const { key, field } of this.list) this.blank[key] = field.get(bytes, 0);
  }

  /** The values at `at`, or null when the bytes end before the structure does. */
  decode(bytes: Uint8Array, at = 0): T | null {
    if (at + this.size > bytes.length) return null;
    const values = { ...this.blank };
    for (const { key, field } of this.list) values[key] = field.get(bytes, at);
    return values as T; // every key of T has just been set
  }

  /** A fresh structure, zeros where no field lies. */
  encode(values: T): Uint8Array {
    const bytes = new Uint8Array(this.size);
    this.write(bytes, 0, values);
    return bytes;
  }

  /** Writes the fields into `bytes` at `at`; what lies between them stays. */
  write(bytes: Uint8Array, at: number, values: T): void {
    for (const { key, field } of this.list) field.set(bytes, at, values[key]);
  }

  /** Offset of each field by name. */
  offsets(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.list.map(({ key, field }) => [key, field.offset]));
  }
}
