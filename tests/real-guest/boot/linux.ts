import { boardTables, type Board } from './acpi';

/** A piece of guest memory to be filled before the first instruction. */
export interface MemoryImage {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface LinuxBoot {
  readonly kernel: Buffer;
  /** What the image would unpack to: entered directly when given. */
  readonly unpackedKernel: Buffer | null;
  readonly initramfs: Buffer;
  readonly commandLine: string;
  /** Bytes of RAM from address zero, without holes but for the one below 1 MB. */
  readonly ram: number;
  readonly board: Omit<Board, 'at' | 'endOfRam'>;
}

const BOOT_PARAMETERS = 0x10000;
const COMMAND_LINE = 0x20000;
const KERNEL = 0x100000;
const LOW_END = 0x9fc00;
const RESET_PAGE = 0xff000;
const TABLE_SPACE = 0x10000; // at the top of RAM
const PAGE = 0x1000;

/** Offsets in the boot parameters ("zero page") and the setup header in them (Linux, Documentation/x86/boot.rst). */
const FIELD = {
  rootPointer: 0x070,
  mapEntries: 0x1e8,
  setupSectors: 0x1f1,
  jump: 0x201,
  signature: 0x202,
  loader: 0x210,
  loadFlags: 0x211,
  initramfsAt: 0x218,
  initramfsSize: 0x21c,
  commandLine: 0x228,
  map: 0x2d0,
} as const;

const MAP_TYPE = { usable: 1, reserved: 2, tables: 3 } as const;

/**
 * All that must lie in memory for a Linux kernel image to start by the 32-bit boot protocol: the protected-mode kernel,
 * the boot parameters, the command line, the first root file system, the board's ACPI tables, and at the reset vector the
 * few instructions that lead from the processor's reset state to the kernel's entry.
 * @throws when `kernel` is not a Linux kernel image
 */
export function linuxImages(boot: LinuxBoot): MemoryImage[] {
  if (boot.kernel.toString('latin1', FIELD.signature, FIELD.signature + 4) !== 'HdrS')
    throw new Error('not a Linux kernel image');
  const sectors = boot.kernel[FIELD.setupSectors] || 4;
  const packed = { entry: KERNEL, segments: [{ at: KERNEL, bytes: boot.kernel.subarray((sectors + 1) * 512) }] };
  const program = boot.unpackedKernel ? elfProgram(boot.unpackedKernel) : packed;
  const tablesAt = boot.ram - TABLE_SPACE;
  const initramfsAt = (tablesAt - boot.initramfs.length) & ~(PAGE - 1);
  const tables = boardTables({ ...boot.board, at: tablesAt, endOfRam: boot.ram });
  return [
    { at: BOOT_PARAMETERS, bytes: bootParameters(boot, tables.rootPointer, initramfsAt) },
    { at: COMMAND_LINE, bytes: Buffer.from(`${boot.commandLine}\0`, 'latin1') },
    ...program.segments,
    { at: initramfsAt, bytes: boot.initramfs },
    { at: tables.at, bytes: tables.bytes },
    { at: RESET_PAGE, bytes: resetPage(program.entry) },
  ];
}

interface Program {
  readonly entry: number;
  readonly segments: readonly MemoryImage[];
}

/** The loadable segments of a 32-bit ELF file at their physical addresses; its entry is a physical address too. */
function elfProgram(file: Buffer): Program {
  const headers = Array.from(
    { length: file.readUInt16LE(0x2c) },
    (_, i) => file.readUInt32LE(0x1c) + i * file.readUInt16LE(0x2a),
  );
  const segments = headers
    .filter((at) => file.readUInt32LE(at) === 1)
    .map((at) => {
      const [offset, address, length] = [
        file.readUInt32LE(at + 4),
        file.readUInt32LE(at + 12),
        file.readUInt32LE(at + 16),
      ];
      return { at: address, bytes: file.subarray(offset, offset + length) };
    });
  return { entry: file.readUInt32LE(0x18), segments };
}

function bootParameters(boot: LinuxBoot, rootPointer: number, initramfsAt: number): Buffer {
  const page = Buffer.alloc(PAGE);
  const headerEnd = FIELD.signature + (boot.kernel[FIELD.jump] ?? 0);
  boot.kernel.copy(page, FIELD.setupSectors, FIELD.setupSectors, headerEnd);
  page[FIELD.loader] = 0xff; // a boot loader without a number of its own
  page[FIELD.loadFlags] = (page[FIELD.loadFlags] ?? 0) | 1; // the kernel lies at 1 MB
  page.writeUInt32LE(initramfsAt, FIELD.initramfsAt);
  page.writeUInt32LE(boot.initramfs.length, FIELD.initramfsSize);
  page.writeUInt32LE(COMMAND_LINE, FIELD.commandLine);
  page.writeUInt32LE(rootPointer, FIELD.rootPointer);
  const map = [
    [0, LOW_END, MAP_TYPE.usable],
    [LOW_END, 0x100000 - LOW_END, MAP_TYPE.reserved],
    [0x100000, boot.ram - TABLE_SPACE - 0x100000, MAP_TYPE.usable],
    [boot.ram - TABLE_SPACE, TABLE_SPACE, MAP_TYPE.tables],
  ] as const;
  map.forEach(([start, length, type], i) => {
    const at = FIELD.map + i * 20;
    page.writeBigUInt64LE(BigInt(start), at);
    page.writeBigUInt64LE(BigInt(length), at + 8);
    page.writeUInt32LE(type, at + 16);
  });
  page[FIELD.mapEntries] = map.length;
  return page;
}

/**
 * The last page below 1 MB. A processor begins at its last 16 bytes in real mode; from there: flat segments with the
 * selectors that the boot protocol asks for (code 0x10, data 0x18), ESI on the boot parameters, and into the kernel.
 */
function resetPage(entry: number): Buffer {
  const page = Buffer.alloc(PAGE, 0xf4); // HLT where nothing else stands
  const segments = Buffer.from([
    0, 0, 0, 0, 0, 0, 0, 0, // null
    0, 0, 0, 0, 0, 0, 0, 0, // unused
    0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0, // 0x10: code, 4 GB
    0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0, // 0x18: data, 4 GB
  ]); // prettier-ignore
  segments.copy(page, 0x100);
  page.writeUInt16LE(segments.length - 1, 0x180);
  page.writeUInt32LE(RESET_PAGE + 0x100, 0x182);
  const real = [
    0xfa, // cli
    0x2e, 0x66, 0x0f, 0x01, 0x16, 0x80, 0xf1, // lgdt cs:[0xf180]
    0x0f, 0x20, 0xc0, // mov eax, cr0
    0x66, 0x83, 0xc8, 0x01, // or eax, 1
    0x0f, 0x22, 0xc0, // mov cr0, eax
    0x66, 0xea, ...dword(RESET_PAGE + 0x240), 0x10, 0x00, // jmp 0x10:flat
  ]; // prettier-ignore
  const flat = [
    0xb8, ...dword(0x18), // mov eax, 0x18
    0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0x8e, 0xe0, 0x8e, 0xe8, // mov ds, es, ss, fs, gs
    0xbc, ...dword(0x80000), // mov esp, a stack that the kernel soon replaces
    0xbe, ...dword(BOOT_PARAMETERS), // mov esi, boot parameters
    0x31, 0xed, 0x31, 0xff, 0x31, 0xdb, // xor ebp, edi, ebx
    0xb8, ...dword(entry), // mov eax, entry
    0xff, 0xe0, // jmp eax
  ]; // prettier-ignore
  page.set(real, 0x200);
  page.set(flat, 0x240);
  page.set([0xe9, ...dword(0x200 - 0xff3).slice(0, 2)], 0xff0); // jmp near to `real`
  return page;
}

function dword(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}
