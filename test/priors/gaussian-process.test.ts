import { describe, expect, it, test } from 'vitest';
import { givenColumn } from '../../priors/distributions.ts';
import { normalMixture } from '../../priors/exact/normal-mixture.ts';
import { type GaussianProcessOptions, gaussianProcess, gaussianProcessPresets } from '../../priors/gaussian-process.ts';
import { createKernel, parseKernel } from '../../priors/kernels.ts';
import { cholesky, conditionNormal, logDeterminant, solveLower } from '../../priors/linear-algebra.ts';
import type { Batch, Observed, Predictive } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';

const { exp, sqrt } = Math;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The mean of the values is within 4.5 standard errors of the expected one. */
function expectMean(values: readonly number[], expected: number): void {
  const error = sqrt(mean(values.map((value) => (value - expected) ** 2)) / values.length);
  expect(Math.abs(mean(values) - expected)).toBeLessThan(4.5 * error);
}

/** Data set b of a batch. */
function dataset(batch: Batch, b: number): Observed & { queryY: Float32Array } {
  const { numContext, numQuery, numFeatures } = batch;
  const part = (values: Float32Array, size: number) => values.subarray(b * size, (b + 1) * size);
  return {
    numContext,
    numQuery,
    contextX: part(batch.contextX, numContext * numFeatures),
    contextY: part(batch.contextY, numContext),
    queryX: part(batch.queryX, numQuery * numFeatures),
    queryY: part(batch.queryY, numQuery),
  };
}

const predict = (options: GaussianProcessOptions, observed: Observed, seed = 1) =>
  gaussianProcess(options).exact!.predict(observed, randomStream(seed));

describe('draws of a Gaussian process', () => {
  it.each<[string, GaussianProcessOptions, (d: number, x: number, z: number) => number]>([
    ['rbf', {}, (d) => exp(-(d * d) / 0.18)],
    [
      'two output scales',
      { kernel: { kernel: 'rbf', lengthScale: 0.3, outputScale: 3 } },
      (d) => 9 * exp(-(d * d) / 0.18),
    ],
    [
      'normal inputs',
      { inputs: 'normal', kernel: { kernel: 'matern12', lengthScale: 2 } },
      (d) => exp(-Math.abs(d) / 2),
    ],
    ['a linear kernel', { kernel: { kernel: 'linear', outputScale: 2 } }, (_, x, z) => 4 * x * z],
  ])('have the covariance of their kernel, with the noise between no two rows: %s', (_, options, kernel) => {
    const batch = gaussianProcess({ ...options, noise: 0.5 }).sample(randomStream(1), {
      numDatasets: 8000,
      numContext: 1,
      numQuery: 2,
    });
    const excess: number[][] = [[], [], []];
    for (let b = 0; b < batch.numDatasets; b++) {
      const { contextX, contextY, queryX, queryY } = dataset(batch, b);
      const at = (x: number, z: number) => kernel(x - z, x, z);
      excess[0].push(contextY[0] * queryY[1] - at(contextX[0], queryX[1]));
      excess[1].push(queryY[0] * queryY[1] - at(queryX[0], queryX[1]));
      excess[2].push(queryY[0] ** 2 - at(queryX[0], queryX[0]) - 0.25);
    }
    for (const values of excess) expectMean(values, 0);
  });

  it('have inputs on [0, 1] or standard normal ones', () => {
    const shape = { numDatasets: 500, numContext: 10, numQuery: 10 };
    const uniform = [...gaussianProcess({ numFeatures: 2 }).sample(randomStream(2), shape).queryX];
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThanOrEqual(1);
    expectMean(uniform, 0.5);
    const normal = [...gaussianProcess({ numFeatures: 2, inputs: 'normal' }).sample(randomStream(3), shape).queryX];
    expectMean(normal, 0);
    expectMean(
      normal.map((x) => x * x),
      1,
    );
  });

  it('do not change with columns that are not used', () => {
    // A linear function of 3 columns of which each is used with probability 3/4: E[y^2] = 3/4 (x1^2 + x2^2 + x3^2) + s^2.
    const options = { numFeatures: 3, kernel: { kernel: 'linear' }, unused: 0.25 };
    const batch = gaussianProcess(options).sample(randomStream(4), { numDatasets: 6000, numContext: 0, numQuery: 1 });
    const excess = Array.from(batch.queryY, (y, b) => {
      const [x1, x2, x3] = batch.queryX.subarray(3 * b, 3 * b + 3);
      return y * y - 0.75 * (x1 * x1 + x2 * x2 + x3 * x3) - 0.01;
    });
    expectMean(excess, 0);
  });

  it('do not depend on the batch they are drawn in: the first of two batches of one stream is the same', () => {
    const first = (numDatasets: number) =>
      dataset(gaussianProcess().sample(randomStream(5), { numDatasets, numContext: 4, numQuery: 3 }), 0);
    expect(first(1)).toEqual(first(7));
  });

  it('are finite at 500 rows of the smoothest functions with the least noise', () => {
    const prior = gaussianProcess({ kernel: { kernel: 'rbf', lengthScale: 5 }, noise: 1e-9, maxRows: 500 });
    const { queryY } = prior.sample(randomStream(6), { numDatasets: 2, numContext: 0, numQuery: 500 });
    expect(queryY.every(Number.isFinite)).toBe(true);
  });
});

describe('the exact posterior in closed form', () => {
  const kernel = { kernel: 'matern32', lengthScale: 0.4, outputScale: 2 };
  const k = (x: number, z: number) => {
    const r = (sqrt(3) * Math.abs(x - z)) / 0.4;
    return 4 * (1 + r) * exp(-r);
  };
  const noise = 0.3;

  it('of one observed point is the conditional of two normals', () => {
    const observed = { numContext: 1, numQuery: 2, contextX: [0.2], contextY: [1.5], queryX: [0.5, 0.2] };
    const answers = predict({ kernel, noise }, observed);
    for (const [q, x] of [0.5, 0.2].entries()) {
      expect(answers[q].mean).toBeCloseTo((k(x, 0.2) / 4.09) * 1.5, 12);
      expect(answers[q].variance).toBeCloseTo(4.09 - k(x, 0.2) ** 2 / 4.09, 12);
    }
  });

  it('of two observed points is what the inverse of their covariance says', () => {
    const observed = { numContext: 2, numQuery: 1, contextX: [0.2, 0.9], contextY: [1.5, -1], queryX: [0.5] };
    const [answer] = predict({ kernel, noise }, observed);
    const [a, b] = [4.09, k(0.2, 0.9)];
    const determinant = a * a - b * b;
    const [k1, k2] = [k(0.5, 0.2), k(0.5, 0.9)];
    expect(answer.mean).toBeCloseTo((1.5 * (a * k1 - b * k2) - (a * k2 - b * k1)) / determinant, 12);
    const squares = (a * k1 * k1 - 2 * b * k1 * k2 + a * k2 * k2) / determinant;
    expect(answer.variance).toBeCloseTo(4.09 - squares, 12);
    const z = (0.7 - answer.mean) / sqrt(4.09 - squares);
    expect(answer.logDensity(0.7)).toBeCloseTo(-(z * z) / 2 - Math.log(2 * Math.PI * (4.09 - squares)) / 2, 12);
  });

  it('is the prior where nothing is observed, and empty where nothing is asked', () => {
    const nothing = { numContext: 0, contextX: [], contextY: [] };
    const [answer] = predict({ kernel, noise }, { ...nothing, numQuery: 1, queryX: [0.5] });
    expect([answer.mean, answer.variance]).toEqual([0, expect.closeTo(4.09, 12)]);
    expect(predict({ kernel, noise }, { ...nothing, numQuery: 0, queryX: [] })).toEqual([]);
  });

  it('obeys the chain rule: log densities one by one add up to the joint log density', () => {
    const options = { numFeatures: 2, noise };
    const batch = gaussianProcess(options).sample(randomStream(7), { numDatasets: 1, numContext: 12, numQuery: 0 });
    const { contextX, contextY } = batch;
    let chain = 0;
    for (let i = 0; i < 12; i++) {
      const queryX = contextX.slice(2 * i, 2 * i + 2);
      const [answer] = predict(options, { numContext: i, numQuery: 1, contextX, contextY, queryX });
      chain += answer.logDensity(contextY[i]);
    }
    const covariance = Float64Array.from({ length: 144 }, (_, at) => {
      const [i, j] = [Math.floor(at / 12), at % 12];
      const square = (contextX[2 * i] - contextX[2 * j]) ** 2 + (contextX[2 * i + 1] - contextX[2 * j + 1]) ** 2;
      return exp(-square / 0.18) + (i === j ? 0.09 : 0);
    });
    cholesky(covariance, 12);
    const whitened = Float64Array.from(contextY);
    solveLower(covariance, whitened, 12);
    const squares = whitened.reduce((sum, z) => sum + z * z, 0);
    const joint = -(squares + logDeterminant(covariance, 12) + 12 * Math.log(2 * Math.PI)) / 2;
    expect(chain).toBeCloseTo(joint, 8);
  });
});

/** Probability integral transforms are uniform: mean 1/2, variance 1/12, and a tenth of them in each tenth. */
function expectUniform(transforms: readonly number[]): void {
  expectMean(transforms, 1 / 2);
  expectMean(
    transforms.map((p) => (p - 1 / 2) ** 2),
    1 / 12,
  );
  for (let tenth = 0; tenth < 10; tenth++) {
    expectMean(
      transforms.map((p) => (Math.floor(10 * p) === tenth ? 1 : 0)),
      0.1,
    );
  }
}

describe('targets are as likely as the exact posterior says', () => {
  it.each<[string, GaussianProcessOptions, number, number]>([
    [
      'fixed hyperparameters',
      { numFeatures: 2, kernel: { kernel: 'periodic', lengthScale: 0.8, period: 0.7 } },
      2000,
      8,
    ],
    [
      'told points',
      { kernel: { kernel: 'rbf', lengthScale: { given: [0.05, 2] } }, noise: { given: [0.01, 1] } },
      2000,
      8,
    ],
    ['presets without context', { ...gaussianProcessPresets.hebo, numFeatures: 3 }, 150, 0],
  ])('%s', (_, options, numDatasets, numContext) => {
    const prior = gaussianProcess(options);
    const given = Object.fromEntries((prior.hyperparameters ?? []).map(({ name }) => [name, 0.2]));
    const batch = prior.sample(randomStream(8), { numDatasets, numContext, numQuery: 1, given });
    const transforms = Array.from({ length: numDatasets }, (_, b) => {
      const observed = dataset(batch, b);
      const [answer] = prior.exact!.predict(observed, randomStream(9, b));
      return answer.cdf(observed.queryY[0]);
    });
    expectUniform(transforms);
  });
});

/** Like normalMixture, with weights. */
function weighted(parts: readonly { weight: number; mean: number; variance: number }[]) {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const mixed = (of: (part: Predictive) => number) =>
    parts.reduce((sum, { weight, mean, variance }) => {
      return sum + (weight / total) * of(normalMixture(Float64Array.of(mean), Float64Array.of(sqrt(variance))));
    }, 0);
  const center = mixed((part) => part.mean);
  return {
    mean: center,
    variance: mixed((part) => part.variance + (part.mean - center) ** 2),
    cdf: (y: number) => mixed((part) => part.cdf(y)),
  };
}

/** exp of the log density of y, and the conditional of the queries, for an RBF with this length scale and noise 0.2. */
function rbfConditional(observed: Observed, lengthScale: number, used: readonly boolean[]) {
  const { numContext, numQuery, contextX, contextY, queryX } = observed;
  const numFeatures = used.length;
  const numRows = numContext + numQuery;
  const columns = contextX.length / numContext;
  const entry = (row: number, f: number) =>
    row < numContext ? contextX[row * columns + f] : queryX[(row - numContext) * columns + f];
  const fill = () =>
    Float64Array.from({ length: numRows ** 2 }, (_, at) => {
      const [i, j] = [Math.floor(at / numRows), at % numRows];
      let square = 0;
      for (let f = 0; f < numFeatures; f++) if (used[f]) square += (entry(i, f) - entry(j, f)) ** 2;
      return exp(-square / (2 * lengthScale ** 2)) + (i === j ? 0.04 : 0);
    });
  const covariance = fill();
  const { means, variances, squares } = conditionNormal(covariance, numRows, Array.from(contextY));
  return { means, variances, likelihood: exp(-(squares + logDeterminant(covariance, numContext, numRows)) / 2) };
}

function expectSame(got: Predictive, expected: ReturnType<typeof weighted>): void {
  const scale = sqrt(expected.variance);
  expect(Math.abs(got.mean - expected.mean) / scale).toBeLessThan(0.06);
  expect(Math.abs(got.variance / expected.variance - 1)).toBeLessThan(0.1);
  for (const z of [-2, -1, 0, 1, 2]) {
    const y = expected.mean + z * scale;
    expect(Math.abs(got.cdf(y) - expected.cdf(y))).toBeLessThan(0.025);
  }
}

describe('the exact posterior by MCMC', () => {
  const shape = { numDatasets: 1, numContext: 6, numQuery: 3 };

  it('of an unknown length scale is the integral over a grid of its logarithm', () => {
    const options = { kernel: { kernel: 'rbf', lengthScale: { logNormal: [-1, 0.8] } }, noise: 0.2 } as const;
    const prior = gaussianProcess(options);
    expect(prior.exact!.method).toBe('MCMC');
    for (let seed = 0; seed < 3; seed++) {
      const observed = dataset(prior.sample(randomStream('one', seed), shape), 0);
      const grid = Array.from({ length: 400 }, (_, i) => {
        const z = -4 + (8 * (i + 0.5)) / 400;
        return { ...rbfConditional(observed, exp(-1 + 0.8 * z), [true]), prior: exp(-(z * z) / 2) };
      });
      for (const [q, answer] of predict(options, observed).entries()) {
        const parts = grid.map(({ means, variances, likelihood, prior }) => {
          return { weight: prior * likelihood, mean: means[q], variance: variances[q] };
        });
        expectSame(answer, weighted(parts));
      }
    }
  });

  it('of a told range is the integral over the range', () => {
    const options = { kernel: { kernel: 'rbf', lengthScale: { given: [0.05, 5] } }, noise: 0.2 } as const;
    const batch = gaussianProcess(options).sample(randomStream('told'), { ...shape, given: { lengthScale: [0.1, 2] } });
    const observed = dataset(batch, 0);
    const grid = Array.from({ length: 400 }, (_, i) => {
      return rbfConditional(observed, 0.1 * 20 ** ((i + 0.5) / 400), [true]);
    });
    for (const [q, answer] of predict(options, observed).entries()) {
      const parts = grid.map(({ means, variances, likelihood }) => {
        return { weight: likelihood, mean: means[q], variance: variances[q] };
      });
      expectSame(answer, weighted(parts));
    }
  });

  it('of columns that may be unused is the sum over which are', () => {
    const options = { numFeatures: 2, noise: 0.2, unused: 0.4 };
    const observed = dataset(gaussianProcess(options).sample(randomStream('unused'), shape), 0);
    const masks = [false, true].flatMap((first) => [false, true].map((second) => [first, second]));
    const all = masks.map((used) => ({
      ...rbfConditional(observed, 0.3, used),
      prior: used.reduce((product, each) => product * (each ? 0.6 : 0.4), 1),
    }));
    for (const [q, answer] of predict(options, observed).entries()) {
      const parts = all.map(({ means, variances, likelihood, prior }) => {
        return { weight: prior * likelihood, mean: means[q], variance: variances[q] };
      });
      expectSame(answer, weighted(parts));
    }
  });

  it('of a column that may be unused knows how often, where the rows do not tell', () => {
    // A single row says nothing of the column. Used, a query 20 lengths away knows nothing of the row; unused, it is at the same place.
    const options = { kernel: { kernel: 'rbf', lengthScale: 0.05, outputScale: 1 }, noise: 0.1, unused: 0.8 } as const;
    const observed = { numContext: 1, numQuery: 1, contextX: [0], contextY: [1.2], queryX: [1] };
    const [{ mean }] = predict(options, observed);
    // The share of some 1000 walkers has a standard error of about 0.02.
    expect(Math.abs(mean - (0.8 * 1.2) / 1.01)).toBeLessThan(0.07);
  });

  it('reads the stream it is given and nothing else', () => {
    const options = { kernel: { kernel: 'rbf', lengthScale: { gamma: [3, 6] } } } as const;
    const observed = dataset(gaussianProcess(options).sample(randomStream(1), shape), 0);
    const means = (seed: number) => predict(options, observed, seed).map((answer) => answer.mean);
    expect(means(3)).toEqual(means(3));
    expect(means(3)).not.toEqual(means(4));
  });
});

describe('hyperparameters that are told', () => {
  const options = {
    kernel: {
      sum: [
        { kernel: 'rbf', lengthScale: { given: [0.05, 2] } },
        { kernel: 'periodic', lengthScale: { given: [0.1, 1] }, period: 0.5 },
      ],
    },
    noise: { given: [0.01, 1] },
    numFeatures: 2,
  } as const;
  const prior = gaussianProcess(options);

  it('are listed with their widest ranges, and take two columns of x each', () => {
    expect(prior.hyperparameters).toEqual([
      { name: 'lengthScale', low: 0.05, high: 2 },
      { name: 'lengthScale2', low: 0.1, high: 1 },
      { name: 'noise', low: 0.01, high: 1 },
    ]);
    expect(prior.numFeatures).toBe(2 + 2 * 3);
    expect(prior.options.numFeatures).toBe(2);
    expect(prior.exact!.method).toBe('closed form');
    expect(gaussianProcess().hyperparameters).toBeUndefined();
  });

  it('are the same in all rows of a data set, and others in other data sets', () => {
    const batch = prior.sample(randomStream(1), { numDatasets: 50, numContext: 3, numQuery: 4 });
    const told = Array.from({ length: 50 }, (_, b) => {
      const { contextX, queryX } = dataset(batch, b);
      const rows = [contextX, queryX].flatMap((x) =>
        Array.from({ length: x.length / 8 }, (_, i) => Array.from(x).slice(8 * i + 2, 8 * i + 8)),
      );
      for (const row of rows) expect(row).toEqual(rows[0]);
      for (const h of [0, 1, 2]) {
        expect(rows[0][2 * h]).toBeGreaterThanOrEqual(-1 - 1e-6);
        expect(rows[0][2 * h]).toBeLessThanOrEqual(rows[0][2 * h + 1]);
        expect(rows[0][2 * h + 1]).toBeLessThanOrEqual(1 + 1e-6);
      }
      return rows[0].join();
    });
    expect(new Set(told).size).toBeGreaterThan(45);
  });

  it('are what a batch gives: a value, a range, or all of it', () => {
    const given = { lengthScale: 0.3, noise: [0.05, 0.2] } as const;
    const { queryX } = prior.sample(randomStream(2), { numDatasets: 1, numContext: 0, numQuery: 1, given });
    const [lengthScale, , noise] = prior.hyperparameters!;
    const expected = [givenColumn(lengthScale, 0.3), givenColumn(noise, 0.05), givenColumn(noise, 0.2)];
    for (const [i, column] of [4 - 2, 6, 7].entries()) expect(queryX[column]).toBeCloseTo(expected[i], 6);
    expect(queryX[3]).toBe(queryX[2]);
  });

  it('have the effect of a fixed number where they are told as a point', () => {
    const given = { lengthScale: 0.3, lengthScale2: 0.6, noise: 0.1 };
    const observed = dataset(prior.sample(randomStream(3), { numDatasets: 1, numContext: 5, numQuery: 2, given }), 0);
    const own = (x: ArrayLike<number>) => Array.from(x).filter((_, i) => i % 8 < 2);
    const fixed = predict(
      {
        kernel: {
          sum: [
            { kernel: 'rbf', lengthScale: 0.3 },
            { kernel: 'periodic', lengthScale: 0.6, period: 0.5 },
          ],
        },
        noise: 0.1,
        numFeatures: 2,
      },
      { ...observed, contextX: own(observed.contextX), queryX: own(observed.queryX) },
    );
    for (const [q, answer] of predict(options, observed).entries()) {
      expect(answer.mean).toBeCloseTo(fixed[q].mean, 4);
      expect(answer.variance).toBeCloseTo(fixed[q].variance, 4);
    }
  });

  it('shape the targets: noise that is told is the noise', () => {
    const simple = gaussianProcess({ kernel: { kernel: 'constant' }, noise: { given: [0.01, 1] } });
    for (const noise of [0.02, 0.5]) {
      const shape = { numDatasets: 3000, numContext: 1, numQuery: 1, given: { noise } };
      const { contextY, queryY } = simple.sample(randomStream(4), shape);
      // f is the same at both rows.
      expectMean(
        Array.from(queryY, (y, b) => (y - contextY[b]) ** 2 / 2),
        noise ** 2,
      );
    }
  });

  it('are refused where a batch gives what is unknown or out of range', () => {
    const sample = (given: Record<string, number | readonly [number, number]>) => () =>
      prior.sample(randomStream(1), { numDatasets: 1, numContext: 1, numQuery: 1, given });
    expect(sample({ lengthscale: 1 })).toThrow(
      new RangeError("gaussian-process: expected lengthScale, lengthScale2, noise in given, got 'lengthscale'."),
    );
    expect(sample({ noise: 2 })).toThrow(
      new RangeError('gaussian-process: expected noise in given to lie within 0.01..1, got 2.'),
    );
    expect(sample({ noise: [0.5, 0.1] })).toThrow('got [0.5,0.1].');
    expect(sample({ noise: 0.005 })).toThrow('to lie within 0.01..1, got 0.005.');
    expect(sample({ noise: [0.005, 0.1] })).toThrow('got [0.005,0.1].');
    expect(() =>
      gaussianProcess().sample(randomStream(1), { numDatasets: 1, numContext: 1, numQuery: 1, given: { noise: 1 } }),
    ).toThrow("gaussian-process: expected no hyperparameters in given, got 'noise'.");
  });
});

describe.each(Object.entries(gaussianProcessPresets))('the preset %s', (name, options) => {
  it('has the output variance and noise variance of its paper on average', () => {
    const batch = gaussianProcess({ ...options, numFeatures: 2 }).sample(randomStream(name), {
      numDatasets: 6000,
      numContext: 0,
      numQuery: 1,
    });
    // Means of Gamma(2, 0.15), and of Gamma(0.845, 0.399) and LogNormal(-4.63, 0.5^2); every kernel is 1 at distance 0.
    const expected = name === 'hebo' ? 0.845 / 0.399 + exp(-4.63 + 0.125) : 2 / 0.15;
    expectMean(
      Array.from(batch.queryY, (y) => y * y),
      expected,
    );
  });

  it('has a length scale for each column', () => {
    const names = createKernel(parseKernel('kernel', options.kernel), 3, options.ard).parameters.map(
      ({ name }) => name,
    );
    expect(names).toEqual(['lengthScale', 'lengthScale2', 'lengthScale3', 'outputScale']);
  });

  it('is built again from JSON', () => {
    const prior = gaussianProcess({ ...options, numFeatures: 2 });
    const again = gaussianProcess(JSON.parse(JSON.stringify(prior.options)));
    const shape = { numDatasets: 2, numContext: 3, numQuery: 4 };
    expect(again.options).toEqual(prior.options);
    expect(again.sample(randomStream(1), shape)).toEqual(prior.sample(randomStream(1), shape));
  });
});

test('options have their defaults filled in', () => {
  expect(gaussianProcess().options).toEqual({
    numFeatures: 1,
    maxRows: 110,
    kernel: { kernel: 'rbf', lengthScale: 0.3, outputScale: 1 },
    kernels: [],
    anyNumInputs: false,
    noise: 0.1,
    inputs: 'uniform',
    ard: false,
    unused: 0,
  });
});

test('options are checked', () => {
  const refusal = (options: object) => expect(() => gaussianProcess(options));
  refusal({ numStep: 3 }).toThrow(
    new TypeError(
      'gaussian-process: expected only numFeatures, maxRows, kernel, kernels, anyNumInputs, noise, inputs, ard, unused, ' +
        "got 'numStep'. Remove or correct it.",
    ),
  );
  refusal({ numFeatures: 11 }).toThrow('gaussian-process: numFeatures must be a whole number from 1 to 10, got 11.');
  refusal({ maxRows: 501 }).toThrow('gaussian-process: maxRows must be a whole number from 1 to 500, got 501.');
  refusal({ maxRows: 1.5 }).toThrow('got 1.5.');
  refusal({ inputs: 'gauss' }).toThrow("gaussian-process: inputs must be 'uniform' or 'normal', got \"gauss\".");
  refusal({ ard: 1 }).toThrow('gaussian-process: ard must be true or false, got 1.');
  refusal({ unused: 1 }).toThrow('gaussian-process: unused must be a number in [0, 1), got 1.');
  refusal({ noise: 0 }).toThrow(/^gaussian-process: noise must be a number above 0 or .*got 0\.$/);
  refusal({ kernel: { kernel: 'rbf', lengthScale: -1 } }).toThrow(/^gaussian-process: kernel\.lengthScale must be /);
  const prior = gaussianProcess({ maxRows: 9 });
  expect(() => prior.sample(randomStream(1), { numDatasets: 1, numContext: 5, numQuery: 5 })).toThrow(
    'gaussian-process: expected at most 9 rows, got 5 context + 5 query rows. Ask for fewer, or raise maxRows.',
  );
});

it('the law of the query targets is the exact posterior given the hyperparameters', () => {
  const options = { kernel: { kernel: 'matern32', lengthScale: 0.4, outputScale: 1.5 }, noise: 0.2 } as const;
  const prior = gaussianProcess(options);
  const batch = prior.sample(randomStream(3), { numDatasets: 4, numContext: 9, numQuery: 5 });
  for (let b = 0; b < 4; b++) {
    predict(options, dataset(batch, b)).forEach(({ mean, variance }, q) => {
      expect(batch.queryLaw!.mean[b * 5 + q]).toBeCloseTo(mean, 5);
      expect(batch.queryLaw!.sd[b * 5 + q]).toBeCloseTo(sqrt(variance), 5);
    });
  }
});

describe('kernels and numbers of inputs to choose from', () => {
  const fields = { lengthScale: 0.5, outputScale: 2 };
  const kernels = ['rbf', 'matern52', 'matern12'];
  const prior = gaussianProcess({
    numFeatures: 3,
    kernel: { kernel: 'rbf', ...fields },
    kernels,
    anyNumInputs: true,
    noise: 0.3,
  });
  const shape = { numDatasets: 1, numContext: 8, numQuery: 4 };

  it.each(kernels)(
    'what is drawn and answered is as with that kernel and that number of columns alone: %s',
    (kernel) => {
      const batch = prior.sample(randomStream(5), { ...shape, given: { kernel, numInputs: 2 } });
      const observed = dataset(batch, 0);
      const without = (x: ArrayLike<number>) => Array.from(x).filter((_, i) => i % 7 < 2); // 3 columns, 2 for each choice
      const alone = { kernel: { kernel, ...fields }, numFeatures: 2, noise: 0.3 };
      const expected = predict(alone, {
        ...observed,
        contextX: without(observed.contextX),
        queryX: without(observed.queryX),
      });
      prior.exact!.predict(observed, randomStream(1)).forEach(({ mean, variance }, q) => {
        expect(mean).toBeCloseTo(expected[q].mean, 10);
        expect(variance).toBeCloseTo(expected[q].variance, 10);
        expect(batch.queryLaw!.mean[q]).toBeCloseTo(mean, 5);
        expect(batch.queryLaw!.sd[q]).toBeCloseTo(sqrt(variance), 5);
      });
    },
  );

  it('columns beyond the number of inputs are 0; 1 input and the first kernel come in 2 of 3 data sets, the others alike often', () => {
    const { contextX } = prior.sample(randomStream(6), { numDatasets: 9000, numContext: 1, numQuery: 0 });
    const counts = new Map<string, number>();
    for (let b = 0; b < 9000; b++) {
      const row = [...contextX.subarray(b * 7, (b + 1) * 7)];
      const used = row.slice(0, 3).filter((value) => value !== 0).length;
      expect(row.slice(used, 3)).toEqual(new Array(3 - used).fill(0));
      const key = [used, row[5].toFixed(3), row[3].toFixed(3)].join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // 3 numbers of inputs, told as such, times 3 kernels; the first of each is told as -1. 5 standard deviations of a binomial.
    expect(counts.size).toBe(9);
    for (const [key, count] of counts) {
      const [used, numInputs, kernel] = key.split(' ').map(Number);
      expect(used === 1).toBe(numInputs === -1);
      const share = (numInputs === -1 ? 2 / 3 : 1 / 6) * (kernel === -1 ? 2 / 3 : 1 / 6);
      expect(Math.abs(count - 9000 * share)).toBeLessThan(5 * sqrt(9000 * share * (1 - share)));
    }
  });

  it('another choice is refused', () => {
    expect(() => prior.sample(randomStream(5), { ...shape, given: { kernel: 'linear' } })).toThrow(
      'gaussian-process: expected kernel in given to be one of rbf, matern52, matern12, got "linear".',
    );
    expect(() => gaussianProcess({ kernels: ['rbf'] })).toThrow('kernels must be a list of at least two names');
    expect(() => gaussianProcess({ anyNumInputs: true })).toThrow('anyNumInputs chooses from 1 to numFeatures inputs');
    const periodic = { kernel: { kernel: 'rbf', ...fields }, kernels: ['rbf', 'periodic'] };
    expect(() => gaussianProcess(periodic)).toThrow('gaussian-process: kernels');
  });
});
