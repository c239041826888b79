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

/**
 * A structure as the wire has it: a size and its fields as a table. One table is encoder, decoder and the list of offsets that
 * tests compare with a C compiler's.
 */
export class Layout<T extends object> {
  private readonly keys: readonly (keyof T & string)[];

  /** @param size bytes of the whole structure */
  constructor(
    readonly size: number,
    readonly fields: FieldsOf<T>,
  ) {
    this.keys = Object.keys(fields) as (keyof T & string)[]; // the keys of a mapped type are T's own
  }

  /** The values at `at`, or null when the bytes end before the structure does. */
  decode(bytes: Uint8Array, at = 0): T | null {
    if (at + this.size > bytes.length) return null;
    const values: Partial<T> = {};
    for (const key of this.keys) values[key] = this.fields[key].get(bytes, at);
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
    for (const key of this.keys) this.fields[key].set(bytes, at, values[key]);
  }

  /** Offset of each field by name. */
  offsets(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.keys.map((key) => [key, this.fields[key].offset]));
  }
}
