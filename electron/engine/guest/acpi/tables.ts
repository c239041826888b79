import { asciiBytes, writeU16, writeU32, writeU64 } from '../../base/bytes';
import type { Processor } from '../../hypervisor/processor';

/** Where the tables say that things are. ACPI specification 2.0, 5.2. */
export interface FixedHardware {
  readonly sciInterrupt: number;
  readonly smiCommand: number;
  readonly acpiEnable: number;
  /** I/O base of the PM1a event block; the control block follows 4 higher, the timer 8 higher (PIIX4). */
  readonly pmBase: number;
}

const HEADER = 36;
/** Where the root pointer lies: in the BIOS segment, on a paragraph. */
export const RSDP_ADDRESS = 0xf5c00;

function closeSum(bytes: Uint8Array, at: number): void {
  const sum = bytes.reduce((total, value) => total + value, 0);
  bytes[at] = (0x100 - (sum & 0xff)) & 0xff;
}

function table(signature: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + body.length);
  bytes.set(asciiBytes(signature, 4));
  writeU32(bytes, 4, bytes.length);
  bytes[8] = 1;
  bytes.set(asciiBytes('VRTUAL', 6, 0x20), 10);
  bytes.set(asciiBytes('MICROSFT', 8, 0x20), 16);
  bytes.set(body, HEADER);
  closeSum(bytes, 9);
  return bytes;
}

function fixedTable(dsdt: number, hardware: FixedHardware): Uint8Array {
  const body = new Uint8Array(116 - HEADER);
  const at = (offset: number): number => offset - HEADER;
  writeU32(body, at(40), dsdt);
  writeU16(body, at(46), hardware.sciInterrupt);
  writeU32(body, at(48), hardware.smiCommand);
  body[at(52)] = hardware.acpiEnable;
  writeU32(body, at(56), hardware.pmBase);
  writeU32(body, at(64), hardware.pmBase + 4);
  writeU32(body, at(76), hardware.pmBase + 8);
  body[at(88)] = 4; // PM1_EVT_LEN
  body[at(89)] = 2; // PM1_CNT_LEN
  body[at(91)] = 4; // PM_TM_LEN
  return table('FACP', body);
}

/** Writes DSDT, FACP and RSDT at `base` (RAM) and the root pointer into the BIOS segment. */
export function writeAcpiTables(processor: Processor, base: number, aml: Uint8Array, hardware: FixedHardware): void {
  const dsdt = table('DSDT', aml);
  const dsdtAt = base + 0x1000;
  const factAt = base + 0x400;
  const root = new Uint8Array(4);
  writeU32(root, 0, factAt);
  processor.memory.write(dsdtAt, dsdt);
  processor.memory.write(factAt, fixedTable(dsdtAt, hardware));
  processor.memory.write(base, table('RSDT', root));
  const pointer = new Uint8Array(20);
  pointer.set(asciiBytes('RSD PTR '));
  pointer.set(asciiBytes('VRTUAL'), 9);
  writeU32(pointer, 16, base);
  closeSum(pointer, 8);
  pointer.forEach((value, i) => processor.memoryWrite(RSDP_ADDRESS + i, 1, value));
}

/** One range of the BIOS memory map (INT 15h, E820h): 1 usable, 2 reserved, 3 ACPI data. */
export interface MemoryRange {
  readonly base: number;
  readonly length: number;
  readonly type: number;
}

/** Where the firmware leaves the memory map for the loader: number of entries, then 20 bytes each. */
export const MEMORY_MAP_ADDRESS = 0x600;

export function writeMemoryMap(processor: Processor, ranges: readonly MemoryRange[]): void {
  const bytes = new Uint8Array(4 + ranges.length * 20);
  writeU32(bytes, 0, ranges.length);
  ranges.forEach(({ base, length, type }, i) => {
    writeU64(bytes, 4 + i * 20, BigInt(base));
    writeU64(bytes, 12 + i * 20, BigInt(length));
    writeU32(bytes, 20 + i * 20, type);
  });
  processor.memory.write(MEMORY_MAP_ADDRESS, bytes);
}
