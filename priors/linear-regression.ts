/**
 * Linear regression with an unknown noise variance: the normal-inverse-gamma model.
 *
 * Story    For each data set
 *
 *            s^2 ~ InverseGamma(noiseShape, noiseScale)
 *            b | s ~ N(0, s^2 interceptScale^2),  w | s ~ N(0, s^2 weightScale^2) for each column
 *            y = b + x w + s e                                 e ~ N(0, 1)
 *            x ~ N(0, 1) in every column (inputs 'normal') or ~ U(-1, 1) ('uniform').
 *
 *          Scales of coefficients are in units of the noise: weightScale is the signal to noise ratio of one column. A target is
 *          Student t with 2 noiseShape degrees of freedom at first, one more with each row.
 *
 * Source   Gelman et al., Bayesian Data Analysis (3rd edition, 2013), chapter 14, with the conjugate prior.
 * Units    x has scale about 1; y has the unit of sqrt(noiseScale).
 * Not in   coefficients independent of the noise, interactions, outliers, correlated columns.
 * Output   all rows of a data set are exchangeable.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import { inverseGamma } from './distributions.ts';
import { linearPosterior } from './exact/linear-posterior.ts';
import { studentT } from './exact/student-t.ts';
import type { Batch, BatchShape, Observed, Predictive, Prior, Random } from './prior.ts';
import { normals, uniform } from './random.ts';

export interface LinearRegressionOptions {
  /** Columns of x, 1 .. 10. */
  readonly numFeatures?: number;
  /** The most rows of one data set, context and query together, up to 500. */
  readonly maxRows?: number;
  /** Standard deviation of a weight in units of the noise, at least 0. */
  readonly weightScale?: number;
  /** Standard deviation of the intercept in units of the noise, at least 0. */
  readonly interceptScale?: number;
  /** Of the inverse gamma, at least 0.5; half the degrees of freedom. */
  readonly noiseShape?: number;
  /** Of the inverse gamma, above 0. */
  readonly noiseScale?: number;
  readonly inputs?: 'normal' | 'uniform';
}

type Options = Required<LinearRegressionOptions>;

const NAME = 'linear-regression';

export function linearRegression(options: LinearRegressionOptions = {}): Prior {
  const complete = checkOptions(options);
  return {
    name: NAME,
    options: { ...complete },
    numFeatures: complete.numFeatures,
    maxRows: complete.maxRows,
    exact: { method: 'closed form', predict: (observed) => predict(observed, complete) },
    sample: (random, shape) => sampleBatch(random, shape, complete),
  };
}

function checkOptions(options: LinearRegressionOptions): Options {
  const {
    numFeatures = 1,
    maxRows = 110,
    weightScale = 10,
    interceptScale = 10,
    noiseShape = 2,
    noiseScale = 0.02,
    inputs = 'normal',
    ...unknown
  } = options;
  const complete = { numFeatures, maxRows, weightScale, interceptScale, noiseShape, noiseScale, inputs };
  refuseUnknown(NAME, Object.keys(complete), unknown);
  for (const [name, value, least, most] of [
    ['numFeatures', numFeatures, 1, 10],
    ['maxRows', maxRows, 1, 500],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${NAME}: ${name} must be a whole number from ${least} to ${most}, got ${value}.`);
    }
  }
  for (const [name, value, isFine, what] of [
    ['weightScale', weightScale, weightScale >= 0, 'of at least 0'],
    ['interceptScale', interceptScale, interceptScale >= 0, 'of at least 0'],
    ['noiseShape', noiseShape, noiseShape >= 0.5, 'of at least 0.5'],
    ['noiseScale', noiseScale, noiseScale > 0, 'above 0'],
  ] as const) {
    if (!Number.isFinite(value) || !isFine) {
      throw new RangeError(`${NAME}: ${name} must be a number ${what}, got ${value}.`);
    }
  }
  if (inputs !== 'normal' && inputs !== 'uniform') {
    throw new RangeError(`${NAME}: inputs must be 'normal' or 'uniform', got ${JSON.stringify(inputs)}.`);
  }
  return complete;
}

function sampleBatch(random: Random, shape: BatchShape, options: Options): Batch {
  const { numFeatures, maxRows, weightScale, interceptScale, noiseShape, noiseScale, inputs } = options;
  const { numDatasets, numContext, numQuery } = shape;
  checkRows(NAME, maxRows, shape);
  const contextX = new Float32Array(numDatasets * numContext * numFeatures); // [B, N, F]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery * numFeatures); // [B, M, F]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  const gauss = normals(random);
  for (let b = 0; b < numDatasets; b++) {
    const noise = Math.sqrt(inverseGamma(random, noiseShape, noiseScale));
    const intercept = noise * interceptScale * gauss();
    const weights = Float64Array.from({ length: numFeatures }, () => noise * weightScale * gauss());
    const fill = (x: Float32Array, y: Float32Array, row: number): void => {
      let sum = intercept + noise * gauss();
      for (let j = 0; j < numFeatures; j++) {
        const at = row * numFeatures + j;
        x[at] = inputs === 'normal' ? gauss() : uniform(random, -1, 1);
        sum += x[at] * weights[j];
      }
      y[row] = sum;
    };
    for (let i = 0; i < numContext; i++) fill(contextX, contextY, b * numContext + i);
    for (let i = 0; i < numQuery; i++) fill(queryX, queryY, b * numQuery + i);
  }
  return { ...shape, numFeatures, contextX, contextY, queryX, queryY };
}

/**
 * Student t at each query. Rows are taken as phi = (interceptScale, weightScale x), whose coefficients c = (b, w) / scales have the
 * prior N(0, s^2 I), so that zero scales are no special case.
 */
function predict(observed: Observed, options: Options): Predictive[] {
  const { numContext, contextX, contextY, numQuery, queryX } = observed;
  const { numFeatures, weightScale, interceptScale, noiseShape, noiseScale } = options;
  const size = numFeatures + 1;
  const rowOf = (x: ArrayLike<number>, row: number) =>
    Float64Array.from({ length: size }, (_, j) =>
      j === 0 ? interceptScale : weightScale * x[row * numFeatures + j - 1],
    );
  const rows = Array.from({ length: numContext }, (_, i) => rowOf(contextX, i));
  const { squares, at } = linearPosterior(rows, contextY, size, 1);
  const shape = noiseShape + numContext / 2;
  const variance = (noiseScale + squares / 2) / shape;
  return Array.from({ length: numQuery }, (_, i) => {
    const target = at(rowOf(queryX, i));
    return studentT(target.mean, Math.sqrt(variance * target.variance), 2 * shape);
  });
}
