/**
 * Beta-Bernoulli: throws of a coin whose bias is not known. The smallest prior, with an answer by hand.
 *
 * Story    For each data set
 *
 *            p ~ Beta(alpha, beta)
 *            y ~ Bernoulli(p) in every row
 *
 *          After k ones in n rows, the probability of a one is (alpha + k) / (alpha + beta + n).
 *
 * Source   Bayes (1763) for alpha = beta = 1; Gelman et al., Bayesian Data Analysis (3rd edition, 2013), section 2.4.
 * Units    y is the class 0 or 1. x is 0 everywhere, one column since a network wants one.
 * Not in   a bias that depends on x or changes along the rows.
 * Output   all rows of a data set are exchangeable.
 *          contextX [B, N, 1], contextY [B, N], queryX [B, M, 1], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import { beta as drawBeta } from './distributions.ts';
import type { Batch, BatchShape, Observed, Predictive, Prior, Random } from './prior.ts';

export interface BetaBernoulliOptions {
  /** As if this many ones had been seen before, above 0. */
  readonly alpha?: number;
  /** As if this many zeros had been seen before, above 0. */
  readonly beta?: number;
  /** The most rows of one data set, context and query together, up to 500. */
  readonly maxRows?: number;
}

type Options = Required<BetaBernoulliOptions>;

const NAME = 'beta-bernoulli';

export function betaBernoulli(options: BetaBernoulliOptions = {}): Prior {
  const complete = checkOptions(options);
  return {
    name: NAME,
    options: { ...complete },
    numFeatures: 1,
    numClasses: 2,
    maxRows: complete.maxRows,
    exact: { method: 'closed form', predict: (observed) => predict(observed, complete) },
    sample: (random, shape) => sampleBatch(random, shape, complete),
  };
}

function checkOptions(options: BetaBernoulliOptions): Options {
  const { alpha = 1, beta = 1, maxRows = 110, ...unknown } = options;
  const complete = { alpha, beta, maxRows };
  refuseUnknown(NAME, Object.keys(complete), unknown);
  if (!Number.isInteger(maxRows) || maxRows < 1 || maxRows > 500) {
    throw new RangeError(`${NAME}: maxRows must be a whole number from 1 to 500, got ${maxRows}.`);
  }
  for (const [name, value] of Object.entries({ alpha, beta })) {
    if (!Number.isFinite(value) || value <= 0) {
      throw new RangeError(`${NAME}: ${name} must be a number above 0, got ${value}.`);
    }
  }
  return complete;
}

function sampleBatch(random: Random, shape: BatchShape, { alpha, beta, maxRows }: Options): Batch {
  const { numDatasets, numContext, numQuery } = shape;
  checkRows(NAME, maxRows, shape);
  const contextX = new Float32Array(numDatasets * numContext); // [B, N, 1]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery); // [B, M, 1]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  for (let b = 0; b < numDatasets; b++) {
    const p = drawBeta(random, alpha, beta);
    for (let i = 0; i < numContext; i++) contextY[b * numContext + i] = random() < p ? 1 : 0;
    for (let i = 0; i < numQuery; i++) queryY[b * numQuery + i] = random() < p ? 1 : 0;
  }
  return { ...shape, numFeatures: 1, contextX, contextY, queryX, queryY };
}

function predict({ numContext, contextY, numQuery }: Observed, { alpha, beta }: Options): Predictive[] {
  let ones = 0;
  for (let i = 0; i < numContext; i++) {
    if (contextY[i] !== 0 && contextY[i] !== 1) {
      throw new RangeError(`${NAME}: expected the classes 0 and 1, got ${contextY[i]} in context row ${i}.`);
    }
    ones += contextY[i];
  }
  return new Array(numQuery).fill(bernoulli((alpha + ones) / (alpha + beta + numContext)));
}

/** 1 with probability p, else 0. */
const bernoulli = (p: number): Predictive => ({
  mean: p,
  variance: p * (1 - p),
  logDensity: (y) => (y === 1 ? Math.log(p) : y === 0 ? Math.log1p(-p) : -Infinity),
  cdf: (y) => (y < 0 ? 0 : y < 1 ? 1 - p : 1),
  quantile: (level) => (level <= 1 - p ? 0 : 1),
});
