import { CP437 } from './cp437';

/** The sixteen colours of a text screen, as the adapter's palette has them after a reset. */
export const PALETTE: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [0, 0, 170],
  [0, 170, 0],
  [0, 170, 170],
  [170, 0, 0],
  [170, 0, 170],
  [170, 85, 0],
  [170, 170, 170],
  [85, 85, 85],
  [85, 85, 255],
  [85, 255, 85],
  [85, 255, 255],
  [255, 85, 85],
  [255, 85, 255],
  [255, 255, 85],
  [255, 255, 255],
];

const codes = new Map([...CP437].map((character, code) => [character, code]));

/** Characters and attributes as they lie in text memory, from base64. What is not base64 is an empty screen. */
export function decodeCells(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** The text of a screen, row by row, without blanks at the ends: for people who listen to it, and for tests. */
export function cellsText(cells: Uint8Array, columns: number, rows: number): string {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_each, column) => CP437.charAt(cells[(row * columns + column) * 2] ?? 0x20))
      .join('')
      .replaceAll('\u0000', ' ')
      .trimEnd(),
  )
    .join('\n')
    .trimEnd();
}

/** Lines of text as cells in one attribute: wrapped at the right edge, the last `rows` of them kept. */
export function linesToCells(
  lines: readonly string[],
  columns: number,
  rows: number,
  attribute = 0x07,
): { cells: Uint8Array; used: number; lastLength: number } {
  const wrapped = lines.flatMap((line) => wrap(line, columns));
  const shown = wrapped.slice(-rows);
  const cells = new Uint8Array(columns * rows * 2);
  for (let at = 0; at < columns * rows; at++) {
    const character = shown[Math.floor(at / columns)]?.charAt(at % columns) ?? '';
    cells[at * 2] = codes.get(character === '' ? ' ' : character) ?? 0x3f;
    cells[at * 2 + 1] = attribute;
  }
  return { cells, used: shown.length, lastLength: shown.at(-1)?.length ?? 0 };
}

function wrap(line: string, columns: number): string[] {
  if (line.length <= columns) return [line];
  return [line.slice(0, columns), ...wrap(line.slice(columns), columns)];
}
