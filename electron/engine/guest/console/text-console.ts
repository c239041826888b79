import type { Processor } from '../../hypervisor/processor';

export const COLUMNS = 80;
export const ROWS = 25;

const TAB = 8;
/** Colour text buffer of mode 3. */
export const TEXT_BASE = 0xb8000;
const CRTC_INDEX = 0x3d4;
const CURSOR_HIGH = 0x0e;
const CURSOR_LOW = 0x0f;
const CURSOR_START = 0x0a; // bit 5 switches the cursor off

/** Attributes that firmware and text-mode programs use: foreground in bits 0-3, background in bits 4-6. */
export const Attribute = {
  normal: 0x07,
  bright: 0x0f,
  dim: 0x08,
  /** Bright white on blue: text-mode setup. */
  setup: 0x1f,
  setupPlain: 0x17,
  /** Black on light grey: status bars. */
  bar: 0x70,
  yellow: 0x0e,
} as const;

/** What a guest remembers about its text screen; the characters themselves lie in display memory. */
export interface ConsoleState {
  column: number;
  row: number;
  attribute: number;
}

export function newConsole(): ConsoleState {
  return { column: 0, row: 0, attribute: Attribute.normal };
}

/**
 * A teletype on the VGA text buffer: what the BIOS's INT 10h function 0Eh and a kernel's console do, by loads and stores at
 * 0xB8000 and by the CRTC's cursor registers. Works on the state it is given, which belongs to the guest's state tree.
 */
export class TextConsole {
  constructor(
    private readonly processor: Processor,
    private readonly state: ConsoleState,
  ) {}

  /** Fills the screen with blanks of `attribute` and puts the cursor into the corner. */
  clear(attribute: number = Attribute.normal): void {
    this.state.attribute = attribute;
    this.fillRows(0, ROWS);
    this.moveTo(0, 0);
  }

  /** Characters at a place, without moving the cursor; what does not fit the row is cut. */
  put(row: number, column: number, text: string, attribute = this.state.attribute): void {
    const shown = text.slice(0, COLUMNS - column);
    for (let i = 0; i < shown.length; i++) this.cell(row, column + i, shown.charCodeAt(i), attribute);
  }

  /** One row filled with `text`, padded with blanks. */
  putRow(row: number, text: string, attribute = this.state.attribute): void {
    this.put(row, 0, text.padEnd(COLUMNS), attribute);
  }

  /** Text at the cursor: wraps, scrolls, and understands line feed, carriage return and backspace. */
  write(text: string): void {
    for (const character of text) this.writeCharacter(character);
    this.showCursor();
  }

  writeLine(text = ''): void {
    this.write(`${text}\n`);
  }

  moveTo(row: number, column: number): void {
    this.state.row = row;
    this.state.column = column;
    this.showCursor();
  }

  /** Shows or hides the blinking cursor. */
  cursorVisible(visible: boolean): void {
    this.crtc(CURSOR_START, visible ? 0x0d : 0x2d);
  }

  private writeCharacter(character: string): void {
    if (character === '\n') return this.newLine();
    if (character === '\r') return void (this.state.column = 0);
    if (character === '\b') return void (this.state.column = Math.max(0, this.state.column - 1));
    if (character === '\t') return this.write(' '.repeat(TAB - (this.state.column % TAB)));
    this.cell(this.state.row, this.state.column, character.charCodeAt(0), this.state.attribute);
    this.state.column++;
    if (this.state.column >= COLUMNS) this.newLine();
  }

  private newLine(): void {
    this.state.column = 0;
    if (this.state.row < ROWS - 1) this.state.row++;
    else this.scroll();
  }

  private scroll(): void {
    for (let at = 0; at < (ROWS - 1) * COLUMNS * 2; at += 4) {
      this.processor.memoryWrite(TEXT_BASE + at, 4, this.processor.memoryRead(TEXT_BASE + at + COLUMNS * 2, 4));
    }
    this.fillRows(ROWS - 1, 1);
  }

  private fillRows(first: number, count: number): void {
    const blank = (this.state.attribute << 8) | 0x20;
    const pair = (blank | (blank << 16)) >>> 0;
    const start = first * COLUMNS * 2;
    for (let at = start; at < start + count * COLUMNS * 2; at += 4) this.processor.memoryWrite(TEXT_BASE + at, 4, pair);
  }

  private cell(row: number, column: number, code: number, attribute: number): void {
    this.processor.memoryWrite(TEXT_BASE + (row * COLUMNS + column) * 2, 2, (code & 0xff) | (attribute << 8));
  }

  private showCursor(): void {
    const at = this.state.row * COLUMNS + this.state.column;
    this.crtc(CURSOR_HIGH, at >> 8);
    this.crtc(CURSOR_LOW, at & 0xff);
  }

  private crtc(register: number, value: number): void {
    this.processor.portWrite(CRTC_INDEX, 1, register);
    this.processor.portWrite(CRTC_INDEX + 1, 1, value);
  }
}
