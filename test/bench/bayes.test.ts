import { expect, test } from 'vitest';
import { compare } from '../../bench/bayes/compare.ts';
import { estimate, type Row, rowTable, timeRatios } from '../../bench/bayes/row.ts';
import { targetResults } from '../../bench/bayes/targets.ts';

const row = (changes: Partial<Row>): Row => ({
  checkpoint: 'gp',
  given: {},
  inputs: 1,
  context: 20,
  method: 'network',
  datasets: 7,
  logLikelihood: { mean: 0.5, standardError: 0.25 },
  gap: null,
  kl: null,
  coverage: { 50: 0.5, 80: 0.8, 90: 0.9, 95: 0.95 },
  seconds: null,
  secondsBatched: null,
  ...changes,
});
const withKl = (mean: number, covered: number, changes: Partial<Row> = {}): Row =>
  row({
    given: { lengthScale: 0.3, noise: 0.1 },
    kl: { mean, standardError: 0.001 },
    coverage: { 50: covered, 80: 0.8, 90: 0.9, 95: 0.95 },
    ...changes,
  });

test('a mean comes with the standard deviation over the root of the number of values', () => {
  // Squares from the mean 4: 4 + 0 + 4, over 2 degrees of freedom is 4, over 3 values 4 / 3.
  expect(estimate([2, 4, 6])).toEqual({ mean: 4, standardError: Math.sqrt(4 / 3) });
  expect(estimate([5])).toEqual({ mean: 5, standardError: 0 });
});

test('the table has a line per row and leaves out what was not measured', () => {
  const rows = [
    withKl(0.00812, 0.507, { gap: { mean: 0.009, standardError: 0.002 }, secondsBatched: 0.000456789 }),
    row({ given: { noise: [0.01, 0.5] }, context: 5, method: 'MCMC', seconds: 1.25 }),
    row({ checkpoint: 'bnn', inputs: 3, context: 100 }),
  ];
  expect(rowTable(rows)).toMatchInlineSnapshot(`
    "checkpoint, told                inputs  context   method  sets           nats              gap               KL  50 %  80 %  90 %  95 %    ms  ms batched
    gp, lengthScale 0.3, noise 0.1       1       20  network     7  0.500 ± 0.250  0.0090 ± 0.0020  0.0081 ± 0.0010  50.7  80.0  90.0  95.0             0.457
    gp, noise 0.01..0.5                  1        5     MCMC     7  0.500 ± 0.250                                    50.0  80.0  90.0  95.0  1250
    bnn                                  3      100  network     7  0.500 ± 0.250                                    50.0  80.0  90.0  95.0"
  `);
});

test('ratios of times are those of the same checkpoint and number of context rows', () => {
  const ratios = timeRatios([
    row({ context: 5, secondsBatched: 0.001 }), // not timed one at a time
    row({ context: 5, seconds: 0.004, secondsBatched: 0.001 }),
    row({ context: 5, method: 'MLE-II', seconds: 0.5 }),
    row({ context: 5, method: 'MCMC', seconds: 2 }),
    row({ context: 20, seconds: 0.008 }),
    row({ context: 20, method: 'MCMC', seconds: 2 }),
    row({ checkpoint: 'bnn', context: 5, method: 'MCMC', seconds: 3 }),
  ]);
  expect(ratios).toEqual({
    'gp, 5 rows: MLE-II / network': 125,
    'gp, 5 rows: MLE-II / network, batched': 500,
    'gp, 5 rows: MCMC / network': 500,
    'gp, 5 rows: MCMC / network, batched': 2000,
    'gp, 20 rows: MCMC / network': 250,
  });
});

test('targets are compared with the mean and the worst row of a noise and a kernel', () => {
  const results = targetResults([
    withKl(0.005, 0.48),
    withKl(0.015, 0.51), // the mean of both covers 49.5 %
    withKl(0.25, 0.5, { given: { lengthScale: 1, noise: 0.01 } }),
    withKl(0.02, 0.5, { checkpoint: 'gp5', inputs: 5 }),
    withKl(0.004, 0.5, { given: { lengthScale: 0.3, noise: 0.1, kernel: 'matern32' } }),
    withKl(9, 0, { method: 'MCMC' }),
    row({ given: { noise: [0.01, 0.5] } }),
  ]);
  expect(results.map(({ name, unit }) => `${name} ${unit}`)).toEqual([
    'gp: 1 input, noise 0.1, KL, mean of 2 rows (target 0.01) nats',
    'gp: 1 input, noise 0.1, KL, worst row (target 0.01) nats',
    'gp: 1 input, noise 0.1, coverage error (target 1) %',
    'gp: 1 input, noise 0.01, KL, mean of 1 row (no target) nats',
    'gp: 1 input, noise 0.01, KL, worst row (no target) nats',
    'gp: 1 input, noise 0.01, coverage error (target 1) %',
    'gp5: 5 inputs, noise 0.1, KL, mean of 1 row (target 0.03) nats',
    'gp5: 5 inputs, noise 0.1, KL, worst row (target 0.03) nats',
    'gp5: 5 inputs, noise 0.1, coverage error (target 1) %',
    'gp: matern32, 1 input, noise 0.1, KL, mean of 1 row (target 0.01) nats',
    'gp: matern32, 1 input, noise 0.1, KL, worst row (target 0.01) nats',
    'gp: matern32, 1 input, noise 0.1, coverage error (target 1) %',
  ]);
  const expected = [0.01, 0.015, 0.5, 0.25, 0.25, 0, 0.02, 0.02, 0, 0.004, 0.004, 0];
  results.forEach(({ value }, i) => {
    expect(value).toBeCloseTo(expected[i], 12);
  });
});

test('methods are scored on the same targets, gaps taken data set by data set', () => {
  // 2 data sets, 3 queries. Uniform on 0..width: log density -ln width, cdf y / width.
  const uniform = (width: number) => ({ logDensity: () => -Math.log(width), cdf: (y: number) => y / width });
  const batch = { numDatasets: 2, numContext: 4, numQuery: 3, queryY: Float32Array.of(0.5, 1, 0.25, 0.5, 0.875, 0.75) };
  const timed = { seconds: 2, secondsBatched: null };
  const [network, truth] = compare({ checkpoint: 'gp', given: {}, inputs: 1 }, batch, [
    { method: 'network', predictives: [2, 4].map((width) => Array(3).fill(uniform(width))), ...timed },
    { method: 'MCMC', predictives: [1, 1].map((width) => Array(3).fill(uniform(width))), ...timed },
  ]);
  const ln2 = Math.log(2);
  expect(network.logLikelihood.mean).toBeCloseTo((-3 * ln2) / 2, 12); // -ln 2 and -ln 4
  expect(network.gap?.mean).toBeCloseTo((3 * ln2) / 2, 12);
  expect(network.gap?.standardError).toBeCloseTo(ln2 / 2, 12); // half of the difference of two values
  // cdfs 0.25, 0.5, 0.125 and 0.125, 0.21875, 0.1875: two of six lie in 0.25..0.75, all in 0.1..0.9.
  expect(network.coverage).toEqual({ 50: 2 / 6, 80: 1, 90: 1, 95: 1 });
  expect(network).toMatchObject({ context: 4, datasets: 2, seconds: 2, secondsBatched: null });
  expect(truth).toMatchObject({ method: 'MCMC', gap: null, logLikelihood: { standardError: 0 } });
  // 1 lies outside of all intervals, 0.25 and 0.75 on the ends of the first.
  expect(truth.coverage).toEqual({ 50: 4 / 6, 80: 5 / 6, 90: 5 / 6, 95: 5 / 6 });
});
