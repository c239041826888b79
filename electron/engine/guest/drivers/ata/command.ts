import { Command, MAX_TRANSFER, Register, SECTOR } from './registers';

/** What a channel is asked to do; `device` is 0 (master) or 1 (slave). */
export type AtaCommand =
  | { readonly kind: 'identify'; readonly device: number }
  | { readonly kind: 'identifyPacket'; readonly device: number }
  | { readonly kind: 'read'; readonly device: number; readonly lba: number; readonly count: number }
  | { readonly kind: 'write'; readonly device: number; readonly lba: number; readonly data: Uint8Array }
  | { readonly kind: 'flush'; readonly device: number }
  | { readonly kind: 'packet'; readonly device: number; readonly cdb: Uint8Array; readonly length: number };

/** How a command ended. */
export interface AtaResult {
  readonly ticket: number;
  readonly ok: boolean;
  /** What was read; shorter than asked for when a packet device had less. */
  readonly data: Uint8Array;
  /** Last status register; 0 or all ones where no device answers. */
  readonly status: number;
  readonly error: number;
  /** LBA mid and high after an aborted command: 0xEB14 says that a packet device is there. */
  readonly signature: number;
}

/** The command that a channel is working on. */
export interface ActiveCommand {
  ticket: number;
  command: AtaCommand;
  phase: 'select' | 'firstBlock' | 'dataIn' | 'dataOut' | 'cdb' | 'packetData' | 'dma' | 'finish';
  dma: boolean;
  /** Nothing to do before the channel's interrupt (or the deadline). */
  waits: boolean;
  data: Uint8Array;
  /** Bytes moved so far, and bytes that a packet device offered beyond what was asked for. */
  moved: number;
  surplus: number;
  deadline: number;
}

/** What a channel driver remembers. Plain: part of a guest's state tree. */
export interface AtaChannelState {
  active: ActiveCommand | null;
  queue: { ticket: number; command: AtaCommand }[];
  results: AtaResult[];
  nextTicket: number;
  timeouts: number;
}

export function newChannel(): AtaChannelState {
  return { active: null, queue: [], results: [], nextTicket: 1, timeouts: 0 };
}

/** Bytes that a command brings in. */
export function lengthOf(command: AtaCommand): number {
  if (command.kind === 'read') return Math.min(command.count * SECTOR, MAX_TRANSFER);
  if (command.kind === 'packet') return command.length;
  return command.kind === 'identify' || command.kind === 'identifyPacket' ? SECTOR : 0;
}

/** Command code of a transfer: direction, bus master, 48-bit address. */
export function transferCode(isRead: boolean, dma: boolean, isLong: boolean): number {
  if (dma)
    return isRead ? (isLong ? Command.readDmaExt : Command.readDma) : isLong ? Command.writeDmaExt : Command.writeDma;
  if (isRead) return isLong ? Command.readSectorsExt : Command.readSectors;
  return isLong ? Command.writeSectorsExt : Command.writeSectors;
}

/** Writes of the task file that name sectors; a long address writes the older halves of the registers first (ATA/ATAPI-6, 6.20). */
export function addressWrites(
  lba: number,
  count: number,
  isLong: boolean,
  device: number,
): (readonly [number, number])[] {
  const byte = (shift: number): number => Math.floor(lba / 2 ** shift) & 0xff;
  const older: (readonly [number, number])[] = [
    [Register.count, (count >> 8) & 0xff],
    [Register.low, byte(24)],
    [Register.mid, byte(32)],
    [Register.high, byte(40)],
  ];
  return [
    ...(isLong ? older : []),
    [Register.count, count & 0xff],
    [Register.low, byte(0)],
    [Register.mid, byte(8)],
    [Register.high, byte(16)],
    [Register.device, 0xe0 | (device << 4) | (isLong ? 0 : byte(24) & 0x0f)],
  ];
}
