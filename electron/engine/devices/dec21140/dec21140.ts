import type { FramePort } from '../../base/backends';
import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { macText, type MacAddress } from '../../base/mac';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { BusMaster } from '../../bus/bus-master';
import type { ConfigSpace, ConfigState } from '../../bus/config-space';
import type { MmioDevice, MmioSpace } from '../../bus/mmio-space';
import type { PciBus, PciFunction } from '../../bus/pci';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import type { Clock } from '../../clock/clock';
import type { GuestMemory } from '../../memory/guest-memory';
import type { CostMeter } from '../../trace/cost';
import type { Trace } from '../../trace/trace';
import { RDES0_LOOPBACK } from './descriptors';
import { adapterConfig } from './identity';
import { CsrFile } from './csr-file';
import { receiveFrame } from './receive';
import { CSR_WINDOW } from './registers';
import { sromImage } from './srom-image';
import { freshCounters, type CardState } from './state';

/** What an adapter is made of. */
export interface Dec21140Options {
  /** A path such as `vm-1/legacy/0`: the adapter's actor in the trace and the prefix of its alarms. */
  readonly name: string;
  /** 0-3: the adapters of one machine are functions of one PCI device. */
  readonly functionNumber: number;
  /** True on function 0 when there are others: the header says so, and firmware looks for them. */
  readonly multifunction?: boolean;
  readonly mac: MacAddress;
  readonly memory: GuestMemory;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  readonly interrupt: InterruptLine;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly port: FramePort;
  readonly cost?: CostMeter;
}

export interface Dec21140State {
  card: CardState;
  config: ConfigState;
}

/** Device number on PCI bus 0: 00:0a.0 and up. */
export const DEC21140_SLOT = 0x0a;

/**
 * The emulated network adapter of Hyper-V ("Legacy Network Adapter"): a DEC 21140, revision 0x20, after the DECchip
 * 21140A Hardware Reference Manual. There is no medium with a speed behind it: a frame leaves at the poll demand that
 * finds it, and what a guest waits for is the price of its accesses and of the copies.
 */
export class Dec21140 implements PciFunction, PortDevice, MmioDevice, Unit<Dec21140State> {
  readonly name: string;
  private readonly config: ConfigSpace;
  private readonly csrs: CsrFile;

  constructor(private readonly options: Dec21140Options) {
    const { name, ports, mmio, memory, trace, cost } = options;
    this.name = name;
    const io = ports.claim(name, null, CSR_WINDOW, this);
    const window = mmio.claim(name, null, CSR_WINDOW, this);
    const windows = { io: io.move.bind(io), memory: window.move.bind(window) };
    this.config = adapterConfig(options.functionNumber, options.multifunction ?? false, windows);
    const enabled = (): boolean => this.config.busMaster;
    const dma = new BusMaster({ memory, trace, cost, actor: trace.actor(name), enabled });
    this.csrs = new CsrFile({ ...options, dma, image: sromImage(options.mac, options.functionNumber) });
    options.port.setReceiver({
      receive: (frame) => receiveFrame(this.csrs, frame, RDES0_LOOPBACK.none),
      linkChanged: () => undefined, // CSR12 shows the level whenever it is read
    });
  }

  /** Plugs the adapter into PCI bus 0. */
  attach(pci: PciBus, device = DEC21140_SLOT): void {
    pci.attach({ device, fn: this.options.functionNumber }, this);
  }

  configRead(register: number): number {
    return this.config.read(register);
  }

  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
  }

  portRead(port: number, size: AccessSize): number {
    return this.mmioRead(port & (CSR_WINDOW - 1), size);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    this.mmioWrite(port & (CSR_WINDOW - 1), size, value);
  }

  mmioRead(offset: number, size: AccessSize): number {
    return this.isRegister(offset, size) ? this.csrs.read(offset >> 3) : allOnes(size);
  }

  mmioWrite(offset: number, size: AccessSize, value: number): void {
    if (this.isRegister(offset, size)) this.csrs.write(offset >> 3, value);
  }

  private isRegister(offset: number, size: AccessSize): boolean {
    const isOne = size === 4 && offset % 8 === 0 && offset < CSR_WINDOW;
    if (!isOne) this.csrs.state.counters.stray++;
    return isOne;
  }

  reset(): void {
    this.csrs.resetRegisters();
    this.csrs.state.counters = freshCounters();
    this.config.reset();
  }

  save(): Dec21140State {
    return { card: clonePlain(this.csrs.state), config: this.config.save() };
  }

  restore(saved: Dec21140State): void {
    this.config.restore(saved.config);
    this.csrs.takeOver(clonePlain(saved.card));
  }

  inspect(): InspectNode {
    const { csr, transmit, receive, filter, counters, interrupt } = this.csrs.state;
    return {
      mac: macText(this.options.mac),
      linkUp: this.csrs.linkUp,
      config: this.config.inspect(),
      csr: Array.from(csr, (value) => value.toString(16).padStart(8, '0')),
      transmit: { process: transmit.process, current: transmit.current, gathered: transmit.partial.length },
      receive: { process: receive.process, current: receive.current },
      filter: filter.kind,
      interrupt,
      counters: { ...counters },
    };
  }
}
