import { expect, test } from 'vitest';
import { EMCEE_SWEEPS, emceeRequest, parseEmceeAnswer } from '../../bench/peers/emcee-gp.ts';

const options = { outputScale: 1.5, lengthScale: [0.05, 2], noise: [0.01, 0.5], seed: 3 } as const;
// 2 data sets, 2 context rows, 1 query row, 1 input and 2 columns that tell hyperparameters (all 9).
const batch = {
  numDatasets: 2,
  numContext: 2,
  numQuery: 1,
  numFeatures: 3,
  contextX: Float32Array.of(0, 9, 9, 1, 9, 9, 2, 9, 9, 3, 9, 9),
  contextY: Float32Array.of(10, 20, 30, 40),
  queryX: Float32Array.of(100, 9, 9, 101, 9, 9),
  queryY: Float32Array.of(7, 8),
};
const request = emceeRequest(batch, 1, options);
const datasets = [
  { logDensities: [-0.5], cdfs: [0.25], seconds: 0.125 },
  { logDensities: [-1], cdfs: [0.75], seconds: 0.25 },
];
const print = (changes: object = {}) => JSON.stringify({ version: '3.1.4', datasets, ...changes });

test('a request holds the data sets without told columns, with the query targets whose densities are asked', () => {
  expect(JSON.parse(JSON.stringify(request))).toEqual({
    ...options,
    ...EMCEE_SWEEPS,
    datasets: [
      { contextX: [[0], [1]], contextY: [10, 20], queryX: [[100]], queryY: [7] },
      { contextX: [[2], [3]], contextY: [30, 40], queryX: [[101]], queryY: [8] },
    ],
  });
});

test('an answer is read as it is printed', () => {
  expect(parseEmceeAnswer(`${print()}\n`, request)).toEqual({ version: '3.1.4', datasets });
});

test('without emcee it is skipped, and the note says what is not installed', () => {
  expect(parseEmceeAnswer(JSON.stringify({ unavailable: "No module named 'emcee'" }), request)).toEqual({
    skipped: 'emcee: python3-emcee not installed: skipped',
  });
});

test.each([
  { what: 'number of queries', second: { ...datasets[1], cdfs: [0.1, 0.2] } },
  { what: 'densities', second: { ...datasets[1], logDensities: [null] } },
  { what: 'distribution functions', second: { ...datasets[1], cdfs: [1.5] } },
])('an answer that does not fit in its $what is refused', ({ second }) => {
  expect(() => parseEmceeAnswer(print({ datasets: [datasets[0], second] }), request)).toThrow(
    new Error('emcee_gp.py: expected 1 finite log densities and cdfs, and seconds above 0, of data set 2.'),
  );
});

test('an answer for fewer data sets is refused', () => {
  expect(() => parseEmceeAnswer(print({ datasets: datasets.slice(1) }), request)).toThrow(
    new Error('emcee_gp.py: expected 2 data sets, got 1.'),
  );
});
