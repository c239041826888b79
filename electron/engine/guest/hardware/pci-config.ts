import type { AccessSize } from '../../bus/port-space';
import type { Processor } from '../../hypervisor/processor';

const ADDRESS = 0xcf8;
const DATA = 0xcfc;

/** Offsets in a type-0 header (PCI Local Bus 2.1, 6.1). */
export const Pci = {
  vendor: 0x00,
  command: 0x04,
  revision: 0x08,
  headerType: 0x0e,
  bar0: 0x10,
  subsystem: 0x2c,
  interruptLine: 0x3c,
  interruptPin: 0x3d,
} as const;

/** Configuration mechanism #1 on bus 0, from a processor's side (PCI Local Bus 2.1, 3.7.4.1). */
export class PciConfig {
  constructor(private readonly processor: Processor) {}

  read(device: number, fn: number, register: number, size: AccessSize = 4): number {
    this.select(device, fn, register);
    return this.processor.portRead(DATA + (register & 3), size);
  }

  write(device: number, fn: number, register: number, value: number, size: AccessSize = 4): void {
    this.select(device, fn, register);
    this.processor.portWrite(DATA + (register & 3), size, value);
  }

  private select(device: number, fn: number, register: number): void {
    const address = (0x8000_0000 | (device << 11) | (fn << 8) | (register & 0xfc)) >>> 0;
    this.processor.portWrite(ADDRESS, 4, address);
  }
}

/** One base address register as sizing found it. */
export interface PciBar {
  readonly index: number;
  readonly kind: 'io' | 'memory';
  readonly base: number;
  readonly size: number;
}

/** What a scan learns of one function. */
export interface PciFound {
  readonly device: number;
  readonly fn: number;
  readonly vendor: number;
  readonly id: number;
  readonly revision: number;
  /** 24 bits: class, subclass, programming interface. */
  readonly classCode: number;
  readonly subsystemVendor: number;
  readonly subsystem: number;
  readonly interruptLine: number;
  /** 0 none, 1 INTA … 4 INTD. */
  readonly interruptPin: number;
}

/** Every function on bus 0 that answers, in order of device and function. */
export function scanPci(config: PciConfig): PciFound[] {
  const found: PciFound[] = [];
  for (let device = 0; device < 32; device++) {
    if (isAbsent(config, device, 0)) continue;
    const isMulti = (config.read(device, 0, Pci.headerType, 1) & 0x80) !== 0;
    for (let fn = 0; fn < (isMulti ? 8 : 1); fn++) {
      if (fn === 0 || !isAbsent(config, device, fn)) found.push(describe(config, device, fn));
    }
  }
  return found;
}

function isAbsent(config: PciConfig, device: number, fn: number): boolean {
  return config.read(device, fn, Pci.vendor, 2) === 0xffff;
}

function describe(config: PciConfig, device: number, fn: number): PciFound {
  const ids = config.read(device, fn, Pci.vendor);
  const classes = config.read(device, fn, Pci.revision);
  const subsystem = config.read(device, fn, Pci.subsystem);
  const interrupt = config.read(device, fn, Pci.interruptLine);
  return {
    device,
    fn,
    vendor: ids & 0xffff,
    id: ids >>> 16,
    revision: classes & 0xff,
    classCode: classes >>> 8,
    subsystemVendor: subsystem & 0xffff,
    subsystem: subsystem >>> 16,
    interruptLine: interrupt & 0xff,
    interruptPin: (interrupt >>> 8) & 0xff,
  };
}

/**
 * The base address registers of a function, sized by writing ones (PCI Local Bus 2.1, 6.2.5.1). Values are put back, and
 * decoding is off meanwhile.
 */
export function sizeBars(config: PciConfig, device: number, fn: number): PciBar[] {
  const command = config.read(device, fn, Pci.command, 2);
  config.write(device, fn, Pci.command, command & ~3, 2);
  const bars = sizeAll(config, device, fn);
  config.write(device, fn, Pci.command, command, 2);
  return bars;
}

function sizeAll(config: PciConfig, device: number, fn: number): PciBar[] {
  const bars: PciBar[] = [];
  for (let index = 0; index < 6; index++) {
    const at = Pci.bar0 + index * 4;
    const before = config.read(device, fn, at);
    config.write(device, fn, at, 0xffff_ffff);
    const mask = config.read(device, fn, at);
    config.write(device, fn, at, before);
    if (mask === 0 || mask === 0xffff_ffff) continue;
    const isIo = (mask & 1) !== 0;
    const size = isIo ? (~(mask & 0xfffc) & 0xffff) + 1 : (~(mask & 0xffff_fff0) >>> 0) + 1;
    bars.push({ index, kind: isIo ? 'io' : 'memory', base: (before & (isIo ? 0xfffc : 0xffff_fff0)) >>> 0, size });
  }
  return bars;
}

/** `00:07.1` */
export function bdfText(device: number, fn: number): string {
  return `00:${device.toString(16).padStart(2, '0')}.${fn}`;
}
