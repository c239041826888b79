import { allOnes, readU32 } from '../base/bytes';
import type { InspectNode, Unit } from '../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../bus/port-space';

/** Places in the boot order, as the helper numbers them. */
export const BootPlace = { floppy: 0, optical: 1, hardDisk: 2, network: 3 } as const;

/** What the worker tells the firmware of a Generation 1 machine: all that a real board would keep in CMOS and straps. */
export interface BiosHelperSettings {
  /** First tried first. */
  readonly bootOrder: readonly number[];
  readonly numLock: boolean;
  /** The machine's SMBIOS UUID, 16 bytes. */
  readonly guid: Uint8Array;
  readonly processorCount: number;
  /** RAM below the gap for devices, and above 4 GB, in MB. */
  readonly memoryBelowGapMB: number;
  readonly memoryAbove4GbMB: number;
  /** The machine has a generation counter: hosts since Windows Server 2012. */
  readonly generationCounter: boolean;
}

/** What the firmware tells the worker. */
export type BiosEvent = 'bootAttempt' | 'bootFailure';

/** Registers behind the index port (the firmware helper of Microsoft's BIOS; names as in OpenVMM, firmware_pcat). */
export const HelperRegister = {
  numLock: 0x01,
  biosGuid: 0x02,
  bootOrder: 0x07,
  processorCount: 0x08,
  memoryAbove4Gb: 0x0d,
  generationId: 0x0e,
  memoryBelowGap: 0x23,
  bootFailure: 0x3a,
  bootAttempt: 0x3b,
} as const;

const INDEX_PORT = 0x28;
const DATA_PORT = 0x2c;

export interface BiosHelperState {
  index: number;
  /** Next double word of the GUID. */
  guidWord: number;
  /** GPA that the firmware gave for the generation id. */
  generationPointer: number;
}

/** The 32-bit index and data channel through which the BIOS asks the worker for the machine's settings. */
export class BiosHelper implements PortDevice, Unit<BiosHelperState> {
  private state: BiosHelperState = freshState();

  constructor(
    ports: PortSpace,
    private readonly settings: BiosHelperSettings,
    private readonly onEvent: (event: BiosEvent, value: number) => void = () => undefined,
  ) {
    ports.claim('bios-helper', INDEX_PORT, 8, this);
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 4) return allOnes(size);
    if (port === INDEX_PORT) return this.state.index;
    return port === DATA_PORT ? this.readRegister() : allOnes(size);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 4) return;
    if (port === INDEX_PORT) {
      this.state.index = value;
      this.state.guidWord = 0;
    } else if (port === DATA_PORT) this.writeRegister(value);
  }

  private readRegister(): number {
    const { settings } = this;
    switch (this.state.index) {
      case HelperRegister.numLock:
        return settings.numLock ? 1 : 0;
      case HelperRegister.biosGuid:
        return readU32(settings.guid, (this.state.guidWord++ & 3) * 4);
      case HelperRegister.bootOrder:
        return settings.bootOrder.reduce((nibbles, place, i) => nibbles | (place << (i * 4)), 0) >>> 0;
      case HelperRegister.processorCount:
        return settings.processorCount;
      case HelperRegister.memoryAbove4Gb:
        return settings.memoryAbove4GbMB;
      case HelperRegister.memoryBelowGap:
        return settings.memoryBelowGapMB;
      case HelperRegister.generationId:
        return settings.generationCounter ? this.state.generationPointer : 0xffff_ffff;
      default:
        return 0xffff_ffff;
    }
  }

  private writeRegister(value: number): void {
    const { index } = this.state;
    if (index === HelperRegister.bootAttempt) this.onEvent('bootAttempt', value);
    else if (index === HelperRegister.bootFailure) this.onEvent('bootFailure', value);
    else if (index === HelperRegister.generationId && this.settings.generationCounter)
      this.state.generationPointer = value;
  }

  reset(): void {
    this.state = freshState();
  }

  save(): BiosHelperState {
    return { ...this.state };
  }

  restore(saved: BiosHelperState): void {
    this.state = { ...saved };
  }

  inspect(): InspectNode {
    const { bootOrder, numLock, processorCount, memoryBelowGapMB, memoryAbove4GbMB } = this.settings;
    return { ...this.state, bootOrder, numLock, processorCount, memoryBelowGapMB, memoryAbove4GbMB };
  }
}

function freshState(): BiosHelperState {
  return { index: 0, guidWord: 0, generationPointer: 0 };
}
