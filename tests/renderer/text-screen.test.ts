import { describe, expect, it } from 'vitest';
import { CP437 } from '@renderer/views/console/guest/cp437';
import { cellsText, decodeCells, linesToCells } from '@renderer/views/console/guest/text-cells';
import { CELL_HEIGHT, VGA_FONT } from '@renderer/views/console/guest/vga-font';
import { scanCodeOf } from '@renderer/views/console/scan-codes';

const glyph = (character: string): readonly number[] => VGA_FONT[CP437.indexOf(character)] ?? [];

describe('the font of text screens', () => {
  it('has sixteen rows of eight dots for each of the 256 codes', () => {
    expect(CP437).toHaveLength(256);
    expect(new Set(CP437).size).toBe(256);
    for (const rows of VGA_FONT) {
      expect(rows).toHaveLength(CELL_HEIGHT);
      expect(rows.every((bits) => Number.isInteger(bits) && bits >= 0 && bits <= 255)).toBe(true);
    }
  });

  it('leaves only the blanks empty, and draws no two letters alike', () => {
    const empty = VGA_FONT.flatMap((rows, code) => (rows.every((bits) => bits === 0) ? [code] : []));
    expect(empty).toEqual([0, 0x20, 0xff]);
    const letters = [...CP437]
      .filter((character) => /[\p{L}\p{N}]/u.test(character))
      .map((character) => glyph(character).join());
    expect(new Set(letters).size).toBe(letters.length);
  });

  it('joins lines at the edges of their cells', () => {
    const edge = (rows: readonly number[], row: number): number => rows[row] ?? 0;
    expect(edge(glyph('│'), 0)).toBe(edge(glyph('┐'), 15));
    expect(edge(glyph('║'), 15)).toBe(edge(glyph('╝'), 0));
    const sides = (character: string, bit: number): number[] => glyph(character).map((bits) => bits & bit);
    expect(sides('─', 0x80).map(Boolean)).toEqual(sides('┐', 0x80).map(Boolean));
    expect(sides('═', 0x01).map(Boolean)).toEqual(sides('╔', 0x01).map(Boolean));
  });

  it('puts the mark of an accented letter above its body, and a capital below its mark', () => {
    expect(glyph('é').slice(5)).toEqual(glyph('e').slice(5));
    expect(
      glyph('é')
        .slice(1, 4)
        .some((bits) => bits !== 0),
    ).toBe(true);
    expect(
      glyph('É')
        .slice(0, 3)
        .some((bits) => bits !== 0),
    ).toBe(true);
  });
});

describe('text memory', () => {
  it('becomes text without blanks at the ends', () => {
    const { cells } = linesToCells(['ab', '', 'ñ'], 4, 5);
    expect(cellsText(cells, 4, 5)).toBe('ab\n\nñ');
  });

  it('wraps long lines and keeps the last ones', () => {
    const { cells, used, lastLength } = linesToCells(['first', 'abcdefg'], 4, 3);
    expect(cellsText(cells, 4, 3)).toBe('t\nabcd\nefg');
    expect([used, lastLength]).toEqual([3, 3]);
  });

  it('is empty when it is no base64, and blank where it is too short', () => {
    expect(decodeCells('%%%')).toHaveLength(0);
    expect(cellsText(decodeCells(btoa('A\x07')), 2, 2)).toBe('A');
  });

  it('shows a question mark for what the code page does not have', () => {
    expect(cellsText(linesToCells(['a€b'], 4, 1).cells, 4, 1)).toBe('a?b');
  });
});

describe('scan codes', () => {
  it.each([
    ['Escape', 0x01, false],
    ['KeyQ', 0x10, false],
    ['Enter', 0x1c, false],
    ['KeyA', 0x1e, false],
    ['Backquote', 0x29, false],
    ['ShiftLeft', 0x2a, false],
    ['Backslash', 0x2b, false],
    ['KeyZ', 0x2c, false],
    ['ShiftRight', 0x36, false],
    ['Space', 0x39, false],
    ['F1', 0x3b, false],
    ['F10', 0x44, false],
    ['Numpad7', 0x47, false],
    ['NumpadDecimal', 0x53, false],
    ['F12', 0x58, false],
    ['ControlRight', 0x1d, true],
    ['Delete', 0x53, true],
    ['ArrowUp', 0x48, true],
  ] as const)('of %s is %i (extended: %s)', (key, code, extended) => {
    expect(scanCodeOf(key)).toEqual({ code, extended });
  });

  it('do not exist for keys that an IBM keyboard does not have', () => {
    expect(scanCodeOf('MediaPlayPause')).toBeNull();
  });
});
