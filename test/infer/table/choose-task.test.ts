import { expect, it } from 'vitest';
import { chooseTask, labelsOf } from '../../../infer/table/choose-task.ts';

it.each<[string[], string, string]>([
  [['yes', 'no', 'no'], 'classification', 'the targets are text, 2 different values'],
  [['1', '2', 'many'], 'classification', 'the targets are text, 3 different values'],
  [['0', '1', '1'], 'classification', 'the targets are whole numbers, 2 different values'],
  [['0.5', '1', '1'], 'regression', 'the targets are numbers, 2 different values'],
  [['1', '1.0', '0'], 'classification', 'the targets are whole numbers, 2 different values'],
  [['1', '1e400'], 'regression', 'the targets are numbers, 2 different values'],
  [['0x1f', '1'], 'classification', 'the targets are text, 2 different values'],
  [Array.from({ length: 11 }, (_, i) => String(i)), 'regression', 'the targets are numbers, 11 different values'],
])('%j is told apart by what the targets are', (targets, task, reason) => {
  expect(chooseTask(targets)).toEqual({ task, reason });
});

it('labels are numbers where they are written as numbers are', () => {
  expect(labelsOf(['10', '9', '-1.5'])).toEqual([10, 9, -1.5]);
  expect(labelsOf(['1', '1.0', '-2.00', '0.50'])).toEqual([1, 1, -2, 0.5]);
  for (const texts of [['10', '09'], ['1e3'], ['12345678901234567890']]) expect(labelsOf(texts)).toEqual(texts);
  expect(labelsOf(['1', 'x'])).toEqual(['1', 'x']);
});
