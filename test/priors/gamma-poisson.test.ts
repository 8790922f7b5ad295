import { describe, expect, it, test } from 'vitest';
import { type GammaPoissonOptions, gammaPoisson } from '../../priors/gamma-poisson.ts';
import { randomStream } from '../../priors/random.ts';

/** The predictive of the next target after these. */
const predictAfter = (contextY: readonly number[], options: GammaPoissonOptions = {}) =>
  gammaPoisson(options).exact!.predict(
    { numContext: contextY.length, numQuery: 1, contextX: contextY.map(() => 0), contextY, queryX: [0] },
    randomStream('unused'),
  )[0];

/** ln of the integral over the rate, in steps of its logarithm, of Gamma(shape, rate) times Poisson for each count. */
function logMarginal(counts: readonly number[], shape: number, rate: number): number {
  const logFactorial = (n: number) => Array.from({ length: n }, (_, k) => Math.log(k + 1)).reduce((a, b) => a + b, 0);
  let [sum, norm] = [0, 0];
  for (let t = -30; t < 8; t += 0.005) {
    const lambda = Math.exp(t);
    const prior = Math.exp(shape * t - rate * lambda);
    const logLikelihood = counts.reduce((log, count) => log + count * t - lambda - logFactorial(count), 0);
    norm += prior;
    sum += prior * Math.exp(logLikelihood);
  }
  return Math.log(sum / norm);
}

describe('draws of counts', () => {
  const shape = { numDatasets: 20_000, numContext: 1, numQuery: 1 };
  const { contextX, contextY, queryX, queryY } = gammaPoisson({ shape: 3, rate: 0.5 }).sample(randomStream(1), shape);
  const counts = [...contextY].map(Math.round);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const expectMean = (values: readonly number[], expected: number) => {
    const center = mean(values);
    const variance = mean(values.map((value) => (value - center) ** 2));
    expect(Math.abs(center - expected)).toBeLessThan(5 * Math.sqrt(variance / values.length));
  };

  it('have the moments of a negative binomial, and share the rate within a data set', () => {
    expectMean(counts, 6); // shape / rate
    expectMean(
      counts.map((count) => (count - 6) ** 2),
      6 + 12, // shape / rate + shape / rate^2
    );
    expectMean(
      counts.map((count, b) => (count - 6) * (queryY[b] - 6)),
      12, // the variance of the rate
    );
  });

  it('are spread evenly around the count, which is the target rounded', () => {
    const spread = [...contextY].map((y, b) => y - counts[b]);
    expectMean(spread, 0);
    expectMean(
      spread.map((u) => u * u),
      1 / 12,
    );
    expect(Math.min(...counts)).toBeCloseTo(0, 15);
  });

  it('keep the count when rounded, also where single precision is coarse', () => {
    const { contextY } = gammaPoisson({ shape: 1000, rate: 1 }).sample(randomStream(2), { ...shape, numDatasets: 500 });
    expect([...contextY].every((y) => Math.abs(y - Math.round(y)) <= 0.5)).toBe(true);
    expectMean([...contextY], 1000);
  });

  it('have an x that is 0', () => {
    expect(new Set([...contextX, ...queryX])).toEqual(new Set([0]));
  });
});

describe('the exact posterior of counts', () => {
  const options = { shape: 1.7, rate: 0.6 };

  it('is the integral over the rate, numerically', () => {
    const context = [3, 0, 5];
    const answer = predictAfter([3.2, -0.4, 4.9], options);
    for (const count of [0, 1, 4, 20]) {
      const expected = logMarginal([...context, count], 1.7, 0.6) - logMarginal(context, 1.7, 0.6);
      expect(answer.logDensity(count)).toBeCloseTo(expected, 9);
      expect(answer.logDensity(count + 0.49)).toBe(answer.logDensity(count - 0.49));
    }
  });

  it('is geometric with shape 1 and nothing observed', () => {
    const answer = predictAfter([], { shape: 1, rate: 0.25 });
    // P(count) = 0.2 * 0.8^count; mean 4, variance 20, and 1/12 of the uniform.
    for (const count of [0, 1, 7, 3000]) {
      expect(answer.logDensity(count) / (Math.log(0.2) + count * Math.log(0.8))).toBeCloseTo(1, 10);
    }
    expect(answer.mean).toBeCloseTo(4, 13);
    expect(answer.variance).toBeCloseTo(20 + 1 / 12, 12);
    expect(answer.cdf(2.5)).toBeCloseTo(1 - 0.8 ** 3, 13);
    expect(answer.cdf(3)).toBeCloseTo(1 - 0.8 ** 3 + 0.5 * 0.2 * 0.8 ** 3, 13);
    expect(answer.logDensity(-0.6)).toBe(-Infinity);
    expect([-1, 1e7].map(answer.cdf)).toEqual([0, 1]);
  });

  it('has quantiles that invert its distribution function', () => {
    const answer = predictAfter([12, 9, 14.3], options);
    for (const p of [1e-6, 0.01, 0.3, 0.5, 0.77, 0.999]) expect(answer.cdf(answer.quantile(p))).toBeCloseTo(p, 12);
    expect([0, 1].map(answer.quantile)).toEqual([-0.5, Infinity]);
    expect(answer.quantile(1 - 2 ** -53)).toBeLessThan(200);
  });

  it('works where the probability of a zero is less than the least double', () => {
    const far = gammaPoisson({ shape: 1000, rate: 1 }).exact!.predict(
      { numContext: 2, numQuery: 1, contextX: [0, 0], contextY: [2000, 2100], queryX: [0] },
      randomStream('none'),
    );
    expect(far[0].quantile(0)).toBe(-0.5);
    const answer = predictAfter(new Array(100).fill(950), { shape: 900, rate: 1 });
    expect(answer.logDensity(0)).toBeLessThan(-800);
    expect(Math.abs(answer.quantile(0.5) - answer.mean)).toBeLessThan(1);
    expect(answer.cdf(2000)).toBeCloseTo(1, 10);
  });

  it('obeys the chain rule: in any order, log densities one by one add up to the marginal', () => {
    for (const counts of [
      [2, 7, 0, 4],
      [0, 4, 7, 2],
    ]) {
      const sum = counts.reduce((total, y, i) => total + predictAfter(counts.slice(0, i), options).logDensity(y), 0);
      expect(sum).toBeCloseTo(logMarginal(counts, 1.7, 0.6), 9);
    }
  });

  it('is calibrated: its distribution function at the targets is uniform', () => {
    const numDatasets = 4000;
    const { contextY, queryY } = gammaPoisson().sample(randomStream(3), { numDatasets, numContext: 3, numQuery: 1 });
    const tenths = new Array(10).fill(0);
    for (let b = 0; b < numDatasets; b++) {
      const p = predictAfter([...contextY.subarray(3 * b, 3 * b + 3)]).cdf(queryY[b]);
      tenths[Math.floor(10 * p)]++;
    }
    for (const count of tenths) expect(Math.abs(count - 400)).toBeLessThan(5 * Math.sqrt(400 * 0.9));
  });

  it('refuses targets that are no counts', () => {
    expect(() => predictAfter([0, -0.7])).toThrow(
      'gamma-poisson: expected counts of at least 0, got -0.7 in context row 1.',
    );
    expect(() => predictAfter([Number.NaN])).toThrow('got NaN in context row 0.');
  });
});

test('options are checked', () => {
  expect(gammaPoisson({ shape: 3 }).options).toEqual({ shape: 3, rate: 0.4, maxRows: 110 });
  const refusal = (options: object) => expect(() => gammaPoisson(options));
  refusal({ numStep: 3 }).toThrow(
    new TypeError("gamma-poisson: expected only shape, rate, maxRows, got 'numStep'. Remove or correct it."),
  );
  refusal({ shape: 0 }).toThrow('gamma-poisson: shape must be a number above 0, got 0.');
  refusal({ shape: 5000, rate: 4 }).toThrow(
    'gamma-poisson: rate must be a number of at least 5 with this shape, got 4.',
  );
  refusal({ shape: 0.1, rate: 0.001 }).toThrow('rate must be a number of at least 0.01 with this shape, got 0.001.');
  refusal({ maxRows: 0 }).toThrow('gamma-poisson: maxRows must be a whole number from 1 to 500, got 0.');
  expect(() =>
    gammaPoisson({ maxRows: 9 }).sample(randomStream(1), { numDatasets: 1, numContext: 6, numQuery: 4 }),
  ).toThrow('gamma-poisson: expected at most 9 rows, got 6 context + 4 query rows. Ask for fewer, or raise maxRows.');
});
