/** Registers and bits of an ATA channel: ATA/ATAPI-6, 7; bus-master block: Intel 82371AB data sheet, 5.2.1. */

/** Where a channel's registers lie. `busMaster` is null when the controller cannot transfer by itself. */
export interface AtaPorts {
  readonly command: number;
  readonly control: number;
  readonly busMaster: number | null;
}

export const Register = {
  data: 0,
  error: 1,
  features: 1,
  count: 2,
  low: 3,
  mid: 4,
  high: 5,
  device: 6,
  status: 7,
} as const;

export const Status = { error: 0x01, request: 0x08, fault: 0x20, ready: 0x40, busy: 0x80 } as const;

export const Control = { noInterrupt: 0x02, reset: 0x04 } as const;

export const Command = {
  readSectors: 0x20,
  readSectorsExt: 0x24,
  readDmaExt: 0x25,
  writeSectors: 0x30,
  writeSectorsExt: 0x34,
  writeDmaExt: 0x35,
  packet: 0xa0,
  identifyPacket: 0xa1,
  readDma: 0xc8,
  writeDma: 0xca,
  flush: 0xe7,
  identify: 0xec,
} as const;

export const BusMasterRegister = { command: 0, status: 2, table: 4 } as const;
export const BusMasterBit = { start: 0x01, toMemory: 0x08, error: 0x02, interrupt: 0x04 } as const;

/** Bytes of one sector of a hard disk. */
export const SECTOR = 512;
/** Most that one command moves here: what one entry of a physical region table describes. */
export const MAX_TRANSFER = 65_536;
