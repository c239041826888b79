import { allOnes } from '../base/bytes';
import type { InspectNode } from '../base/unit';
import type { AccessSize, PortDevice, PortSpace } from './port-space';

/**
 * One PCI function as the bus sees it. `register` is the byte offset of a double word (0, 4 … 252).
 * A write carries only the bytes of `mask` (0xFF per byte that was written).
 */
export interface PciFunction {
  readonly name: string;
  configRead(register: number): number;
  configWrite(register: number, value: number, mask: number): void;
}

/** Device and function on bus 0: `device` 0-31, `fn` 0-7. */
export interface PciAddress {
  readonly device: number;
  readonly fn: number;
}

const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;

export interface PciBusState {
  address: number;
}

/**
 * PCI bus 0 behind configuration mechanism #1 (PCI Local Bus 2.1, 3.7.4.1). The address register takes only 32-bit
 * accesses; narrower ones at 0xCF8-0xCFB are ordinary I/O and nobody answers (0xCF9 belongs to the chipset, which
 * claims it first). An absent function reads all ones and drops writes.
 */
export class PciBus implements PortDevice {
  private state: PciBusState = { address: 0 };
  private readonly functions = new Map<number, PciFunction>();

  constructor(ports: PortSpace) {
    ports.claim('pci', CONFIG_ADDRESS, 8, this);
  }

  /** Plugs a function in. Throws when the place is taken: a mistake in the wiring, not of a guest. */
  attach(address: PciAddress, fn: PciFunction): void {
    const key = (address.device << 3) | address.fn;
    if (this.functions.has(key))
      throw new Error(`PCI ${address.device}.${address.fn} is taken by ${this.functions.get(key)?.name}`);
    this.functions.set(key, fn);
  }

  portRead(port: number, size: AccessSize): number {
    if (port === CONFIG_ADDRESS && size === 4) return this.state.address;
    if (port < CONFIG_DATA || (this.state.address & 0x8000_0000) === 0) return allOnes(size);
    const shift = (port & 3) * 8;
    return (this.target()?.configRead(this.state.address & 0xfc) ?? 0xffff_ffff) >>> shift;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (port === CONFIG_ADDRESS && size === 4) {
      this.state.address = (value & 0x80ff_fffc) >>> 0;
      return;
    }
    if (port < CONFIG_DATA || (this.state.address & 0x8000_0000) === 0) return;
    const shift = (port & 3) * 8;
    this.target()?.configWrite(this.state.address & 0xfc, (value << shift) >>> 0, (allOnes(size) << shift) >>> 0);
  }

  private target(): PciFunction | undefined {
    const { address } = this.state;
    if (((address >>> 16) & 0xff) !== 0) return undefined; // only bus 0 exists
    return this.functions.get((address >>> 8) & 0xff);
  }

  reset(): void {
    this.state = { address: 0 };
  }

  save(): PciBusState {
    return { ...this.state };
  }

  restore(saved: PciBusState): void {
    this.state = { ...saved };
  }

  inspect(): InspectNode {
    const found = [...this.functions].sort(([a], [b]) => a - b);
    return Object.fromEntries(
      found.map(([key, fn]) => [`00:${(key >> 3).toString(16).padStart(2, '0')}.${key & 7}`, fn.name]),
    );
  }
}
