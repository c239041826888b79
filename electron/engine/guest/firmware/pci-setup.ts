import { Pci, scanPci, sizeBars, type PciConfig, type PciFound } from '../hardware/pci-config';
import { PCI_IRQ } from './board';

/** Where the next resource goes. Addresses grow. */
interface Allocator {
  io: number;
  memory: number;
}

const FIRST_IO = 0xec00;
const IDE_BUS_MASTER = 0xffa0;
const VIDEO_MEMORY = 0xf800_0000;
const FIRST_MEMORY = 0xfebf_0000;
const MINIMUM_MEMORY = 4096; // a page each, so that an operating system can protect them
const DECODE_AND_MASTER = 0x07;

function place(allocator: Allocator, kind: 'io' | 'memory', size: number): number {
  const step = kind === 'memory' ? Math.max(size, MINIMUM_MEMORY) : size;
  const base = Math.ceil(allocator[kind] / step) * step;
  allocator[kind] = base + step;
  return base;
}

function baseFor(allocator: Allocator, fn: PciFound, kind: 'io' | 'memory', size: number): number {
  if (fn.classCode >>> 8 === 0x0101 && kind === 'io') return IDE_BUS_MASTER;
  if (fn.classCode >>> 16 === 0x03 && kind === 'memory') return VIDEO_MEMORY;
  return place(allocator, kind, size);
}

/**
 * Gives every function on bus 0 its addresses and its interrupt line and switches its decoding on, as POST does
 * (PCI BIOS 2.1). Returns what was found, as it is afterwards.
 */
export function configurePci(config: PciConfig): PciFound[] {
  const allocator: Allocator = { io: FIRST_IO, memory: FIRST_MEMORY };
  for (const fn of scanPci(config)) {
    for (const bar of sizeBars(config, fn.device, fn.fn)) {
      const base = baseFor(allocator, fn, bar.kind, bar.size);
      config.write(fn.device, fn.fn, Pci.bar0 + bar.index * 4, base);
    }
    if (fn.interruptPin !== 0) config.write(fn.device, fn.fn, Pci.interruptLine, PCI_IRQ, 1);
    config.write(fn.device, fn.fn, Pci.command, DECODE_AND_MASTER, 2);
  }
  return scanPci(config);
}
