/**
 * Gamma-Poisson: counts of events whose rate is not known.
 *
 * Story    For each data set
 *
 *            lambda ~ Gamma(shape, rate), of mean shape / rate
 *            count ~ Poisson(lambda),  y = count + u,  u ~ U(-1/2, 1/2)      in every row
 *
 *          u makes the targets real numbers without loss: the count is y rounded, and the density at y is exactly the probability of
 *          that count. After counts of sum k in n rows, a count is negative binomial with size shape + k and success
 *          probability (rate + n) / (rate + n + 1).
 *
 * Source   Gelman et al., Bayesian Data Analysis (3rd edition, 2013), section 2.6.
 * Units    y is a number of events. x is 0 everywhere, one column since a network wants one.
 * Ranges   shape / rate up to 1000 and rate from 0.01, so that counts of more than a million practically do not happen.
 * Not in   exposures, a rate that depends on x or changes along the rows, more zeros than Poisson.
 * Output   all rows of a data set are exchangeable.
 *          contextX [B, N, 1], contextY [B, N], queryX [B, M, 1], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import { gamma } from './distributions.ts';
import type { Batch, BatchShape, Observed, Predictive, Prior, Random } from './prior.ts';

export interface GammaPoissonOptions {
  /** Above 0. */
  readonly shape?: number;
  /** At least 0.01, and at least shape / 1000. */
  readonly rate?: number;
  /** The most rows of one data set, context and query together, up to 500. */
  readonly maxRows?: number;
}

type Options = Required<GammaPoissonOptions>;

const NAME = 'gamma-poisson';
/** Larger counts are taken as impossible. */
const MAX_COUNT = 1e6;

export function gammaPoisson(options: GammaPoissonOptions = {}): Prior {
  const complete = checkOptions(options);
  return {
    name: NAME,
    options: { ...complete },
    numFeatures: 1,
    maxRows: complete.maxRows,
    exact: { method: 'closed form', predict: (observed) => predict(observed, complete) },
    sample: (random, shape) => sampleBatch(random, shape, complete),
  };
}

function checkOptions(options: GammaPoissonOptions): Options {
  const { shape = 2, rate = 0.4, maxRows = 110, ...unknown } = options;
  const complete = { shape, rate, maxRows };
  refuseUnknown(NAME, Object.keys(complete), unknown);
  if (!Number.isInteger(maxRows) || maxRows < 1 || maxRows > 500) {
    throw new RangeError(`${NAME}: maxRows must be a whole number from 1 to 500, got ${maxRows}.`);
  }
  if (!Number.isFinite(shape) || shape <= 0) {
    throw new RangeError(`${NAME}: shape must be a number above 0, got ${shape}.`);
  }
  const least = Math.max(0.01, shape / 1000);
  if (!Number.isFinite(rate) || rate < least) {
    throw new RangeError(`${NAME}: rate must be a number of at least ${least} with this shape, got ${rate}.`);
  }
  return complete;
}

function sampleBatch(random: Random, batchShape: BatchShape, { shape, rate, maxRows }: Options): Batch {
  const { numDatasets, numContext, numQuery } = batchShape;
  checkRows(NAME, maxRows, batchShape);
  const contextX = new Float32Array(numDatasets * numContext); // [B, N, 1]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery); // [B, M, 1]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  for (let b = 0; b < numDatasets; b++) {
    const lambda = gamma(random, shape, rate);
    for (let i = 0; i < numContext; i++) contextY[b * numContext + i] = drawTarget(random, lambda);
    for (let i = 0; i < numQuery; i++) queryY[b * numQuery + i] = drawTarget(random, lambda);
  }
  return { ...batchShape, numFeatures: 1, contextX, contextY, queryX, queryY };
}

function drawTarget(random: Random, lambda: number): number {
  const count = poisson(random, lambda);
  for (;;) {
    // Drawn again where single precision rounds to the next count.
    const y = Math.fround(count + random() - 0.5);
    if (Math.round(y) === count) return y;
  }
}

/** Events of a Poisson process in a time of `mean`, by the times between them; takes mean + 1 uniforms. */
function poisson(random: Random, mean: number): number {
  let time = -Math.log(1 - random());
  let count = 0;
  while (time <= mean) {
    time -= Math.log(1 - random());
    count++;
  }
  return count;
}

function predict({ numContext, contextY, numQuery }: Observed, { shape, rate }: Options): Predictive[] {
  let events = 0;
  for (let i = 0; i < numContext; i++) {
    // Below -1/2, and NaN.
    if (!(Math.round(contextY[i]) >= 0)) {
      throw new RangeError(`${NAME}: expected counts of at least 0, got ${contextY[i]} in context row ${i}.`);
    }
    events += Math.round(contextY[i]);
  }
  return new Array(numQuery).fill(negativeBinomial(shape + events, rate + numContext));
}

/**
 * Count + U(-1/2, 1/2), where the count is Poisson with a rate ~ Gamma(size, rate). Masses are tabled as far as they are asked
 * for, one logarithm each.
 */
function negativeBinomial(size: number, rate: number): Predictive {
  const mean = size / rate;
  const logSuccess = -Math.log1p(1 / rate);
  const logFailure = -Math.log1p(rate);
  const logMasses = [size * logSuccess];
  const below = [0]; // P(count < k)
  /** Fills the tables up to k. */
  const reach = (k: number): void => {
    for (let next = logMasses.length; next <= k; next++) {
      below.push(below[next - 1] + Math.exp(logMasses[next - 1]));
      logMasses.push(logMasses[next - 1] + Math.log((size + next - 1) / next) + logFailure);
    }
  };
  const logDensity = (y: number): number => {
    const count = Math.round(y);
    if (!(count >= 0 && count <= MAX_COUNT)) return -Infinity;
    reach(count);
    return logMasses[count];
  };
  return {
    mean,
    variance: mean + mean / rate + 1 / 12,
    logDensity,
    cdf: (y) => {
      const count = Math.round(y);
      if (count > MAX_COUNT) return 1;
      return count < 0 ? 0 : Math.min(1, Math.exp(logDensity(y)) * (y - count + 0.5) + below[count]);
    },
    quantile: (p) => {
      if (p >= 1) return Infinity;
      if (p <= 0) return -0.5;
      let count = 0;
      // Ends past the mean where the masses no longer change their sum.
      for (; count < MAX_COUNT; count++) {
        reach(count + 1);
        if (below[count + 1] >= p || (count > mean && below[count + 1] === below[count])) break;
      }
      const share = (p - below[count]) / Math.exp(logMasses[count]);
      return count - 0.5 + Math.max(0, Math.min(1, share));
    },
  };
}
