/**
 * Learning curves: the prior of LC-PFN.
 *
 * Story    One curve over the steps t = 1..numSteps is a weighted sum of three saturating shapes plus noise:
 *
 *            f(t) = w1 pow3(t) + w2 janoschek(t) + w3 ilog2(t)          w1, w2, w3 ~ U(0, 1), not normalised
 *              pow3(t)      = c - a t^-alpha                 c ~ U(0, 1.25), a ~ U(-0.6, 0.6), ln alpha ~ N(0, 2^2)
 *              janoschek(t) = a - (a - b) exp(-k t^d)        a ~ U(0, 1), b ~ U(0, 2), ln k ~ N(-2, 1), ln d ~ N(0, 0.5^2)
 *              ilog2(t)     = c - a / ln(t + 1)              c ~ U(0, 1), a ~ U(-0.5, 0.5)
 *            f is redrawn until f(1) < f(numSteps) and 0 <= f(t) <= 1 at every step; 20.5 % pass with 100 steps.
 *            y(t) = f(t) + N(0, s^2)                         ln s ~ N(-4, 1), one s for each curve
 *
 * Source   Adriaensen et al., Efficient Bayesian Learning Curve Extrapolation using Prior-Data Fitted Networks (NeurIPS
 *          2023), section 3, with the ranges of the authors' code: 'peaked' in curves.py and sample_prior_comb in
 *          domhan_prior.py of automl/lcpfn. The noise scale, too, is that of the code, which corrects the text.
 * Units    x is the step number t itself, not normalised. y is a score to be maximised, such as accuracy.
 * Ranges   f lies in [0, 1]; y may leave it, by noise.
 * Not in   curves that end below their start, diverge, or rise again from a plateau; noise that changes along a curve;
 *          correlation between curves. The constraints hold over numSteps, so 50 steps are not the first half of 100.
 * Output   context = steps 1..N, queries = M distinct later steps in rising order, drawn uniformly for each curve.
 *          contextX [B, N, 1], contextY [B, N], queryX [B, M, 1], queryY [B, M]
 */

import { refuseUnknown } from './checks.ts';
import type { Batch, BatchShape, Prior, Random } from './prior.ts';
import { normals, uniform } from './random.ts';

export interface LearningCurveOptions {
  /** Steps of a curve, and so its horizon. At least 2. */
  readonly numSteps?: number;
}

/** Entry i belongs to step i + 1. */
export interface Curve {
  /** f, [numSteps] */
  readonly noiseless: Float64Array;
  /** y, [numSteps] */
  readonly noisy: Float64Array;
  /** Standard deviation s of the noise. */
  readonly scale: number;
  /** Draws of f up to and including the one that met the constraints. */
  readonly tries: number;
}

export function learningCurve(options: LearningCurveOptions = {}): Prior {
  const { numSteps = 100, ...unknown } = options;
  refuseUnknown('learning-curve', ['numSteps'], unknown);
  if (!Number.isInteger(numSteps) || numSteps < 2) {
    throw new RangeError(`learning-curve: numSteps must be a whole number of at least 2, got ${numSteps}.`);
  }
  const drawCurve = curveSampler(numSteps);
  return {
    name: 'learning-curve',
    options: { numSteps },
    numFeatures: 1,
    maxRows: numSteps,
    sample: (random, shape) => sampleBatch(random, shape, numSteps, drawCurve),
  };
}

function sampleBatch(random: Random, shape: BatchShape, numSteps: number, drawCurve: (random: Random) => Curve): Batch {
  const { numDatasets, numContext, numQuery } = shape;
  if (numContext + numQuery > numSteps) {
    throw new RangeError(
      `learning-curve: expected at most ${numSteps} rows, as a curve has that many steps, got ${numContext} context + ` +
        `${numQuery} query rows. Ask for fewer, or raise numSteps.`,
    );
  }
  const contextX = new Float32Array(numDatasets * numContext); // [B, N, 1]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery); // [B, M, 1]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  const queryLaw = { mean: new Float32Array(queryY.length), sd: new Float32Array(queryY.length) }; // [B, M]
  for (let b = 0; b < numDatasets; b++) {
    const { noiseless, noisy, scale } = drawCurve(random);
    const context = b * numContext;
    for (let i = 0; i < numContext; i++) {
      contextX[context + i] = i + 1;
      contextY[context + i] = noisy[i];
    }
    // Selection sampling (Knuth, TAOCP 2, 3.4.2 S): every M-subset of the later steps is equally likely, already in order.
    let query = b * numQuery;
    const end = query + numQuery;
    for (let i = numContext; query < end; i++) {
      const wanted = end - query;
      const left = numSteps - i;
      if (wanted < left && random() * left >= wanted) continue;
      queryX[query] = i + 1;
      queryY[query] = noisy[i];
      queryLaw.mean[query] = noiseless[i];
      queryLaw.sd[query] = scale;
      query++;
    }
  }
  return { ...shape, numFeatures: 1, contextX, contextY, queryX, queryY, queryLaw };
}

/**
 * A sampler of whole curves. The arrays of a curve are overwritten by the next one: copy what has to stay. (A training
 * run draws millions of curves; fresh arrays each time cost a fifth more.)
 */
export function curveSampler(numSteps: number): (random: Random) => Curve {
  const logs = Float64Array.from({ length: numSteps + 1 }, (_, i) => Math.log(i + 1)); // ln t, up to ln(numSteps + 1)
  const noiseless = new Float64Array(numSteps);
  const noisy = new Float64Array(numSteps);
  const last = numSteps - 1;

  const meetsConstraints = (terms: Terms): boolean => {
    const first = valueAt(terms, logs, 0);
    const final = valueAt(terms, logs, last);
    // The end points turn away nearly every draw that will fail, before the table is walked.
    if (!(first >= 0 && first < final && final <= 1)) return false;
    for (let i = 0; i < numSteps; i++) {
      noiseless[i] = valueAt(terms, logs, i);
      if (!inUnitInterval(noiseless[i])) return false;
    }
    return true;
  };

  return (random) => {
    const gauss = normals(random);
    let tries = 1;
    while (!meetsConstraints(drawTerms(random, gauss))) tries++;
    const scale = Math.exp(-4 + gauss());
    for (let i = 0; i < numSteps; i++) noisy[i] = noiseless[i] + scale * gauss();
    return { noiseless, noisy, scale, tries };
  };
}

/** The weighted sum multiplied out: f(t) = level - power t^-alpha - stretched exp(-k t^d) - inverseLog / ln(t + 1). */
export interface Terms {
  readonly level: number;
  readonly power: number;
  readonly alpha: number;
  readonly stretched: number;
  readonly k: number;
  readonly d: number;
  readonly inverseLog: number;
}

function drawTerms(random: Random, gauss: () => number): Terms {
  const pow3 = random();
  const janoschek = random();
  const ilog2 = random();
  const end = uniform(random, 0, 1); // Janoschek's a
  const start = uniform(random, 0, 2); // Janoschek's b
  return {
    level: pow3 * uniform(random, 0, 1.25) + janoschek * end + ilog2 * uniform(random, 0, 1),
    power: pow3 * uniform(random, -0.6, 0.6),
    alpha: Math.exp(2 * gauss()),
    stretched: janoschek * (end - start),
    k: Math.exp(-2 + gauss()),
    d: Math.exp(0.5 * gauss()),
    inverseLog: ilog2 * uniform(random, -0.5, 0.5),
  };
}

/** f at step t = i + 1, from the table of ln t. */
function valueAt(terms: Terms, logs: Float64Array, i: number): number {
  const log = logs[i];
  return (
    terms.level -
    terms.power * Math.exp(-terms.alpha * log) -
    terms.stretched * Math.exp(-terms.k * Math.exp(terms.d * log)) -
    terms.inverseLog / logs[i + 1]
  );
}

function inUnitInterval(value: number): boolean {
  return value >= 0 && value <= 1;
}
