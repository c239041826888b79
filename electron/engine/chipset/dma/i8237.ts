/**
 * One 8237A as the PIIX4 has two of them (Intel 8237A data sheet; 82371AB data sheet, 4.2.1): registers and their rules, without the
 * ports they lie at and the transfers they describe. Memory-to-memory transfers and requests by software move nothing: no
 * board of a PC uses them.
 */

/** What a channel counts with. Addresses and counts are of transfers: bytes, or words on the second controller. */
export interface ChannelState {
  baseAddress: number;
  baseCount: number;
  address: number;
  count: number;
  mode: number;
}

export interface I8237State {
  channels: ChannelState[];
  command: number;
  /** Bits 3:0: terminal counts since the last look. */
  reached: number;
  /** Bits 3:0: requests by software. */
  requested: number;
  /** Bits 3:0: masked channels. */
  mask: number;
  /** The next access to an address or a count is to its upper byte. */
  upper: boolean;
}

/** Transfer types of a mode register, bits 3:2, seen from memory. */
export const TransferType = { verify: 0, write: 1, read: 2 } as const;

const REG = {
  command: 0x8,
  request: 0x9,
  singleMask: 0xa,
  mode: 0xb,
  clearFlipFlop: 0xc,
  masterClear: 0xd,
  clearMask: 0xe,
  allMasks: 0xf,
} as const;
const DISABLE = 0x04;
const AUTOINITIALIZE = 0x10;
const DECREMENT = 0x20;
const CASCADE = 0xc0;
const ALL = 0x0f;

export function powerOn(): I8237State {
  const channel = (): ChannelState => ({ baseAddress: 0, baseCount: 0, address: 0, count: 0, mode: 0 });
  return {
    channels: [channel(), channel(), channel(), channel()],
    command: 0,
    reached: 0,
    requested: 0,
    mask: ALL,
    upper: false,
  };
}

/** Reads a register, 0-15. `lines` are the requests of the devices, bits 3:0. */
export function read(state: I8237State, register: number, lines: number): number {
  if (register < REG.command) return readByte(state, register);
  if (register === REG.command) return readStatus(state, lines);
  if (register === REG.allMasks) return 0xf0 | state.mask; // the PIIX4 lets it be read back
  return register === REG.masterClear ? 0 : 0xff; // the temporary register, of memory-to-memory transfers only
}

function readByte(state: I8237State, register: number): number {
  const channel = state.channels[register >> 1];
  const word = (register & 1 ? channel?.count : channel?.address) ?? 0;
  const byte = state.upper ? word >> 8 : word & 0xff;
  state.upper = !state.upper;
  return byte;
}

function readStatus(state: I8237State, lines: number): number {
  const status = state.reached | ((state.requested | lines) << 4);
  state.reached = 0;
  return status & 0xff;
}

export function write(state: I8237State, register: number, value: number): void {
  const bit = 1 << (value & 3);
  if (register < REG.command) writeByte(state, register, value);
  else if (register === REG.command) state.command = value;
  else if (register === REG.request) state.requested = value & 4 ? state.requested | bit : state.requested & ~bit;
  else if (register === REG.singleMask) state.mask = value & 4 ? state.mask | bit : state.mask & ~bit;
  else if (register === REG.mode) setMode(state, value);
  else if (register === REG.clearFlipFlop) state.upper = false;
  else if (register === REG.masterClear) masterClear(state);
  else if (register === REG.clearMask) state.mask = 0;
  else state.mask = value & ALL;
}

/** Base and current register are written together. */
function writeByte(state: I8237State, register: number, value: number): void {
  const channel = state.channels[register >> 1];
  if (!channel) return;
  const merge = (word: number): number => (state.upper ? (word & 0x00ff) | (value << 8) : (word & 0xff00) | value);
  if (register & 1) channel.count = channel.baseCount = merge(channel.baseCount);
  else channel.address = channel.baseAddress = merge(channel.baseAddress);
  state.upper = !state.upper;
}

function setMode(state: I8237State, value: number): void {
  const channel = state.channels[value & 3];
  if (channel) channel.mode = value & 0xfc;
}

/** The same as a reset: modes, addresses and counts stay. */
function masterClear(state: I8237State): void {
  Object.assign(state, { command: 0, reached: 0, requested: 0, mask: ALL, upper: false });
}

export function transferType(channel: ChannelState): number {
  return (channel.mode >> 2) & 3;
}

/** Addresses count down instead of up. */
export function countsDown(channel: ChannelState): boolean {
  return (channel.mode & DECREMENT) !== 0;
}

/** The channel passes a request of the other controller on and does nothing by itself. */
export function isCascade(channel: ChannelState): boolean {
  return (channel.mode & CASCADE) === CASCADE;
}

/** The controller works and the channel is not masked. */
export function isOpen(state: I8237State, index: number): boolean {
  return (state.command & DISABLE) === 0 && (state.mask & (1 << index)) === 0;
}

/** Moves address and count on by `transfers`. True at terminal count: the count went from 0 to FFFFh. */
export function countOn(state: I8237State, index: number, transfers: number): boolean {
  const channel = state.channels[index];
  if (!channel) return false;
  const isLast = transfers > channel.count;
  channel.address = (channel.address + (countsDown(channel) ? -transfers : transfers)) & 0xffff;
  channel.count = (channel.count - transfers) & 0xffff;
  if (isLast) finish(state, index, channel);
  return isLast;
}

function finish(state: I8237State, index: number, channel: ChannelState): void {
  const bit = 1 << index;
  state.reached |= bit;
  state.requested &= ~bit;
  if (channel.mode & AUTOINITIALIZE) {
    channel.address = channel.baseAddress;
    channel.count = channel.baseCount;
  } else state.mask |= bit;
}
