/** One line of a tree. */
export interface TreeNode {
  readonly id: string;
  readonly label: string;
  /** Second, grey line below the label. */
  readonly sub?: string;
  readonly icon?: string;
  /** Small drawing over a corner of the icon: something is wrong with it. */
  readonly mark?: string;
  /** What the mark means, for those who cannot see it. */
  readonly note?: string;
  /** Bold blue: changed and not yet applied. */
  readonly changed?: boolean;
  /** Heading of a part of the tree (`Hardware`, `Management`), opened and closed with a double chevron. */
  readonly section?: boolean;
  readonly children?: readonly TreeNode[];
}

/** A line as it is drawn: a node with its depth, when all its ancestors are open. */
export interface TreeLine {
  readonly node: TreeNode;
  readonly level: number;
  readonly parent: string | null;
  /** Its place among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly count: number;
}

/** The lines of a tree from top to bottom, without what is below closed nodes. */
export function treeLines(
  nodes: readonly TreeNode[],
  closed: ReadonlySet<string>,
  level = 1,
  parent: string | null = null,
): TreeLine[] {
  return nodes.flatMap((node, index) => {
    const line: TreeLine = { node, level, parent, position: index + 1, count: nodes.length };
    return closed.has(node.id) ? [line] : [line, ...treeLines(node.children ?? [], closed, level + 1, node.id)];
  });
}
