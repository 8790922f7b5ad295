import { describe, expect, it } from 'vitest';
import { columnValues, fitColumn } from '../../../infer/table/column.ts';
import type { Cell } from '../../../infer/table/table.ts';

const NaNs = Number.NaN;
const values = (cells: readonly Cell[], queries: readonly Cell[] = cells) => [
  ...columnValues(fitColumn(cells, "'c'"), queries, "'c'", 'predict'),
];

describe('a column is', () => {
  it.each<[string, Cell[], number[]]>([
    ['numbers', [3, -1.5, 0], [3, -1.5, 0]],
    ['numbers written as text, where all are', ['3', ' -1.5e2 ', '.5'], [3, -150, 0.5]],
    ['truth values', [true, false, true], [1, 0, 1]],
    [
      'numbers with missing values, of every kind',
      [1, null, undefined, '', ' ', Number.NaN, 2],
      [1, NaNs, NaNs, NaNs, NaNs, NaNs, 2],
    ],
  ])('%s', (_, cells, expected) => {
    expect(fitColumn(cells, '1').kind).toBe('numbers');
    expect(values(cells)).toEqual(expected);
  });

  it('categories where some value is text: positions in their sorted list, missing kept as missing', () => {
    const cells = ['b', 'a', null, 'B', '10', 9, 'a'];
    expect(fitColumn(cells, '1')).toEqual({ kind: 'categories', categories: ['10', '9', 'B', 'a', 'b'] });
    expect(values(cells)).toEqual([4, 3, NaNs, 2, 0, 1, 3]);
  });

  it('the same categories whatever the order of rows', () => {
    expect(fitColumn(['x', 'z', 'y'], '1')).toEqual(fitColumn(['z', 'y', 'x'], '1'));
  });

  it('missing in a query row where its category is none of the context', () => {
    expect(values(['a', 'b', 'c'], ['c', 'd', '', 'a'])).toEqual([2, NaNs, NaNs, 0]);
  });

  it.each<[Cell[]]>([[[7, 7, 7]], [['a', 'a']], [[null, '', Number.NaN]], [['1', 1, '1.0']]])(
    'left out as constant: %j',
    (cells) => {
      expect(fitColumn(cells, '1').kind).toBe('constant');
    },
  );

  it.each<[Cell[]]>([[[7, null, 7]], [['a', '', 'a']]])('kept where one value is there or missing: %j', (cells) => {
    expect(fitColumn(cells, '1').kind).not.toBe('constant');
  });
});

describe('one line refuses', () => {
  it.each<[string, unknown[], string]>([
    [
      'dates',
      ['2024-01-31', null, '2024-02-01'],
      "fit: column 'c' holds dates, such as '2024-01-31'. Turn it into numbers first: days since a date, or year, month and weekday.",
    ],
    ['times', ['2024-01-31T10:00:00Z', '2024-02-01 11:30'], "column 'c' holds dates"],
    ['dates of other countries', ['31.01.2024', '1.2.2024'], "column 'c' holds dates, such as '31.01.2024'"],
    ['objects of dates', [new Date(0), null], "column 'c' holds dates, such as '1970-01-01T00:00:00.000Z'"],
    ['other objects', [1, [2]], "fit: expected numbers, strings, booleans or null in column 'c', got object (row 2)."],
  ])('%s', (_, cells, message) => {
    expect(() => fitColumn(cells as Cell[], "'c'")).toThrow(message);
  });

  it.each<[Cell, string]>([
    [Infinity, "predict: expected finite numbers up to 1e+150 in column 'c', got Infinity (row 2)."],
    ['-inf', "predict: expected finite numbers up to 1e+150 in column 'c', got -Infinity (row 2)."],
    [1e200, "predict: expected finite numbers up to 1e+150 in column 'c', got 1e+200 (row 2)."],
    ['old', "predict: expected numbers in column 'c' as in fit, got 'old' (row 2). Use null where a value is missing."],
  ])('%s where there are numbers', (cell, message) => {
    expect(() => values([1, 2], [1, cell])).toThrow(message);
  });

  it('no fraction and no part of a date as a date', () => {
    expect(fitColumn(['1/2/24', '3/4/24'], '1').kind).toBe('categories');
    expect(fitColumn(['2024-01-31', 'never'], '1').kind).toBe('categories');
    expect(fitColumn(['10-19', '20-29'], '1').kind).toBe('categories');
  });
});
