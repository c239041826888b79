import { HelperRegister, type BootPlace } from '../../devices/bios-helper';
import type { Processor } from '../../hypervisor/processor';

const INDEX_PORT = 0x28;
const DATA_PORT = 0x2c;
const UNANSWERED = 0xffff_ffff;

export type BootPlaceName = keyof typeof BootPlace;

/** What the firmware learns from its helper device. */
export interface HelperFacts {
  readonly bootOrder: readonly BootPlaceName[];
  readonly numLock: boolean;
  readonly guid: string;
  readonly processors: number;
  readonly memoryBelowGapMB: number;
  readonly memoryAbove4GbMB: number;
  readonly hasGenerationCounter: boolean;
}

const DEFAULT_ORDER: readonly BootPlaceName[] = ['optical', 'hardDisk', 'network', 'floppy'];

function ask(processor: Processor, register: number): number {
  processor.portWrite(INDEX_PORT, 4, register);
  return processor.portRead(DATA_PORT, 4);
}

/** Writes a register of the helper, for example that a boot attempt begins. */
export function tellHelper(processor: Processor, register: number, value: number): void {
  processor.portWrite(INDEX_PORT, 4, register);
  processor.portWrite(DATA_PORT, 4, value);
}

function orderOf(nibbles: number): readonly BootPlaceName[] {
  const names: readonly BootPlaceName[] = ['floppy', 'optical', 'hardDisk', 'network'];
  const order = [0, 4, 8, 12].flatMap((shift) => names[(nibbles >>> shift) & 0x0f] ?? []);
  return new Set(order).size === 4 ? order : DEFAULT_ORDER;
}

/** A UUID as firmware prints it: capitals, no hyphens. */
function guidText(processor: Processor): string {
  processor.portWrite(INDEX_PORT, 4, HelperRegister.biosGuid);
  const words = [0, 1, 2, 3].map(() => processor.portRead(DATA_PORT, 4));
  const bytes = words.flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]);
  return bytes.map((value) => value.toString(16).toUpperCase().padStart(2, '0')).join('');
}

/** Base memory and extended memory as CMOS has them: what a board without a helper says. MB. */
function memoryOfCmos(processor: Processor): number {
  const cmos = (index: number): number => {
    processor.portWrite(0x70, 1, index);
    return processor.portRead(0x71, 1);
  };
  const above16 = (cmos(0x34) | (cmos(0x35) << 8)) * 64; // KB
  const above1 = cmos(0x17) | (cmos(0x18) << 8);
  return Math.floor((above16 > 0 ? above16 + 16 * 1024 : above1 + 1024) / 1024);
}

/** Asks the helper for everything that the firmware needs. Without a helper the architected defaults of a PC hold. */
export function readHelper(processor: Processor): HelperFacts {
  const nibbles = ask(processor, HelperRegister.bootOrder);
  const below = ask(processor, HelperRegister.memoryBelowGap);
  const above = ask(processor, HelperRegister.memoryAbove4Gb);
  const processors = ask(processor, HelperRegister.processorCount);
  return {
    bootOrder: nibbles === UNANSWERED ? DEFAULT_ORDER : orderOf(nibbles),
    numLock: ask(processor, HelperRegister.numLock) === 1,
    guid: guidText(processor),
    processors: processors === UNANSWERED ? 1 : processors,
    memoryBelowGapMB: below === UNANSWERED ? memoryOfCmos(processor) : below,
    memoryAbove4GbMB: above === UNANSWERED ? 0 : above,
    hasGenerationCounter: ask(processor, HelperRegister.generationId) !== UNANSWERED,
  };
}
