/**
 * Training runs: what the metrics of real runs do, beyond the smooth rise of `learning-curve`.
 *
 * Story    A run lasts from 0 to 1. Its metric, turned so that larger is better, is in units of its own
 *
 *            f(t) = sum over stages j of a_j g_j((t - b_j) / r_j) - divergence(t) + wiggle(t) + walk(t)
 *              stages     1, 2 or 3 (50, 30, 20 %); the first starts at b = 0 (85 %) or b ~ U(0, 0.7), later ones at 0 (50 %) or b = u^3 with
 *                         u ~ U(0, 1), so that curves have plateaus and breaks, most of them early. a = 1 for the first, for later ones
 *                         ln|a| ~ N(-0.8, 1.1^2), negative (overfitting) with 10 %. r log-uniform in [0.0005, 3]. With x = (t - b) / r, 0 before b:
 *                 power        1 - (1 + x)^-alpha             ln alpha ~ N(0, 0.8^2)      30 %
 *                 exponential  1 - exp(-x^d)                  ln d ~ N(0, 0.4^2)          30 %
 *                 logarithmic  ln(1 + x) / ln(1 + 1 / r)                                  15 %
 *                 hill         x^d / (1 + x^d)                ln d ~ N(0.3, 0.6^2)        15 %
 *                 late         ((t - b) / (1 - b))^p          p log-uniform in [1, 4]     10 %   a rate that is annealed
 *              divergence 2 %: A (1 - exp(-(t - t0) / r)) from t0 ~ U(0, 1), ln A ~ N(0.5, 1), r log-uniform in [0.001, 0.3]
 *              wiggle     50 %: 8 cosines of scale q, ln q ~ N(-4.2, 1.2^2), with normal frequencies of scale 1 / l, l log-uniform in [0.01, 0.5]
 *              walk       14 %: Brownian motion, ln of its scale over the whole run ~ N(-3.3, 1.2^2)
 *            y(t) = f(t) + s(t) e
 *              s(t) = s0 exp(h exp(-t / r)),  ln s0 ~ N(-5.3, 1.5^2); three quarters of the runs h ~ N(1, 1), r log-uniform in [0.03, 1], others h = 0
 *              e ~ N(0, 1); in 40 % of the runs a share (log-uniform in [0.005, 0.2]) of the points has e larger by a factor that
 *              is log-uniform in [3, 30], in half of those always for the worse
 *            then 6 % cannot pass a cap (the sum of the stages at one of the rows), 20 % are rounded (to a grid that is log-uniform in [0.01, 30] s0),
 *            5 % freeze at a random time and repeat that value for ever, and 4 % are turned upside down.
 *            15 % of the runs are instead curves of `learning-curve` over its 100 steps. 19 % of the others are quick, all but done after their first steps: one stage from b = 0 with r log-uniform in [0.0003, 0.05], no
 *            divergence, wiggle or walk, and ln s0 ~ N(-6, 1.5^2).
 *
 * Source   ours. Saturating families and breaks as in FT-PFN (Rakotoarison et al., In-Context Freeze-Thaw Bayesian Optimization for
 *          Hyperparameter Optimization, ICML 2024); the rest from what logs of training runs show.
 * Units    x is the share of the run; y has no unit. Meant for a model with `units: 'context'`, which removes both.
 * Not in   hard bounds (condition on them afterwards), correlation between runs, periodic metrics.
 * Output   context = N rising times, which end at a seen share c ~ U(0.03, 0.97) where they are more than one: regular from 0 (70 %), regular from a random start
 *          (15 %) or irregular (15 %). queries = M rising times in (c, 1], a sixth of them within three spacings of c.
 *          contextX [B, N, 1], contextY [B, N], queryX [B, M, 1], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import { type Curve, curveSampler } from './learning-curve.ts';
import type { Batch, BatchShape, Prior, Random } from './prior.ts';
import { normals, uniform } from './random.ts';

export interface TrainingRunOptions {
  /** The most rows of one run, context and query together. */
  readonly maxRows?: number;
}

/** Steps of a curve of `learning-curve`. */
const PAPER_STEPS = 100;

export function trainingRun(options: TrainingRunOptions = {}): Prior {
  const { maxRows = 120, ...unknown } = options;
  refuseUnknown('training-run', ['maxRows'], unknown);
  if (!Number.isInteger(maxRows) || maxRows < 3) {
    throw new RangeError(`training-run: maxRows must be a whole number of at least 3, got ${maxRows}.`);
  }
  const drawPaperCurve = curveSampler(PAPER_STEPS);
  return {
    name: 'training-run',
    options: { maxRows },
    numFeatures: 1,
    maxRows,
    sample: (random, shape) => sampleBatch(random, shape, maxRows, drawPaperCurve),
  };
}

function sampleBatch(
  random: Random,
  shape: BatchShape,
  maxRows: number,
  drawPaperCurve: (random: Random) => Curve,
): Batch {
  const { numDatasets, numContext, numQuery } = shape;
  checkRows('training-run', maxRows, shape);
  const numRows = numContext + numQuery;
  const contextX = new Float32Array(numDatasets * numContext); // [B, N, 1]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery); // [B, M, 1]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  const times = new Float64Array(numRows);
  const values = new Float64Array(numRows);
  for (let b = 0; b < numDatasets; b++) {
    drawTimes(random, times, numContext);
    if (random() < 0.15) fillFromPaper(drawPaperCurve(random), random, times, values);
    else drawRun(random, times, values);
    for (let i = 0; i < numRows; i++) {
      const isContext = i < numContext;
      const at = isContext ? b * numContext + i : b * numQuery + i - numContext;
      (isContext ? contextX : queryX)[at] = times[i];
      (isContext ? contextY : queryY)[at] = values[i];
    }
  }
  return { ...shape, numFeatures: 1, contextX, contextY, queryX, queryY };
}

function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random();
}

/** Times of the context, then of the queries, each rising. */
function drawTimes(random: Random, times: Float64Array, numContext: number): void {
  const seen = uniform(random, 0.03, 0.97);
  const kind = random();
  const start = kind < 0.7 ? 0 : uniform(random, 0, seen);
  const spacing = numContext > 1 ? (seen - start) / (numContext - 1) : seen;
  for (let i = 0; i < numContext; i++) {
    times[i] = kind < 0.85 ? start + i * spacing : uniform(random, start, seen);
  }
  const context = times.subarray(0, numContext);
  if (kind >= 0.85) {
    context.sort();
    context[numContext - 1] = seen;
  }
  const queries = times.subarray(numContext);
  for (let i = 0; i < queries.length; i++) {
    const near = random() < 1 / 6;
    queries[i] = near ? Math.min(1, seen + spacing * Math.ceil(3 * random())) : seen + (1 - seen) * (1 - random());
  }
  queries.sort();
}

/** The curve between its whole steps by straight lines; noise is drawn at the times. */
function fillFromPaper({ noiseless, scale }: Curve, random: Random, times: Float64Array, values: Float64Array): void {
  const gauss = normals(random);
  for (let i = 0; i < times.length; i++) {
    const at = times[i] * (PAPER_STEPS - 1);
    const left = Math.min(PAPER_STEPS - 2, Math.floor(at));
    const share = at - left;
    values[i] = (1 - share) * noiseless[left] + share * noiseless[left + 1] + scale * gauss();
  }
}

function drawRun(random: Random, times: Float64Array, values: Float64Array): void {
  const gauss = normals(random);
  values.fill(0);
  const isQuick = random() < 0.19;
  const numStages = isQuick ? 1 : 1 + (random() < 0.5 ? 0 : random() < 0.6 ? 1 : 2);
  for (let stage = 0; stage < numStages; stage++) addStage(random, gauss, stage === 0, isQuick, times, values);
  const cap = random() < 0.06 ? values[Math.floor(random() * values.length)] : Infinity;
  if (!isQuick && random() < 0.02) addDivergence(random, gauss, times, values);
  if (!isQuick && random() < 0.5) addWiggle(random, gauss, times, values);
  if (!isQuick && random() < 0.14) addWalk(gauss, times, values);
  const scale = Math.exp((isQuick ? -6 : -5.3) + 1.5 * gauss());
  addNoise(random, gauss, scale, times, values);
  if (cap < Infinity) for (let i = 0; i < values.length; i++) values[i] = Math.min(values[i], cap);
  if (random() < 0.2) {
    const grid = scale * logUniform(random, 0.01, 30);
    for (let i = 0; i < values.length; i++) values[i] = Math.round(values[i] / grid) * grid;
  }
  if (random() < 0.05) {
    const frozen = random();
    const from = times.findIndex((t) => t >= frozen);
    if (from >= 0) values.fill(values[from], from);
  }
  if (random() < 0.04) for (let i = 0; i < values.length; i++) values[i] = -values[i];
}

function addStage(
  random: Random,
  gauss: () => number,
  isFirst: boolean,
  isQuick: boolean,
  times: Float64Array,
  values: Float64Array,
): void {
  const start = isFirst
    ? isQuick || random() < 0.85
      ? 0
      : uniform(random, 0, 0.7)
    : random() < 0.5
      ? 0
      : random() ** 3;
  const amplitude = isFirst ? 1 : Math.exp(1.1 * gauss() - 0.8) * (random() < 0.1 ? -1 : 1);
  const rate = isQuick ? logUniform(random, 0.0003, 0.05) : logUniform(random, 0.0005, 3);
  const shape = drawShape(random, gauss, start, rate);
  for (let i = 0; i < times.length; i++) {
    if (times[i] > start) values[i] += amplitude * shape((times[i] - start) / rate);
  }
}

/** One of the saturating families, as a function of x = (t - b) / r > 0. */
function drawShape(random: Random, gauss: () => number, start: number, rate: number): (x: number) => number {
  const kind = random();
  if (kind < 0.3) {
    const alpha = Math.exp(0.8 * gauss());
    return (x) => 1 - (1 + x) ** -alpha;
  }
  if (kind < 0.6) {
    const d = Math.exp(0.4 * gauss());
    return (x) => -Math.expm1(-(x ** d));
  }
  if (kind < 0.75) {
    const whole = Math.log1p(1 / rate);
    return (x) => Math.log1p(x) / whole;
  }
  if (kind < 0.9) {
    const d = Math.exp(0.3 + 0.6 * gauss());
    return (x) => 1 - 1 / (1 + x ** d);
  }
  const power = logUniform(random, 1, 4);
  return (x) => ((x * rate) / (1 - start)) ** power;
}

function addDivergence(random: Random, gauss: () => number, times: Float64Array, values: Float64Array): void {
  const from = random();
  const size = Math.exp(0.5 + gauss());
  const rate = logUniform(random, 0.001, 0.3);
  for (let i = 0; i < times.length; i++) {
    if (times[i] > from) values[i] += size * Math.expm1(-(times[i] - from) / rate);
  }
}

const COSINES = 8;

function addWiggle(random: Random, gauss: () => number, times: Float64Array, values: Float64Array): void {
  const size = Math.exp(-4.2 + 1.2 * gauss()) * Math.sqrt(2 / COSINES);
  const length = logUniform(random, 0.01, 0.5);
  for (let k = 0; k < COSINES; k++) {
    const frequency = gauss() / length;
    const phase = 2 * Math.PI * random();
    for (let i = 0; i < times.length; i++) values[i] += size * Math.cos(frequency * times[i] + phase);
  }
}

function addWalk(gauss: () => number, times: Float64Array, values: Float64Array): void {
  const size = Math.exp(-3.3 + 1.2 * gauss());
  let walk = 0;
  for (let i = 1; i < times.length; i++) {
    walk += size * Math.sqrt(Math.max(0, times[i] - times[i - 1])) * gauss();
    values[i] += walk;
  }
}

function addNoise(random: Random, gauss: () => number, scale: number, times: Float64Array, values: Float64Array): void {
  const early = random() < 0.75 ? 1 + gauss() : 0;
  const rate = logUniform(random, 0.03, 1);
  const share = random() < 0.4 ? logUniform(random, 0.005, 0.2) : 0;
  const factor = logUniform(random, 3, 30);
  const worse = random() < 0.5;
  for (let i = 0; i < times.length; i++) {
    let noise = gauss();
    if (random() < share) noise = factor * (worse ? -Math.abs(noise) : noise);
    values[i] += scale * Math.exp(early * Math.exp(-times[i] / rate)) * noise;
  }
}
