import { describe, expect, it } from 'vitest';
import { contextColumns, queryColumns, type Table } from '../../../infer/table/table.ts';

describe('the columns of a table', () => {
  it('are the same from arrays, from objects in any order of keys, and from numbers row by row', () => {
    const columns = [
      [1, 4],
      [2, 5],
      [3, 6],
    ];
    expect(
      contextColumns([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual({ keys: null, numRows: 2, columns });
    expect(contextColumns({ data: Float64Array.of(1, 2, 3, 4, 5, 6), width: 3 })).toEqual({
      keys: null,
      numRows: 2,
      columns,
    });
    const objects = [
      { a: 1, b: 2, c: 3 },
      { c: 6, a: 4, b: 5 },
    ];
    expect(contextColumns(objects)).toEqual({ keys: ['a', 'b', 'c'], numRows: 2, columns });
  });

  it('of query rows come in the order of the context, and keys that it lacks are left out', () => {
    const context = contextColumns([{ a: 1, b: 2, c: 3 }]);
    expect(queryColumns([{ target: 9, c: 30, b: 20, a: 10 }], context).columns).toEqual([[10], [20], [30]]);
    const arrays = contextColumns([[1, 2, 3]]);
    expect(queryColumns({ data: Float32Array.of(1, 2, 3, 4, 5, 6), width: 3 }, arrays).columns[2]).toEqual([3, 6]);
    expect(queryColumns([], arrays)).toEqual({ keys: null, numRows: 0, columns: [[], [], []] });
  });

  it.each<[string, unknown, string]>([
    ['no rows', [], 'fit: expected at least 2 rows, got none.'],
    [
      'rows of two lengths',
      [
        [1, 2, 3],
        [1, 2],
      ],
      'fit: expected 3 values in row 2 as in row 1, got 2.',
    ],
    ['an object among arrays', [[1], { a: 1 }], 'fit: expected 1 values in row 2 as in row 1, got an object.'],
    ['text', 'a,b', 'fit: expected rows as arrays or objects, or { data, width }, got string.'],
    ['a number as a row', [[1], 2], 'fit: expected rows as arrays or objects, or { data, width }, got 2 as row 2.'],
    ['numbers that do not fill rows', { data: new Float32Array(7), width: 3 }, 'of width 3, got 7 numbers.'],
    ['a missing key', [{ a: 1, b: 2 }, { a: 1 }], "fit: expected a key 'b' in row 2 as in row 1, got none."],
    ['another key', [{ a: 1 }, { a: 1, b: 2 }], "got another one, 'b', in row 2. Use null where a value is missing."],
  ])('%s are refused in fit', (_, table, message) => {
    expect(() => contextColumns(table as Table)).toThrow(message);
  });

  it.each<[unknown, string]>([
    [[[1, 2, 3]], 'predict: expected 4 features as in fit, got 3. Pass the same columns in the same order.'],
    [
      { data: new Float32Array(6), width: 2 },
      'predict: expected 4 features as in fit, got 2. Pass the same columns in the same order.',
    ],
    [[{ a: 1 }], 'predict: expected rows as arrays as in fit, got objects. Fit on objects to match them by key.'],
  ])('other query rows than in fit are refused: %j', (table, message) => {
    expect(() => queryColumns(table as Table, contextColumns([[1, 2, 3, 4]]))).toThrow(message);
  });

  it('a query row without a key is refused by its name, and so are arrays where there were objects', () => {
    const context = contextColumns([{ age: 1, sex: 'f' }]);
    expect(() => queryColumns([{ age: 1, sex: 'f' }, { sex: 'm' }], context)).toThrow(
      "predict: expected a key 'age' in row 2 as in fit, got none. Use null where a value is missing.",
    );
    expect(() => queryColumns([[1, 'f']], context)).toThrow(
      'predict: expected rows as objects with the keys of fit, got arrays.',
    );
  });
});
