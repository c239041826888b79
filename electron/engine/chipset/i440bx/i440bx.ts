import { allOnes } from '../../base/bytes';
import type { InspectNode, Unit } from '../../base/unit';
import { ConfigSpace, type ConfigState } from '../../bus/config-space';
import type { MmioDevice, MmioRegion, MmioSpace } from '../../bus/mmio-space';
import type { PciBus, PciFunction } from '../../bus/pci';
import type { AccessSize } from '../../bus/port-space';
import type { GuestMemory } from '../../memory/guest-memory';

export interface I440bxOptions {
  readonly memory: GuestMemory;
  readonly mmio: MmioSpace;
  /** Image at the top of the first megabyte (its last byte lies at FFFFF); null: nothing is there and reads float. */
  readonly rom?: Uint8Array | null;
}

const COMMAND = 0x04;
/** Memory and bus master on, medium timing: fixed on this bridge. */
const COMMAND_VALUE = 0x0200_0006;
const PAM = 0x58; // double word with PAM0 in its second byte
const SEGMENT = 0x4000;
const READ = 1;
const WRITE = 2;

/**
 * One shadowed stretch between C0000 and FFFFF. Its two attribute bits say where reads and writes go: to RAM, or to the bus,
 * where the ROM answers reads and nobody takes writes. With both bits set it is plain RAM and this region steps aside.
 */
class ShadowSegment implements MmioDevice {
  private attributes = 0;
  private readonly region: MmioRegion;

  constructor(
    private readonly options: I440bxOptions,
    private readonly base: number,
    length: number,
  ) {
    this.region = options.mmio.claim(`i440bx/shadow-${base.toString(16)}`, base, length, this, { intercepts: false });
  }

  set(attributes: number): void {
    this.attributes = attributes & 3;
    this.region.move(this.attributes === (READ | WRITE) ? null : this.base);
  }

  mmioRead(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | this.readByte(this.base + offset + i);
    return value >>> 0;
  }

  private readByte(gpa: number): number {
    if ((this.attributes & READ) !== 0) return this.options.memory.readU8(gpa);
    const { rom } = this.options;
    return rom?.[gpa - (0x10_0000 - rom.length)] ?? 0xff;
  }

  mmioWrite(offset: number, size: AccessSize, value: number): void {
    if ((this.attributes & WRITE) === 0) return;
    for (let i = 0; i < size; i++) this.options.memory.writeU8(this.base + offset + i, (value >>> (i * 8)) & 0xff);
  }
}

/**
 * The host bridge of the 440BX with AGP disabled (8086:7192) at 00:00.0: shadow attributes (PAM0-PAM6) work, the memory timing
 * registers are storage. Intel 82443BX data sheet, 3.3.
 */
export class I440bx implements PciFunction, Unit<ConfigState> {
  readonly name = 'i440bx';
  private readonly config: ConfigSpace;
  private readonly segments: readonly ShadowSegment[];

  constructor(options: I440bxOptions) {
    this.config = new ConfigSpace(
      { vendor: 0x8086, device: 0x7192, revision: 0x03, classCode: 0x060000, commandMask: 0 },
      [],
      [
        { offset: 0x50, reset: 0, writable: 0xffff_ffff },
        { offset: 0x54, reset: 0, writable: 0xff00_0000 },
        { offset: PAM, reset: 0, writable: 0xffff_ffff },
        { offset: PAM + 4, reset: 0, writable: 0xffff_ffff },
        { offset: 0x60, reset: 0, writable: 0xffff_ffff },
        { offset: 0x64, reset: 0, writable: 0xffff_ffff },
        { offset: 0x68, reset: 0, writable: 0x0000_00c0 },
        { offset: 0x70, reset: 0x3802_0000, writable: 0xffff_0000 },
        { offset: 0x78, reset: 0x380a_0000, writable: 0xffff_ffff },
        { offset: 0xf8, reset: 0x0000_0f20, writable: 0 },
      ],
    );
    // PAM1 to PAM6 hold two stretches of 16 KB each, from C0000 up; PAM0's upper half holds F0000-FFFFF.
    const small = Array.from({ length: 12 }, (_, i) => new ShadowSegment(options, 0xc0000 + i * SEGMENT, SEGMENT));
    this.segments = [...small, new ShadowSegment(options, 0xf0000, 0x10000)];
    this.reset();
  }

  /** Plugs the bridge into PCI bus 0. */
  attach(pci: PciBus): void {
    pci.attach({ device: 0, fn: 0 }, this);
  }

  configRead(register: number): number {
    return this.config.read(register);
  }

  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
    this.shadow();
  }

  private shadow(): void {
    const [low, high] = [this.config.read(PAM), this.config.read(PAM + 4)];
    const byte = (index: number): number =>
      (index < 3 ? low >>> ((index + 1) * 8) : high >>> ((index - 3) * 8)) & allOnes(1);
    this.segments.forEach((segment, i) => {
      const nibble = i === 12 ? byte(0) >> 4 : byte(1 + (i >> 1)) >> ((i & 1) * 4);
      segment.set(nibble);
    });
  }

  reset(): void {
    this.config.reset();
    this.config.set(COMMAND, COMMAND_VALUE);
    this.shadow();
  }

  save(): ConfigState {
    return this.config.save();
  }

  restore(saved: ConfigState): void {
    this.config.restore(saved);
    this.shadow();
  }

  inspect(): InspectNode {
    return this.config.inspect();
  }
}
