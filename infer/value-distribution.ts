import { type BarDistribution, type Bars, HALF_MASS } from '../model/bar-distribution.ts';
import { tailsOf } from '../model/distribution.ts';
import type { ValueMap } from './value-map.ts';

/** What one step's value will be, in the user's units. */
export interface ValueDistribution {
  /** With the outer `trim` of the probability on either side counted at its quantile (value-map.ts). */
  readonly mean: number;
  readonly variance: number;
  readonly median: number;
  /** In nats per unit of the value; -Infinity outside the hard bounds. */
  logDensity(value: number): number;
  cdf(value: number): number;
  probabilityAbove(value: number): number;
  /** The value with cdf(value) = p, 0 < p < 1. */
  quantile(p: number): number;
  /** [lower, upper] with (1 - level) / 2 of the probability on either side. */
  interval(level: number): readonly [lower: number, upper: number];
  /** One draw; takes one uniform from `random`. */
  sample(random: () => number): number;
}

/**
 * The moments of a value given each of the K bars in z, inside the hard bounds. They are the same for all steps of a curve, so
 * the mean and the variance of a step are a sum over bars.
 */
export interface BarMoments {
  /** Deviations are from here. */
  readonly origin: number;
  readonly borders: Float64Array; // [K+1]
  /** Of each whole bar, each [K]. */
  readonly inside: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Of the part of a bar between two z. */
  readonly part: (bar: number, from: number, to: number) => PartMoments;
}

/** Integrals over what of a bar lies inside the bounds, per unit of the bar's probability: of 1, of d and of d^2. */
interface PartMoments {
  readonly inside: number;
  readonly first: number;
  readonly second: number;
}

/** Nodes and weights of Gauss-Legendre quadrature with five points on [0, 1]: exact for polynomials up to degree 9. */
const NODES = [0.04691007703066802, 0.23076534494715845, 0.5, 0.7692346550528415, 0.953089922969332];
const WEIGHTS = [
  0.11846344252809454, 0.23931433524968324, 0.28444444444444444, 0.23931433524968324, 0.11846344252809454,
];

/** Bars narrower than this take two nodes, the first at (1 - 1 / sqrt(3)) / 2. */
const NARROW = 0.02;
const NARROW_NODE = 0.21132486540518713;

/** A half-normal has 1e-15 of its mass beyond this many scales. */
const TAIL_END = 8;
const TAIL_PANELS = 24;

export function barMoments({ borders, numBars }: Bars, map: Pick<ValueMap, 'fromModel' | 'modelRange'>): BarMoments {
  const [low, high] = map.modelRange;
  const origin = map.fromModel(high - low < Infinity ? (low + high) / 2 : Math.min(Math.max(0, low), high));
  const part = (bar: number, from: number, to: number): PartMoments => {
    const sum = { inside: 0, first: 0, second: 0 };
    for (const { start, end, density } of panels(borders, numBars, bar)) {
      const left = Math.max(start, from, low);
      const width = Math.min(end, to, high) - left;
      if (!(width > 0)) continue;
      for (let i = 0; i < NODES.length; i++) {
        const z = left + width * NODES[i];
        const mass = WEIGHTS[i] * width * density(z);
        const deviation = map.fromModel(z) - origin;
        sum.inside += mass;
        sum.first += mass * deviation;
        sum.second += mass * deviation * deviation;
      }
    }
    return sum;
  };
  const [inside, first, second] = [0, 1, 2].map(() => new Float64Array(numBars));
  for (let bar = 0; bar < numBars; bar++) {
    const [start, end] = [borders[bar], borders[bar + 1]];
    const width = end - start;
    if (bar > 0 && bar < numBars - 1 && width < NARROW && start >= low && end <= high) {
      // Most bars: two points (exact up to degree 3) are right to 1e-9 on so short a piece of sinh or of a sigmoid's inverse.
      const a = map.fromModel(start + width * NARROW_NODE) - origin;
      const b = map.fromModel(end - width * NARROW_NODE) - origin;
      inside[bar] = 1;
      first[bar] = (a + b) / 2;
      second[bar] = (a * a + b * b) / 2;
    } else {
      const whole = part(bar, -Infinity, Infinity);
      inside[bar] = whole.inside;
      first[bar] = whole.first;
      second[bar] = whole.second;
    }
  }
  return { origin, borders, inside, first, second, part };
}

/** Where one rule of quadrature suffices. */
interface Panel {
  readonly start: number;
  readonly end: number;
  readonly density: (z: number) => number;
}

/** An inner bar is one panel. Half of the mass of a half-normal tail lies within the width of its bar (model/bar-distribution.ts). */
function panels(borders: Float64Array, numBars: number, bar: number): Panel[] {
  const width = borders[bar + 1] - borders[bar];
  if (bar > 0 && bar < numBars - 1) {
    return [{ start: borders[bar], end: borders[bar + 1], density: () => 1 / width }];
  }
  const scale = width / HALF_MASS;
  const peak = Math.sqrt(2 / Math.PI) / scale;
  const anchor = bar === 0 ? borders[1] : borders[bar];
  const density = (z: number) => peak * Math.exp(-0.5 * ((z - anchor) / scale) ** 2);
  return Array.from({ length: TAIL_PANELS }, (_, panel) => {
    const [near, far] = [panel, panel + 1].map((k) => (scale * TAIL_END * k) / TAIL_PANELS);
    return bar === 0
      ? { start: anchor - far, end: anchor - near, density }
      : { start: anchor + near, end: anchor + far, density };
  });
}

/** A distribution over z as one over y: densities with the Jacobian, conditioned on the hard bounds. */
export function valueDistribution(
  distribution: BarDistribution,
  map: ValueMap,
  moments: BarMoments,
): ValueDistribution {
  const [low, high] = map.modelRange;
  const { lower, upper } = map.bounds;
  const below = low > -Infinity ? distribution.cdf(low) : 0;
  const inside = (high < Infinity ? distribution.cdf(high) : 1) - below;
  const bounded = inside < 1;
  const clamp = (value: number) => Math.min(Math.max(value, lower), upper);
  // So little mass within the bounds that rounding would decide: then all of it lies at the nearer bound.
  if (bounded && !(inside > 1e-12)) return pointMass(clamp(map.fromModel(below > 0.5 ? low : high)));

  const cdfInModel = (z: number) =>
    bounded ? Math.min(1, Math.max(0, (distribution.cdf(z) - below) / inside)) : distribution.cdf(z);
  const modelQuantile = (level: number) =>
    Math.min(Math.max(distribution.icdf(bounded ? Math.min(1, below + level * inside) : level), low), high);
  let known: Moments | undefined;
  const readMoments = () => {
    known ??=
      map.trim > 0
        ? trimmedMoments(distribution, moments, map, modelQuantile(map.trim), modelQuantile(1 - map.trim))
        : wholeMoments(distribution, moments);
    return known;
  };
  const result: ValueDistribution = {
    get mean() {
      return readMoments().mean;
    },
    get variance() {
      return readMoments().variance;
    },
    get median() {
      return result.quantile(0.5);
    },
    logDensity(value) {
      if (value < lower || value > upper) return -Infinity;
      return distribution.logDensity(map.toModel(value)) + map.logSlope(value) - (bounded ? Math.log(inside) : 0);
    },
    cdf(value) {
      if (value < lower) return 0;
      if (value >= upper) return 1;
      const p = cdfInModel(map.toModel(value));
      return map.rising ? p : 1 - p;
    },
    probabilityAbove: (value) => 1 - result.cdf(value),
    quantile(p) {
      if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: expected a probability in [0, 1], got ${p}.`);
      return clamp(map.fromModel(modelQuantile(map.rising ? p : 1 - p)));
    },
    interval(level) {
      const [lower, upper] = tailsOf(level);
      return [result.quantile(lower), result.quantile(upper)];
    },
    sample: (random) => result.quantile(random() || 2 ** -33),
  };
  return result;
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

function wholeMoments(distribution: BarDistribution, { origin, inside, first, second }: BarMoments): Moments {
  const mass = distribution.expectation(inside);
  const mean = distribution.expectation(first) / mass;
  return { mean: origin + mean, variance: Math.max(0, distribution.expectation(second) / mass - mean * mean) };
}

/** With what lies below `from` counted as there, and what lies above `to` likewise: `map.trim` of the probability each. */
function trimmedMoments(
  distribution: BarDistribution,
  { origin, borders, inside, first, second, part }: BarMoments,
  { fromModel, trim }: ValueMap,
  from: number,
  to: number,
): Moments {
  const last = inside.length - 1;
  // The two bars that are cut; a tail has no border of its own.
  const left = Math.max(0, firstAbove(borders, from) - 1);
  const right = Math.min(last, Math.max(left, firstAbove(borders, to) - 1));
  let mass = distribution.expectation(inside, left + 1, right);
  let mean = distribution.expectation(first, left + 1, right);
  let square = distribution.expectation(second, left + 1, right);
  for (const bar of left === right ? [left] : [left, right]) {
    const probability = distribution.probability(bar);
    const cut = part(bar, from, to);
    mass += probability * cut.inside;
    mean += probability * cut.first;
    square += probability * cut.second;
  }
  const center = mass > 0 ? (1 - 2 * trim) / mass : 0;
  const ends = [from, to].map((z) => fromModel(z) - origin);
  const share = mass > 0 ? trim : 0.5;
  mean = center * mean + share * (ends[0] + ends[1]);
  square = center * square + share * (ends[0] ** 2 + ends[1] ** 2);
  return { mean: origin + mean, variance: Math.max(0, square - mean * mean) };
}

/** Position of the first inner border above z, or K. */
function firstAbove(borders: Float64Array, z: number): number {
  let low = 1;
  let high = borders.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (borders[middle] > z) high = middle;
    else low = middle + 1;
  }
  return low;
}

function pointMass(at: number): ValueDistribution {
  return {
    mean: at,
    variance: 0,
    median: at,
    logDensity: (value) => (value === at ? Infinity : -Infinity),
    cdf: (value) => (value >= at ? 1 : 0),
    probabilityAbove: (value) => (value >= at ? 0 : 1),
    quantile: () => at,
    interval: () => [at, at],
    sample: () => at,
  };
}
