import { describe, expect, it } from 'vitest';
import DataGrid from '@renderer/components/DataGrid.vue';
import { nextSelection, sortRows, type GridRow } from '@renderer/components/grid';
import TreeView from '@renderer/components/TreeView.vue';
import { treeLines, type TreeNode } from '@renderer/components/tree';
import { show } from '../support/component';
import { click, get, names, press } from '../support/screen';

const columns = [
  { id: 'name', label: 'Name', width: 100 },
  { id: 'size', label: 'Size', width: 50 },
];
const rows: GridRow[] = ['VM 10', 'VM 2', 'alpha'].map((name, index) => ({
  id: `r${index}`,
  cells: { name, size: `${index} KB` },
  sortBy: { size: [300, 20, 1000][index] ?? 0 },
}));

describe('sorting of a list', () => {
  it('sorts names as people count, without regard to case', () => {
    expect(sortRows(rows, { column: 'name', descending: false }).map(({ cells }) => cells['name'])).toEqual([
      'alpha',
      'VM 2',
      'VM 10',
    ]);
  });

  it('sorts by the value where the text is not it', () => {
    expect(sortRows(rows, { column: 'size', descending: true }).map(({ id }) => id)).toEqual(['r2', 'r0', 'r1']);
  });
});

describe('selection in a list', () => {
  const ids = ['a', 'b', 'c', 'd'];

  it('is one row after a click, more with Ctrl, a range with Shift', () => {
    expect(nextSelection(ids, ['a', 'b'], 'a', 'c', 'single')).toEqual(['c']);
    expect(nextSelection(ids, ['a'], 'a', 'c', 'toggle')).toEqual(['a', 'c']);
    expect(nextSelection(ids, ['a', 'c'], 'a', 'c', 'toggle')).toEqual(['a']);
    expect(nextSelection(ids, ['d'], 'd', 'b', 'range')).toEqual(['b', 'c', 'd']);
  });

  it('is one row when the anchor of a range is gone', () => {
    expect(nextSelection(ids, ['x'], 'x', 'b', 'range')).toEqual(['b']);
  });
});

describe('a list in detail view', () => {
  const base = { label: 'Machines', columns, rows, selected: [], sort: { column: 'name', descending: false } };

  it('sorts by a click on a column, and the other way round by a second one', async () => {
    const grid = await show(DataGrid, { ...base, 'onUpdate:sort': (sort: unknown) => grid.setProps({ sort }) });
    await click(get('columnheader', 'Size'));
    expect(get('columnheader', 'Size').getAttribute('aria-sort')).toBe('ascending');
    expect(names('row').slice(1)).toEqual(['VM 21 KB', 'VM 100 KB', 'alpha2 KB']);
    await click(get('columnheader', 'Size'));
    expect(get('columnheader', 'Size').getAttribute('aria-sort')).toBe('descending');
  });

  it('walks with the arrow keys, to the ends with Home and End, and by letter', async () => {
    const grid = await show(DataGrid, {
      ...base,
      'onUpdate:selected': (selected: unknown) => grid.setProps({ selected }),
    });
    await click(get('row', /^alpha/));
    await press('ArrowDown');
    expect(grid.prop('selected')).toEqual(['r1']);
    await press('End');
    expect(grid.prop('selected')).toEqual(['r0']);
    await press('a');
    expect(grid.prop('selected')).toEqual(['r2']);
    expect(document.activeElement?.getAttribute('data-id')).toBe('r2');
  });

  it('extends with Shift and takes all with Ctrl+A, only where several may be selected', async () => {
    const grid = await show(DataGrid, {
      ...base,
      multiple: true,
      'onUpdate:selected': (selected: unknown) => grid.setProps({ selected }),
    });
    await click(get('row', /^alpha/));
    await press('ArrowDown', { shiftKey: true });
    expect(grid.prop('selected')).toEqual(['r2', 'r1']);
    await press('a', { ctrlKey: true });
    expect(grid.prop('selected')).toHaveLength(3);
    await grid.setProps({ multiple: false });
    await press('ArrowUp', { shiftKey: true });
    expect(grid.prop('selected')).toHaveLength(1);
  });

  it('asks for the menu of a row with Shift+F10', async () => {
    const grid = await show(DataGrid, { ...base, selected: ['r2'] });
    get('row', /^alpha/).focus();
    await press('F10', { shiftKey: true });
    expect(grid.emitted('context')?.[0]?.[0]).toBe('r2');
  });

  it('says what it has to say when it is empty', async () => {
    await show(DataGrid, { ...base, rows: [], empty: 'Nothing here.' });
    expect(get('gridcell', 'Nothing here.')).toBeTruthy();
  });
});

const nodes: TreeNode[] = [
  {
    id: 'hw',
    label: 'Hardware',
    section: true,
    children: [
      { id: 'ide', label: 'IDE Controller 0', children: [{ id: 'disk', label: 'Hard Drive', sub: 'XP.vhd' }] },
      { id: 'nic', label: 'Network Adapter', changed: true },
    ],
  },
];

describe('a tree', () => {
  it('has a line for each node whose ancestors are open', () => {
    expect(treeLines(nodes, new Set(['ide'])).map(({ node, level }) => `${level} ${node.id}`)).toEqual([
      '1 hw',
      '2 ide',
      '2 nic',
    ]);
  });

  it('names a line by its label and describes it by the second line', async () => {
    await show(TreeView, { label: 'Settings', nodes, modelValue: 'nic', variant: 'settings' });
    expect(names('treeitem')).toEqual(['Hardware', 'IDE Controller 0', 'Hard Drive', 'Network Adapter']);
    const described = get('treeitem', 'Hard Drive').getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(described)?.textContent).toBe('XP.vhd');
  });

  it('marks a changed node', async () => {
    await show(TreeView, { label: 'Settings', nodes, modelValue: 'disk', variant: 'settings' });
    expect(get('treeitem', 'Network Adapter').classList.contains('changed')).toBe(true);
    expect(get('treeitem', 'Hard Drive').classList.contains('changed')).toBe(false);
  });

  it('walks, closes and opens with the arrow keys', async () => {
    const tree = await show(TreeView, {
      label: 'Settings',
      nodes,
      modelValue: 'disk',
      closed: [],
      variant: 'settings',
      'onUpdate:modelValue': (modelValue: unknown) => tree.setProps({ modelValue }),
      'onUpdate:closed': (closed: unknown) => tree.setProps({ closed }),
    });
    get('treeitem', 'Hard Drive').focus();
    await press('ArrowDown');
    expect(tree.prop('modelValue')).toBe('nic');
    await press('ArrowUp');
    await press('ArrowLeft');
    expect(tree.prop('modelValue')).toBe('ide');
    await press('ArrowLeft');
    expect(names('treeitem')).toEqual(['Hardware', 'IDE Controller 0', 'Network Adapter']);
    await press('ArrowRight');
    expect(get('treeitem', 'IDE Controller 0').getAttribute('aria-expanded')).toBe('true');
  });

  it('never selects a section heading, but closes it', async () => {
    const tree = await show(TreeView, {
      label: 'Settings',
      nodes,
      modelValue: 'nic',
      closed: [],
      variant: 'settings',
      'onUpdate:closed': (closed: unknown) => tree.setProps({ closed }),
    });
    await click(get('treeitem', 'Hardware'));
    expect(tree.prop('modelValue')).toBe('nic');
    expect(names('treeitem')).toEqual(['Hardware']);
  });
});
