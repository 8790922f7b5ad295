import { describe, expect, it, test } from 'vitest';
import { type LinearRegressionOptions, linearRegression } from '../../priors/linear-regression.ts';
import type { Observed } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';

const { exp, log, PI, sqrt } = Math;

const predict = (options: LinearRegressionOptions, observed: Observed) =>
  linearRegression(options).exact!.predict(observed, randomStream('unused'));

/** The data sets of one batch, each with its own arrays. */
function sampled(options: LinearRegressionOptions, numDatasets: number, numContext: number, numQuery: number) {
  const batch = linearRegression(options).sample(randomStream('linear'), { numDatasets, numContext, numQuery });
  const { numFeatures } = batch;
  return Array.from({ length: numDatasets }, (_, b) => ({
    numContext,
    numQuery,
    contextX: batch.contextX.subarray(b * numContext * numFeatures, (b + 1) * numContext * numFeatures),
    contextY: batch.contextY.subarray(b * numContext, (b + 1) * numContext),
    queryX: batch.queryX.subarray(b * numQuery * numFeatures, (b + 1) * numQuery * numFeatures),
    queryY: batch.queryY.subarray(b * numQuery, (b + 1) * numQuery),
  }));
}

function expectMean(values: readonly number[], expected: number): void {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean - expected)).toBeLessThan(5 * sqrt(variance / values.length));
}

/** Determinant and y^T A^-1 y by Gaussian elimination. */
function eliminate(matrix: readonly (readonly number[])[], y: readonly number[]): [number, number] {
  const rows = matrix.map((row, i) => [...row, y[i]]);
  let [determinant, squares] = [1, 0];
  for (let i = 0; i < rows.length; i++) {
    determinant *= rows[i][i];
    squares += rows[i][rows.length] ** 2 / rows[i][i];
    for (let k = i + 1; k < rows.length; k++) {
      const factor = rows[k][i] / rows[i][i];
      rows[k] = rows[k].map((value, j) => value - factor * rows[i][j]);
    }
  }
  return [determinant, squares];
}

/**
 * Log density of all targets together: given s they are normal of covariance s^2 (I + interceptScale^2 + weightScale^2 X X^T);
 * s^2 is integrated numerically, in steps of its logarithm.
 */
function logMarginal(x: readonly (readonly number[])[], y: readonly number[], options: typeof small): number {
  const { weightScale, interceptScale, noiseShape, noiseScale } = options;
  const covariance = x.map((row, i) =>
    x.map(
      (other, k) =>
        (i === k ? 1 : 0) + interceptScale ** 2 + weightScale ** 2 * row.reduce((sum, v, j) => sum + v * other[j], 0),
    ),
  );
  const [determinant, squares] = eliminate(covariance, y);
  let [sum, norm] = [0, 0];
  for (let t = -14; t < 14; t += 0.002) {
    const prior = exp(-noiseShape * t - noiseScale * exp(-t));
    norm += prior;
    sum += prior * exp(-(y.length * (t + log(2 * PI)) + log(determinant) + squares * exp(-t)) / 2);
  }
  return log(sum / norm);
}

const small = { numFeatures: 2, weightScale: 1.5, interceptScale: 0.7, noiseShape: 2.5, noiseScale: 0.8 };

describe('draws of a linear regression', () => {
  it('have the variances and covariances of their weights, intercept and noise', () => {
    const excess: number[][] = [[], []];
    for (const { contextX, contextY, queryX, queryY } of sampled({ ...small, noiseShape: 6 }, 8000, 1, 1)) {
      const product = (a: ArrayLike<number>, b: ArrayLike<number>) => a[0] * b[0] + a[1] * b[1];
      const variance = 0.8 / 5; // E[s^2] = noiseScale / (noiseShape - 1)
      excess[0].push(contextY[0] ** 2 - variance * (1 + 0.49 + 2.25 * product(contextX, contextX)));
      excess[1].push(contextY[0] * queryY[0] - variance * (0.49 + 2.25 * product(contextX, queryX)));
    }
    for (const values of excess) expectMean(values, 0);
  });

  it('have standard normal inputs, or uniform ones on [-1, 1]', () => {
    const inputs = (options: LinearRegressionOptions) =>
      sampled(options, 400, 0, 20).flatMap(({ queryX }) => [...queryX]);
    expectMean(
      inputs({}).map((x) => x * x),
      1,
    );
    const uniform = inputs({ inputs: 'uniform' });
    expect(Math.max(...uniform.map(Math.abs))).toBeLessThanOrEqual(1);
    expectMean(
      uniform.map((x) => x * x),
      1 / 3,
    );
  });
});

describe('the exact posterior of a linear regression', () => {
  const [first] = sampled(small, 1, 3, 2);
  const x = [0, 1, 2].map((i) => [first.contextX[2 * i], first.contextX[2 * i + 1]]);

  it('is the integral over the noise variance of normals, numerically', () => {
    const y = [...first.contextY];
    const before = logMarginal(x, y, small);
    predict(small, first).forEach((answer, q) => {
      const query = [first.queryX[2 * q], first.queryX[2 * q + 1]];
      for (const value of [-4, -1, 0, 0.5, 3]) {
        const expected = logMarginal([...x, query], [...y, value], small) - before;
        expect(answer.logDensity(value)).toBeCloseTo(expected, 8);
      }
    });
  });

  it('of nothing observed is Student t with 2 noiseShape degrees of freedom', () => {
    const nothing = { numContext: 0, contextX: [], contextY: [] };
    const [answer] = predict({ ...small, noiseShape: 0.5 }, { ...nothing, numQuery: 1, queryX: [0.4, -0.2] });
    // One degree of freedom is Cauchy, of scale sqrt(noiseScale / noiseShape (1 + 0.7^2 + 1.5^2 0.2)).
    const scale = sqrt(1.6 * (1 + 0.49 + 2.25 * 0.2));
    expect(answer.mean).toBe(0);
    expect(answer.cdf(scale)).toBeCloseTo(0.75, 10);
    expect(answer.logDensity(2 * scale)).toBeCloseTo(-log(PI * scale * 5), 10);
  });

  it('with an intercept only, shrinks the mean of the targets by 1 / (n interceptScale^2)', () => {
    const options = { interceptScale: 2, weightScale: 0, noiseShape: 2, noiseScale: 0.5 };
    const observed = { numContext: 2, numQuery: 1, contextX: [5, -1], contextY: [1, 3], queryX: [9] };
    const [answer] = predict(options, observed);
    // mean = 4 / (2 + 1/4); sum of squares 10 - 4^2 / 2.25; t with 4 + 2 degrees of freedom.
    const scale = ((0.5 + (10 - 16 / 2.25) / 2) / 3) * (1 + 1 / 2.25);
    expect(answer.mean).toBeCloseTo(16 / 9, 13);
    expect(answer.variance).toBeCloseTo((scale * 6) / 4, 13);
  });

  it('obeys the chain rule: in any order, log densities one by one add up to the marginal', () => {
    const chain = (order: readonly number[]) => {
      const contextX = order.flatMap((i) => x[i]);
      const contextY = order.map((i) => first.contextY[i]);
      return order.reduce((sum, at, i) => {
        const [answer] = predict(small, { numContext: i, numQuery: 1, contextX, contextY, queryX: x[at] });
        return sum + answer.logDensity(contextY[i]);
      }, 0);
    };
    const expected = logMarginal(x, [...first.contextY], small);
    expect(chain([0, 1, 2])).toBeCloseTo(expected, 8);
    expect(chain([2, 0, 1])).toBeCloseTo(expected, 8);
  });

  it.each([1, 10])('is calibrated with %d columns: its distribution function at the targets is uniform', (columns) => {
    const options = { numFeatures: columns };
    const transforms = sampled(options, 1000, 4, 1).map((observed) =>
      predict(options, observed)[0].cdf(observed.queryY[0]),
    );
    expectMean(transforms, 1 / 2);
    for (let tenth = 0; tenth < 10; tenth++) {
      expectMean(
        transforms.map((p) => (Math.floor(10 * p) === tenth ? 1 : 0)),
        0.1,
      );
    }
  });

  it('finds the line that many targets lie on', () => {
    const contextX = Array.from({ length: 100 }, (_, i) => i / 50 - 1);
    const contextY = contextX.map((value, i) => 3 - 2 * value + (i % 2 === 0 ? 0.01 : -0.01));
    const observed = { numContext: 100, numQuery: 1, contextX, contextY, queryX: [4] };
    const [answer] = predict({ noiseScale: 1e-4, weightScale: 1000, interceptScale: 1000 }, observed);
    expect(Math.abs(answer.mean + 5)).toBeLessThan(0.01);
    expect(sqrt(answer.variance)).toBeLessThan(0.02);
  });
});

test('options are checked', () => {
  expect(linearRegression({ numFeatures: 2 }).options).toEqual({
    numFeatures: 2,
    maxRows: 110,
    weightScale: 10,
    interceptScale: 10,
    noiseShape: 2,
    noiseScale: 0.02,
    inputs: 'normal',
  });
  const refusal = (options: object) => expect(() => linearRegression(options));
  refusal({ numStep: 3 }).toThrow(
    new TypeError(
      'linear-regression: expected only numFeatures, maxRows, weightScale, interceptScale, noiseShape, noiseScale, inputs, ' +
        "got 'numStep'. Remove or correct it.",
    ),
  );
  refusal({ numFeatures: 11 }).toThrow('linear-regression: numFeatures must be a whole number from 1 to 10, got 11.');
  refusal({ maxRows: 501 }).toThrow('linear-regression: maxRows must be a whole number from 1 to 500, got 501.');
  refusal({ weightScale: -1 }).toThrow('linear-regression: weightScale must be a number of at least 0, got -1.');
  refusal({ noiseShape: 0.4 }).toThrow('linear-regression: noiseShape must be a number of at least 0.5, got 0.4.');
  refusal({ noiseScale: 0 }).toThrow('linear-regression: noiseScale must be a number above 0, got 0.');
  refusal({ inputs: 'gauss' }).toThrow("linear-regression: inputs must be 'normal' or 'uniform', got \"gauss\".");
  const shape = { numDatasets: 1, numContext: 6, numQuery: 4 };
  expect(() => linearRegression({ maxRows: 9 }).sample(randomStream(1), shape)).toThrow(
    'linear-regression: expected at most 9 rows, got 6 context + 4 query rows. Ask for fewer, or raise maxRows.',
  );
});
