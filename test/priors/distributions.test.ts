import { describe, expect, it, test } from 'vitest';
import { rangeColumns } from '../../model/hyperparameters.ts';
import {
  beta,
  drawGivenRange,
  drawLogValue,
  drawValue,
  gamma,
  givenColumn,
  givenValue,
  type HyperparameterForm,
  inverseGamma,
  logDensityOfValue,
  logNormal,
  logUniform,
  parseForm,
  toldForm,
  upperBound,
} from '../../priors/distributions.ts';
import type { Random } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';

const NUM = 40_000;

/** The mean of NUM draws is within 4.5 standard errors of what it should be. */
function expectMean(draw: (random: Random) => number, expected: number, ...seed: readonly (string | number)[]): void {
  const random = randomStream(...seed);
  const values = Array.from({ length: NUM }, () => draw(random));
  const mean = values.reduce((a, b) => a + b) / NUM;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / NUM;
  // One draw more, for shares that are nearly 0 or 1.
  expect(Math.abs(mean - expected)).toBeLessThan(4.5 * Math.sqrt(variance / NUM) + 1 / NUM);
}

describe('samplers', () => {
  it.each([
    [0.1, 2],
    [0.845, 0.399],
    [1, 1],
    [3, 6],
    [50, 0.5],
  ])('gamma(%d, rate %d) has the mean, variance and mean logarithm of its formulas', (shape, rate) => {
    expectMean((random) => gamma(random, shape, rate), shape / rate, 'gamma', shape);
    expectMean((random) => (gamma(random, shape, rate) - shape / rate) ** 2, shape / rate ** 2, 'gamma2', shape);
    // E ln = digamma(shape) - ln rate. digamma(1) = -Euler; digamma(3) = digamma(1) + 3 / 2; digamma(0.1) from tables.
    const digamma: Record<number, number> = { 0.1: -10.423754940411, 1: -0.5772156649015, 3: 0.9227843350985 };
    if (digamma[shape] !== undefined) {
      expectMean((random) => Math.log(gamma(random, shape, rate)), digamma[shape] - Math.log(rate), 'lnGamma', shape);
    }
  });

  it('gamma of shape 1 is exponential, also in its tails', () => {
    for (const at of [0.01, 0.5, 2, 5]) {
      expectMean((random) => (gamma(random, 1, 2) > at / 2 ? 1 : 0), Math.exp(-at), 'exponential', at);
    }
  });

  it('inverseGamma has mean scale / (shape - 1) and its reciprocal mean shape / scale', () => {
    expectMean((random) => inverseGamma(random, 4.5, 2), 2 / 3.5, 'inverse');
    expectMean((random) => 1 / inverseGamma(random, 0.7, 2), 0.7 / 2, 'inverse', 2);
  });

  it.each([
    [0.3, 0.6],
    [1, 1],
    [2, 5],
  ])('beta(%d, %d) has the mean and mean square of its formulas', (a, b) => {
    const mean = a / (a + b);
    expectMean((random) => beta(random, a, b), mean, 'beta', a);
    expectMean((random) => beta(random, a, b) ** 2, (mean * (a + 1)) / (a + b + 1), 'beta2', a);
  });

  it('beta of tiny shapes is near 0 or 1, never NaN', () => {
    expectMean((random) => beta(random, 1e-4, 1e-4), 0.5, 'tiny');
  });

  it('logNormal and logUniform have the stated logarithms', () => {
    expectMean((random) => Math.log(logNormal(random, -1, 0.5)), -1, 'logNormal');
    expectMean((random) => (Math.log(logNormal(random, -1, 0.5)) + 1) ** 2, 0.25, 'logNormal', 2);
    const random = randomStream('logUniform');
    const values = Array.from({ length: NUM }, () => logUniform(random, 0.01, 10));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0.01);
    expect(Math.max(...values)).toBeLessThan(10);
    for (const share of [0.25, 0.5, 0.75]) {
      const below = values.filter((value) => value < 0.01 * 1000 ** share).length / NUM;
      expect(Math.abs(below - share)).toBeLessThan(4.5 * Math.sqrt((share * (1 - share)) / NUM));
    }
  });
});

const forms: readonly HyperparameterForm[] = [
  { gamma: [3, 6] },
  { gamma: [0.4, 2] },
  { sqrtGamma: [2, 0.15] },
  { inverseGamma: [2.5, 1.5] },
  { logNormal: [-2, 0.7] },
  { logUniform: [0.05, 3] },
  { given: [0.05, 3] },
];

describe.each(forms)('a hyperparameter %j', (form) => {
  /** Integrals over ln value on a fine grid, from where less than 1e-9 lies below to where less lies above. */
  const grid = Array.from({ length: 120_001 }, (_, i) => -60 + i / 1500);
  const densities = grid.map((t) => Math.exp(logDensityOfValue(form, t)));
  const total = densities.reduce((a, b) => a + b);
  const expectation = (of: (t: number) => number) =>
    grid.reduce((sum, t, i) => (densities[i] > 0 ? sum + of(t) * densities[i] : sum), 0) / total;

  it('is drawn from the density of its logarithm', () => {
    const random = (seed: number) => [JSON.stringify(form), seed];
    const mean = expectation((t) => t);
    expectMean((r) => drawLogValue(r, form), mean, ...random(1));
    expectMean(
      (r) => (drawLogValue(r, form) - mean) ** 2,
      expectation((t) => (t - mean) ** 2),
      ...random(2),
    );
    for (const at of [-3, -1, 0]) {
      expectMean(
        (r) => (drawLogValue(r, form) < at ? 1 : 0),
        expectation((t) => (t < at ? 1 : 0)),
        ...random(at),
      );
    }
  });

  it('is drawn as the exponential of the logarithm, and stays as it is when it is parsed', () => {
    expect(drawValue(randomStream(3), form)).toBe(Math.exp(drawLogValue(randomStream(3), form)));
    expect(parseForm('x: noise', JSON.parse(JSON.stringify(form)))).toEqual(form);
  });
});

test('a fixed number is drawn as itself', () => {
  expect(drawValue(randomStream(1), 0.3)).toBe(0.3);
  expect(drawLogValue(randomStream(1), 0.3)).toBe(Math.log(0.3));
  expect(logDensityOfValue(0.3, 17)).toBe(0);
});

test('the logarithm of a gamma of a tiny shape is finite where the value is not', () => {
  const random = randomStream(1);
  const logs = Array.from({ length: 1000 }, () => drawLogValue(random, { gamma: [1e-4, 1] }));
  expect(logs.every(Number.isFinite)).toBe(true);
  // ln of a gamma of shape a is about ln(U) / a: the mean is -1e4.
  expect(logs.reduce((a, b) => a + b) / 1000 / -1e4).toBeCloseTo(1, 0);
  expect(drawValue(randomStream(1), { gamma: [1e-4, 1] })).toBe(0);
});

test('the square root of a gamma is a standard deviation: its square has the mean of the gamma', () => {
  expectMean((random) => drawValue(random, { sqrtGamma: [2, 0.15] }) ** 2, 2 / 0.15, 'sqrtGamma');
});

test('forms are bounded where they say so', () => {
  expect(forms.map(upperBound)).toEqual([Infinity, Infinity, Infinity, Infinity, Infinity, 3, 3]);
  expect(upperBound(0.7)).toBe(0.7);
});

test('a form that is not one is refused with what, expected and got', () => {
  const refusal = (form: unknown) => {
    try {
      return parseForm('gaussian-process: noise', form);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return (error as Error).message;
    }
  };
  expect(refusal({ gama: [1, 2] })).toBe(
    'gaussian-process: noise must be a number above 0 or one of { gamma: [shape, rate] }, { sqrtGamma: [shape, rate] }, ' +
      '{ inverseGamma: [shape, scale] }, { logNormal: [mu, sd] }, { logUniform: [low, high] }, { given: [low, high] }, ' +
      'got {"gama":[1,2]}.',
  );
  for (const wrong of [
    0,
    -1,
    Number.NaN,
    Infinity,
    '1',
    null,
    undefined,
    [1, 2],
    {},
    { gamma: [1] },
    { gamma: [1, 2, 3] },
    { gamma: [0, 1] },
    { sqrtGamma: [1, -1] },
    { inverseGamma: [1, null] },
    { logNormal: [0, 0] },
    { logUniform: [2, 1] },
    { logUniform: [0, 1] },
    { given: [1, 1] },
    { gamma: [1, 2], given: [1, 2] },
    { constructor: [1, 2] },
  ]) {
    expect(refusal(wrong)).toMatch(/^gaussian-process: noise must be .*, got .*\.$/);
  }
});

describe('told ranges', () => {
  const hyperparameter = { name: 'lengthScale', low: 0.1, high: 10 };

  it('have columns that are -1, 0 and 1 at the low end, the geometric mean and the high end', () => {
    const columns = [0.1, 1, 10].map((value) => givenColumn(hyperparameter, value));
    for (const [i, expected] of [-1, 0, 1].entries()) expect(columns[i]).toBeCloseTo(expected, 14);
  });

  it('have the columns that the network is told at inference', () => {
    for (const range of [
      [0.1, 10],
      [0.3, 0.3],
      [0.2, 7],
    ] as const) {
      const drawn = range.map((end) => givenColumn(hyperparameter, end));
      expect(drawn).toEqual(rangeColumns(hyperparameter, range));
    }
  });

  it('are read back from columns of single precision', () => {
    for (const value of [0.1, 0.3, 1, 7, 10]) {
      const column = Math.fround(givenColumn(hyperparameter, value));
      expect(givenValue(hyperparameter, column) / value).toBeCloseTo(1, 6);
    }
  });

  it('are points in half of the draws, everything in a quarter, and in order in between', () => {
    const random = randomStream('ranges');
    const ranges = Array.from({ length: NUM }, () => drawGivenRange(random, hyperparameter));
    const share = (is: (range: readonly [number, number]) => boolean) => ranges.filter(is).length / NUM;
    const error = 4.5 * Math.sqrt(0.25 / NUM);
    expect(Math.abs(share(([low, high]) => low === high) - 0.5)).toBeLessThan(error);
    expect(Math.abs(share(([low, high]) => low === 0.1 && high === 10) - 0.25)).toBeLessThan(error);
    expect(share(([low, high]) => 0.1 <= low && low <= high && high <= 10)).toBe(1);
    const points = ranges.filter(([low, high]) => low === high);
    const below = points.filter(([low]) => low < 1).length / points.length;
    expect(Math.abs(below - 0.5)).toBeLessThan(4.5 * Math.sqrt(0.25 / points.length));
  });

  it('of choices are one of them: the first in half of the draws and its share of the others, the rest alike', () => {
    const random = randomStream('choices');
    const choice = { name: 'kernel', low: 1, high: 4, choices: ['rbf', 'matern52', 'matern32', 'matern12'] };
    const draws = Array.from({ length: NUM }, () => drawGivenRange(random, choice));
    [0.625, 0.125, 0.125, 0.125].forEach((expected, k) => {
      const share = draws.filter(([from, to]) => from === k + 1 && to === k + 1).length / NUM;
      expect(Math.abs(share - expected)).toBeLessThan(4.5 * Math.sqrt((expected * (1 - expected)) / NUM));
    });
  });

  it('leave nothing to know of a point, and a log-uniform value of a range', () => {
    expect(toldForm([0.3, 0.3])).toBe(0.3);
    expect(toldForm([0.3, 0.5])).toEqual({ logUniform: [0.3, 0.5] });
  });
});
