import { readU16 } from '../../base/bytes';

/** One resource of a device: ports, memory, an interrupt or a DMA channel. */
export interface Resource {
  readonly kind: 'io' | 'memory' | 'irq' | 'dma';
  readonly start: number;
  /** Ports or bytes; 1 for interrupts and channels. */
  readonly length: number;
}

/** Small resource items of _CRS: ACPI specification 2.0, 6.4.2. */
const Item = { irq: 0x22, dma: 0x2a, io: 0x47, end: 0x79 } as const;

/** A _CRS buffer. */
export function encodeResources(resources: readonly Resource[]): Uint8Array {
  const bytes = resources.flatMap(({ kind, start, length }) => {
    if (kind === 'irq') return [Item.irq, (1 << start) & 0xff, (1 << start) >> 8];
    if (kind === 'dma') return [Item.dma, 1 << start, 0];
    return [Item.io, 1, start & 0xff, start >> 8, start & 0xff, start >> 8, 1, length];
  });
  return Uint8Array.from([...bytes, Item.end, 0]);
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: 16 }, (_, i) => i).filter((i) => (mask & (1 << i)) !== 0);
}

/** The resources of a _CRS buffer; reading stops at the first item that is not known. */
export function decodeResources(bytes: Uint8Array): Resource[] {
  const found: Resource[] = [];
  for (let at = 0; at < bytes.length;) {
    const item = bytes[at] ?? Item.end;
    if (item === Item.irq)
      found.push(...bitsOf(readU16(bytes, at + 1)).map((start) => ({ kind: 'irq', start, length: 1 }) as const));
    else if (item === Item.dma)
      found.push(...bitsOf(bytes[at + 1] ?? 0).map((start) => ({ kind: 'dma', start, length: 1 }) as const));
    else if (item === Item.io) found.push({ kind: 'io', start: readU16(bytes, at + 2), length: bytes[at + 7] ?? 0 });
    else break;
    at += (item & 7) + 1;
  }
  return found;
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** As Device Manager writes it: `IRQ 11`, `I/O EC00 - EC7F`. */
export function resourceText({ kind, start, length }: Resource): string {
  if (kind === 'irq') return `IRQ ${start}`;
  if (kind === 'dma') return `DMA ${start}`;
  const digits = kind === 'io' ? 4 : 8;
  return `${kind === 'io' ? 'I/O' : 'Memory'} ${hex(start, digits)} - ${hex(start + length - 1, digits)}`;
}
