import { readU32, writeU16, writeU32 } from '../base/bytes';
import type { InspectNode } from '../base/unit';

/** What a type-0 function is: fixed wiring, never changed by a guest. */
export interface ConfigIdentity {
  readonly vendor: number;
  readonly device: number;
  readonly revision: number;
  /** 24 bits: class, subclass, programming interface, for example 0x020000. */
  readonly classCode: number;
  readonly subsystemVendor?: number;
  readonly subsystem?: number;
  readonly multifunction?: boolean;
  /** 0 none, 1 INTA … 4 INTD. */
  readonly interruptPin?: number;
  readonly minGrant?: number;
  readonly maxLatency?: number;
  /** Reset value of the status register; medium DEVSEL timing by default. */
  readonly status?: number;
  /** Reset value of the command register, with bits that are wired; 0 by default. */
  readonly command?: number;
  /** Bits of the command register that can be set; I/O, memory and bus master by default. */
  readonly commandMask?: number;
}

/** One base address register. Size is a power of two. `onChange` gets the decoded base, or null when decoding is off. */
export interface BarSpec {
  /** 0-5. */
  readonly index: number;
  readonly kind: 'io' | 'memory';
  readonly size: number;
  readonly onChange: (base: number | null) => void;
}

export interface ConfigState {
  bytes: Uint8Array;
}

const COMMAND = 0x04;
const INTERRUPT = 0x3c;

/**
 * The 256 bytes of configuration space of a type-0 function (PCI Local Bus 2.1, chapter 6): identity, command and status,
 * BARs with sizing, interrupt line, and device registers that the owner declares writable. The owner calls `read` and
 * `write` from its `configRead` and `configWrite`.
 */
export class ConfigSpace {
  private state: ConfigState = { bytes: new Uint8Array(256) };
  private readonly writable = new Uint8Array(256); // bits a guest can change
  private readonly clearable = new Uint8Array(256); // bits cleared by writing one

  constructor(
    private readonly identity: ConfigIdentity,
    private readonly bars: readonly BarSpec[] = [],
    private readonly registers: readonly { offset: number; reset: number; writable: number }[] = [],
  ) {
    this.declareMasks();
    this.reset();
  }

  private declareMasks(): void {
    writeU16(this.writable, COMMAND, this.identity.commandMask ?? 0x0007);
    writeU16(this.clearable, COMMAND + 2, 0xf900);
    writeU16(this.writable, 0x0c, 0xffff); // cache line size, latency timer
    this.writable[INTERRUPT] = 0xff;
    for (const bar of this.bars) writeU32(this.writable, 0x10 + bar.index * 4, ~(bar.size - 1) >>> 0);
    for (const { offset, writable } of this.registers) writeU32(this.writable, offset, writable);
  }

  /** Value of the double word at `register`. */
  read(register: number): number {
    return readU32(this.state.bytes, register & 0xfc);
  }

  /** A guest's write of the bytes in `mask`. */
  write(register: number, value: number, mask: number): void {
    const at = register & 0xfc;
    const old = this.read(at);
    const changeable = (readU32(this.writable, at) & mask) >>> 0;
    const cleared = (readU32(this.clearable, at) & mask & value) >>> 0;
    writeU32(this.state.bytes, at, (((old & ~changeable) | (value & changeable)) & ~cleared) >>> 0);
    if (at === COMMAND || (at >= 0x10 && at < 0x28)) this.announce();
  }

  /** Sets a register from the device's side, past the write mask. */
  set(register: number, value: number): void {
    writeU32(this.state.bytes, register & 0xfc, value);
  }

  get command(): number {
    return this.read(COMMAND) & 0xffff;
  }

  /** The device may read and write memory by itself. */
  get busMaster(): boolean {
    return (this.command & 4) !== 0;
  }

  private announce(): void {
    for (const bar of this.bars) {
      const enabled = (this.command & (bar.kind === 'io' ? 1 : 2)) !== 0;
      const base =
        (this.read(0x10 + bar.index * 4) & ~(bar.size - 1) & (bar.kind === 'io' ? 0xffff : 0xffff_fff0)) >>> 0;
      bar.onChange(enabled && base !== 0 ? base : null);
    }
  }

  reset(): void {
    const { bytes } = this.state;
    const id = this.identity;
    bytes.fill(0);
    writeU16(bytes, 0x00, id.vendor);
    writeU16(bytes, 0x02, id.device);
    writeU16(bytes, COMMAND, id.command ?? 0);
    writeU16(bytes, 0x06, id.status ?? 0x0200);
    writeU32(bytes, 0x08, ((id.classCode << 8) | id.revision) >>> 0);
    bytes[0x0e] = id.multifunction ? 0x80 : 0;
    writeU16(bytes, 0x2c, id.subsystemVendor ?? 0);
    writeU16(bytes, 0x2e, id.subsystem ?? 0);
    bytes[0x3d] = id.interruptPin ?? 0;
    bytes[0x3e] = id.minGrant ?? 0;
    bytes[0x3f] = id.maxLatency ?? 0;
    for (const bar of this.bars) bytes[0x10 + bar.index * 4] = bar.kind === 'io' ? 1 : 0;
    for (const { offset, reset } of this.registers) writeU32(bytes, offset, reset);
    this.announce();
  }

  save(): ConfigState {
    return { bytes: this.state.bytes.slice() };
  }

  restore(saved: ConfigState): void {
    this.state = { bytes: saved.bytes.slice() };
    this.announce();
  }

  inspect(): InspectNode {
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
    return {
      id: `${hex(this.identity.vendor, 4)}:${hex(this.identity.device, 4)}`,
      command: hex(this.command, 4),
      bars: this.bars.map((bar) => hex(this.read(0x10 + bar.index * 4), 8)),
      interruptLine: this.state.bytes[INTERRUPT] ?? 0,
    };
  }
}
