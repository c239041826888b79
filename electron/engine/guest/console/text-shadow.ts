import type { GuestMemory } from '../../memory/guest-memory';
import { COLUMNS, ROWS, TEXT_BASE, type ConsoleState } from './text-console';

/** Characters and cursor of a text screen. */
export interface TextShadow {
  readonly columns: number;
  readonly rows: number;
  /** Character and attribute of each cell, row by row. */
  readonly cells: Uint8Array;
  readonly cursor: { readonly column: number; readonly row: number; readonly visible: boolean };
}

/** What a text console has written, where no adapter keeps it. */
export function textShadow(memory: GuestMemory, { column, row }: ConsoleState): TextShadow {
  const cells = memory.read(TEXT_BASE, COLUMNS * ROWS * 2);
  return { columns: COLUMNS, rows: ROWS, cells, cursor: { column, row, visible: true } };
}
