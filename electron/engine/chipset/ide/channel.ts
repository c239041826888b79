import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import type { InspectNode, Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortRegion, PortSpace } from '../../bus/port-space';
import { Control, Register } from './ata';
import type { Drive } from './drive';
import { look, push } from './task-file';

export interface ChannelOptions {
  readonly name: string;
  readonly ports: PortSpace;
  /** Base of the command block, 0x1F0 or 0x170. */
  readonly command: number;
  /** Device control and alternate status, 0x3F6 or 0x376. */
  readonly control: number;
  readonly interrupt: InterruptLine;
}

export interface ChannelState {
  selected: 0 | 1;
  control: number;
}

const DEEP = {
  [Register.error]: 'features',
  [Register.count]: 'count',
  [Register.low]: 'low',
  [Register.mid]: 'mid',
  [Register.high]: 'high',
} as const;

/**
 * One ATA channel in compatibility mode: the ports, the choice between two devices, and the interrupt of the chosen one. Both
 * devices hear every write to the task file; only the selected one executes. ATA/ATAPI-6, chapters 5 and 6.
 */
export class IdeChannel implements PortDevice, Unit<ChannelState> {
  /** Told after each write by the host while a drive waits for the bus master. */
  onDmaReady: () => void = () => undefined;
  private state: ChannelState = { selected: 0, control: 0 };
  private readonly regions: PortRegion[];

  /** @param drives device 0 and device 1; null where none is plugged in */
  constructor(
    private readonly options: ChannelOptions,
    readonly drives: readonly [Drive | null, Drive | null],
  ) {
    const { ports, name, command, control } = options;
    this.regions = [ports.claim(name, null, 8, this), ports.claim(name, null, 1, this)];
    this.bases = [command, control];
    this.reset();
  }

  private readonly bases: readonly [number, number];

  /** Decode enable of the controller's timing register. */
  setDecoding(enabled: boolean): void {
    this.regions.forEach((region, i) => region.move(enabled ? (this.bases[i] ?? null) : null));
  }

  /** The device that registers show now, or null. */
  get selected(): Drive | null {
    return this.drives[this.state.selected];
  }

  portRead(port: number, size: AccessSize): number {
    if (port === this.options.control) return this.status(false);
    const register = port - this.options.command;
    if (register === Register.data) return this.readData(size);
    const value = this.readRegister(register);
    this.updateLine();
    return size === 1 ? value : value | (allOnes(size) & ~0xff);
  }

  private readData(size: AccessSize): number {
    const drive = this.selected;
    if (!drive) return allOnes(size);
    const low = drive.readWord();
    const value = size === 4 ? (low | (drive.readWord() << 16)) >>> 0 : low;
    this.updateLine();
    return value;
  }

  private readRegister(register: number): number {
    if (register === Register.status) return this.status(true);
    const drive = this.selected ?? this.other;
    if (!drive) return 0x7f; // nobody drives the bus; D7 is pulled down
    if (register === Register.error) return drive.core.error;
    if (register === Register.device) return (drive.core.task.device & 0x4f) | 0xa0 | (this.state.selected << 4);
    const name = DEEP[register as keyof typeof DEEP]; // registers 2 to 5 are left
    return name ? look(drive.core.task, name, (this.state.control & Control.highOrder) !== 0) : 0xff;
  }

  private get other(): Drive | null {
    return this.drives[this.state.selected === 0 ? 1 : 0];
  }

  /** An absent device beside a present one reads as zero: the present one answers for it. */
  private status(acknowledge: boolean): number {
    const drive = this.selected;
    if (!drive) return this.other ? 0 : 0x7f;
    if ((this.state.control & Control.reset) !== 0) return 0x80;
    if (acknowledge) drive.core.interrupt = false;
    return drive.core.status;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (port === this.options.control) this.writeControl(value & 0xff);
    else this.writeRegister(port - this.options.command, size, value);
    if (this.selected?.core.transfer.dma) this.onDmaReady();
    this.updateLine();
  }

  private writeRegister(register: number, size: AccessSize, value: number): void {
    if (register === Register.data) return this.writeData(size, value);
    const byte = value & 0xff;
    if (register === Register.status) return this.execute(byte);
    this.state.control &= ~Control.highOrder; // any write to the command block ends HOB
    for (const drive of this.drives) {
      if (!drive) continue;
      if (register === Register.device) drive.core.task.device = byte;
      else {
        const name = DEEP[register as keyof typeof DEEP]; // registers 1 to 5 are left
        if (name) push(drive.core.task, name, byte);
      }
    }
    if (register === Register.device) this.state.selected = (byte & 0x10) !== 0 ? 1 : 0;
  }

  private writeData(size: AccessSize, value: number): void {
    this.selected?.writeWord(value & 0xffff);
    if (size === 4) this.selected?.writeWord(value >>> 16);
  }

  private execute(code: number): void {
    if (code === 0x90) return this.diagnose();
    this.selected?.command(code);
  }

  /** EXECUTE DEVICE DIAGNOSTIC: both devices run it, device 0 reports. */
  private diagnose(): void {
    for (const drive of this.drives) drive?.resetDrive();
    this.state.selected = 0;
    const first = this.drives[0];
    if (first) first.core.interrupt = true;
  }

  private writeControl(value: number): void {
    const wasReset = (this.state.control & Control.reset) !== 0;
    this.state.control = value;
    if (!wasReset && (value & Control.reset) !== 0) {
      for (const drive of this.drives) drive?.resetDrive();
      this.state.selected = 0;
    }
  }

  /** Drives INTRQ as the selected device and nIEN say. Called after everything that may change it. */
  updateLine(): void {
    const enabled = (this.state.control & Control.noInterrupt) === 0;
    this.options.interrupt.set(enabled && (this.selected?.core.interrupt ?? false));
  }

  reset(): void {
    this.state = { selected: 0, control: 0 };
    for (const drive of this.drives) drive?.resetDrive();
    this.updateLine();
  }

  save(): ChannelState {
    return { ...this.state };
  }

  restore(saved: ChannelState): void {
    this.state = { ...saved };
    this.updateLine();
  }

  inspect(): InspectNode {
    return { selected: this.state.selected, control: this.state.control };
  }
}
