/** Intel 82077AA data sheet: ports of the PC-AT mode, register bits, commands. No behaviour. */

/** Offsets from the base, 3F0h. Offset 6 belongs to the disk controller; 0 and 1 are not driven in PC-AT mode. */
export const REG = { dor: 2, tdr: 3, msr: 4, fifo: 5, dir: 7 } as const;

export const DOR = { drive: 0x03, run: 0x04, gate: 0x08, motors: 4 } as const;
export const DSR = { reset: 0x80, rate: 0x03 } as const;
export const MSR = { busy: 0x10, nonDma: 0x20, toHost: 0x40, ready: 0x80 } as const;
export const DIR_CHANGED = 0x80;
/** Bits of the digital input register that nobody drives in PC-AT mode. */
export const DIR_FLOATING = 0x7f;

export const ST0 = {
  head: 0x04,
  equipment: 0x10,
  seekEnd: 0x20,
  abnormal: 0x40,
  invalid: 0x80,
  polling: 0xc0,
} as const;
export const ST1 = {
  missingAddress: 0x01,
  writeProtected: 0x02,
  noData: 0x04,
  overrun: 0x10,
  dataError: 0x20,
  endOfCylinder: 0x80,
} as const;
export const ST2 = { wrongCylinder: 0x10, dataError: 0x20 } as const;
/** Bits 5 and 3 read as one. */
export const ST3 = { always: 0x28, track0: 0x10, writeProtected: 0x40 } as const;

/** Modifiers in the upper bits of a command, and of its first parameter. */
export const MULTI_TRACK = 0x80;
export const HEAD_SELECT = 0x04;
export const ENABLE_COUNT = 0x80;

export const SPECIFY_NON_DMA = 0x01;
export const CONFIGURE = { impliedSeek: 0x40, fifoOff: 0x20, threshold: 0x0f } as const;
/** FIFO off, drive polling on, threshold one byte: the state after a reset. */
export const CONFIGURE_RESET = CONFIGURE.fifoOff;

/** What VERSION answers: an enhanced controller. */
export const ENHANCED = 0x90;

export type CommandName =
  | 'readData'
  | 'writeData'
  | 'verify'
  | 'formatTrack'
  | 'readId'
  | 'recalibrate'
  | 'seek'
  | 'relativeSeek'
  | 'senseInterrupt'
  | 'senseDrive'
  | 'specify'
  | 'configure'
  | 'dumpRegisters'
  | 'perpendicular'
  | 'lock'
  | 'version'
  | 'invalid';

interface CommandCode {
  readonly name: CommandName;
  readonly code: number;
  /** Bits of the first byte that say which command it is; the others modify it. */
  readonly mask: number;
  /** Bytes that follow. */
  readonly parameters: number;
}

/**
 * The commands of the data sheet's table 5-1 that act on a medium without deleted marks, as a flat image is one. READ TRACK, the
 * SCAN commands and those for deleted data are not there and answer as invalid.
 */
const COMMANDS: readonly CommandCode[] = [
  { name: 'readData', code: 0x06, mask: 0x1f, parameters: 8 },
  { name: 'writeData', code: 0x05, mask: 0x3f, parameters: 8 },
  { name: 'verify', code: 0x16, mask: 0x1f, parameters: 8 },
  { name: 'formatTrack', code: 0x0d, mask: 0xbf, parameters: 5 },
  { name: 'readId', code: 0x0a, mask: 0xbf, parameters: 1 },
  { name: 'recalibrate', code: 0x07, mask: 0xff, parameters: 1 },
  { name: 'seek', code: 0x0f, mask: 0xff, parameters: 2 },
  { name: 'relativeSeek', code: 0x8f, mask: 0xbf, parameters: 2 },
  { name: 'senseInterrupt', code: 0x08, mask: 0xff, parameters: 0 },
  { name: 'senseDrive', code: 0x04, mask: 0xff, parameters: 1 },
  { name: 'specify', code: 0x03, mask: 0xff, parameters: 2 },
  { name: 'configure', code: 0x13, mask: 0xff, parameters: 3 },
  { name: 'dumpRegisters', code: 0x0e, mask: 0xff, parameters: 0 },
  { name: 'perpendicular', code: 0x12, mask: 0xff, parameters: 1 },
  { name: 'lock', code: 0x14, mask: 0x7f, parameters: 0 },
  { name: 'version', code: 0x10, mask: 0xff, parameters: 0 },
];

const INVALID: CommandCode = { name: 'invalid', code: 0, mask: 0, parameters: 0 };

/** What the first byte of a command means. */
export function commandOf(byte: number): CommandCode {
  return COMMANDS.find(({ code, mask }) => (byte & mask) === code) ?? INVALID;
}
