import { allOnes } from '../../base/bytes';
import type { InspectNode, Unit } from '../../base/unit';
import { BusMaster } from '../../bus/bus-master';
import { ConfigSpace, type ConfigState } from '../../bus/config-space';
import type { PciBus, PciFunction } from '../../bus/pci';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import type { InterruptLine } from '../../base/interrupt-line';
import type { GuestMemory } from '../../memory/guest-memory';
import type { CostMeter } from '../../trace/cost';
import type { Trace } from '../../trace/trace';
import { IdeChannel, type ChannelState } from './channel';
import { DmaEngine, type DmaState } from './dma-engine';
import type { Drive } from './drive';

export interface Piix4IdeOptions {
  /** Path as a trace actor, `vm-1/ide`. */
  readonly name: string;
  readonly ports: PortSpace;
  readonly memory: GuestMemory;
  readonly trace: Trace;
  readonly cost?: CostMeter;
  /** IRQ 14 and IRQ 15. */
  readonly interrupts: readonly [InterruptLine, InterruptLine];
  /** Primary device 0 and 1, secondary device 0 and 1. */
  readonly drives: readonly [Drive | null, Drive | null, Drive | null, Drive | null];
}

export interface Piix4IdeState {
  config: ConfigState;
  channels: ChannelState[];
  dma: DmaState[];
}

const TIMING = 0x40;
const DECODE_PRIMARY = 0x0000_8000;
const DECODE_SECONDARY = 0x8000_0000;

/**
 * Function 1 of the PIIX4: two channels at their old addresses and a bus master for each behind BAR4. Intel 82371AB data sheet,
 * chapter 5; reset values as a guest of Hyper-V sees them. Its drives save themselves.
 */
export class Piix4Ide implements PciFunction, PortDevice, Unit<Piix4IdeState> {
  readonly name = 'piix4-ide';
  readonly channels: readonly [IdeChannel, IdeChannel];
  private readonly engines: readonly [DmaEngine, DmaEngine];
  private readonly config: ConfigSpace;

  constructor(options: Piix4IdeOptions) {
    const { name, ports, memory, trace, cost, interrupts, drives } = options;
    const window = ports.claim(`${name}/bus-master`, null, 16, this);
    this.config = new ConfigSpace(
      { vendor: 0x8086, device: 0x7111, revision: 0x01, classCode: 0x010180, status: 0x0280, commandMask: 0x0005 },
      [{ index: 4, kind: 'io', size: 16, onChange: (base) => window.move(base) }],
      [
        { offset: TIMING, reset: 0, writable: 0xffff_ffff },
        { offset: 0x44, reset: 0, writable: 0x0000_00ff },
        { offset: 0x48, reset: 0, writable: 0x3333_000f },
        { offset: 0xf8, reset: 0x0000_0f30, writable: 0 },
      ],
    );
    const channel = (index: 0 | 1, command: number, control: number): IdeChannel =>
      new IdeChannel({ name: `${name}/${index}`, ports, command, control, interrupt: interrupts[index] }, [
        drives[index * 2] ?? null,
        drives[index * 2 + 1] ?? null,
      ]);
    this.channels = [channel(0, 0x1f0, 0x3f6), channel(1, 0x170, 0x376)];
    const dma = new BusMaster({
      memory,
      trace,
      cost,
      actor: trace.actor(`${name}/dma`),
      enabled: () => this.config.busMaster,
    });
    this.engines = [new DmaEngine(this.channels[0], dma), new DmaEngine(this.channels[1], dma)];
  }

  /** Plugs the function into PCI bus 0 at 00:07.1. */
  attach(pci: PciBus): void {
    pci.attach({ device: 7, fn: 1 }, this);
  }

  configRead(register: number): number {
    return this.config.read(register);
  }

  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
    this.decode();
  }

  private decode(): void {
    const timing = this.config.read(TIMING);
    const enabled = (this.config.command & 1) !== 0;
    this.channels[0].setDecoding(enabled && (timing & DECODE_PRIMARY) !== 0);
    this.channels[1].setDecoding(enabled && (timing & DECODE_SECONDARY) !== 0);
  }

  portRead(port: number, size: AccessSize): number {
    const offset = port & 15;
    return this.engines[offset < 8 ? 0 : 1]?.read(offset & 7, size) ?? allOnes(size);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    const offset = port & 15;
    this.engines[offset < 8 ? 0 : 1]?.write(offset & 7, size, value);
  }

  reset(): void {
    this.config.reset();
    this.decode();
    for (const unit of [...this.channels, ...this.engines]) unit.reset();
  }

  save(): Piix4IdeState {
    return {
      config: this.config.save(),
      channels: this.channels.map((each) => each.save()),
      dma: this.engines.map((each) => each.save()),
    };
  }

  restore(saved: Piix4IdeState): void {
    this.config.restore(saved.config);
    this.decode();
    saved.channels.forEach((state, i) => this.channels[i]?.restore(state));
    saved.dma.forEach((state, i) => this.engines[i]?.restore(state));
  }

  inspect(): InspectNode {
    return {
      config: this.config.inspect(),
      channels: this.channels.map((each) => each.inspect()),
      busMaster: this.engines.map((each) => each.inspect()),
    };
  }
}
