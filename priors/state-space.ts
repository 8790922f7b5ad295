/**
 * State space: a time series whose level wanders, with or without a slope that wanders too.
 *
 * Story    The state moves from one time to the next, in continuous time:
 *
 *            level(0) ~ N(0, initialLevel^2),  slope(0) ~ N(0, initialSlope^2)
 *            d level = slope dt + levelScale dW1               trend 'slope'; with trend 'level' the slope is 0 for ever
 *            d slope = -damping slope dt + slopeScale dW2      W1, W2 independent Brownian motions
 *            y(t) = level(t) + noise e                         e ~ N(0, 1)
 *
 *          At whole times this is the local level model, or the (damped) local linear trend with noise of level and slope that goes together, as the
 *          integral of one is part of the other. All scales are known.
 *          Times lie in a horizon H, numRows in half of the data sets, else uniform in numRows .. maxRows: numRows distinct ones of
 *          1 .. H (times 'whole'), or uniform in (0, H) ('irregular'). In a share `forecasts` of the data sets the
 *          context is the earliest rows, all in rising order; in the others rows are in random order, so that queries also
 *          lie between and before the context.
 *
 * Source   Durbin and Koopman, Time Series Analysis by State Space Methods (2nd edition, 2012), chapters 3 and 4; the damped
 *          slope is Gardner and McKenzie, Forecasting Trends in Time Series (1985), in continuous time.
 * Units    x is time, not normalised; scales are per square root of time, slopes and damping per time. y has the unit of noise.
 * Not in   seasons, outliers, breaks, scales that are not known, a noise that changes.
 * Output   contextX [B, N, 1], contextY [B, N], queryX [B, M, 1], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import { normalMixture } from './exact/normal-mixture.ts';
import type { Batch, BatchShape, Observed, Predictive, Prior, Random } from './prior.ts';
import { normals } from './random.ts';

export interface StateSpaceOptions {
  readonly trend?: 'level' | 'slope';
  readonly times?: 'whole' | 'irregular';
  /** The most rows of one data set, context and query together, and the longest horizon; up to 500. */
  readonly maxRows?: number;
  /** Standard deviation by which the level wanders in one unit of time, at least 0. */
  readonly levelScale?: number;
  /** Standard deviation by which the slope wanders in one unit of time, at least 0. */
  readonly slopeScale?: number;
  /** Rate at which the slope decays, at least 0. */
  readonly damping?: number;
  /** Standard deviation of the noise, above 0. */
  readonly noise?: number;
  /** Standard deviation of the level at time 0, at least 0. */
  readonly initialLevel?: number;
  /** Standard deviation of the slope at time 0, at least 0. */
  readonly initialSlope?: number;
  /** Share of the data sets whose queries are later than their context, 0 .. 1. */
  readonly forecasts?: number;
}

type Options = Required<StateSpaceOptions>;

const NAME = 'state-space';

export function stateSpace(options: StateSpaceOptions = {}): Prior {
  const complete = checkOptions(options);
  return {
    name: NAME,
    options: { ...complete },
    numFeatures: 1,
    maxRows: complete.maxRows,
    exact: { method: 'closed form', predict: (observed) => smooth(observed, complete) },
    sample: (random, shape) => sampleBatch(random, shape, complete),
  };
}

function checkOptions(options: StateSpaceOptions): Options {
  const {
    trend = 'level',
    times = 'whole',
    maxRows = 110,
    levelScale = 0.2,
    slopeScale = 0.01,
    damping = 0,
    noise = 0.3,
    initialLevel = 1,
    initialSlope = 0.05,
    forecasts = 0.5,
    ...unknown
  } = options;
  const scales = { levelScale, slopeScale, damping, noise, initialLevel, initialSlope };
  const complete = { trend, times, maxRows, ...scales, forecasts };
  refuseUnknown(NAME, Object.keys(complete), unknown);
  if (trend !== 'level' && trend !== 'slope') {
    throw new RangeError(`${NAME}: trend must be 'level' or 'slope', got ${JSON.stringify(trend)}.`);
  }
  if (times !== 'whole' && times !== 'irregular') {
    throw new RangeError(`${NAME}: times must be 'whole' or 'irregular', got ${JSON.stringify(times)}.`);
  }
  if (!Number.isInteger(maxRows) || maxRows < 1 || maxRows > 500) {
    throw new RangeError(`${NAME}: maxRows must be a whole number from 1 to 500, got ${maxRows}.`);
  }
  for (const [name, value] of Object.entries(scales)) {
    if (!Number.isFinite(value) || value < 0 || (name === 'noise' && value === 0)) {
      throw new RangeError(
        `${NAME}: ${name} must be a number ${name === 'noise' ? 'above 0' : 'of at least 0'}, got ${value}.`,
      );
    }
  }
  if (!(forecasts >= 0 && forecasts <= 1)) {
    throw new RangeError(`${NAME}: forecasts must be a number from 0 to 1, got ${forecasts}.`);
  }
  return complete;
}

/** What a stretch of time does: level + carry slope and decay slope, plus normals of these variances and covariance. */
interface Transition {
  readonly carry: number;
  readonly decay: number;
  readonly levelVariance: number;
  readonly covariance: number;
  readonly slopeVariance: number;
}

/** The exact solution of the story's equations over `time`; with damping the level integrates an Ornstein-Uhlenbeck process. */
function transition(time: number, { trend, levelScale, slopeScale, damping }: Options): Transition {
  const walk = levelScale ** 2 * time;
  if (trend === 'level') return { carry: 0, decay: 1, levelVariance: walk, covariance: 0, slopeVariance: 0 };
  const carry = decayIntegral(damping, time);
  const squares = decayIntegral(2 * damping, time);
  const x = damping * time;
  // The integral of (1 - exp(-damping t))^2 / damping^2, by its series where it would cancel.
  const wander =
    x < 1e-3 ? (time ** 3 / 3) * (1 - 0.75 * x + 0.35 * x * x) : (time - 2 * carry + squares) / damping ** 2;
  return {
    carry,
    decay: Math.exp(-x),
    levelVariance: walk + slopeScale ** 2 * wander,
    covariance: (slopeScale * carry) ** 2 / 2,
    slopeVariance: slopeScale ** 2 * squares,
  };
}

/** The integral of exp(-rate t) over t in 0 .. time. */
const decayIntegral = (rate: number, time: number): number => (rate > 0 ? -Math.expm1(-rate * time) / rate : time);

function sampleBatch(random: Random, shape: BatchShape, options: Options): Batch {
  const { numDatasets, numContext, numQuery } = shape;
  const numRows = numContext + numQuery;
  checkRows(NAME, options.maxRows, shape);
  const contextX = new Float32Array(numDatasets * numContext); // [B, N, 1]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery); // [B, M, 1]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  for (let b = 0; b < numDatasets; b++) {
    const times = drawTimes(random, numRows, options);
    const values = drawSeries(random, times, options);
    const order = Array.from(times.keys());
    if (random() >= options.forecasts) shuffle(random, order);
    order.forEach((at, i) => {
      const isContext = i < numContext;
      const row = isContext ? b * numContext + i : b * numQuery + i - numContext;
      (isContext ? contextX : queryX)[row] = times[at];
      (isContext ? contextY : queryY)[row] = values[at];
    });
  }
  return { ...shape, numFeatures: 1, contextX, contextY, queryX, queryY };
}

/** Rising; rounded to single precision as the rows are, so that the series belongs to exactly these times. */
function drawTimes(random: Random, numRows: number, { times, maxRows }: Options): Float32Array {
  const spare = random() < 0.5 ? 0 : Math.floor(random() * (maxRows - numRows + 1));
  const horizon = numRows + spare;
  if (times === 'irregular') return Float32Array.from({ length: numRows }, () => horizon * random()).sort();
  const chosen = new Float32Array(numRows);
  // Selection sampling (Knuth, TAOCP 2, 3.4.2 S): every subset of the times is equally likely, already in order.
  for (let time = 1, count = 0; count < numRows; time++) {
    if (random() * (horizon - time + 1) < numRows - count) chosen[count++] = time;
  }
  return chosen;
}

function drawSeries(random: Random, times: Float32Array, options: Options): Float64Array {
  const gauss = normals(random);
  let time = 0;
  let level = options.initialLevel * gauss();
  let slope = options.trend === 'slope' ? options.initialSlope * gauss() : 0;
  return Float64Array.from(times, (next) => {
    const { carry, decay, levelVariance, covariance, slopeVariance } = transition(next - time, options);
    const push = gauss();
    const scale = Math.sqrt(levelVariance);
    const shared = scale > 0 ? covariance / scale : 0;
    level += carry * slope + scale * push;
    // Rounding can leave a variance just below 0.
    slope = decay * slope + shared * push + Math.sqrt(Math.max(0, slopeVariance - shared ** 2)) * gauss();
    time = next;
    return level + options.noise * gauss();
  });
}

function shuffle(random: Random, items: number[]): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
}

/** A row in the order of time, with the normal of its state (level, slope) given the context before it. */
interface Filtered {
  /** The row among the queries; negative in the context. */
  readonly query: number;
  readonly level: number;
  /** Variance of the level. */
  readonly variance: number;
  /** Covariance of level and slope. */
  readonly covariance: number;
  /** What the observation says beyond the prediction, over its variance; 0 at a query. */
  readonly surprise: number;
  /** One over the variance of the observation; 0 at a query. */
  readonly precision: number;
  /** From here to the next row. */
  readonly next: Transition;
}

/** The Kalman filter over context and queries in the order of time; queries are rows without an observation. */
function filter({ numContext, contextX, contextY, numQuery, queryX }: Observed, options: Options): Filtered[] {
  const timeOf = (row: number) => (row < numContext ? contextX[row] : queryX[row - numContext]);
  const order = Array.from({ length: numContext + numQuery }, (_, row) => row);
  const early = order.find((row) => !(timeOf(row) >= 0));
  if (early !== undefined) throw new RangeError(`${NAME}: expected times of at least 0, got ${timeOf(early)}.`);
  order.sort((a, b) => timeOf(a) - timeOf(b));
  let level = 0;
  let slope = 0;
  let variance = options.initialLevel ** 2;
  let covariance = 0;
  let slopeVariance = options.trend === 'slope' ? options.initialSlope ** 2 : 0;
  const move = ({ carry, decay, ...added }: Transition): void => {
    level += carry * slope;
    slope *= decay;
    variance += carry * (2 * covariance + carry * slopeVariance) + added.levelVariance;
    covariance = decay * (covariance + carry * slopeVariance) + added.covariance;
    slopeVariance = decay ** 2 * slopeVariance + added.slopeVariance;
  };
  if (order.length > 0) move(transition(timeOf(order[0]), options));
  return order.map((row, i) => {
    const isObserved = row < numContext;
    const precision = isObserved ? 1 / (variance + options.noise ** 2) : 0;
    const surprise = isObserved ? (contextY[row] - level) * precision : 0;
    const next = transition(i + 1 < order.length ? timeOf(order[i + 1]) - timeOf(row) : 0, options);
    const filtered = { query: row - numContext, level, variance, covariance, surprise, precision, next };
    level += variance * surprise;
    slope += covariance * surprise;
    slopeVariance -= covariance ** 2 * precision;
    if (isObserved) {
      // noise^2 precision is 1 - variance precision, without cancelling.
      covariance *= options.noise ** 2 * precision;
      variance *= options.noise ** 2 * precision;
    }
    move(next);
    return filtered;
  });
}

/**
 * The normal of each query given all of the context: the filter, then backwards the smoother of de Jong (Durbin and Koopman,
 * section 4.4), which needs no inverse and so also works where the state does not wander. r [2] and N [2, 2] gather what
 * later observations say.
 */
function smooth(observed: Observed, options: Options): Predictive[] {
  const predictives = new Array<Predictive>(observed.numQuery);
  let [r1, r2] = [0, 0];
  let [n11, n12, n22] = [0, 0, 0];
  for (const { query, level, variance, covariance, surprise, precision, next } of filter(observed, options).reverse()) {
    const { carry, decay } = next;
    // T^T r and T^T N T, with T = [1, carry; 0, decay].
    r2 = carry * r1 + decay * r2;
    n22 = carry ** 2 * n11 + 2 * carry * decay * n12 + decay ** 2 * n22;
    n12 = carry * n11 + decay * n12;
    // The same by I - gain Z, where Z = (1, 0) and gain = (variance, covariance) precision, plus the observation itself.
    const [gain1, gain2] = [variance * precision, covariance * precision];
    const [h1, h2] = [n11 * gain1 + n12 * gain2, n12 * gain1 + n22 * gain2];
    r1 += surprise - gain1 * r1 - gain2 * r2;
    n11 += gain1 * h1 + gain2 * h2 - 2 * h1 + precision;
    n12 -= h2;
    if (query >= 0) {
      const mean = level + variance * r1 + covariance * r2;
      const reduction = variance ** 2 * n11 + 2 * variance * covariance * n12 + covariance ** 2 * n22;
      predictives[query] = normal(mean, Math.sqrt(Math.max(0, variance - reduction) + options.noise ** 2));
    }
  }
  return predictives;
}

const normal = (mean: number, scale: number): Predictive =>
  normalMixture(Float64Array.of(mean), Float64Array.of(scale));
