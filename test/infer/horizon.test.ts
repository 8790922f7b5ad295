import { expect, test } from 'vitest';
import { defaultHorizon, stepsUpTo } from '../../infer/horizon.ts';

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('counted steps are looked at up to 100, later twice as far as was seen', () => {
  expect(defaultHorizon(count(1, 10))).toBe(100);
  expect(defaultHorizon(count(0, 40))).toBe(100);
  expect(defaultHorizon(count(1, 80))).toBe(159);
});

test('steps are counted where every one or every second is there, and not where most are left out', () => {
  expect(defaultHorizon([0, 2, 4, 6])).toBe(100);
  expect(defaultHorizon([1, 2, 10, 20, 30])).toBe(59);
});

test('other steps are looked at twice as far as was seen', () => {
  expect(defaultHorizon([1000, 2000, 3000])).toBe(5000);
  expect(defaultHorizon([0.5, 1, 1.5])).toBe(2.5);
  expect(defaultHorizon([10, 11, 12])).toBe(14);
  expect(defaultHorizon([-3, -1])).toBe(1);
});

test('steps continue with the spacing of the observed ones, up to and including the horizon', () => {
  expect(stepsUpTo([1, 2, 3], 6)).toEqual([4, 5, 6]);
  expect(stepsUpTo([1000, 2000], 4500)).toEqual([3000, 4000, 4500]);
  expect(stepsUpTo([0.1, 0.2, 0.3], 0.6)).toHaveLength(3);
  expect(stepsUpTo([5], 7)).toEqual([6, 7]);
  expect(stepsUpTo([1, 2], 2.25)).toEqual([2.25]);
  // Of gaps of 2 and 1 the smaller, so that no step is left out.
  expect(stepsUpTo([1, 3, 4], 7)).toEqual([5, 6, 7]);
  // Without the noise of binary fractions.
  expect(stepsUpTo([0.1, 0.2, 0.3], 0.6)).toEqual([0.4, 0.5, 0.6]);
  expect(stepsUpTo([0.1, 0.2, 0.3, 0.4], 0.7000000000000001)).toEqual([0.5, 0.6, 0.7000000000000001]);
});

test('there are at most 100 of them, all after the observed part, however far the horizon', () => {
  for (const horizon of [150, 5000, 1e9, 1e15, 1e100]) {
    const steps = stepsUpTo([1, 2, 3], horizon);
    expect(steps.length).toBeLessThanOrEqual(100);
    expect(steps[0]).toBeGreaterThan(3);
    expect(steps.at(-1)).toBe(horizon);
  }
});

test('they are spread evenly over the whole range, however small the spacing', () => {
  const steps = stepsUpTo([0.001, 0.002, 0.003], 86_400);
  expect(steps).toHaveLength(100);
  expect(steps[50] / 86_400).toBeCloseTo(0.5, 1);
});

test('they rise strictly, also where the spacing is near the precision of the steps', () => {
  const big = 2 ** 53;
  for (const [observed, horizon] of [
    [[big - 2, big - 1, big], big + 64],
    [[1, 1 + 2 ** -52], 1 + 2 ** -45],
    [[0, 5e-324], 5e-322],
    [[-1e100, 1e100], 3e100],
  ] as [number[], number][]) {
    const steps = stepsUpTo(observed, horizon);
    for (const [i, step] of steps.entries())
      expect(step).toBeGreaterThan(i === 0 ? observed[observed.length - 1] : steps[i - 1]);
  }
});
