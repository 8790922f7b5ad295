import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { csvText, quantileName } from '../../cli/csv-text.ts';

test('what is written is read again: commas, quotes and line ends in names and cells, all digits, gaps', () => {
  const columns = [
    { name: 'a, "b"', values: ['x,y', 'say "no"', 'two\nlines', null] },
    { name: 'n', values: [0.1 + 0.2, -1e-300, null, 5] },
  ];
  const [header, ...rows] = parse(csvText(columns));
  expect(header).toEqual(['a, "b"', 'n']);
  expect(rows.map(([text]: string[]) => text)).toEqual(['x,y', 'say "no"', 'two\nlines', '']);
  expect(rows.map(([, number]: string[]) => (number === '' ? null : Number(number)))).toEqual(columns[1].values);
});

test.each([
  [0.05, 'q05'],
  [0.1, 'q10'],
  [0.5, 'median'],
  [0.975, 'q975'],
  [0.001, 'q001'],
])('the column of quantile %s is %s', (level, name) => {
  expect(quantileName(level)).toBe(name);
});
