import { expect, test } from 'vitest';
import { chooseGoal } from '../../infer/goal.ts';

test('one curve: by where most of its later points lie', () => {
  expect(chooseGoal([[0.1, 0.5, 0.05, 0.6]])).toEqual({
    goal: 'maximize',
    reason: '2 of 3 later points lie above the first',
  });
  expect(chooseGoal([[2, 1, 3, 0.5, 2]])).toEqual({
    goal: 'minimize',
    reason: '2 of 4 later points lie below the first',
  });
});

test('where it is a draw, rising is taken for better', () => {
  expect(chooseGoal([[2, 3, 1, 2]])).toEqual({
    goal: 'maximize',
    reason: '1 of 3 later points lie above the first',
  });
  expect(
    chooseGoal([
      [1, 2],
      [2, 1],
    ]),
  ).toEqual({ goal: 'maximize', reason: '1 of 2 curves rise from where they start' });
});

test('a curve that does not change tells nothing', () => {
  const nothing = { goal: 'maximize', reason: 'the values do not change, so nothing tells' };
  expect(chooseGoal([[4, 4, 4]])).toEqual(nothing);
  expect(chooseGoal([[4]])).toEqual(nothing);
});

test('several curves: that of most of them', () => {
  const [up, down] = [
    [1, 2],
    [2, 1],
  ];
  expect(chooseGoal([up, down, up])).toEqual({
    goal: 'maximize',
    reason: '2 of 3 curves rise from where they start',
  });
  expect(chooseGoal([down, down, up])).toEqual({
    goal: 'minimize',
    reason: '2 of 3 curves fall from where they start',
  });
});

test('turned upside down, a curve that changes has the other goal', () => {
  for (const values of [
    [1, 2, 3],
    [5, 1, 6, 2, 3],
    [-1, -1, -4],
  ]) {
    const goals = [values, values.map((value) => 7 - 2 * value)].map((each) => chooseGoal([each]).goal);
    expect(new Set(goals)).toEqual(new Set(['maximize', 'minimize']));
  }
});
