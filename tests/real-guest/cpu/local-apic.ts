import type { V86Cpu } from './internals';

const WORDS = 46;
const REQUEST = 16; // first word of the interrupt request register in the package's structure
const IN_SERVICE = 24;

/**
 * The local APIC of the package's processor, as far as a hypervisor needs it: to request a vector, and to see when the
 * guest has finished with one. The place of the registers is asserted in the package's own source.
 */
export class LocalApic {
  private readonly address: number;

  constructor(private readonly cpu: V86Cpu) {
    const locate = cpu.wm.exports['get_apic_addr'];
    if (typeof locate !== 'function') throw new Error('this version of v86 has no get_apic_addr');
    this.address = Number(locate());
  }

  private registers(): Uint32Array {
    return new Uint32Array(this.cpu.wasm_memory.buffer, this.address, WORDS);
  }

  private static has(registers: Uint32Array, first: number, vector: number): boolean {
    return (((registers[first + (vector >> 5)] ?? 0) >>> (vector & 31)) & 1) === 1;
  }

  /** Requests an edge-triggered interrupt; the processor takes it as soon as it allows interrupts. */
  request(vector: number): void {
    const word = REQUEST + (vector >> 5);
    const registers = this.registers();
    registers[word] = ((registers[word] ?? 0) | (1 << (vector & 31))) >>> 0;
  }

  /** True while the vector waits to be taken. */
  isRequested(vector: number): boolean {
    return LocalApic.has(this.registers(), REQUEST, vector);
  }

  /** True from the moment the guest takes the vector until it ends the interrupt. */
  isInService(vector: number): boolean {
    return LocalApic.has(this.registers(), IN_SERVICE, vector);
  }

  /** Ends a vector in the guest's place: what a hypervisor does for a source with automatic end of interrupt. */
  end(vector: number): void {
    const word = IN_SERVICE + (vector >> 5);
    const registers = this.registers();
    registers[word] = ((registers[word] ?? 0) & ~(1 << (vector & 31))) >>> 0;
  }
}
