/** Number of a section of a WebAssembly module (WebAssembly specification, "Binary Format", Modules). */
const SECTION = { import: 2, export: 7, code: 10 } as const;
const KIND_FUNCTION = 0;
const KIND_TABLE = 1;
const KIND_MEMORY = 2;

/** An exported function without parameters and results that shall ask the host first. */
export interface Hook {
  readonly name: string;
  /** What the host's function is called with. */
  readonly question: number;
  /** True when not the exported function itself is meant, but the one that it does nothing but call. */
  readonly callee?: boolean;
}

/** Walks through bytes of a module. */
class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  /** An unsigned integer of at most 32 bits in LEB128. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
  }

  name(): string {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  /** Minimum and, where there is one, maximum. */
  limits(): void {
    const flags = this.byte();
    this.number();
    if (flags & 1) this.number();
  }
}

function unsigned(value: number): number[] {
  const low = value % 0x80;
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(Math.floor(value / 0x80))];
}

function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && !(low & 0x40)) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}

interface Section {
  readonly id: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

function sectionsOf(module: Uint8Array): Section[] {
  const found: Section[] = [];
  const reader = new Reader(module, 8); // magic and version come first
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.number();
    found.push({ id, start, body: reader.at, end: reader.at + size });
    reader.at += size;
  }
  return found;
}

function sectionOf(module: Uint8Array, id: number): Section {
  const section = sectionsOf(module).find((candidate) => candidate.id === id);
  if (!section) throw new Error(`the module has no section ${id}`);
  return section;
}

/** How many functions are imported, and the index of the one called `wanted`. */
function importedFunction(module: Uint8Array, wanted: string): { count: number; index: number } {
  const reader = new Reader(module, sectionOf(module, SECTION.import).body);
  let count = 0;
  let index = -1;
  for (let left = reader.number(); left > 0; left--) {
    reader.name();
    const field = reader.name();
    const kind = reader.byte();
    if (kind === KIND_FUNCTION) {
      reader.number();
      if (field === wanted) index = count;
      count++;
    } else if (kind === KIND_TABLE) {
      reader.byte();
      reader.limits();
    } else if (kind === KIND_MEMORY) reader.limits();
    else reader.at += 2; // a global: type and mutability
  }
  if (index < 0) throw new Error(`the module does not import ${wanted}`);
  return { count, index };
}

/** Function indices by exported name. */
function exportedFunctions(module: Uint8Array): Map<string, number> {
  const reader = new Reader(module, sectionOf(module, SECTION.export).body);
  const found = new Map<string, number>();
  for (let left = reader.number(); left > 0; left--) {
    const name = reader.name();
    const kind = reader.byte();
    const index = reader.number();
    if (kind === KIND_FUNCTION) found.set(name, index);
  }
  return found;
}

/** The function that a body which is nothing but one call leads to. */
function onlyCallee(module: Uint8Array, code: Section, body: number): number {
  const reader = new Reader(module, code.body);
  reader.number();
  for (let i = 0; i < body; i++) {
    const size = reader.number();
    reader.at += size;
  }
  const end = reader.number() + reader.at;
  const [locals, call, target, stop] = [reader.byte(), reader.byte(), reader.number(), reader.byte()];
  if (locals !== 0 || call !== 0x10 || stop !== 0x0b || reader.at !== end)
    throw new Error('the function does more than one call');
  return target;
}

/** `if (host(question)) return;` */
function prologue(hook: Hook, host: number): number[] {
  return [0x41, ...signed(hook.question), 0x10, ...unsigned(host), 0x04, 0x40, 0x0f, 0x0b]; // i32.const; call; if; return; end
}

/**
 * A copy of `module` in which every function of `hooks` first calls the imported function `host` (one i32 in, one out)
 * and returns at once when the answer is not zero. Nothing is renumbered: only bodies in the code section grow.
 * @throws when the module lacks one of the names
 */
export function hookFunctions(module: Uint8Array, host: string, hooks: readonly Hook[]): Uint8Array<ArrayBuffer> {
  const imported = importedFunction(module, host);
  const exported = exportedFunctions(module);
  const code = sectionOf(module, SECTION.code);
  const byBody = new Map<number, Hook>();
  for (const hook of hooks) {
    const index = exported.get(hook.name);
    if (index === undefined) throw new Error(`the module does not export ${hook.name}`);
    const body = index - imported.count;
    byBody.set(hook.callee ? onlyCallee(module, code, body) - imported.count : body, hook);
  }
  const body = rewriteBodies(module, code, (index) => {
    const hook = byBody.get(index);
    return hook ? prologue(hook, imported.index) : [];
  });
  const head = Buffer.from([SECTION.code, ...unsigned(body.length)]);
  return new Uint8Array(Buffer.concat([module.subarray(0, code.start), head, body, module.subarray(code.end)]));
}

function rewriteBodies(module: Uint8Array, code: Section, prologueOf: (index: number) => number[]): Buffer {
  const reader = new Reader(module, code.body);
  const count = reader.number();
  const pieces: Uint8Array[] = [Buffer.from(unsigned(count))];
  for (let index = 0; index < count; index++) {
    const size = reader.number();
    const start = reader.at;
    const extra = prologueOf(index);
    for (let groups = reader.number(); groups > 0; groups--) {
      reader.number(); // how many locals
      reader.byte(); // of which type
    }
    const locals = module.subarray(start, reader.at);
    const rest = module.subarray(reader.at, start + size);
    pieces.push(Buffer.from(unsigned(size + extra.length)), locals, Buffer.from(extra), rest);
    reader.at = start + size;
  }
  return Buffer.concat(pieces);
}
