import type { Processor } from '../../hypervisor/processor';
import { PciConfig } from '../hardware/pci-config';

const HOST_BRIDGE = { device: 0, fn: 0 } as const;
const PIIX4 = 7;

/** Bases that this firmware gives the PIIX4's power management and SMBus blocks. */
export const PM_BASE = 0x400;
const SMBUS_BASE = 0x440;
/** The interrupt that every PCI device shares: PIRQA is the only one that is routed. */
export const PCI_IRQ = 11;

/** Shadow RAM attributes of 82443BX registers 59h-5Fh (data sheet, 3.3.15): read and write from RAM, or read only. */
function setShadow(config: PciConfig, writable: boolean): void {
  const nibble = writable ? 3 : 1;
  config.write(HOST_BRIDGE.device, HOST_BRIDGE.fn, 0x59, nibble << 4, 1);
  for (let register = 0x5a; register <= 0x5f; register++) {
    config.write(HOST_BRIDGE.device, HOST_BRIDGE.fn, register, (nibble << 4) | nibble, 1);
  }
}

/** Opens C0000-FFFFF for writing, as POST does while it builds its tables there. */
export function openShadow(processor: Processor): void {
  setShadow(new PciConfig(processor), true);
}

/** Write-protects C0000-FFFFF again. */
export function closeShadow(processor: Processor): void {
  setShadow(new PciConfig(processor), false);
}

/** PIIX4: interrupt routing, power management and SMBus bases, IDE channel decoding (82371AB data sheet, chapter 4). */
export function programPiix4(processor: Processor): void {
  const config = new PciConfig(processor);
  config.write(PIIX4, 0, 0x60, 0x8080_8000 | PCI_IRQ); // PIRQA to IRQ 11; B, C and D off
  config.write(PIIX4, 1, 0x40, 0x8000_8000); // both IDE channels decode
  config.write(PIIX4, 3, 0x40, PM_BASE | 1);
  config.write(PIIX4, 3, 0x80, 1, 1); // PM I/O enable
  config.write(PIIX4, 3, 0x90, SMBUS_BASE | 1);
  processor.portWrite(0x4d0, 1, 0x00);
  processor.portWrite(0x4d1, 1, (1 << (PCI_IRQ - 8)) | (1 << (9 - 8))); // level: PCI and SCI
}

/** The two 8259s, everything masked: master at vector 08h, slave at 70h (Intel 8259A, initialization sequence). */
export function programPic(processor: Processor, masterVector = 0x08, slaveVector = 0x70): void {
  const out = (port: number, value: number): void => processor.portWrite(port, 1, value);
  out(0x20, 0x11);
  out(0x21, masterVector);
  out(0x21, 0x04);
  out(0x21, 0x01);
  out(0xa0, 0x11);
  out(0xa1, slaveVector);
  out(0xa1, 0x02);
  out(0xa1, 0x01);
  out(0x21, 0xff);
  out(0xa1, 0xff);
}

/** Counter 0 at 18.2 Hz, counter 1 for refresh: as a PC's BIOS leaves the 8254. */
export function programPit(processor: Processor): void {
  const out = (port: number, value: number): void => processor.portWrite(port, 1, value);
  out(0x43, 0x36);
  out(0x40, 0x00);
  out(0x40, 0x00);
  out(0x43, 0x54);
  out(0x41, 0x12);
}

/** Writes a CMOS byte; the NMI mask bit stays clear. */
export function writeCmos(processor: Processor, index: number, value: number): void {
  processor.portWrite(0x70, 1, index);
  processor.portWrite(0x71, 1, value & 0xff);
}

export function readCmos(processor: Processor, index: number): number {
  processor.portWrite(0x70, 1, index);
  return processor.portRead(0x71, 1);
}

/** Base, extended and high memory, equipment and the checksum of 10h-2Dh, as an AT BIOS keeps them. */
export function recordMemory(processor: Processor, memoryMB: number): void {
  const extended = Math.min((memoryMB - 1) * 1024, 0xffff);
  const blocks = Math.min(Math.max(0, memoryMB - 16) * 16, 0xffff);
  const words: readonly [number, number][] = [
    [0x15, 640],
    [0x17, extended],
    [0x30, extended],
    [0x34, blocks],
  ];
  for (const [index, value] of words) {
    writeCmos(processor, index, value);
    writeCmos(processor, index + 1, value >> 8);
  }
  const hasFloppy = readCmos(processor, 0x10) !== 0;
  writeCmos(processor, 0x14, 0x06 | (hasFloppy ? 0x01 : 0)); // coprocessor, pointing device, floppy
  let sum = 0;
  for (let index = 0x10; index <= 0x2d; index++) sum += readCmos(processor, index);
  writeCmos(processor, 0x2e, sum >> 8);
  writeCmos(processor, 0x2f, sum);
}
