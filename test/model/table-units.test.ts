import { expect, test } from 'vitest';
import { columnUnits, toModelCell } from '../../model/table-units.ts';

test('center and scale of a column are its mean and standard deviation without the missing cells', () => {
  // Mean 5, squares 9 + 1 + 1 + 9 over 4 values.
  expect(columnUnits([2, 4, Number.NaN, 6, 8])).toEqual({ center: 5, scale: Math.sqrt(5) });
});

test('a column of a row-major table is read by offset and stride', () => {
  expect(columnUnits([0, 2, 0, 4, 0, 6, 0, 8], 1, 2)).toEqual({ center: 5, scale: Math.sqrt(5) });
});

test('a constant column and an empty one have scale 1', () => {
  expect(columnUnits([0.1, 0.1, 0.1]).scale).toBe(1);
  expect(columnUnits([1e9 + 0.1, 1e9 + 0.1, 1e9 + 0.1]).scale).toBe(1);
  // The same number in two roundings.
  expect(columnUnits([0.3, 0.1 + 0.2, 0.3]).scale).toBe(1);
  expect(columnUnits([Number.NaN])).toEqual({ center: 0, scale: 1 });
});

test('a change of units or of offset changes nothing of what the network sees', () => {
  const column = [3, 1, 4, 1, 5, 9, 2, 600];
  const seen = (values: readonly number[]) => values.map((value) => toModelCell(columnUnits(values), value));
  const others = seen(column.map((value) => 1000 * value - 40_000));
  seen(column).forEach((value, i) => {
    expect(others[i]).toBeCloseTo(value, 9);
  });
});

test('outliers keep their order and sign, and lose their weight', () => {
  const units = { center: 10, scale: 2 };
  expect(toModelCell(units, 15)).toBe(2.5);
  expect(toModelCell(units, 16)).toBe(3);
  expect(toModelCell(units, 10 + 2 * 1002)).toBeCloseTo(3 + Math.log(1000), 12);
  expect(toModelCell(units, 10 - 2 * 1002)).toBeCloseTo(-3 - Math.log(1000), 12);
  expect(toModelCell(units, Number.NaN)).toBeNaN();
});
