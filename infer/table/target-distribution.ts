import type { BarDistribution } from '../../model/bar-distribution.ts';
import { tailsOf } from '../../model/distribution.ts';
import type { ValueDistribution } from '../value-distribution.ts';
import type { TargetScale } from './target-scale.ts';

/**
 * What a target will be, in its own units. Mean and variance are those of the target limited to three times the range of the known ones: how
 * far it lies beyond, the network cannot know, and the shape that its tails have by definition shall not decide them.
 */
export interface TargetDistribution extends ValueDistribution {
  /** Where the density is highest; not below 0 where no known target is and they are skewed (see targetScales). */
  readonly mode: number;
}

/** A distribution over z, of targets in this scale. */
export interface Component {
  readonly distribution: BarDistribution;
  readonly borders: Float64Array;
  readonly scale: TargetScale;
  /** Of the mixture; all together 1. */
  readonly weight: number;
}

/** Bisection ends where doubles do. */
const MOST_HALVINGS = 200;

/** The mixture of these distributions. */
export function targetDistribution(components: readonly Component[]): TargetDistribution {
  const expectation = (of: (component: Component) => number): number =>
    components.reduce((sum, component) => sum + component.weight * of(component), 0);
  const moments = new Map(components.map((component) => [component, component.scale.moments(component.distribution)]));
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
      const [lower, upper] = tailsOf(level);
      return [quantile(lower), quantile(upper)];
    },
    sample: (random) => quantile(random() || 2 ** -33), // 0 stands for its cell, as in BarDistribution
  };
  return result;
}

function cdfOf({ distribution, scale }: Component, value: number): number {
  const below = distribution.cdf(scale.toModel(value));
  return scale.rising ? below : 1 - below;
}

function logDensityOf({ distribution, scale }: Component, value: number): number {
  const z = scale.toModel(value);
  return Number.isFinite(z) ? distribution.logDensity(z) + scale.logSlope(value) : -Infinity;
}

function quantileOf({ distribution, scale }: Component, p: number): number {
  if (scale.rising) return scale.fromModel(distribution.icdf(p));
  // 1 - p is 1 for less than this, and the end of a distribution is at infinity.
  const above = p > 0 ? 1 - Math.max(p, Number.EPSILON / 2) : 1;
  return scale.fromModel(distribution.icdf(above));
}

/** Between two borders the density is constant, or that of a tail, highest at one end: the middle and both ends stand for it. */
function modeOf(components: readonly Component[], logDensity: (value: number) => number): number {
  // An ensemble of one sees targets as they are.
  if (components.length === 1) return components[0].scale.fromModel(components[0].distribution.mode);
  // Bars of logarithms become so narrow towards their end that the smallest probability is a high density there.
  const least = Math.max(...components.map(({ scale }) => scale.least));
  const inner = components.flatMap(({ borders, scale }) => Array.from(borders.subarray(1, -1), scale.fromModel));
  const borders = [least, ...inner].filter((border) => border >= least && border > -Infinity).sort((a, b) => a - b);
  const candidates = borders.flatMap((border, i) => (i === 0 ? [border] : [(borders[i - 1] + border) / 2, border]));
  let [best, highest] = [candidates[0], -Infinity];
  for (const candidate of candidates) {
    const density = logDensity(candidate);
    if (density > highest) [best, highest] = [candidate, density];
  }
  return best;
}
