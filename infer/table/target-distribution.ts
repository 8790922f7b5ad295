import type { BarDistribution } from '../../model/bar-distribution.ts';
import type { ValueDistribution } from '../value-distribution.ts';

/**
 * What a target will be, in its own units. Mean and variance are those of the target limited to three times the range of the known ones: how
 * far it lies beyond, the network cannot know, and the shape that its tails have by definition shall not decide them.
 */
export interface TargetDistribution extends ValueDistribution {
  /** Where the density is highest. */
  readonly mode: number;
}

/** A distribution over z, of targets y = center + slope z. A slope below 0 mirrors it. */
export interface Component {
  readonly distribution: BarDistribution;
  readonly borders: Float64Array;
  readonly center: number;
  readonly slope: number;
  /** Of the mixture; all together 1. */
  readonly weight: number;
}

/** Bisection ends where doubles do. */
const MOST_HALVINGS = 200;

/** Where z is limited to for the moments of targets: the range of the known ones, with as much again on either side. */
export function limitsOf(
  targets: ArrayLike<number>,
  center: number,
  scale: number,
): readonly [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < targets.length; i++) {
    const z = (targets[i] - center) / scale;
    low = Math.min(low, z);
    high = Math.max(high, z);
  }
  const range = high - low || 1; // where targets are all the same
  return [low - range, high + range];
}

/** Mean and variance of one, with its targets limited; a slope below 0 mirrors the limits, too. */
export function momentsOf(
  { distribution, center, slope }: Omit<Component, 'weight' | 'borders'>,
  [low, high]: readonly [number, number],
) {
  const { mean, variance } = slope > 0 ? distribution.limited(low, high) : distribution.limited(-high, -low);
  return { mean: center + slope * mean, variance: slope * slope * variance };
}

/** The mixture of these distributions, with moments of targets limited to `limits`. */
export function targetDistribution(
  components: readonly Component[],
  limits: readonly [low: number, high: number],
): TargetDistribution {
  const expectation = (of: (component: Component) => number): number =>
    components.reduce((sum, component) => sum + component.weight * of(component), 0);
  const moments = new Map(components.map((component) => [component, momentsOf(component, limits)]));
  const mean = expectation((component) => moments.get(component)!.mean);
  const cdf = (value: number): number => expectation((component) => cdfOf(component, value));
  const logDensity = (value: number): number => {
    const terms = components.map((component) => Math.log(component.weight) + logDensityOf(component, value));
    const highest = Math.max(...terms);
    if (highest === -Infinity) return highest;
    return highest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - highest), 0));
  };
  const quantile = (p: number): number => {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: expected a probability in [0, 1], got ${p}.`);
    // That of a mixture lies between those of its parts.
    const own = components.map((component) => quantileOf(component, p));
    let [low, high] = [Math.min(...own), Math.max(...own)];
    if (p === 0 || p === 1) return p === 0 ? low : high;
    for (let i = 0; i < MOST_HALVINGS && low < high; i++) {
      const middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) break;
      if (cdf(middle) < p) low = middle;
      else high = middle;
    }
    return high;
  };
  const result: TargetDistribution = {
    mean,
    get variance() {
      return expectation((component) => {
        const own = moments.get(component)!;
        return own.variance + (own.mean - mean) ** 2;
      });
    },
    get median() {
      return quantile(0.5);
    },
    get mode() {
      return modeOf(components, logDensity);
    },
    logDensity,
    cdf,
    probabilityAbove: (value) => 1 - cdf(value),
    quantile,
    interval(level) {
      if (!(level > 0 && level < 1)) {
        throw new RangeError(`interval: expected a level between 0 and 1, got ${level}. Use 0.9 for 90 %.`);
      }
      return [quantile((1 - level) / 2), quantile((1 + level) / 2)];
    },
    sample: (random) => quantile(random() || 2 ** -33), // 0 stands for its cell, as in BarDistribution
  };
  return result;
}

function cdfOf({ distribution, center, slope }: Component, value: number): number {
  const below = distribution.cdf((value - center) / slope);
  return slope > 0 ? below : 1 - below;
}

const logDensityOf = ({ distribution, center, slope }: Component, value: number): number =>
  distribution.logDensity((value - center) / slope) - Math.log(Math.abs(slope));

function quantileOf({ distribution, center, slope }: Component, p: number): number {
  if (slope > 0) return center + slope * distribution.icdf(p);
  // 1 - p is 1 for less than this, and the end of a distribution is at infinity.
  const above = p > 0 ? 1 - Math.max(p, Number.EPSILON / 2) : 1;
  return center + slope * distribution.icdf(above);
}

/** Between two borders the density is constant, or that of a tail, highest at one end: the middle and both ends stand for it. */
function modeOf(components: readonly Component[], logDensity: (value: number) => number): number {
  if (components.length === 1) return components[0].center + components[0].slope * components[0].distribution.mode;
  const borders = components.flatMap(({ borders, center, slope }) =>
    Array.from(borders.subarray(1, -1), (border) => center + slope * border),
  );
  borders.sort((a, b) => a - b);
  const candidates = borders.flatMap((border, i) => (i === 0 ? [border] : [(borders[i - 1] + border) / 2, border]));
  let [best, highest] = [candidates[0], -Infinity];
  for (const candidate of candidates) {
    const density = logDensity(candidate);
    if (density > highest) [best, highest] = [candidate, density];
  }
  return best;
}
