import { readU16 } from '../../base/bytes';
import { ROM } from './registers';

/** What the 93C46 remembers between two edges of its clock. */
export interface SromState {
  /** Chip select and clock as last seen. */
  selected: boolean;
  clock: boolean;
  /** Level of the data output: high when nothing drives it. */
  output: boolean;
  /** Bits of the command so far, with the start bit on top; 0 while waiting for it. */
  command: number;
  /** Bits still to come before the command is complete; 0 when it is. */
  missing: number;
  /** Word being shifted out, -1 when none is; and how many of its bits are out. */
  word: number;
  shifted: number;
}

const COMMAND_BITS = 8; // after the start bit: opcode 2, address 6
const OPCODE_READ = 2;
const WORDS = 64;

export function idleSrom(): SromState {
  return { selected: false, clock: false, output: true, command: 0, missing: 0, word: -1, shifted: 0 };
}

/**
 * Moves the pins of the serial ROM to what CSR9 says (93C46 data sheet: data is taken and given with the rising clock;
 * a read answers a 0 with the last address bit, then 16 bits, then those of the next word). The part is write-protected:
 * program and erase commands are taken and change nothing.
 */
export function driveSrom(state: SromState, image: Uint8Array, csr9: number): void {
  const selected = (csr9 & ROM.SR) !== 0 && (csr9 & ROM.CS) !== 0;
  if (!selected) return void Object.assign(state, idleSrom());
  const clock = (csr9 & ROM.SK) !== 0;
  const rising = clock && !state.clock && state.selected;
  state.selected = true;
  state.clock = clock;
  if (rising) clockSrom(state, image, (csr9 & ROM.DI) !== 0);
}

function clockSrom(state: SromState, image: Uint8Array, input: boolean): void {
  if (state.word >= 0) shiftOut(state, image);
  else if (state.missing > 0) takeBit(state, input);
  else if (state.command === 0 && input) Object.assign(state, { command: 1, missing: COMMAND_BITS });
}

function takeBit(state: SromState, input: boolean): void {
  state.command = (state.command << 1) | (input ? 1 : 0);
  state.missing--;
  if (state.missing > 0 || ((state.command >> 6) & 3) !== OPCODE_READ) return;
  Object.assign(state, { word: state.command & (WORDS - 1), shifted: 0, output: false });
}

function shiftOut(state: SromState, image: Uint8Array): void {
  if (state.shifted === 16) Object.assign(state, { word: (state.word + 1) % WORDS, shifted: 0 });
  state.output = ((readU16(image, state.word * 2) >> (15 - state.shifted)) & 1) === 1;
  state.shifted++;
}
