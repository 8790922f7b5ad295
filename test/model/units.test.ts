import { expect, test } from 'vitest';
import { contextUnits, toModelX, toModelY } from '../../model/units.ts';

const x = [10, 20, 40, 50, 60];
const y = [9, 5, 6, 4, 4.5];

test('the axis runs from the first row to the last', () => {
  const units = contextUnits(x, y);
  expect([10, 35, 60, 110].map((at) => toModelX(units, at))).toEqual([0, 0.5, 1, 2]);
  expect(toModelX(contextUnits([3, 3], [1, 2]), 5)).toBe(2); // no span: in the units that they come in
});

test('values are asinh of their distance from the median of the last three, in median changes', () => {
  const units = contextUnits(x, y); // changes 4, 1, 2, 0.5: the two in the middle are 1 and 2; last three 6, 4, 4.5
  expect([units.center, units.scale]).toEqual([4.5, 1.5]);
  for (const value of [-100, 4.5, 9]) {
    const d = (value - 4.5) / 1.5;
    expect(toModelY(units, value)).toBeCloseTo(Math.sign(d) * Math.log(Math.abs(d) + Math.sqrt(d * d + 1)), 12);
  }
});

test('two rows: the last value is the center', () => {
  expect(contextUnits([1, 2], [3, 7])).toEqual({ first: 1, span: 1, center: 7, scale: 4 });
});

test('a curve that mostly repeats itself is measured by a thousandth of its mean change', () => {
  expect(contextUnits([1, 2, 3, 4, 5], [0, 0, 8, 8, 8]).scale).toBeCloseTo(0.002, 15);
});

test('a curve that never changes has the scale it is given', () => {
  expect(contextUnits([1, 2, 3], [5, 5, 5]).scale).toBe(1);
  expect(contextUnits([1, 2, 3], [5, 5, 5], 0.005).scale).toBe(0.005);
  expect(contextUnits([1, 2, 3], [5, 5, 6], 0.005).scale).not.toBe(0.005);
});

test('the given rows are left as they are', () => {
  const rows = Float64Array.from(y);
  contextUnits(x, rows);
  expect([...rows]).toEqual(y);
});

test('what the model sees does not change with the units of the rows', () => {
  const units = contextUnits(x, y);
  for (const [a, b] of [
    [8, -3],
    [0.25, 100],
    [-2, 5],
  ]) {
    const [otherX, otherY] = [x.map((at) => 4 * at + b), y.map((value) => a * value + b)];
    const other = contextUnits(otherX, otherY);
    for (let i = 0; i < x.length; i++) {
      expect(toModelX(other, otherX[i])).toBeCloseTo(toModelX(units, x[i]), 14);
      expect(toModelY(other, otherY[i])).toBeCloseTo(Math.sign(a) * toModelY(units, y[i]), 14);
    }
  }
});
