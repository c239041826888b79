import type { InspectNode, Unit } from '../../base/unit';
import { ConfigSpace, type ConfigState } from '../../bus/config-space';
import type { PciBus, PciFunction } from '../../bus/pci';
import type { PirqRouter } from './pirq-router';

/** Slot of the PIIX4 on PCI bus 0. */
export const PIIX4_SLOT = 7;
/** Manufacturer's identification, register F8h of each function. */
export const PIIX4_MANUFACTURER = { offset: 0xf8, reset: 0x0000_0f30, writable: 0 } as const;

const PIRQ_ROUTES = 0x60;

/** Registers 40h and up with their reset values (82371AB data sheet, 4.1). */
const REGISTERS = [
  { offset: 0x4c, reset: 0x0003_004d, writable: 0x07ff_007f }, // IORT, XBCS
  { offset: PIRQ_ROUTES, reset: 0x8080_8080, writable: 0x8f8f_8f8f },
  { offset: 0x64, reset: 0x0000_0010, writable: 0x0000_00ff }, // SERIRQC
  { offset: 0x68, reset: 0x0000_0200, writable: 0x0000_fe00 }, // TOM
  { offset: 0x74, reset: 0x0404_0000, writable: 0x8f8f_0000 }, // MBDMA
  { offset: 0x80, reset: 0x0000_0000, writable: 0x000f_007f }, // APICBASE, DLC
  { offset: 0x90, reset: 0x0000_0000, writable: 0x0000_ffff }, // PDMACFG
  { offset: 0xa0, reset: 0x0000_0008, writable: 0xffff_001f }, // SMICNTL, SMIEN
  { offset: 0xa4, reset: 0x0000_0000, writable: 0xffff_ffff }, // SEE
  { offset: 0xa8, reset: 0x0000_000f, writable: 0x0000_00ff }, // FTM
  { offset: 0xac, reset: 0x0000_0000, writable: 0x00ff_00ff },
  { offset: 0xb0, reset: 0x0000_0000, writable: 0xffff_ffff }, // GENCFG
  { offset: 0xc8, reset: 0x2500_0000, writable: 0x3f00_0000 }, // RTCCFG
  PIIX4_MANUFACTURER,
];

/** PIIX4 function 0, the PCI-to-ISA bridge: its configuration space, of which the interrupt routes have an effect. */
export class IsaBridge implements PciFunction, Unit<ConfigState> {
  readonly name = 'PIIX4 ISA bridge';
  private readonly config = new ConfigSpace(
    {
      vendor: 0x8086,
      device: 0x7110,
      revision: 0x01,
      classCode: 0x06_0100,
      status: 0x0200,
      multifunction: true,
      commandMask: 0x0008,
      command: 0x0007,
    },
    [],
    REGISTERS,
  );

  constructor(private readonly router: PirqRouter) {}

  attach(pci: PciBus): void {
    pci.attach({ device: PIIX4_SLOT, fn: 0 }, this);
  }

  configRead(register: number): number {
    return this.config.read(register);
  }

  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
    if (register === PIRQ_ROUTES) this.route();
  }

  private route(): void {
    const registers = this.config.read(PIRQ_ROUTES);
    this.router.route([0, 8, 16, 24].map((shift) => (registers >>> shift) & 0xff));
  }

  reset(): void {
    this.config.reset();
    this.route();
  }

  save(): ConfigState {
    return this.config.save();
  }

  restore(saved: ConfigState): void {
    this.config.restore(saved);
    this.route();
  }

  inspect(): InspectNode {
    const routes = this.config.read(PIRQ_ROUTES).toString(16).padStart(8, '0');
    return { config: this.config.inspect(), routes };
  }
}
