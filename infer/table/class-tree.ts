/**
 * Which class the network is told under which number. Up to `most` classes, each has a number of its own. More are dealt into
 * `most` groups; a network asked with all rows says which group a row is of, and one asked with the rows of a group says which of
 * its classes: P(class) = P(group) P(class | group), exactly, on as many levels as it takes.
 */
export interface ClassNode {
  /** The classes behind each number. */
  readonly groups: readonly (readonly number[])[];
  /** Of each group with several classes; null for a single class. */
  readonly children: readonly (ClassNode | null)[];
}

export function classTree(order: readonly number[], most: number): ClassNode {
  const count = Math.min(order.length, most);
  const groups = Array.from({ length: count }, (_, group) => order.filter((_, i) => i % count === group));
  return { groups, children: groups.map((group) => (group.length === 1 ? null : classTree(group, most))) };
}

/** The node and those below it. */
export const nodesOf = (node: ClassNode): ClassNode[] => [
  node,
  ...node.children.flatMap((child) => (child === null ? [] : nodesOf(child))),
];

/** The probability of every class of the tree [C], from what each node says of its groups. */
export function classProbabilities(
  tree: ClassNode,
  answer: (node: ClassNode) => ArrayLike<number>,
  numClasses: number,
): Float64Array {
  const found = new Float64Array(numClasses);
  const add = (node: ClassNode, share: number): void => {
    const probabilities = answer(node);
    for (const [group, child] of node.children.entries()) {
      const own = share * probabilities[group];
      if (child === null) found[node.groups[group][0]] = own;
      else add(child, own);
    }
  };
  add(tree, 1);
  return found;
}
