/**
 * One 8259A interrupt controller (Intel 8259A data sheet, with the edge/level register that the PIIX4 adds). Functions on
 * a plain state; interrupt numbers are 0-7.
 */

/** All that a controller remembers. */
export interface I8259State {
  /** Requests, interrupts in service, masks. */
  irr: number;
  isr: number;
  imr: number;
  /** Levels of the eight inputs as last seen. */
  lines: number;
  /** Inputs that are level triggered. */
  levels: number;
  /** Vector of input 0. */
  base: number;
  /** The input that has the lowest priority now; the next one up has the highest. */
  lowest: number;
  /** The initialization word that is expected next, 2-4; 0 when initialized. */
  expects: number;
  needsIcw4: boolean;
  single: boolean;
  autoEoi: boolean;
  rotateOnAutoEoi: boolean;
  specialMask: boolean;
  /** Special fully nested mode: the cascade input does not block itself. */
  specialNested: boolean;
  /** Reads give the in-service register instead of the requests. */
  readsIsr: boolean;
  /** The next read is a poll: it acknowledges. */
  polled: boolean;
}

export const CASCADE = 2;
export const SPURIOUS = 7;

const ICW1 = 0x10;
const OCW3 = 0x08;

/** Everything masked until the firmware has initialized it. */
export function powerOn(): I8259State {
  return {
    irr: 0,
    isr: 0,
    imr: 0xff,
    lines: 0,
    levels: 0,
    base: 0,
    lowest: 7,
    expects: 0,
    needsIcw4: false,
    single: false,
    autoEoi: false,
    rotateOnAutoEoi: false,
    specialMask: false,
    specialNested: false,
    readsIsr: false,
    polled: false,
  };
}

/** Drives an input. An edge that goes away before it is acknowledged takes its request with it. */
export function drive(chip: I8259State, input: number, asserted: boolean): void {
  const bit = 1 << input;
  const was = (chip.lines & bit) !== 0;
  chip.lines = asserted ? chip.lines | bit : chip.lines & ~bit;
  const isLevel = (chip.levels & bit) !== 0;
  if (!asserted) chip.irr &= ~bit;
  else if (isLevel || !was) chip.irr |= bit;
}

/** Changes which inputs are level triggered. */
export function setTriggers(chip: I8259State, levels: number): void {
  chip.levels = levels;
  chip.irr = (chip.irr & ~levels) | (chip.lines & levels);
}

/** The request that would be served now, or -1. `isMaster` says whether input 2 is the cascade. */
export function request(chip: I8259State, isMaster: boolean): number {
  if (chip.expects !== 0) return -1;
  for (let i = 1; i <= 8; i++) {
    const input = (chip.lowest + i) & 7;
    const bit = 1 << input;
    const isWanted = (chip.irr & ~chip.imr & bit) !== 0;
    const isServed = (chip.isr & bit) !== 0 && !(chip.specialMask && (chip.imr & bit) !== 0);
    const blocksItself = !(chip.specialNested && isMaster && input === CASCADE);
    if (isWanted && !(isServed && blocksItself)) return input;
    if (isServed) return -1;
  }
  return -1;
}

/** The acknowledge cycle: returns the input, or the spurious one when no request is left. */
export function acknowledge(chip: I8259State, isMaster: boolean): number {
  const input = request(chip, isMaster);
  if (input < 0) return SPURIOUS;
  const bit = 1 << input;
  if ((chip.levels & bit) === 0 && !(isMaster && input === CASCADE)) chip.irr &= ~bit;
  if (!chip.autoEoi) chip.isr |= bit;
  else if (chip.rotateOnAutoEoi) chip.lowest = input;
  return input;
}

/** A write of the command port (A0 = 0): ICW1, OCW2 or OCW3. */
export function writeCommand(chip: I8259State, value: number): void {
  if (value & ICW1) startInitialization(chip, value);
  else if (value & OCW3) writeOcw3(chip, value);
  else writeOcw2(chip, value);
}

function startInitialization(chip: I8259State, icw1: number): void {
  const { lines, levels } = chip;
  Object.assign(chip, powerOn(), { imr: 0, lines, levels, irr: lines & levels, expects: 2 });
  chip.needsIcw4 = (icw1 & 1) !== 0;
  chip.single = (icw1 & 2) !== 0;
}

function writeOcw3(chip: I8259State, value: number): void {
  if (value & 0x40) chip.specialMask = (value & 0x20) !== 0;
  if (value & 0x02) chip.readsIsr = (value & 0x01) !== 0;
  chip.polled = (value & 0x04) !== 0;
}

/** Bits 7:5 are rotate, specific, end of interrupt. */
function writeOcw2(chip: I8259State, value: number): void {
  const [rotates, isSpecific, ends] = [(value & 0x80) !== 0, (value & 0x40) !== 0, (value & 0x20) !== 0];
  if (!ends) {
    if (!isSpecific) chip.rotateOnAutoEoi = rotates;
    else if (rotates) chip.lowest = value & 7;
    return;
  }
  const input = isSpecific ? value & 7 : mostUrgentInService(chip);
  if (input < 0) return;
  chip.isr &= ~(1 << input);
  if (rotates) chip.lowest = input;
}

function mostUrgentInService(chip: I8259State): number {
  for (let i = 1; i <= 8; i++) {
    const input = (chip.lowest + i) & 7;
    const isHidden = chip.specialMask && (chip.imr & (1 << input)) !== 0;
    if ((chip.isr & (1 << input)) !== 0 && !isHidden) return input;
  }
  return -1;
}

/** A write of the data port (A0 = 1): the rest of the initialization, or the masks. */
export function writeData(chip: I8259State, value: number): void {
  if (chip.expects === 0) {
    chip.imr = value & 0xff;
  } else if (chip.expects === 2) {
    chip.base = value & 0xf8;
    chip.expects = chip.single ? (chip.needsIcw4 ? 4 : 0) : 3;
  } else if (chip.expects === 3) {
    chip.expects = chip.needsIcw4 ? 4 : 0; // the wiring of the cascade is the board's
  } else {
    chip.autoEoi = (value & 0x02) !== 0;
    chip.specialNested = (value & 0x10) !== 0;
    chip.expects = 0;
  }
}

/** A read of the command port. A poll acknowledges and says which input it was. */
export function readCommand(chip: I8259State, isMaster: boolean): number {
  if (!chip.polled) return chip.readsIsr ? chip.isr : chip.irr;
  chip.polled = false;
  if (request(chip, isMaster) < 0) return 0;
  return 0x80 | acknowledge(chip, isMaster);
}
