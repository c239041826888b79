import { clonePlain, type InspectNode, type Unit } from '../base/unit';

/** Saved state: the 256-bit registers of the local APIC, eight words each. */
export interface LocalApicState {
  irr: Uint32Array;
  isr: Uint32Array;
  /** Vectors whose next delivery ends by itself. */
  autoEoi: Uint32Array;
  tpr: number;
}

/**
 * Requests, service and priorities of a local APIC: what an operating system needs of it to take and end interrupts.
 * Intel SDM volume 3, "Interrupt, Task, and Processor Priority".
 */
export class LocalApic implements Unit<LocalApicState> {
  private state = fresh();

  /** Requests `vector` as an edge. Vectors 0-15 are illegal and ignored. */
  request(vector: number, autoEoi = false): void {
    if (vector < 16 || vector > 255) return;
    setBit(this.state.irr, vector);
    if (autoEoi) setBit(this.state.autoEoi, vector);
    else clearBit(this.state.autoEoi, vector);
  }

  /** The request that the processor would take now, or null: its class must be above what is in service and above TPR. */
  deliverable(): number | null {
    const vector = highest(this.state.irr);
    if (vector < 0) return null;
    const barrier = Math.max(highest(this.state.isr), this.state.tpr);
    return vector >> 4 > barrier >> 4 ? vector : null;
  }

  /** Takes the deliverable request: it moves into service, unless it ends by itself. */
  take(): number | null {
    const vector = this.deliverable();
    if (vector === null) return null;
    clearBit(this.state.irr, vector);
    if (!testBit(this.state.autoEoi, vector)) setBit(this.state.isr, vector);
    return vector;
  }

  /** True while a vector waits to be delivered. */
  get hasRequests(): boolean {
    return highest(this.state.irr) >= 0;
  }

  isInService(vector: number): boolean {
    return testBit(this.state.isr, vector);
  }

  /** EOI: ends the most urgent interrupt in service and returns its vector, or null when none is. */
  endOfInterrupt(): number | null {
    const vector = highest(this.state.isr);
    if (vector < 0) return null;
    clearBit(this.state.isr, vector);
    return vector;
  }

  /** Task priority, bits 7:4 the class below which (and at which) nothing is delivered. */
  get tpr(): number {
    return this.state.tpr;
  }

  set tpr(value: number) {
    this.state.tpr = value & 0xff;
  }

  reset(): void {
    this.state = fresh();
  }

  save(): LocalApicState {
    return clonePlain(this.state);
  }

  restore(saved: LocalApicState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return { requested: vectors(this.state.irr), inService: vectors(this.state.isr), tpr: this.state.tpr };
  }
}

function fresh(): LocalApicState {
  return { irr: new Uint32Array(8), isr: new Uint32Array(8), autoEoi: new Uint32Array(8), tpr: 0 };
}

function setBit(words: Uint32Array, bit: number): void {
  words[bit >> 5] = (words[bit >> 5] ?? 0) | (1 << (bit & 31));
}

function clearBit(words: Uint32Array, bit: number): void {
  words[bit >> 5] = (words[bit >> 5] ?? 0) & ~(1 << (bit & 31));
}

function testBit(words: Uint32Array, bit: number): boolean {
  return (((words[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

function highest(words: Uint32Array): number {
  for (let i = 7; i >= 0; i--) {
    const word = words[i] ?? 0;
    if (word !== 0) return i * 32 + 31 - Math.clz32(word);
  }
  return -1;
}

function vectors(words: Uint32Array): number[] {
  return Array.from({ length: 256 }, (_, vector) => vector).filter((vector) => testBit(words, vector));
}
