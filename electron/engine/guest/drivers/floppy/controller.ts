import type { Processor } from '../../../hypervisor/processor';

/** Offsets from the base 3F0h, and bits, as a driver knows them (Intel 82077AA data sheet, 2.1). */
const PORT = { outputs: 2, status: 4, data: 5, input: 7 } as const;
const STATUS = { busy: 0x10, toHost: 0x40, ready: 0x80 } as const;
const OUTPUTS = { run: 0x04, gate: 0x08, motorA: 0x10 } as const;
const CHANGED = 0x80;

const COMMAND = {
  specify: 0x03,
  recalibrate: 0x07,
  senseInterrupt: 0x08,
  version: 0x10,
  seek: 0x0f,
  readData: 0xe6,
  writeData: 0xc5,
} as const;
const TERMINATION = 0xc0;
const SEEK_END = 0x20;
const EQUIPMENT = 0x10;
/** Longest result phase. */
const RESULT_BYTES = 10;
/** How often a driver looks at a controller that is not ready before it takes it for dead. */
const LOOKS = 100;
const SECTOR_CODE = 2;
const GAP = 0x1b;

/** Where a sector lies on a diskette; records count from 1. */
export interface FloppyAddress {
  readonly cylinder: number;
  readonly head: number;
  readonly record: number;
}

/** The data rates of a 3.5-inch drive, the usual one first: 500 and 250 kb/s. */
export const RATES = [0, 2] as const;

/** The diskette controller as code in a guest drives it: bytes through the data register, polled, drive A. */
export class FloppyController {
  constructor(
    private readonly processor: Processor,
    private readonly base = 0x3f0,
  ) {}

  private get status(): number {
    return this.processor.portRead(this.base + PORT.status, 1);
  }

  private out(port: number, value: number): void {
    this.processor.portWrite(this.base + port, 1, value);
  }

  /** Writes a command byte by byte. False: the controller does not take it. */
  private send(...bytes: readonly number[]): boolean {
    return bytes.every((byte) => {
      if (!this.becomes(STATUS.ready)) return false;
      this.out(PORT.data, byte);
      return true;
    });
  }

  /** Waits until the controller is ready in one direction: `ready` to take, `ready` and `toHost` to give. */
  private becomes(wanted: number): boolean {
    for (let look = 0; look < LOOKS; look++) {
      if ((this.status & (STATUS.ready | STATUS.toHost)) === wanted) return true;
    }
    return false;
  }

  private result(): number[] {
    const bytes: number[] = [];
    while (bytes.length < RESULT_BYTES && this.becomes(STATUS.ready | STATUS.toHost)) {
      bytes.push(this.processor.portRead(this.base + PORT.data, 1));
      if ((this.status & STATUS.busy) === 0) break;
    }
    return bytes;
  }

  /** Resets the controller with drive A's motor running. False: there is none. */
  reset(): boolean {
    this.out(PORT.outputs, 0);
    this.out(PORT.outputs, OUTPUTS.run | OUTPUTS.gate | OUTPUTS.motorA);
    for (let drive = 0; drive < 4; drive++) {
      if (!this.send(COMMAND.senseInterrupt)) return false;
      this.result();
    }
    return this.send(COMMAND.specify, 0xdf, 0x02);
  }

  /** Stops the motor and leaves the controller as it is. */
  rest(): void {
    this.out(PORT.outputs, OUTPUTS.run | OUTPUTS.gate);
  }

  /** What VERSION answers; null without a controller. */
  version(): number | null {
    return this.send(COMMAND.version) ? (this.result()[0] ?? null) : null;
  }

  /** Moves a drive's heads to track 0. False: no drive says that it is there. */
  recalibrate(drive: number): boolean {
    if (!this.send(COMMAND.recalibrate, drive)) return false;
    const st0 = this.senseInterrupt();
    return (st0 & TERMINATION) === 0 && (st0 & SEEK_END) !== 0 && (st0 & EQUIPMENT) === 0;
  }

  private senseInterrupt(): number {
    return this.send(COMMAND.senseInterrupt) ? (this.result()[0] ?? TERMINATION) : TERMINATION;
  }

  private seek(cylinder: number): void {
    if (this.send(COMMAND.seek, 0, cylinder)) this.senseInterrupt();
  }

  /** Whether a diskette is in drive A: a step clears the change line only with one inside. */
  hasDiskette(): boolean {
    if (!this.isChanged) return true;
    this.seek(1);
    this.seek(0);
    return !this.isChanged;
  }

  /** The change line of drive A. */
  get isChanged(): boolean {
    return (this.processor.portRead(this.base + PORT.input, 1) & CHANGED) !== 0;
  }

  /** Starts a read of sectors up to the end of the track by DMA, which must be programmed; then tells how it ended. */
  read({ cylinder, head, record }: FloppyAddress, rate: number, lastRecord: number): boolean {
    return this.transfer(COMMAND.readData, { cylinder, head, record }, rate, lastRecord);
  }

  /** The same for a write. */
  write(address: FloppyAddress, rate: number, lastRecord: number): boolean {
    return this.transfer(COMMAND.writeData, address, rate, lastRecord);
  }

  private transfer(command: number, { cylinder, head, record }: FloppyAddress, rate: number, last: number): boolean {
    this.out(PORT.input, rate);
    this.seek(cylinder);
    const taken = this.send(command, head << 2, cylinder, head, record, SECTOR_CODE, last, GAP, 0xff);
    const [st0 = TERMINATION] = taken ? this.result() : [];
    return (st0 & TERMINATION) === 0;
  }
}
