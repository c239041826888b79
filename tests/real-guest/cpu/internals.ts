/**
 * The parts of the `v86` package that its published types leave out and this adapter uses. They are part of its built
 * files under these names; `checkedInternals` fails with a clear message when a newer version has moved them.
 */
export interface V86Cpu {
  readonly io: V86Io;
  /** Views of the machine's memory made anew on every use: read `byteOffset` and keep an array of one's own. */
  readonly mem8: Uint8Array;
  readonly reg32: Int32Array;
  readonly instruction_pointer: Int32Array;
  readonly wasm_memory: WebAssembly.Memory;
  readonly wm: { readonly exports: Readonly<Record<string, unknown>> };
  /** Linear to physical; throws when the page is not present. */
  translate_address_system_read(address: number): number;
  jit_dirty_cache(start: number, end: number): void;
  device_raise_irq(input: number): void;
  device_lower_irq(input: number): void;
  set_tsc(low: number, high: number): void;
  full_clear_tlb(): void;
}

export interface V86Io {
  port_read8(port: number): number;
  port_read16(port: number): number;
  port_read32(port: number): number;
  port_write8(port: number, value: number): void;
  port_write16(port: number, value: number): void;
  port_write32(port: number, value: number): void;
}

/** What the compiled processor asks of its surroundings. */
export interface V86Imports {
  io_port_read8(port: number): number;
  io_port_read16(port: number): number;
  io_port_read32(port: number): number;
  io_port_write8(port: number, value: number): void;
  io_port_write16(port: number, value: number): void;
  io_port_write32(port: number, value: number): void;
  mmap_read8(address: number): number;
  mmap_read32(address: number): number;
  mmap_write8(address: number, value: number): void;
  mmap_write16(address: number, value: number): void;
  mmap_write32(address: number, value: number): void;
  /** The time in milliseconds, from which the time stamp counter and the timers of the local APIC follow. */
  microtick(): number;
  /** Lets the board's timers run at time `now`; returns the milliseconds until the next one is due. */
  run_hardware_timers(acpi: number, now: number): number;
}

const IMPORTS: readonly (keyof V86Imports)[] = [
  'io_port_read8',
  'io_port_read16',
  'io_port_read32',
  'io_port_write8',
  'io_port_write16',
  'io_port_write32',
  'mmap_read8',
  'mmap_read32',
  'mmap_write8',
  'mmap_write16',
  'mmap_write32',
  'microtick',
  'run_hardware_timers',
];

const CPU_PARTS: readonly (keyof V86Cpu)[] = [
  'io',
  'mem8',
  'reg32',
  'instruction_pointer',
  'wasm_memory',
  'wm',
  'translate_address_system_read',
  'jit_dirty_cache',
  'device_raise_irq',
  'device_lower_irq',
  'set_tsc',
  'full_clear_tlb',
];

/** The import object's functions. @throws when the package no longer has one of them */
export function checkedImports(env: object): V86Imports {
  const missing = IMPORTS.filter((name) => !(name in env));
  if (missing.length > 0) throw new Error(`this version of v86 has no ${missing.join(', ')}`);
  return env as V86Imports; // every member was looked for above
}

/** The processor inside an emulator object. @throws when the package no longer has one of the parts */
export function checkedCpu(emulator: object): V86Cpu {
  const inner: unknown = 'v86' in emulator ? emulator.v86 : undefined;
  const cpu: unknown = typeof inner === 'object' && inner !== null && 'cpu' in inner ? inner.cpu : undefined;
  const missing = CPU_PARTS.filter((name) => typeof cpu !== 'object' || cpu === null || !(name in cpu));
  if (missing.length > 0) throw new Error(`this version of v86 has no ${missing.join(', ')}`);
  return cpu as V86Cpu; // every member was looked for above
}
