/** One column of a list in detail view. */
export interface GridColumn {
  readonly id: string;
  readonly label: string;
  /** Pixels at first. */
  readonly width: number;
}

/** One row: the texts of its cells by column, and what to sort by where the text is not it. */
export interface GridRow {
  readonly id: string;
  readonly icon?: string;
  readonly cells: Readonly<Record<string, string>>;
  readonly sortBy?: Readonly<Record<string, string | number>>;
}

export interface GridSort {
  readonly column: string;
  readonly descending: boolean;
}

/** Rows in the order of `sort`; equal ones keep the order they had. Names sort as people count: `VM 2` before `VM 10`. */
export function sortRows(rows: readonly GridRow[], sort: GridSort | null): readonly GridRow[] {
  if (!sort) return rows;
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const keyOf = (row: GridRow): string | number => row.sortBy?.[sort.column] ?? row.cells[sort.column] ?? '';
  const compare = (a: GridRow, b: GridRow): number => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return typeof left === 'number' && typeof right === 'number'
      ? left - right
      : collator.compare(String(left), String(right));
  };
  return rows.toSorted((a, b) => (sort.descending ? compare(b, a) : compare(a, b)));
}

/** What is selected after a click or key: `range` extends from the anchor, `toggle` adds or removes one. */
export function nextSelection(
  ids: readonly string[],
  selected: readonly string[],
  anchor: string | null,
  id: string,
  how: 'single' | 'toggle' | 'range',
): readonly string[] {
  if (how === 'toggle') return selected.includes(id) ? selected.filter((each) => each !== id) : [...selected, id];
  if (how === 'single' || anchor === null || !ids.includes(anchor)) return [id];
  const [from, to] = [ids.indexOf(anchor), ids.indexOf(id)].toSorted((a, b) => a - b);
  return ids.slice(from, (to ?? 0) + 1);
}
