import { describe, expect, it, test } from 'vitest';
import { type BetaBernoulliOptions, betaBernoulli } from '../../priors/beta-bernoulli.ts';
import { randomStream } from '../../priors/random.ts';

/** The predictive of the next target after these. */
const predictAfter = (contextY: readonly number[], options: BetaBernoulliOptions = {}) =>
  betaBernoulli(options).exact!.predict(
    { numContext: contextY.length, numQuery: 1, contextX: contextY.map(() => 0), contextY, queryX: [0] },
    randomStream('unused'),
  )[0];

describe('draws of a coin', () => {
  const options = { alpha: 2, beta: 5 };
  const numDatasets = 20_000;
  const { contextX, contextY, queryX, queryY } = betaBernoulli(options).sample(randomStream(1), {
    numDatasets,
    numContext: 1,
    numQuery: 2,
  });

  it('are ones as often as the mean of the beta says, and agree as often as its second moment says', () => {
    const share = (isCounted: (b: number) => boolean) =>
      Array.from({ length: numDatasets }, (_, b) => isCounted(b)).filter(Boolean).length / numDatasets;
    const tolerance = 5 * Math.sqrt(0.25 / numDatasets);
    expect(Math.abs(share((b) => contextY[b] === 1) - 2 / 7)).toBeLessThan(tolerance);
    // E[p^2] = 2 * 3 / (7 * 8), E[p^3] = 2 * 3 * 4 / (7 * 8 * 9): the rows of a data set have one p.
    expect(Math.abs(share((b) => contextY[b] + queryY[2 * b] === 2) - 6 / 56)).toBeLessThan(tolerance);
    expect(Math.abs(share((b) => contextY[b] + queryY[2 * b] + queryY[2 * b + 1] === 3) - 24 / 504)).toBeLessThan(
      tolerance,
    );
  });

  it('are classes, with an x that is 0', () => {
    expect(betaBernoulli().numClasses).toBe(2);
    expect(new Set([...contextY, ...queryY])).toEqual(new Set([0, 1]));
    expect(new Set([...contextX, ...queryX])).toEqual(new Set([0]));
  });
});

describe('the exact posterior of a coin', () => {
  it('is the rule of succession of Laplace with alpha = beta = 1', () => {
    expect(predictAfter([]).mean).toBe(1 / 2);
    expect(predictAfter([1, 1, 0, 1]).mean).toBeCloseTo(4 / 6, 15);
    expect(Math.exp(predictAfter([1, 1, 1]).logDensity(0))).toBeCloseTo(1 / 5, 15);
  });

  it('is a distribution on 0 and 1', () => {
    const { logDensity, cdf, quantile, variance } = predictAfter([1, 0, 0], { alpha: 2, beta: 5 }); // P(1) = 3 / 10
    expect(logDensity(1)).toBeCloseTo(Math.log(0.3), 14);
    expect(logDensity(0)).toBeCloseTo(Math.log(0.7), 14);
    expect(logDensity(0.5)).toBe(-Infinity);
    expect([-0.1, 0, 0.9, 1, 2].map(cdf)).toEqual([0, 0.7, 0.7, 1, 1]);
    expect([0, 0.69, 0.71, 1].map(quantile)).toEqual([0, 0, 1, 1]);
    // The least class whose cdf reaches the level, which 0 does at 1 - P(1).
    expect([0.5, 0.5 + 2 ** -53].map(predictAfter([]).quantile)).toEqual([0, 1]);
    expect(variance).toBeCloseTo(0.21, 15);
  });

  it('obeys the chain rule: k ones in n rows in any order have probability B(alpha + k, beta + n - k) / B(alpha, beta)', () => {
    // B(4, 6) / B(2, 5), of factorials: (3! 5! / 9!) / (1! 4! / 6!).
    const expected = Math.log((6 * 120) / 362_880 / (24 / 720));
    for (const targets of [
      [1, 1, 0],
      [0, 1, 1],
    ]) {
      const sum = targets.reduce(
        (total, y, i) => total + predictAfter(targets.slice(0, i), { alpha: 2, beta: 5 }).logDensity(y),
        0,
      );
      expect(sum).toBeCloseTo(expected, 13);
    }
  });

  it('is calibrated: among data sets with the same prediction, that share of the targets are ones', () => {
    const batch = betaBernoulli().sample(randomStream(2), { numDatasets: 20_000, numContext: 4, numQuery: 1 });
    for (let ones = 0; ones <= 4; ones++) {
      const targets = [...batch.queryY].filter(
        (_, b) => batch.contextY.slice(4 * b, 4 * b + 4).reduce((sum, y) => sum + y, 0) === ones,
      );
      const p = predictAfter([0, 1, 2, 3].map((i) => (i < ones ? 1 : 0))).mean;
      const share = targets.reduce((sum, y) => sum + y, 0) / targets.length;
      expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / targets.length));
    }
  });

  it('refuses targets that are no classes', () => {
    expect(() => predictAfter([0, 0.5])).toThrow(
      'beta-bernoulli: expected the classes 0 and 1, got 0.5 in context row 1.',
    );
  });
});

test('options are checked', () => {
  expect(betaBernoulli({ alpha: 3 }).options).toEqual({ alpha: 3, beta: 1, maxRows: 110 });
  const refusal = (options: object) => expect(() => betaBernoulli(options));
  refusal({ numStep: 3 }).toThrow(
    new TypeError("beta-bernoulli: expected only alpha, beta, maxRows, got 'numStep'. Remove or correct it."),
  );
  refusal({ alpha: 0 }).toThrow('beta-bernoulli: alpha must be a number above 0, got 0.');
  refusal({ beta: '1' }).toThrow('beta-bernoulli: beta must be a number above 0, got 1.');
  refusal({ maxRows: 501 }).toThrow('beta-bernoulli: maxRows must be a whole number from 1 to 500, got 501.');
  expect(() =>
    betaBernoulli({ maxRows: 9 }).sample(randomStream(1), { numDatasets: 1, numContext: 6, numQuery: 4 }),
  ).toThrow('beta-bernoulli: expected at most 9 rows, got 6 context + 4 query rows. Ask for fewer, or raise maxRows.');
});
