import { signOfImprovement, tailsOf } from './distribution.ts';
import { expOfNegative } from './exponential.ts';
import { erf, erfc, normalQuantile, scaledErfc } from './normal.ts';

/** A half-normal of scale 1 has half of its mass within this distance of its anchor: the upper quartile of the normal. */
export const HALF_MASS = 0.6744897501960817;
/** Mean of a half-normal of scale 1, and twice the density of the standard normal at 0. */
const HALF_NORMAL_MEAN = Math.sqrt(2 / Math.PI);

/**
 * K bars on the real line, the support of every distribution that one regression head predicts. The inner bars are uniform
 * on [b_k, b_k+1). The outer two are half-normals that start at their inner border (b_1 and b_K-1), reach to infinity, and
 * have half of their mass within the bar's own width.
 */
export interface Bars {
  /** [K+1], strictly rising. */
  readonly borders: Float64Array;
  readonly numBars: number;
  /** The bar of each value and the log density of the value within it: what a training loss needs of its targets. */
  locate(y: ArrayLike<number>): Located;
  /** The distribution with these K logits (copied). They need no normalisation, and -Infinity leaves a bar out. */
  distribution(logits: ArrayLike<number>): BarDistribution;
  /** The same for many, of which each is read before the next one is made: they share their memory, so that none has to be found and freed for each. */
  oneAtATime(): (logits: ArrayLike<number>) => BarDistribution;
}

/** For values y: log density = log p[bar] + logDensityWithin. */
export interface Located {
  readonly bar: Int32Array;
  readonly logDensityWithin: Float64Array;
}

/** What all distributions on the same borders share. An outer bar keeps its half-normal scale where inner bars keep a width. */
interface Geometry {
  readonly borders: Float64Array; // [K+1]
  readonly numBars: number;
  readonly widths: Float64Array; // [K], of the outer bars too
  readonly leftScale: number;
  readonly rightScale: number;
  readonly means: Float64Array; // [K], mean of each bar
  readonly variances: Float64Array; // [K], variance within each bar
  readonly logPeaks: Float64Array; // [K], log of the highest density within each bar
}

/** Bars from K+1 strictly rising borders (copied), K >= 3. Throws a RangeError that names the border at fault. */
export function createBars(borders: ArrayLike<number>): Bars {
  const geometry = measure(borders);
  return {
    borders: geometry.borders,
    numBars: geometry.numBars,
    locate: (y) => locate(geometry, y),
    distribution: (logits) => new BarDistribution(geometry, logits),
    oneAtATime() {
      const memory = allocate(geometry);
      return (logits) => new BarDistribution(geometry, logits, memory);
    },
  };
}

function measure(given: ArrayLike<number>): Geometry {
  const borders = new Float64Array(given);
  const numBars = borders.length - 1;
  if (numBars < 3) {
    throw new RangeError(
      `createBars: expected at least 4 borders (3 bars), got ${borders.length}. Two of the bars are the tails; add inner ones.`,
    );
  }
  const widths = new Float64Array(numBars);
  const means = new Float64Array(numBars);
  const variances = new Float64Array(numBars);
  const logPeaks = new Float64Array(numBars);
  for (let k = 0; k < numBars; k++) {
    const width = borders[k + 1] - borders[k];
    // Also false for NaN, for infinite borders and for a width that overflows.
    if (!(width > 0 && width < Infinity)) {
      throw new RangeError(
        `createBars: expected finite, strictly rising borders, got ${borders[k]} then ${borders[k + 1]} (borders ${k} and ${k + 1}). ` +
          'Sort them and drop repeats, or take them from bordersFromDraws.',
      );
    }
    widths[k] = width;
    means[k] = borders[k] + width / 2;
    variances[k] = (width * width) / 12;
    logPeaks[k] = -Math.log(width);
  }
  const leftScale = widths[0] / HALF_MASS;
  const rightScale = widths[numBars - 1] / HALF_MASS;
  means[0] = borders[1] - leftScale * HALF_NORMAL_MEAN;
  means[numBars - 1] = borders[numBars - 1] + rightScale * HALF_NORMAL_MEAN;
  for (const [k, scale] of [
    [0, leftScale],
    [numBars - 1, rightScale],
  ]) {
    variances[k] = scale * scale * (1 - 2 / Math.PI);
    logPeaks[k] = Math.log(HALF_NORMAL_MEAN / scale);
  }
  return { borders, numBars, widths, leftScale, rightScale, means, variances, logPeaks };
}

/** The bar of y. A tail owns its anchor; any other border belongs to the bar on its right. NaN goes to bar 0. */
function barOf({ borders, numBars }: Geometry, y: number): number {
  if (!(y > borders[1])) return 0;
  let low = 1;
  let high = numBars;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (y >= borders[middle]) low = middle;
    else high = middle;
  }
  return low;
}

/** Log density of y within the bar that it is in; NaN for NaN. */
function logDensityWithin(
  { borders, numBars, leftScale, rightScale, logPeaks }: Geometry,
  bar: number,
  y: number,
): number {
  if (bar > 0 && bar < numBars - 1) return logPeaks[bar];
  const z = bar === 0 ? (borders[1] - y) / leftScale : (y - borders[bar]) / rightScale;
  return logPeaks[bar] - (z * z) / 2;
}

function locate(geometry: Geometry, y: ArrayLike<number>): Located {
  const bar = new Int32Array(y.length);
  const within = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) {
    if (!Number.isFinite(y[i])) {
      throw new RangeError(
        `locate: expected finite values, got ${y[i]} (value ${i}). Remove such rows, or fix the prior.`,
      );
    }
    bar[i] = barOf(geometry, y[i]);
    within[i] = logDensityWithin(geometry, bar[i], y[i]);
  }
  return { bar, logDensityWithin: within };
}

/** The arrays of a distribution. */
interface Memory {
  readonly logits: Float64Array; // [K]
  readonly weights: Float64Array; // [K]
  readonly cumulative: Float64Array; // [K+1], the first is 0
}

const allocate = ({ numBars }: Geometry): Memory => ({
  logits: new Float64Array(numBars),
  weights: new Float64Array(numBars),
  cumulative: new Float64Array(numBars + 1),
});

/**
 * One predictive distribution: a mixture of K bars. Made by `bars.distribution(logits)`, which costs one exponential per bar;
 * after that `cdf`, `icdf` and `logDensity` are a binary search, `variance`, `mode` and `expectedImprovement` one pass over the bars.
 */
export class BarDistribution {
  readonly mean: number;
  readonly #geometry: Geometry;
  readonly #logits: Float64Array; // [K]
  readonly #logTotal: number; // of exp(logits)
  readonly #weights: Float64Array; // [K], probabilities times #total: a pass saved where nobody asks for them
  readonly #cumulative: Float64Array; // [K+1], sum of the weights before each border
  readonly #total: number;
  #probabilities: Float64Array | undefined;

  /** Use `bars.distribution`. Throws a RangeError for a wrong number of logits, or where they give no distribution. */
  constructor(geometry: Geometry, logits: ArrayLike<number>, memory: Memory = allocate(geometry)) {
    const { numBars, means } = geometry;
    if (logits.length !== numBars) {
      throw new RangeError(
        `distribution: expected ${numBars} logits, one per bar, got ${logits.length}. Use the borders that the head was trained with.`,
      );
    }
    const { logits: copy, weights, cumulative } = memory;
    copy.set(logits);
    let max = -Infinity;
    for (let k = 0; k < numBars; k++) if (copy[k] > max) max = copy[k];
    let total = 0;
    let moment = 0; // the sum for the mean is free here, where the exponentials take the time
    for (let k = 0; k < numBars; k++) {
      const weight = expOfNegative(copy[k] - max);
      weights[k] = weight;
      total += weight;
      moment += weight * means[k];
      cumulative[k + 1] = total;
    }
    // NaN where a logit is NaN or Infinity, and where all are -Infinity.
    if (Number.isNaN(total)) throw new RangeError(describeBadLogits(logits));
    this.#geometry = geometry;
    this.#logits = copy;
    this.#logTotal = max + Math.log(total);
    this.#weights = weights;
    this.#cumulative = cumulative;
    this.#total = total;
    this.mean = moment / total;
  }

  /** [K], sums to 1. */
  get probabilities(): Float64Array {
    this.#probabilities ??= this.#weights.map((weight) => weight / this.#total);
    return this.#probabilities;
  }

  /** Of one bar; `probabilities` without the array. */
  probability(bar: number): number {
    return this.#weights[bar] / this.#total;
  }

  /** The sum of probability times value over the bars from..to - 1, for values [K] of the bars. */
  expectation(values: Float64Array, from = 0, to: number = values.length): number {
    const weights = this.#weights;
    let sum = 0;
    for (let k = from; k < to; k++) sum += weights[k] * values[k];
    return sum / this.#total;
  }

  /** Log density at y, in nats, exact where the bar's probability underflows; -Infinity at an infinite y. */
  logDensity(y: number): number {
    const bar = barOf(this.#geometry, y);
    return this.#logits[bar] - this.#logTotal + logDensityWithin(this.#geometry, bar, y);
  }

  density(y: number): number {
    return Math.exp(this.logDensity(y));
  }

  /** P(Y <= y), with full relative precision in the lower tail. */
  cdf(y: number): number {
    const { borders, numBars, widths, leftScale, rightScale } = this.#geometry;
    const weights = this.#weights;
    const total = this.#total;
    const bar = barOf(this.#geometry, y);
    if (bar === 0) return (weights[0] / total) * erfc((borders[1] - y) / (leftScale * Math.SQRT2));
    const before = this.#cumulative[bar];
    if (bar < numBars - 1) return (before + weights[bar] * ((y - borders[bar]) / widths[bar])) / total;
    const above = (weights[bar] / total) * erfc((y - borders[bar]) / (rightScale * Math.SQRT2));
    return Math.max(before / total, 1 - above); // the two round differently at the anchor
  }

  /** The y with cdf(y) = p, the lowest where there are several. 0 and 1 give the ends of the support, mostly infinite. */
  icdf(p: number): number {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`icdf: expected a probability in [0, 1], got ${p}.`);
    const { borders, numBars, widths, leftScale, rightScale } = this.#geometry;
    const weights = this.#weights;
    const cumulative = this.#cumulative;
    if (p === 0) return this.#lowerEnd();
    if (p === 1) return this.#upperEnd();
    const last = numBars - 1;
    const mass = p * this.#total;
    if (mass <= cumulative[1]) return borders[1] + leftScale * normalQuantile(mass / weights[0] / 2);
    // 1 - p is exact here: the tail is read from above, where its probabilities are small numbers.
    if (mass > cumulative[last]) {
      const share = Math.min(1, ((1 - p) * this.#total) / weights[last]);
      return borders[last] - rightScale * normalQuantile(share / 2);
    }
    let low = 1; // cumulative[low] < mass <= cumulative[high]
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] < mass) low = middle;
      else high = middle;
    }
    const share = Math.min(1, (mass - cumulative[low]) / weights[low]);
    return Math.min(borders[high], borders[low] + share * widths[low]);
  }

  /** The same as `icdf`. */
  quantile(p: number): number {
    return this.icdf(p);
  }

  get median(): number {
    return this.icdf(0.5);
  }

  /** [lower, upper] with (1 - level) / 2 of the mass on either side. */
  interval(level: number): readonly [lower: number, upper: number] {
    const [lower, upper] = tailsOf(level);
    return [this.icdf(lower), this.icdf(upper)];
  }

  get variance(): number {
    const { means, variances, numBars } = this.#geometry;
    const weights = this.#weights;
    const mean = this.mean;
    let variance = 0;
    for (let k = 0; k < numBars; k++) {
      const offset = means[k] - mean;
      variance += weights[k] * (variances[k] + offset * offset);
    }
    return variance / this.#total;
  }

  /**
   * Mean and variance of Y limited to [low, high], what lies beyond counting as at that end. The tails have a shape by definition only,
   * and one that reaches far beyond all that was seen would decide moments that are not limited.
   */
  limited(low: number, high: number): { readonly mean: number; readonly variance: number } {
    if (!(low < high && Number.isFinite(high - low))) {
      throw new RangeError(`limited: expected two finite numbers that rise, got ${low} and ${high}.`);
    }
    const { borders, numBars, means, variances, leftScale, rightScale } = this.#geometry;
    const weights = this.#weights;
    const last = numBars - 1;
    // About a place in between, so that no large squares are subtracted from each other.
    const limit = (y: number) => Math.min(high, Math.max(low, y));
    const center = limit(this.median);
    let first = 0;
    let second = 0;
    const add = (weight: number, mean: number, variance: number) => {
      first += weight * (mean - center);
      second += weight * (variance + (mean - center) ** 2);
    };
    for (let k = 0; k < numBars; k++) {
      const [a, b] = [borders[k], borders[k + 1]];
      if (k > 0 && k < last) {
        if (a >= low && b <= high) add(weights[k], means[k], variances[k]);
        else {
          const [from, to] = [limit(a), limit(b)];
          const share = (to - from) / (b - a);
          add(weights[k] * share, (from + to) / 2, (to - from) ** 2 / 12);
          add((weights[k] * Math.max(0, Math.min(b, low) - a)) / (b - a), low, 0);
          add((weights[k] * Math.max(0, b - Math.max(a, high))) / (b - a), high, 0);
        }
        continue;
      }
      // Y = anchor + slope Z, Z half-normal and limited to [near, far]; all of it at one end where the tail begins beyond that.
      const [anchor, slope] = k === 0 ? [b, -leftScale] : [a, rightScale];
      const [near, far] = [low, high].map((end) => Math.max(0, (end - anchor) / slope)).sort((x, y) => x - y);
      const mean = near + halfNormalAbove(near) - halfNormalAbove(far);
      const square = near ** 2 + halfNormalSquare(far) - halfNormalSquare(near);
      add(weights[k], limit(anchor + slope * mean), slope ** 2 * Math.max(0, square - mean ** 2));
    }
    const offset = first / this.#total;
    return { mean: center + offset, variance: Math.max(0, second / this.#total - offset ** 2) };
  }

  /** Where the density is highest: the centre of an inner bar or the anchor of a tail; the lowest where several tie. */
  get mode(): number {
    const { borders, means, numBars, logPeaks } = this.#geometry;
    let best = 0;
    let highest = -Infinity;
    for (let k = 0; k < numBars; k++) {
      const peak = this.#logits[k] + logPeaks[k];
      if (peak > highest) {
        highest = peak;
        best = k;
      }
    }
    if (best === 0) return borders[1];
    return best === numBars - 1 ? borders[best] : means[best];
  }

  /** One draw. Takes one uniform in [0, 1) from `random`. */
  sample(random: () => number): number {
    // Many generators return multiples of 2^-32, and 0 is one of them; it stands for its cell and not for -Infinity.
    return this.icdf(random() || 2 ** -33);
  }

  /** E[max(Y - best, 0)], or E[max(best - Y, 0)] where lower is better. */
  expectedImprovement(best: number, direction: 'maximize' | 'minimize' = 'maximize'): number {
    const sign = signOfImprovement(best, direction);
    const { borders, numBars, widths, means, leftScale, rightScale } = this.#geometry;
    const weights = this.#weights;
    const last = numBars - 1;
    const leftDistance = (borders[1] - best) / leftScale; // how far `best` lies within each tail, in scales
    const rightDistance = (best - borders[last]) / rightScale;
    let improvement =
      sign > 0
        ? weights[0] * leftScale * halfNormalBelow(leftDistance) +
          weights[last] * rightScale * halfNormalAbove(rightDistance)
        : weights[0] * leftScale * halfNormalAbove(leftDistance) +
          weights[last] * rightScale * halfNormalBelow(rightDistance);
    for (let k = 1; k < last; k++) {
      // How much of the bar's width is better than `best`.
      const better = sign > 0 ? borders[k + 1] - best : best - borders[k];
      if (better >= widths[k]) improvement += weights[k] * sign * (means[k] - best);
      else if (better > 0) improvement += weights[k] * ((better * better) / (2 * widths[k]));
    }
    return improvement / this.#total;
  }

  #lowerEnd(): number {
    const first = this.#weights.findIndex((weight) => weight > 0);
    return first === 0 ? -Infinity : this.#geometry.borders[first];
  }

  #upperEnd(): number {
    const last = this.#weights.findLastIndex((weight) => weight > 0);
    return last === this.#geometry.numBars - 1 ? Infinity : this.#geometry.borders[last + 1];
  }
}

/** E[max(|Z| - d, 0)] for a standard normal Z. */
function halfNormalAbove(d: number): number {
  if (d <= 0) return HALF_NORMAL_MEAN - d;
  return Math.exp((-d * d) / 2) * (HALF_NORMAL_MEAN - d * scaledErfc(d / Math.SQRT2));
}

/** E[max(d - |Z|, 0)] for a standard normal Z. */
function halfNormalBelow(d: number): number {
  if (d <= 0) return 0;
  return d * erf(d / Math.SQRT2) + HALF_NORMAL_MEAN * Math.expm1((-d * d) / 2);
}

/** E[min(|Z|, d)^2] for a standard normal Z, d >= 0. */
function halfNormalSquare(d: number): number {
  return erf(d / Math.SQRT2) - d * HALF_NORMAL_MEAN * Math.exp((-d * d) / 2) + d * d * erfc(d / Math.SQRT2);
}

function describeBadLogits(logits: ArrayLike<number>): string {
  const bad = Array.from(logits).findIndex((logit) => !(logit < Infinity));
  const got = bad < 0 ? 'only -Infinity' : `${logits[bad]} (logit ${bad})`;
  return `distribution: expected numbers or -Infinity, at least one finite, got ${got}. Check the model's inputs and weights.`;
}
