/** How the sectors of a command move: a sector or a block at a time through the data register, by the bus master, or not at all. */
export type Movement = 'sector' | 'block' | 'dma' | 'none';

/** A command of a disk that names sectors. */
export interface ExtentCommand {
  readonly movement: Movement;
  /** As the host sees it. */
  readonly direction: 'in' | 'out';
  /** Its address has 48 bits, else 28. */
  readonly isLong: boolean;
}

const command = (movement: Movement, direction: 'in' | 'out', isLong = false): ExtentCommand => ({
  movement,
  direction,
  isLong,
});

/** Commands that name sectors, by code. ATA/ATAPI-6, chapter 8. */
const EXTENT_COMMANDS: ReadonlyMap<number, ExtentCommand> = new Map([
  [0x20, command('sector', 'in')],
  [0x21, command('sector', 'in')],
  [0x24, command('sector', 'in', true)],
  [0x29, command('block', 'in', true)],
  [0xc4, command('block', 'in')],
  [0x25, command('dma', 'in', true)],
  [0xc8, command('dma', 'in')],
  [0xc9, command('dma', 'in')],
  [0x30, command('sector', 'out')],
  [0x31, command('sector', 'out')],
  [0x34, command('sector', 'out', true)],
  [0x39, command('block', 'out', true)],
  [0xc5, command('block', 'out')],
  [0xce, command('block', 'out', true)],
  [0x35, command('dma', 'out', true)],
  [0x3d, command('dma', 'out', true)],
  [0xca, command('dma', 'out')],
  [0xcb, command('dma', 'out')],
  [0x40, command('none', 'in')], // READ VERIFY
  [0x41, command('none', 'in')],
  [0x42, command('none', 'in', true)],
]);

/** The command of this code, or null when it names no sectors. */
export function extentCommand(code: number): ExtentCommand | null {
  return EXTENT_COMMANDS.get(code) ?? null;
}

/** The other commands that a disk acts upon. */
export const PlainCommand = {
  checkPower: 0xe5,
  checkPowerOld: 0x98,
  flush: 0xe7,
  flushLong: 0xea,
  identify: 0xec,
  setMultiple: 0xc6,
  setParameters: 0x91,
} as const;

/** RECALIBRATE and SEEK with all the codes they once had, power management, SET FEATURES: nothing to do, and no error. */
export function endsWithoutMore(code: number): boolean {
  const isOldSeek = (code & 0xf0) === 0x10 || (code & 0xf0) === 0x70;
  return isOldSeek || (code >= 0xe0 && code <= 0xe6) || code === 0xef || code === PlainCommand.checkPowerOld;
}
