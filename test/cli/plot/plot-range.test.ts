import { expect, test } from 'vitest';
import type { PlotCurve } from '../../../cli/plot/plot-data.ts';
import { sharedRange, stepRange, valueRange } from '../../../cli/plot/plot-range.ts';

/** Seen values at steps 1, 2, ... and one band per [q05, q25, median, q75, q95] after them. */
const curve = (seen: readonly number[], bands: readonly (readonly number[])[] = []): PlotCurve => ({
  name: 'curve',
  seen: seen.map((value, i) => ({ step: i + 1, value })),
  later: [],
  forecast: bands.map(([q05, q25, median, q75, q95], i) => ({ step: seen.length + 1 + i, q05, q25, median, q75, q95 })),
});

/** 40 values that fall from 6.9 to 0.3, the first few of them far above the rest. */
const loss = Array.from({ length: 40 }, (_, i) => 0.3 + 6.6 * 0.6 ** i);

test('all observed points are in the picture of a curve without extremes', () => {
  expect(valueRange(curve([1, 2, 3, 4, 5, 6, 7, 8]))).toEqual([1, 8]);
});

test('first points far away are outside, seven in eight points are inside, whatever the direction and the units', () => {
  for (const map of [Number, (v: number) => 1 - v, (v: number) => 1e-3 * v, (v: number) => 1e4 * v - 300]) {
    const values = loss.map(map);
    const [low, high] = valueRange(curve(values));
    const outside = values.map((v, i) => (v < low || v > high ? i : -1)).filter((i) => i >= 0);
    expect(outside).toEqual([0, 1, 2, 3, 4]);
    expect(Math.abs(high - low)).toBeLessThan(Math.abs(map(6.9) - map(0.3)) / 3);
  }
});

test('a spike in the middle does not squash the curve', () => {
  const values = Array.from({ length: 30 }, (_, i) => 1 + i / 30);
  const spiked = values.map((v, i) => (i === 15 ? 1e6 : v));
  expect(valueRange(curve(spiked))).toEqual(valueRange(curve(values)));
});

test('a curve that jumps late and stays there is shown in full', () => {
  const values = Array.from({ length: 30 }, (_, i) => (i < 26 ? 0.69 : 0.1 + i / 1000));
  expect(valueRange(curve(values))).toEqual([0.126, 0.69]);
});

test('the 50 % band is always inside; a wild 90 % band is cut at once the height of the rest on each side', () => {
  expect(valueRange(curve([0, 1], [[-1000, 0.5, 1, 3, 9000]]))).toEqual([-3, 6]);
  expect(valueRange(curve([0, 1], [[-0.5, 0.5, 1, 3, 4]]))).toEqual([-0.5, 4]);
});

test('a target is in the picture unless it is far away', () => {
  expect(valueRange(curve([0, 1]), { target: 2.5 })).toEqual([0, 2.5]);
  expect(valueRange(curve([0, 1]), { target: 76 })).toEqual([0, 1]);
});

test('a flat curve has a range around it', () => {
  const [low, high] = valueRange(curve([-300, -300], [[-300, -300, -300, -300, -300]]));
  expect(low).toBeLessThan(-300);
  expect(high).toBeGreaterThan(-300);
});

test('a logarithmic range is chosen in logarithms, and band edges at or below 0 do not count', () => {
  const [low, high] = valueRange(curve([1, 0.1, 0.01], [[-1, 0.001, 0.005, 0.01, 0.1]]), { logValue: true });
  expect([low, high].map((v) => Number(v.toPrecision(6)))).toEqual([0.001, 1]);
});

test('steps go from the first seen to the last predicted one', () => {
  expect(stepRange(curve([5, 6], [[1, 2, 3, 4, 5]]))).toEqual([1, 3]);
  expect(stepRange(curve([5]))).toEqual([0.5, 1.5]);
});

test('axes are shared until that would flatten curves to an eighth', () => {
  expect(
    sharedRange([
      [0, 1],
      [0.5, 7.5],
    ]),
  ).toEqual([0, 7.5]);
  expect(
    sharedRange([
      [0, 1],
      [0.5, 8.5],
    ]),
  ).toBeNull();
  expect(
    sharedRange([
      [0, 1],
      [1000, 1001],
    ]),
  ).toBeNull();
});

test('one flat curve among many does not give each its own axis', () => {
  const ranges = Array.from({ length: 8 }, () => [0, 1] as const);
  expect(sharedRange([...ranges, [0.5, 0.501]])).toEqual([0, 1]);
});
