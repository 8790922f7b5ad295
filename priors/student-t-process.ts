/**
 * Student t process: functions of an infinitely wide ReLU network whose overall scale is not known.
 *
 * Story    For each data set
 *
 *            v ~ InverseGamma(shape, scale)
 *            y | v ~ N(0, v (K + s^2 I))                  s is `noise`, a standard deviation for v = 1
 *              K0(x, x') = biasVariance + weightVariance x.x' / F
 *              Kl(x, x') = biasVariance + weightVariance / (2 pi) sqrt(Kl-1(x, x) Kl-1(x', x')) (sin t + (pi - t) cos t)
 *                          with cos t = Kl-1(x, x') / sqrt(Kl-1(x, x) Kl-1(x', x')), for l = 1..depth; K = Kdepth
 *            x ~ N(0, 1) in every column (inputs 'normal') or ~ U(-1, 1) ('uniform').
 *
 *          K is the covariance of networks with `depth` hidden layers as their width goes to infinity. v in front is what an inverse
 *          gamma variance of the last layer's weights, biases and noise gives, and makes y a Student t process with
 *          2 shape degrees of freedom: how far it extrapolates depends on how large the observed targets are.
 *
 * Source   kernel: Cho and Saul, Kernel Methods for Deep Learning (NeurIPS 2009), order 1; Lee et al., Deep Neural Networks as Gaussian
 *          Processes (ICLR 2018). Process: Shah et al., Student-t Processes as Alternatives to Gaussian Processes (AISTATS 2014).
 * Units    x has scale about 1; y has the unit of sqrt(scale).
 * Not in   noise apart from v, a mean other than 0, depth or variances that are not known.
 * Output   all rows of a data set are exchangeable.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import { inverseGamma } from './distributions.ts';
import { studentT } from './exact/student-t.ts';
import { cholesky, conditionalOfLast, conditionNormal, multiplyLower } from './linear-algebra.ts';
import type { Batch, BatchShape, Observed, Predictive, Prior, Random } from './prior.ts';
import { normals, uniform } from './random.ts';

export interface StudentTProcessOptions {
  /** Columns of x, 1 .. 10. */
  readonly numFeatures?: number;
  /** The most rows of one data set, context and query together, up to 500. */
  readonly maxRows?: number;
  /** Hidden layers of the network, 1 .. 4. */
  readonly depth?: number;
  /** Above 0; 2 keeps the variance of a deep network as it is. */
  readonly weightVariance?: number;
  /** At least 0. */
  readonly biasVariance?: number;
  /** Standard deviation of the noise for v = 1, at least 1e-4. */
  readonly noise?: number;
  /** Of the inverse gamma, at least 0.5; half the degrees of freedom of y. */
  readonly shape?: number;
  /** Of the inverse gamma, above 0. */
  readonly scale?: number;
  readonly inputs?: 'normal' | 'uniform';
}

type Options = Required<StudentTProcessOptions>;

const NAME = 'student-t-process';

export function studentTProcess(options: StudentTProcessOptions = {}): Prior {
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

function checkOptions(options: StudentTProcessOptions): Options {
  const {
    numFeatures = 1,
    maxRows = 110,
    depth = 2,
    weightVariance = 2,
    biasVariance = 0.5,
    noise = 0.1,
    shape = 2,
    scale = 1,
    inputs = 'normal',
    ...unknown
  } = options;
  const complete = { numFeatures, maxRows, depth, weightVariance, biasVariance, noise, shape, scale, inputs };
  refuseUnknown(NAME, Object.keys(complete), unknown);
  for (const [name, value, least, most] of [
    ['numFeatures', numFeatures, 1, 10],
    ['maxRows', maxRows, 1, 500],
    ['depth', depth, 1, 4],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${NAME}: ${name} must be a whole number from ${least} to ${most}, got ${value}.`);
    }
  }
  for (const [name, value, isFine, what] of [
    ['weightVariance', weightVariance, weightVariance > 0, 'above 0'],
    ['biasVariance', biasVariance, biasVariance >= 0, 'of at least 0'],
    ['noise', noise, noise >= 1e-4, 'of at least 1e-4'],
    ['shape', shape, shape >= 0.5, 'of at least 0.5'],
    ['scale', scale, scale > 0, 'above 0'],
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

/** The kernel of a network with `depth` hidden layers: the lower triangle of the covariance [R, R] of rows x [R, F]. */
export function fillNetworkCovariance(
  covariance: Float64Array,
  x: Float64Array,
  numRows: number,
  {
    numFeatures,
    depth,
    weightVariance,
    biasVariance,
  }: Pick<Options, 'numFeatures' | 'depth' | 'weightVariance' | 'biasVariance'>,
): void {
  for (let i = 0; i < numRows; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let f = 0; f < numFeatures; f++) product += x[i * numFeatures + f] * x[j * numFeatures + f];
      covariance[i * numRows + j] = biasVariance + (weightVariance * product) / numFeatures;
    }
  }
  const norms = new Float64Array(numRows);
  for (let layer = 1; layer <= depth; layer++) {
    for (let i = 0; i < numRows; i++) norms[i] = Math.sqrt(covariance[i * numRows + i]);
    for (let i = 0; i < numRows; i++) {
      for (let j = 0; j <= i; j++) {
        const at = i * numRows + j;
        covariance[at] = biasVariance + weightVariance * reluMoment(norms[i] * norms[j], covariance[at]);
      }
    }
  }
}

/** E[relu(a) relu(b)] of normal a, b of mean 0, from the product of their standard deviations and their covariance. */
function reluMoment(product: number, covariance: number): number {
  if (product === 0) return 0;
  // Rounding can leave a correlation just above 1.
  const cosine = Math.max(-1, Math.min(1, covariance / product));
  const angle = Math.acos(cosine);
  return (product * (Math.sqrt(1 - cosine * cosine) + (Math.PI - angle) * cosine)) / (2 * Math.PI);
}

/** Lower triangle of K + s^2 I. */
function fillNoisyCovariance(covariance: Float64Array, x: Float64Array, numRows: number, options: Options): void {
  fillNetworkCovariance(covariance, x, numRows, options);
  for (let i = 0; i < numRows; i++) covariance[i * numRows + i] += options.noise ** 2;
}

function sampleBatch(random: Random, batchShape: BatchShape, options: Options): Batch {
  const { numDatasets, numContext, numQuery } = batchShape;
  const { numFeatures, maxRows, inputs, shape, scale } = options;
  const numRows = numContext + numQuery;
  checkRows(NAME, maxRows, batchShape);
  const contextX = new Float32Array(numDatasets * numContext * numFeatures); // [B, N, F]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery * numFeatures); // [B, M, F]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  const queryLaw = { mean: new Float32Array(queryY.length), sd: new Float32Array(queryY.length) }; // [B, M]
  const gauss = normals(random);
  const drawX = inputs === 'normal' ? gauss : () => uniform(random, -1, 1);
  const covariance = new Float64Array(numRows * numRows);
  for (let b = 0; b < numDatasets; b++) {
    const deviation = Math.sqrt(inverseGamma(random, shape, scale));
    // As the batch holds them, so that the exact posterior sees what the targets were drawn with.
    const x = Float64Array.from({ length: numRows * numFeatures }, () => Math.fround(drawX()));
    const y = Float64Array.from({ length: numRows }, () => deviation * gauss());
    fillNoisyCovariance(covariance, x, numRows, options);
    cholesky(covariance, numRows);
    const law = conditionalOfLast(covariance, y, numContext, numRows);
    multiplyLower(covariance, y, numRows);
    contextX.set(x.subarray(0, numContext * numFeatures), b * numContext * numFeatures);
    contextY.set(y.subarray(0, numContext), b * numContext);
    queryX.set(x.subarray(numContext * numFeatures), b * numQuery * numFeatures);
    queryY.set(y.subarray(numContext), b * numQuery);
    queryLaw.mean.set(law.mean, b * numQuery);
    queryLaw.sd.set(
      law.sd.map((sd) => deviation * sd),
      b * numQuery,
    );
  }
  return { ...batchShape, numFeatures, contextX, contextY, queryX, queryY, queryLaw };
}

/** Given the context, v ~ InverseGamma(shape + N / 2, scale + y^T (K + s^2 I)^-1 y / 2). */
function predict({ numContext, numQuery, contextX, contextY, queryX }: Observed, options: Options): Predictive[] {
  const { numFeatures, shape, scale } = options;
  const numRows = numContext + numQuery;
  const numContextValues = numContext * numFeatures;
  const x = Float64Array.from({ length: numRows * numFeatures }, (_, i) =>
    i < numContextValues ? contextX[i] : queryX[i - numContextValues],
  );
  const y = Float64Array.from({ length: numContext }, (_, i) => contextY[i]);
  const covariance = new Float64Array(numRows * numRows);
  fillNoisyCovariance(covariance, x, numRows, options);
  const { means, variances, squares } = conditionNormal(covariance, numRows, y);
  const dof = 2 * shape + numContext;
  const factor = (2 * scale + squares) / dof;
  return Array.from(means, (mean, q) => studentT(mean, Math.sqrt(factor * variances[q]), dof));
}
