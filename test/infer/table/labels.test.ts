import { expect, it } from 'vitest';
import { fitLabels, type Label } from '../../../infer/table/labels.ts';

it.each<[Label[], Label[], number[]]>([
  [
    ['b', 'a', 'B', 'a'],
    ['B', 'a', 'b'],
    [2, 1, 0, 1],
  ],
  [
    [10, 9, 100, 9],
    [9, 10, 100],
    [1, 0, 2, 0],
  ],
  [
    [true, false, true],
    [false, true],
    [1, 0, 1],
  ],
])('labels keep their type and are sorted: %j', (y, classes, index) => {
  expect(fitLabels(y)).toEqual({ classes, index: Int32Array.from(index) });
});

it.each<[unknown[], string]>([
  [['a', null], 'fit: no target in row 2. Leave out rows without one.'],
  [['a', ''], 'fit: no target in row 2.'],
  [[1, Number.NaN], 'fit: no target in row 2.'],
  [[1, '1'], 'fit: expected targets that are numbers as in row 1, got string (row 2).'],
  [[{}, {}], 'fit: expected targets that are strings, numbers or booleans, got object (row 1).'],
  [['a', 'a'], "fit: expected at least 2 classes in y, got only 'a'."],
  [[], 'fit: expected at least 2 classes in y, got none.'],
])('%j are refused', (y, message) => {
  expect(() => fitLabels(y as Label[])).toThrow(message);
});
