import fs from 'node:fs';
import { createRequire } from 'node:module';
import { V86 } from 'v86';
import type { AccessSize } from '@engine/bus/port-space';
import type { CpuidResult } from '@engine/hypervisor/processor';
import { checkedCpu, checkedImports, type V86Cpu, type V86Imports } from './internals';
import type { Pace } from './pace';
import { hookFunctions, type Hook } from './wasm-hook';

/** The world around the processor: asked first on every crossing; what it does not claim goes to the package's own board. */
export interface Surroundings {
  /** The value read, or null when the port belongs to nobody here. */
  portRead(port: number, size: AccessSize): number | null;
  /** False when the port belongs to nobody here. */
  portWrite(port: number, size: AccessSize, value: number): boolean;
  /** The same for addresses above RAM. */
  memoryRead(address: number, size: AccessSize): number | null;
  memoryWrite(address: number, size: AccessSize, value: number): boolean;
  /** The registers that the guest sees, given what the processor itself would answer. */
  cpuid(leaf: number, subleaf: number, native: CpuidResult): CpuidResult;
  /** Null when the register is not one of ours. */
  readMsr(msr: number): bigint | null;
  writeMsr(msr: number, value: bigint): boolean;
  /** Result of a VMCALL or VMMCALL; null where the instruction is undefined. */
  hypercall(control: bigint, input: bigint, output: bigint): bigint | null;
  /** Lets everything run that is due; returns the milliseconds until the next thing is. Called between pieces of guest code. */
  elapse(): number;
}

export interface PackageOptions {
  readonly pace: Pace;
  /** Bytes of RAM. */
  readonly ram: number;
  readonly surroundings: Surroundings;
}

/** Questions are port numbers that no port has. */
const ASK = { cpuid: 0x10000, readMsr: 0x10001, writeMsr: 0x10002, invalidOpcode: 0x10003 } as const;

/**
 * VMCALL and VMMCALL are no instructions of this processor: the functions for their opcodes only raise #UD, and are short
 * enough to have been copied to where they are used. What raises #UD is not.
 */
const HOOKS: readonly Hook[] = [
  { name: 'instr_0FA2', question: ASK.cpuid },
  { name: 'instr_0F32', question: ASK.readMsr },
  { name: 'instr_0F30', question: ASK.writeMsr },
  { name: 'instr32_0F01_0_reg', question: ASK.invalidOpcode, callee: true },
];

const EAX = 0;
const ECX = 1;
const EDX = 2;
const EBX = 3;
const ESI = 6;
const EDI = 7;

/**
 * The processor of npm `v86` with its board (interrupt controllers, timers, serial port), started with nothing in it.
 * Its compiled code is loaded with a question to us in front of the instructions that a hypervisor intercepts.
 */
export class ProcessorPackage {
  private readonly emulator: V86;
  private nativeOnly = false; // the processor's own answer is being fetched
  private exports: WebAssembly.Exports = {};
  readonly cpu: V86Cpu;

  private constructor(emulator: V86, exports: WebAssembly.Exports) {
    this.emulator = emulator;
    this.exports = exports;
    this.cpu = checkedCpu(emulator);
  }

  static async create(options: PackageOptions): Promise<ProcessorPackage> {
    const path = createRequire(import.meta.url).resolve('v86/build/v86.wasm');
    const code = await WebAssembly.compile(hookFunctions(fs.readFileSync(path), 'io_port_read32', HOOKS));
    let made: ProcessorPackage | null = null;
    let exports: WebAssembly.Exports = {};
    const emulator = new V86({
      wasm_fn: async (imports) => {
        const env = checkedImports(imports['env'] ?? {});
        route(env, options, (question) => made?.answer(question, options.surroundings) ?? 0);
        exports = (await WebAssembly.instantiate(code, imports)).exports;
        return exports;
      },
      memory_size: options.ram,
      vga_memory_size: 1 << 20,
      acpi: true,
      autostart: false,
      disable_keyboard: true,
      disable_mouse: true,
      disable_speaker: true,
    });
    await new Promise<void>((resolve) => emulator.add_listener('emulator-ready', () => resolve()));
    made = new ProcessorPackage(emulator, exports);
    return made;
  }

  run(): void {
    void this.emulator.run();
  }

  async stop(): Promise<void> {
    await this.emulator.stop();
    await this.emulator.destroy();
  }

  /** Lets the time stamp counter count from zero again. */
  resetTimeStamp(): void {
    this.cpu.set_tsc(0, 0);
  }

  /** Forgets all cached address translations. */
  flushTranslations(): void {
    this.cpu.full_clear_tlb();
  }

  /** Drives an input of the interrupt controllers (8259A pair and I/O APIC, ISA numbers). */
  setInput(input: number, asserted: boolean): void {
    if (asserted) this.cpu.device_raise_irq(input);
    else this.cpu.device_lower_irq(input);
  }

  private get registers(): Int32Array {
    return new Int32Array(this.cpu.wasm_memory.buffer, this.cpu.reg32.byteOffset, 8);
  }

  /** Answers one question of the compiled code: 1 when the instruction is done, 0 when it shall do its own work. */
  private answer(question: number, surroundings: Surroundings): number {
    if (this.nativeOnly) return 0;
    if (question === ASK.cpuid) return this.cpuid(surroundings);
    if (question === ASK.readMsr) return this.readMsr(surroundings);
    if (question === ASK.writeMsr) return this.writeMsr(surroundings);
    return this.hypercall(surroundings);
  }

  private cpuid(surroundings: Surroundings): number {
    const [leaf, subleaf] = [this.unsigned(EAX), this.unsigned(ECX)];
    this.nativeOnly = true;
    const own = this.exports['instr_0FA2'];
    if (typeof own === 'function') own();
    this.nativeOnly = false;
    const native = {
      eax: this.unsigned(EAX),
      ebx: this.unsigned(EBX),
      ecx: this.unsigned(ECX),
      edx: this.unsigned(EDX),
    };
    const seen = surroundings.cpuid(leaf, subleaf, native);
    const { registers } = this;
    [registers[EAX], registers[EBX], registers[ECX], registers[EDX]] = [seen.eax, seen.ebx, seen.ecx, seen.edx];
    return 1;
  }

  private readMsr(surroundings: Surroundings): number {
    const value = surroundings.readMsr(this.unsigned(ECX));
    if (value === null) return 0;
    this.setPair(EDX, EAX, value);
    return 1;
  }

  private writeMsr(surroundings: Surroundings): number {
    return surroundings.writeMsr(this.unsigned(ECX), this.pair(EDX, EAX)) ? 1 : 0;
  }

  /** An opcode that is undefined here: 0F 01 C1 is VMCALL, 0F 01 D9 VMMCALL, all others stay undefined. */
  private hypercall(surroundings: Surroundings): number {
    if (!this.isHypercallInstruction()) return 0;
    const result = surroundings.hypercall(this.pair(EDX, EAX), this.pair(EBX, ECX), this.pair(EDI, ESI));
    if (result === null) return 0;
    this.setPair(EDX, EAX, result);
    return 1;
  }

  private isHypercallInstruction(): boolean {
    const after = this.cpu.instruction_pointer[0] ?? 0;
    const at = this.cpu.translate_address_system_read((after - 3) | 0);
    const [a, b, c] = new Uint8Array(this.cpu.wasm_memory.buffer, this.cpu.mem8.byteOffset + at, 3);
    return a === 0x0f && b === 0x01 && (c === 0xc1 || c === 0xd9);
  }

  private unsigned(register: number): number {
    return (this.registers[register] ?? 0) >>> 0;
  }

  private pair(high: number, low: number): bigint {
    return (BigInt(this.unsigned(high)) << 32n) | BigInt(this.unsigned(low));
  }

  private setPair(high: number, low: number, value: bigint): void {
    const { registers } = this;
    registers[low] = Number(BigInt.asIntN(32, value));
    registers[high] = Number(BigInt.asIntN(32, value >> 32n));
  }
}

/** Puts our surroundings before the package's own board. */
function route(
  env: V86Imports,
  { surroundings: around, pace }: PackageOptions,
  answer: (question: number) => number,
): void {
  const own = { ...env };
  env.microtick = () => pace.now();
  env.io_port_read8 = (port) => around.portRead(port, 1) ?? own.io_port_read8(port);
  env.io_port_read16 = (port) => around.portRead(port, 2) ?? own.io_port_read16(port);
  env.io_port_read32 = (port) =>
    port > 0xffff ? answer(port) : (around.portRead(port, 4) ?? own.io_port_read32(port));
  env.io_port_write8 = (port, value) =>
    void (around.portWrite(port, 1, value & 0xff) || own.io_port_write8(port, value));
  env.io_port_write16 = (port, value) =>
    void (around.portWrite(port, 2, value & 0xffff) || own.io_port_write16(port, value));
  env.io_port_write32 = (port, value) =>
    void (around.portWrite(port, 4, value >>> 0) || own.io_port_write32(port, value));
  env.mmap_read8 = (address) => around.memoryRead(address >>> 0, 1) ?? own.mmap_read8(address);
  env.mmap_read32 = (address) => (around.memoryRead(address >>> 0, 4) ?? own.mmap_read32(address)) | 0;
  env.mmap_write8 = (address, value) =>
    void (around.memoryWrite(address >>> 0, 1, value & 0xff) || own.mmap_write8(address, value));
  env.mmap_write16 = (address, value) =>
    void (around.memoryWrite(address >>> 0, 2, value & 0xffff) || own.mmap_write16(address, value));
  env.mmap_write32 = (address, value) =>
    void (around.memoryWrite(address >>> 0, 4, value >>> 0) || own.mmap_write32(address, value));
  env.run_hardware_timers = (acpi, now) => {
    const board = own.run_hardware_timers(acpi, now);
    return pace.onWall(Math.min(board, around.elapse()));
  };
}
