import { expect, it } from 'vitest';
import { type ClassNode, classProbabilities, classTree, nodesOf } from '../../../infer/table/class-tree.ts';

it('up to the most, every class has a number of its own in the given order', () => {
  const tree = classTree([2, 0, 1], 3);
  expect(tree).toEqual({ groups: [[2], [0], [1]], children: [null, null, null] });
});

it('more classes are dealt into groups, each asked for its own classes, on as many levels as it takes', () => {
  expect(classTree([4, 3, 2, 1, 0], 4)).toEqual({
    groups: [[4, 0], [3], [2], [1]],
    children: [{ groups: [[4], [0]], children: [null, null] }, null, null, null],
  });
  const deep = classTree([...Array(7).keys()], 2); // 7 -> 4 + 3 -> 2 + 2, 2 + 1 -> ...
  expect(nodesOf(deep)).toHaveLength(6);
  for (const { groups } of nodesOf(deep)) expect(groups.length).toBeLessThanOrEqual(2);
});

it('the probability of a class is that of its group times that of the class in it', () => {
  const tree = classTree([0, 1, 2, 3, 4], 3); // groups 0 3, 1 4, 2
  const answers = new Map<ClassNode | null, number[]>([
    [tree, [0.5, 0.3, 0.2]],
    [tree.children[0], [0.9, 0.1]],
    [tree.children[1], [0.25, 0.75]],
  ]);
  const found = classProbabilities(tree, (node) => answers.get(node) as number[], 5);
  expect([...found]).toEqual([0.45, 0.075, 0.2, 0.05, 0.225].map((p) => expect.closeTo(p, 12)));
});
