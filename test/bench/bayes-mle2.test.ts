import { expect, test } from 'vitest';
import { mle2Request, parseMle2Answer } from '../../bench/peers/sklearn-gp.ts';

const options = {
  outputScale: 1.5,
  lengthScale: [0.05, 2],
  noise: [0.01, 0.5],
  restarts: 5,
  seed: 3,
} as const;
// 2 data sets, 3 context rows, 1 query row, 2 inputs and 4 columns that tell hyperparameters (all 9).
const rowsOf = (first: number, count: number) =>
  Float32Array.from({ length: count * 6 }, (_, i) => (i % 6 < 2 ? first + 2 * Math.floor(i / 6) + (i % 6) : 9));
const batch = {
  numDatasets: 2,
  numContext: 3,
  numQuery: 1,
  numFeatures: 6,
  contextX: rowsOf(0, 6),
  contextY: Float32Array.of(10, 20, 30, 40, 50, 60),
  queryX: rowsOf(100, 2),
  queryY: Float32Array.of(7, 8),
};
const request = mle2Request(batch, 2, options);
const datasets = [
  { means: [0.5], sds: [0.25], seconds: 0.125, lengthScale: 0.3, noise: 0.1 },
  { means: [-1], sds: [2], seconds: 0.25, lengthScale: 2, noise: 0.01 },
];
const print = (changes: object = {}) => JSON.stringify({ version: '1.2.1', datasets, ...changes });

test('a request holds the data sets without told columns and without their query targets', () => {
  expect(JSON.parse(JSON.stringify(request))).toEqual({
    outputScale: 1.5,
    lengthScale: [0.05, 2],
    noise: [0.01, 0.5],
    restarts: 5,
    seed: 3,
    datasets: [
      {
        contextX: [
          [0, 1],
          [2, 3],
          [4, 5],
        ],
        contextY: [10, 20, 30],
        queryX: [[100, 101]],
      },
      {
        contextX: [
          [6, 7],
          [8, 9],
          [10, 11],
        ],
        contextY: [40, 50, 60],
        queryX: [[102, 103]],
      },
    ],
  });
});

test('an answer is read as it is printed', () => {
  expect(parseMle2Answer(`${print()}\n`, request)).toEqual({ version: '1.2.1', datasets });
});

test.each([
  {
    unavailable: "No module named 'sklearn'",
    skipped: 'MLE-II: python3-sklearn not installed: skipped',
  },
  { unavailable: 'libblas.so.3: cannot open', skipped: 'MLE-II: libblas.so.3: cannot open: skipped' },
])('$skipped', ({ unavailable, skipped }) => {
  expect(parseMle2Answer(JSON.stringify({ unavailable }), request)).toEqual({ skipped });
});

test.each([
  { what: 'data sets', datasets: datasets.slice(1), message: 'sklearn_gp.py: expected 2 data sets, got 1.' },
  {
    what: 'queries',
    datasets: [datasets[0], { ...datasets[1], means: [1, 2] }],
    message: 'sklearn_gp.py: expected 1 means and sds of data set 2, got 2 and 1.',
  },
  {
    what: 'spread',
    datasets: [{ ...datasets[0], sds: [0] }, datasets[1]],
    message: 'sklearn_gp.py: expected finite means, sds and seconds above 0 of data set 1.',
  },
])('an answer that does not fit in its $what is refused', ({ datasets, message }) => {
  expect(() => parseMle2Answer(print({ datasets }), request)).toThrow(new Error(message));
});
