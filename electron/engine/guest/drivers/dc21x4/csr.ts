import type { Processor } from '../../../hypervisor/processor';

/** Control and status registers of the 21140, eight bytes apart (21140A Hardware Reference Manual, chapter 3). */
export const Csr = {
  busMode: 0,
  transmitPoll: 1,
  receivePoll: 2,
  receiveList: 3,
  transmitList: 4,
  status: 5,
  operation: 6,
  interrupts: 7,
  missed: 8,
  rom: 9,
  pins: 12,
} as const;

/** CSR5 and CSR7 bits. */
export const CsrStatus = {
  transmitDone: 1 << 0,
  transmitStopped: 1 << 1,
  transmitEmpty: 1 << 2,
  underflow: 1 << 5,
  received: 1 << 6,
  receiveEmpty: 1 << 7,
  receiveStopped: 1 << 8,
  fatalBusError: 1 << 13,
  abnormal: 1 << 15,
  normal: 1 << 16,
  /** All bits that are cleared by writing one. */
  all: 0x1ffff,
} as const;

/** CSR6 bits. */
export const CsrMode = { startReceive: 1 << 1, startTransmit: 1 << 13, mustBeOne: 1 << 25 } as const;

/** Access to the registers of one card in I/O space. */
export class Csrs {
  constructor(
    private readonly processor: Processor,
    private readonly base: number,
  ) {}

  read(csr: number): number {
    return this.processor.portRead(this.base + csr * 8, 4);
  }

  write(csr: number, value: number): void {
    this.processor.portWrite(this.base + csr * 8, 4, value >>> 0);
  }
}

const ROM_IDLE = 0x4800; // serial ROM selected, read operation
const CHIP_SELECT = 1;
const CLOCK = 2;
const DATA_IN = 4;
const DATA_OUT = 8;
const READ = 0b110; // start bit and opcode
const ADDRESS_BITS = 6;

/** One word of the serial ROM, clocked out bit by bit through CSR9 (93C46 data sheet, READ). */
export function readSromWord(csrs: Csrs, address: number): number {
  const selected = ROM_IDLE | CHIP_SELECT;
  csrs.write(Csr.rom, ROM_IDLE);
  csrs.write(Csr.rom, selected);
  const command = (READ << ADDRESS_BITS) | address;
  for (let bit = ADDRESS_BITS + 2; bit >= 0; bit--) {
    const data = (command >> bit) & 1 ? DATA_IN : 0;
    csrs.write(Csr.rom, selected | data);
    csrs.write(Csr.rom, selected | data | CLOCK);
  }
  csrs.write(Csr.rom, selected);
  let word = 0;
  for (let bit = 0; bit < 16; bit++) {
    csrs.write(Csr.rom, selected | CLOCK);
    word = (word << 1) | ((csrs.read(Csr.rom) & DATA_OUT) !== 0 ? 1 : 0);
    csrs.write(Csr.rom, selected);
  }
  csrs.write(Csr.rom, ROM_IDLE);
  return word;
}

/** The whole serial ROM, 128 bytes. */
export function readSrom(csrs: Csrs): Uint8Array {
  const image = new Uint8Array(128);
  for (let address = 0; address < 64; address++) {
    const word = readSromWord(csrs, address);
    image[address * 2] = word & 0xff;
    image[address * 2 + 1] = word >> 8;
  }
  return image;
}

const MAC_OFFSET = 20; // serial ROM format 1: station address

/** The station address; null when the ROM holds none that could be one. */
export function sromMac(image: Uint8Array): Uint8Array | null {
  const mac = image.slice(MAC_OFFSET, MAC_OFFSET + 6);
  const isEmpty = mac.every((value) => value === 0) || mac.every((value) => value === 0xff);
  return isEmpty ? null : mac;
}

const LINK_PIN = 1 << 6; // symbol-port link detect, as Digital's boards wire it

/** Reads the general-purpose pins: true when the card senses a link. */
export function hasLink(csrs: Csrs): boolean {
  return (csrs.read(Csr.pins) & LINK_PIN) !== 0;
}
