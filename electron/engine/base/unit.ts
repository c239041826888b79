/**
 * What every part of the engine offers, whatever it is: a device, a provider, a hypervisor object, a guest driver.
 * A unit keeps all that a guest (or time) can change in ONE plain object, so that saved state, checkpoints and
 * time travel are the same operation.
 */

/** Data without behaviour: may be copied, compared and written to a document. Typed arrays are allowed for memory. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float64Array
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/** One node of the live tree that a person (or a test) can walk without a debugger. */
export type InspectNode =
  string | number | boolean | null | readonly InspectNode[] | { readonly [key: string]: InspectNode };

/** The duties of every unit. `S` is the unit's saved state: plain data, versioned by its owner. */
export interface Unit<S> {
  /** Puts the unit into the state after power-on or bus reset. Wiring and configuration stay. */
  reset(): void;
  /** A deep copy of all changeable state. */
  save(): S;
  /** Takes over a state that `save` of the same unit returned. */
  restore(saved: S): void;
  /** The state for reading by people: never used to restore. */
  inspect(): InspectNode;
}

/** Deep copy of plain data; typed arrays are copied, never shared. */
export function clonePlain<T>(value: T): T {
  return structuredCopy(value) as T; // same shape by construction of structuredCopy
}

function structuredCopy(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (ArrayBuffer.isView(value)) return copyView(value);
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (value instanceof Map || value instanceof Set) throw new TypeError('plain state holds no Map or Set');
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) copy[key] = structuredCopy(item);
  return copy;
}

function copyView(view: ArrayBufferView): ArrayBufferView {
  if (view instanceof Uint8Array || view instanceof Uint16Array || view instanceof Uint32Array) return view.slice();
  if (view instanceof Float64Array || view instanceof Int32Array) return view.slice();
  throw new TypeError('plain state holds only Uint8, Uint16, Uint32, Int32 and Float64 arrays');
}
