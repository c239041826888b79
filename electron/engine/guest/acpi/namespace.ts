import { asciiOf, readU32, readU64 } from '../../base/bytes';
import type { Processor } from '../../hypervisor/processor';
import { eisaText } from './aml';
import { decodeResources, type Resource } from './resources';
import { MEMORY_MAP_ADDRESS, RSDP_ADDRESS, type MemoryRange } from './tables';

/** One device of the ACPI namespace, as an operating system finds it. */
export interface AcpiDevice {
  /** `\_SB.PCI0.VMBS` */
  readonly path: string;
  /** `PNP0303`, `VMBus`. */
  readonly hid: string;
  /** Compatible id, or empty. */
  readonly cid: string;
  readonly uid: number;
  readonly resources: readonly Resource[];
}

/** What the tables tell an operating system. */
export interface AcpiTables {
  readonly devices: readonly AcpiDevice[];
  /** Port of the PM1a control register and the sleep type of soft-off. */
  readonly pmControl: number;
  readonly pmTimer: number;
  readonly softOff: number;
  readonly sciInterrupt: number;
}

const SEARCH_START = 0xe0000; // ACPI specification 2.0, 5.2.4.1: the root pointer is sought here, on paragraphs
const SEARCH_END = 0x100000;
const LIMIT = 0x40000; // a longer table is damage

function readBytes(processor: Processor, gpa: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => processor.memoryRead(gpa + i, 1));
}

function sumIsZero(bytes: Uint8Array): boolean {
  return (bytes.reduce((sum, value) => sum + value, 0) & 0xff) === 0;
}

function findRoot(processor: Processor): number | null {
  const isRoot = (at: number): boolean =>
    processor.memoryRead(at, 4) === 0x20445352 &&
    asciiOf(readBytes(processor, at, 8)) === 'RSD PTR ' &&
    sumIsZero(readBytes(processor, at, 20));
  if (isRoot(RSDP_ADDRESS)) return processor.memoryRead(RSDP_ADDRESS + 16, 4);
  for (let at = SEARCH_START; at < SEARCH_END; at += 16) if (isRoot(at)) return processor.memoryRead(at + 16, 4);
  return null;
}

function readTable(processor: Processor, gpa: number, signature: string): Uint8Array | null {
  const length = processor.memory.readU32(gpa + 4);
  if (length < 36 || length > LIMIT) return null;
  const bytes = processor.memory.read(gpa, length);
  return asciiOf(bytes.subarray(0, 4)) === signature && sumIsZero(bytes) ? bytes : null;
}

/** Reads the tables that the firmware left in memory; null when there are none or they are damaged. */
export function readAcpiTables(processor: Processor): AcpiTables | null {
  const rootAt = findRoot(processor);
  const root = rootAt === null ? null : readTable(processor, rootAt, 'RSDT');
  const fixed = root && readTable(processor, readU32(root, 36), 'FACP');
  const dsdt = fixed && readTable(processor, readU32(fixed, 40), 'DSDT');
  if (!fixed || !dsdt) return null;
  const reader = new AmlReader(dsdt);
  reader.terms(36, dsdt.length, '');
  return {
    devices: reader.devices.filter(({ hid }) => hid !== ''),
    pmControl: readU32(fixed, 64),
    pmTimer: readU32(fixed, 76),
    softOff: reader.softOff,
    sciInterrupt: fixed[46] ?? 9,
  };
}

/** Walks a definition block of scopes, devices and names; what it does not know ends the enclosing package. */
class AmlReader {
  readonly devices: { path: string; hid: string; cid: string; uid: number; resources: Resource[] }[] = [];
  softOff = 0;

  constructor(private readonly bytes: Uint8Array) {}

  terms(start: number, end: number, path: string): void {
    for (let at = start; at < end;) {
      const next = this.term(at, end, path);
      if (next <= at) return;
      at = next;
    }
  }

  private term(at: number, end: number, path: string): number {
    const op = this.byte(at);
    if (op === 0x10) return this.scope(at + 1, end, path, 1);
    if (op === 0x5b && this.byte(at + 1) === 0x82) return this.scope(at + 2, end, path, 0);
    if (op === 0x08) return this.name(at + 1, path);
    return end;
  }

  private scope(at: number, end: number, path: string, prefix: number): number {
    const { length, size } = this.packageLength(at);
    const stop = Math.min(at + length, end);
    const nameAt = at + size + prefix;
    const name = asciiOf(this.bytes.subarray(nameAt, nameAt + 4)).replace(/_+$/, '');
    const inner = prefix === 1 ? `\\${name}` : `${path}.${name}`;
    if (prefix === 0) this.devices.push({ path: inner, hid: '', cid: '', uid: 0, resources: [] });
    this.terms(nameAt + 4, stop, inner);
    return stop;
  }

  private name(at: number, path: string): number {
    const name = asciiOf(this.bytes.subarray(at, at + 4));
    const device = this.devices.find((candidate) => candidate.path === path);
    const data = at + 4;
    const op = this.byte(data);
    if (op === 0x0d) {
      const text = asciiOf(this.bytes.subarray(data + 1));
      if (device && name === '_HID') device.hid = text;
      if (device && name === '_CID') device.cid = text;
      return data + 2 + text.length;
    }
    if (op === 0x0c) {
      const value = readU32(this.bytes, data + 1);
      if (device && name === '_HID') device.hid = eisaText(value);
      if (device && name === '_UID') device.uid = value;
      return data + 5;
    }
    return this.package(name, data, device);
  }

  private package(name: string, data: number, device: { resources: Resource[] } | undefined): number {
    const { length, size } = this.packageLength(data + 1);
    const body = data + 1 + size;
    const stop = data + 1 + length;
    if (this.byte(data) === 0x11 && device && name === '_CRS')
      device.resources = decodeResources(this.bytes.subarray(body + 2, stop));
    if (this.byte(data) === 0x12 && name === '_S5_') this.softOff = this.byte(body + 2);
    return stop;
  }

  private packageLength(at: number): { length: number; size: number } {
    const lead = this.byte(at);
    const extra = lead >> 6;
    let length = extra === 0 ? lead & 0x3f : lead & 0x0f;
    for (let i = 0; i < extra; i++) length |= this.byte(at + 1 + i) << (4 + 8 * i);
    return { length, size: extra + 1 };
  }

  private byte(at: number): number {
    return this.bytes[at] ?? 0;
  }
}

/** The memory map that the firmware left. */
export function readMemoryMap(processor: Processor): MemoryRange[] {
  const count = Math.min(processor.memory.readU32(MEMORY_MAP_ADDRESS), 32);
  const bytes = processor.memory.read(MEMORY_MAP_ADDRESS + 4, count * 20);
  return Array.from({ length: count }, (_, i) => ({
    base: Number(readU64(bytes, i * 20)),
    length: Number(readU64(bytes, i * 20 + 8)),
    type: readU32(bytes, i * 20 + 16),
  }));
}
