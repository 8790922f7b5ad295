import { expect, test } from 'vitest';
import { tellingColumn, tellingPair } from '../../../cli/plot/telling-columns.ts';
import { randomStream } from '../../../priors/random.ts';

const random = randomStream('telling columns');
const column = () => Array.from({ length: 200 }, () => random());

test('the column that tells most of a target is found, whatever its shape, missing cells or not', () => {
  const columns = [column(), column(), column()];
  const y = columns[1].map((x) => (x - 0.5) ** 2);
  columns[1][7] = Number.NaN;
  expect(tellingColumn(columns, y)).toBe(1);
});

test('two columns that tell nothing by themselves are found together', () => {
  const columns = [column(), column(), column(), column()];
  const classes = columns[1].map((x, i) => (x > 0.5 === columns[3][i] > 0.5 ? 1 : 0));
  expect([...tellingPair(columns, classes)].sort()).toEqual([1, 3]);
});

test('of a pair the column that tells more comes first', () => {
  const columns = [column(), column()];
  const classes = columns[1].map((x, i) => (x + 0.3 * columns[0][i] > 0.65 ? 1 : 0));
  expect(tellingPair(columns, classes)).toEqual([1, 0]);
});
