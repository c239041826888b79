import { CP437 } from './cp437';
import { GLYPHS } from './vga-glyphs';

export const CELL_WIDTH = 8;
export const CELL_HEIGHT = 16;

/** One character: sixteen rows, bit 7 is the left column. */
export type Glyph = readonly number[];

const EMPTY: Glyph = Array.from({ length: CELL_HEIGHT }, () => 0);

/** Marks over small letters, from row 1 on. */
const MARKS: Readonly<Record<string, readonly number[]>> = {
  '\u0300': [0, 0x30, 0x18],
  '\u0301': [0, 0x0c, 0x18],
  '\u0302': [0x10, 0x38, 0x6c],
  '\u0303': [0, 0x76, 0xdc],
  '\u0308': [0, 0x6c, 0x6c],
  '\u030a': [0x38, 0x6c, 0x38],
};
const CEDILLA = '\u0327';

/** Arms of the line characters 0xB3 to 0xDA: up, down, left, right; 1 is a single line, 2 a double one. */
const LINES =
  '1100 1110 1120 2210 0210 0120 2220 2200 0220 2020 2010 1020 0110 1001 1011 0111 1101 0011 1111 1102 2201 2002 0202 2022 ' +
  '0222 2202 0022 2222 1022 2011 0122 0211 2001 1002 0102 0201 2211 1122 1010 0101';

function fromRows(start: number, rows: readonly number[]): Glyph {
  return EMPTY.map((_, row) => rows[row - start] ?? 0);
}

function drawn(character: string): Glyph | null {
  const entry = GLYPHS[character];
  if (entry === undefined) return null;
  const [start = '0', rows = ''] = entry.split(' ');
  const bytes = rows.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  return fromRows(Number(start), bytes);
}

const union = (a: Glyph, b: Glyph): Glyph => a.map((bits, row) => bits | (b[row] ?? 0));

/** A letter with its mark: taken apart by Unicode, capitals made two rows lower to leave room. */
function accented(character: string): Glyph | null {
  const [base = '', mark = ''] = [...character.normalize('NFD')];
  const letter = drawn(base);
  if (!letter) return null;
  if (mark === CEDILLA) return union(letter, fromRows(12, [0x0c, 0x38]));
  const marks = MARKS[mark];
  if (!marks) return null;
  const capital = base === base.toUpperCase();
  // Without the dot of the i, and a capital without the two rows that nobody misses.
  const body = capital
    ? fromRows(
        4,
        letter.slice(2, 12).filter((_, row) => row !== 2 && row !== 7),
      )
    : letter.map((bits, row) => (row < 5 ? 0 : bits));
  return union(body, fromRows(capital ? 0 : 1, marks));
}

/** Where a strand of a line character begins, seen from the middle: in front of, on, or behind the line that crosses it. */
function strands(
  arm: number,
  before: number,
  after: number,
  places: readonly [number, number, number],
): { at: number; from: number }[] {
  const [low, middle, high] = places;
  if (arm === 1) return [{ at: middle, from: 0 }];
  if (arm !== 2) return [];
  const reach = (own: number, other: number): number => (own === 2 ? 1 : other === 2 ? -1 : 0);
  return [
    { at: low, from: reach(before, after) },
    { at: high, from: reach(after, before) },
  ];
}

const ROWS = [6, 7, 8] as const;
const COLUMNS = [2, 3, 5] as const;

/** A line character from its four arms. */
function lineGlyph(arms: string): Glyph {
  const [up = 0, down = 0, left = 0, right = 0] = [...arms].map(Number);
  const rows = [...EMPTY];
  const dot = (column: number, row: number): void => void (rows[row] = (rows[row] ?? 0) | (0x80 >> column));
  const vertical = (at: number, from: number, to: number): void => {
    for (let row = from; row <= to; row++) [at, at + 1].forEach((column) => dot(column, row));
  };
  const horizontal = (at: number, from: number, to: number): void => {
    for (let column = from; column <= to; column++) dot(column, at);
  };
  for (const { at, from } of strands(up, left, right, COLUMNS)) vertical(at, 0, 7 - from);
  for (const { at, from } of strands(down, left, right, COLUMNS)) vertical(at, 7 + from, 15);
  for (const { at, from } of strands(left, up, down, ROWS)) horizontal(at, 0, from > 0 ? 3 : from < 0 ? 6 : 4);
  for (const { at, from } of strands(right, up, down, ROWS)) horizontal(at, from > 0 ? 5 : from < 0 ? 2 : 3, 7);
  return rows;
}

const pattern = (even: number, odd: number): Glyph => EMPTY.map((_, row) => (row % 2 === 0 ? even : odd));

const BLOCKS: Readonly<Record<string, Glyph>> = {
  '░': pattern(0x88, 0x22),
  '▒': pattern(0xaa, 0x55),
  '▓': pattern(0xdd, 0x77),
  '█': pattern(0xff, 0xff),
  '▄': fromRows(
    8,
    Array.from({ length: 8 }, () => 0xff),
  ),
  '▀': fromRows(
    0,
    Array.from({ length: 8 }, () => 0xff),
  ),
  '▌': pattern(0xf0, 0xf0),
  '▐': pattern(0x0f, 0x0f),
};

const FIRST_LINE = 0xb3;
const lineArms = LINES.split(' ');

function glyphOf(code: number): Glyph {
  const character = CP437.charAt(code);
  const arms = lineArms[code - FIRST_LINE];
  if (arms !== undefined && code >= FIRST_LINE) return lineGlyph(arms);
  return BLOCKS[character] ?? drawn(character) ?? accented(character) ?? EMPTY;
}

/** Glyphs of all 256 codes of a text screen. */
export const VGA_FONT: readonly Glyph[] = Array.from({ length: 256 }, (_, code) => glyphOf(code));
