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

  // By `date -u -d 2024-01-31 +%s`: 1706659200 s are 19753 days.
  it.each<[string, Cell[], number[]]>([
    ['dates, in days since the start of 1970', ['2024-01-31', '1970/01/02', ' 2024.2.1 '], [19753, 1, 19754]],
    ['times, in fractions of days', ['2024-01-31T06:00:00Z', '2024-01-31 12:00'], [19753.25, 19753.5]],
    ['times elsewhere, as UTC', ['2024-01-31T06:00+06:00', '2024-01-31T00:00:00.000-1200'], [19753, 19753.5]],
    ['objects of dates', [new Date(864e5), null, new Date(Number.NaN), '1969-12-31'], [1, NaNs, NaNs, -1]],
  ])('%s', (_, cells, expected) => {
    expect(fitColumn(cells, '1').kind).toBe('dates');
    expect(values(cells)).toEqual(expected);
  });

  it('dates on the last of February in a leap year, and at an hour that PostgreSQL writes', () => {
    expect(fitColumn(['2024-02-29', '2024-03-01'], '1').kind).toBe('dates');
    expect(values(['2024-01-31 06:00:00+06', '2024-02-01'])).toEqual([19753, 19754]);
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
      'dates that may begin with the day or the month',
      ['31.01.2024', null, '1.2.2024 10:30'],
      "fit: column 'c': expected dates that begin with the year, such as 2024-01-31, got '31.01.2024'. Write them so, or as numbers of your own.",
    ],
    [
      'a date of no calendar',
      ['2023-03-01', '2023-02-29'],
      "fit: column 'c': expected dates, got '2023-02-29', which is no day of the calendar. Correct it, or leave it out.",
    ],
    ['dates among other values', [new Date(0), 3], "fit: column 'c': expected dates .* got dates among other values"],
    [
      'other objects',
      [1, [2]],
      "fit: expected numbers, strings, booleans, dates or null in column 'c', got object (row 2).",
    ],
  ])('%s', (_, cells, message) => {
    expect(() => fitColumn(cells as Cell[], "'c'")).toThrow(new RegExp(message.replace(/[().]/g, '.')));
  });

  it.each<[Cell, string]>([
    [Infinity, "predict: expected finite numbers up to 1e+150 in column 'c', got Infinity (row 2)."],
    ['-inf', "predict: expected finite numbers up to 1e+150 in column 'c', got -Infinity (row 2)."],
    [1e200, "predict: expected finite numbers up to 1e+150 in column 'c', got 1e+200 (row 2)."],
    [new Date(0), "predict: expected numbers in column 'c' as in fit, got"],
    ['old', "predict: expected numbers in column 'c' as in fit, got 'old' (row 2). Use null where a value is missing."],
  ])('%s where there are numbers', (cell, message) => {
    expect(() => values([1, 2], [1, cell])).toThrow(message);
  });

  it('what is no date where there are dates', () => {
    expect(() => values(['2024-01-31', '2024-02-01'], ['soon'])).toThrow(
      "predict: expected dates such as 2024-01-31 in column 'c' as in fit, got 'soon' (row 1). Use null where a value is missing.",
    );
  });

  it('no fraction and no part of a date as a date', () => {
    expect(fitColumn(['1/2/24', '3/4/24'], '1').kind).toBe('categories');
    expect(fitColumn(['2024-01-31', 'never'], '1').kind).toBe('categories');
    expect(fitColumn(['10-19', '20-29'], '1').kind).toBe('categories');
  });
});
