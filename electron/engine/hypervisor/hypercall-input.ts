import { writeU64 } from '../base/bytes';
import { PAGE_SIZE, type GuestMemory } from '../memory/guest-memory';
import { HvStatus, type HypercallControl } from './hypercall';

/** What a call takes and gives, as its definition in the TLFS says. Sizes in bytes. */
export interface CallShape {
  /** Fixed part of the input: the whole of it, or the header before the elements of a rep call. */
  readonly input: number;
  readonly output?: number;
  /** The header may be longer by what the control word says: a sparse set of processors. */
  readonly isVariable?: boolean;
  /** Size of an element of the list that a rep call works through; absent for a simple call. */
  readonly element?: number;
}

const ADDRESS_LIMIT = 1n << 52n;
/** Bytes of a fast call's input. */
export const FAST_BYTES = 16; // two registers; input in XMM registers is announced by no profile here
const REGISTER_BYTES = 8;

/**
 * Control word against the call's shape: a simple call has no reps, a rep call has some and begins below their count, and only a variable
 * call has a variable header. TLFS, "Hypercall Status Codes", HV_STATUS_INVALID_HYPERCALL_INPUT.
 */
export function fitsShape(word: HypercallControl, shape: CallShape): boolean {
  if (word.malformed || (word.variableHeader > 0 && shape.isVariable !== true)) return false;
  if (shape.element === undefined) return word.repCount === 0 && word.repStart === 0;
  return word.repCount > 0 && word.repStart < word.repCount;
}

/**
 * The input parameters: out of the two registers of a fast call, or copied from guest memory. A block must be 8-byte aligned, within one
 * page, and RAM: else "invalid alignment" (TLFS has that one status for all three).
 *
 * @param room FAST_BYTES for the input of a fast call, good until the next call
 */
export function readInput(
  memory: GuestMemory,
  word: HypercallControl,
  shape: CallShape,
  registers: readonly [bigint, bigint],
  room: Uint8Array,
): Uint8Array | HvStatus {
  const length = shape.input + word.variableHeader * 8 + (shape.element ?? 0) * word.repCount;
  if (word.fast) return fastInput(length, shape, registers, room);
  const [input, output] = registers;
  if (!isBlock(memory, input, length) || !isBlock(memory, output, shape.output ?? 0)) return HvStatus.InvalidAlignment;
  return memory.read(Number(input), length);
}

/** Fast calls return nothing but the result word. Most calls are fast ones: their input lies in the same bytes each time. */
function fastInput(
  length: number,
  shape: CallShape,
  [first, second]: readonly [bigint, bigint],
  room: Uint8Array,
): Uint8Array | HvStatus {
  if (length > FAST_BYTES || (shape.output ?? 0) > 0) return HvStatus.InvalidHypercallInput;
  writeU64(room, 0, first);
  writeU64(room, REGISTER_BYTES, second);
  return room;
}

/** A block of no bytes may have any address. */
function isBlock(memory: GuestMemory, gpa: bigint, length: number): boolean {
  if (length === 0) return true;
  if (gpa >= ADDRESS_LIMIT || (gpa & 7n) !== 0n) return false;
  const at = Number(gpa);
  return (at % PAGE_SIZE) + length <= PAGE_SIZE && memory.isRam(at, length);
}
