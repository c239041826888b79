import { allOnes } from '../../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { BusMaster } from '../../bus/bus-master';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import * as chip from './i8237';

/** A device on a channel: who asks (DREQ), gives or takes bytes when it is its turn, and hears how it went. */
export interface DmaDevice {
  /** At most `most` bytes for memory; fewer when the device has no more for now. */
  give(most: number): Uint8Array;
  /** How many bytes from memory the device takes now. */
  readonly wanted: number;
  take(bytes: Uint8Array): void;
  /** A run is over; `terminal` is the TC line: its last byte was the last one of the count. */
  moved(terminal: boolean): void;
}

/** A device's end of a channel. */
export interface DmaChannel {
  /** Drives DREQ. While it is asserted the channel serves the device as far as it is programmed. */
  setRequest(asserted: boolean): void;
}

export interface IsaDmaOptions {
  readonly name: string;
  readonly ports: PortSpace;
  readonly dma: BusMaster;
}

export interface IsaDmaState {
  controllers: chip.I8237State[];
  /** Page registers, ports 80h-8Fh. */
  pages: Uint8Array;
  /** DREQ lines, one bit a channel. */
  lines: number;
}

const FIRST = 0x00; // 16 ports, one for each register
const SECOND = 0xc0; // 32 ports, two for each register
const PAGES = 0x80;
/** Where the page register of each channel lies; channel 4 has none that is used. */
const PAGE_OF = [0x7, 0x3, 0x1, 0x2, 0xf, 0xb, 0x9, 0xa];
const CASCADE_CHANNEL = 4;

function powerOn(): IsaDmaState {
  return { controllers: [chip.powerOn(), chip.powerOn()], pages: new Uint8Array(16), lines: 0 };
}

/**
 * The two 8237A of the PIIX4 with their page registers (82371AB data sheet, 4.2 and 8.1): channels 0-3 move bytes within 64 KB,
 * channels 5-7 words within 128 KB, and channel 4 is the way of channels 0-3 to the bus.
 */
export class IsaDma implements PortDevice, Unit<IsaDmaState> {
  private state: IsaDmaState = powerOn();
  private readonly devices = new Map<number, DmaDevice>();

  constructor(private readonly options: IsaDmaOptions) {
    const { ports, name } = options;
    ports.claim(name, FIRST, 16, this);
    ports.claim(name, PAGES, 16, this);
    ports.claim(name, SECOND, 32, this);
  }

  /** Plugs a device into a channel, 0-3 or 5-7. */
  connect(channel: number, device: DmaDevice): DmaChannel {
    this.devices.set(channel, device);
    const bit = 1 << channel;
    return {
      setRequest: (asserted) => {
        this.state.lines = asserted ? this.state.lines | bit : this.state.lines & ~bit;
        if (asserted) this.serve(channel);
      },
    };
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    if (port >= PAGES && port < PAGES + 16) return this.state.pages[port - PAGES] ?? 0xff;
    const [index, register] = this.registerAt(port);
    const lines = (this.state.lines >> (index * 4)) & 0x0f;
    return chip.read(this.controller(index), register, lines);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    if (port >= PAGES && port < PAGES + 16) {
      this.state.pages[port - PAGES] = value;
      return;
    }
    const [index, register] = this.registerAt(port);
    chip.write(this.controller(index), register, value);
    this.serveAll();
  }

  private registerAt(port: number): [index: number, register: number] {
    return port < SECOND ? [0, port & 0x0f] : [1, (port >> 1) & 0x0f];
  }

  private controller(index: number): chip.I8237State {
    const found = this.state.controllers[index];
    if (!found) throw new Error('a board has two controllers');
    return found;
  }

  /** Something was programmed: who waited may go now. */
  private serveAll(): void {
    for (const channel of this.devices.keys()) this.serve(channel);
  }

  private isOpen(channel: number): boolean {
    if (channel > CASCADE_CHANNEL) return chip.isOpen(this.controller(1), channel - CASCADE_CHANNEL);
    const [cascade] = this.controller(1).channels;
    const passes = cascade !== undefined && chip.isCascade(cascade) && chip.isOpen(this.controller(1), 0);
    return passes && chip.isOpen(this.controller(0), channel);
  }

  /** Lets the device move what it can until it stops asking, or the count is over. */
  private serve(channel: number): void {
    const device = this.devices.get(channel);
    while (device && this.state.lines & (1 << channel) && this.isOpen(channel)) {
      if (!this.move(channel, device)) return;
    }
  }

  /** One run up to the end of the count or of the 64 K block. False when nothing moved. */
  private move(channel: number, device: DmaDevice): boolean {
    const controller = this.controller(channel >> 2);
    const registers = controller.channels[channel & 3];
    if (!registers || chip.isCascade(registers)) return false;
    const width = channel < CASCADE_CHANNEL ? 1 : 2;
    const most = Math.min(registers.count + 1, this.roomInBlock(registers)) * width;
    const moved = this.transfer(channel, registers, device, most);
    const transfers = Math.floor(moved / width);
    if (transfers === 0) return false;
    device.moved(chip.countOn(controller, channel & 3, transfers));
    return true;
  }

  /** Transfers until the 16-bit address wraps: the page register does not count. */
  private roomInBlock(registers: chip.ChannelState): number {
    return chip.countsDown(registers) ? registers.address + 1 : 0x1_0000 - registers.address;
  }

  private transfer(channel: number, registers: chip.ChannelState, device: DmaDevice, most: number): number {
    const type = chip.transferType(registers);
    const goesDown = chip.countsDown(registers);
    if (type === chip.TransferType.read) {
      const count = Math.min(device.wanted, most);
      const bytes =
        this.options.dma.read(this.lowest(channel, registers, count), count) ?? new Uint8Array(count).fill(0xff);
      device.take(goesDown ? bytes.reverse() : bytes);
      return count;
    }
    const bytes = device.give(most);
    if (type === chip.TransferType.write) {
      this.options.dma.write(this.lowest(channel, registers, bytes.length), goesDown ? bytes.slice().reverse() : bytes);
    }
    return bytes.length;
  }

  /** Lowest address of a run of `length` bytes: page, and address by bytes or words. */
  private lowest(channel: number, registers: chip.ChannelState, length: number): number {
    const page = this.state.pages[PAGE_OF[channel] ?? 0] ?? 0;
    const isWide = channel > CASCADE_CHANNEL;
    const [width, block] = isWide ? [2, (page & 0xfe) << 16] : [1, page << 16];
    const at = block + registers.address * width;
    return chip.countsDown(registers) ? at + width - length : at;
  }

  reset(): void {
    this.state = powerOn();
  }

  save(): IsaDmaState {
    return clonePlain(this.state);
  }

  restore(saved: IsaDmaState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const channels = this.state.controllers.flatMap(({ channels: four, mask }, c) =>
      four.map(({ address, count, mode }, i) => ({
        channel: c * 4 + i,
        address,
        count,
        mode,
        masked: (mask & (1 << i)) !== 0,
      })),
    );
    return { channels, pages: [...this.state.pages], requests: this.state.lines };
  }
}
