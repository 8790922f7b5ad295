import type { BarDistribution, Bars } from '../../model/bar-distribution.ts';
import { columnUnits } from '../../model/table-units.ts';
import { barMoments } from '../value-distribution.ts';

/** A strictly monotone map between targets y and what a network is told of them, z. */
export interface TargetScale {
  readonly toModel: (y: number) => number;
  readonly fromModel: (z: number) => number;
  /** ln |dz / dy| at y. */
  readonly logSlope: (y: number) => number;
  /** Whether z rises with y. */
  readonly rising: boolean;
  /** The smallest y that may be: targets told as logarithms are never negative. */
  readonly least: number;
  /** Of y where z has this distribution, with y limited: what lies beyond counts as at the limit. */
  readonly moments: (distribution: BarDistribution) => { readonly mean: number; readonly variance: number };
}

/** Where targets are limited to for their moments: the range of the known ones, with as much again on either side. */
export type Limits = readonly [low: number, high: number];

export function limitsOf(targets: ArrayLike<number>, unit: number): Limits {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < targets.length; i++) {
    low = Math.min(low, targets[i]);
    high = Math.max(high, targets[i]);
  }
  const range = high - low || unit; // where targets are all the same
  return [low - range, high + range];
}

/** z = sign (y - center) / scale. */
export function linearScale(center: number, scale: number, sign: 1 | -1, limits: Limits): TargetScale {
  const slope = sign * scale;
  const toModel = (y: number) => (y - center) / slope;
  const [from, to] = limits.map(toModel).sort((a, b) => a - b);
  return {
    toModel,
    fromModel: (z) => center + slope * z,
    logSlope: () => -Math.log(scale),
    rising: sign > 0,
    least: -Infinity,
    moments(distribution) {
      const { mean, variance } = distribution.limited(from, to);
      return { mean: center + slope * mean, variance: slope * slope * variance };
    },
  };
}

/**
 * z = sign (ln(y + shift) - center) / scale; y at or below -shift have no z. Above the limits the logarithm goes on as its tangent: what a tail
 * of z says there would overflow as a power of e.
 */
export function logScale(
  shift: number,
  center: number,
  scale: number,
  sign: 1 | -1,
  limits: Limits,
  bars: Bars,
): TargetScale {
  const slope = sign * scale;
  const most = limits[1] + shift;
  const logOf = (y: number) =>
    y <= limits[1] ? Math.log(Math.max(0, y + shift)) : Math.log(most) + (y - limits[1]) / most;
  const fromModel = (z: number) => {
    const log = center + slope * z;
    const beyond = log - Math.log(most);
    return beyond <= 0 ? Math.exp(log) - shift : limits[1] + beyond * most;
  };
  const limited = (z: number) => Math.min(limits[1], Math.max(limits[0], fromModel(z)));
  const { origin, first, second } = barMoments(bars, {
    fromModel: limited,
    modelRange: [-Infinity, Infinity],
  });
  return {
    toModel: (y) => (logOf(y) - center) / slope,
    fromModel,
    logSlope: (y) => -Math.log(scale) - Math.log(Math.min(most, Math.max(0, y + shift))),
    rising: sign > 0,
    least: 0,
    moments(distribution) {
      const mean = distribution.expectation(first);
      return { mean: origin + mean, variance: Math.max(0, distribution.expectation(second) - mean * mean) };
    },
  };
}

/** Targets that are never negative and at least so skewed are told as logarithms, too. */
const SKEWED = 1;
/** Added before the logarithm, as a share of the median: targets of 0 are common, and differences far below the median are noise. */
const SHIFT = 0.1;

/**
 * The scales that an ensemble tells targets in: as they are and mirrored, and where they are skewed like prices or durations, the logarithms as well, which half of the
 * members are told then.
 */
export function targetScales(targets: ArrayLike<number>, bars: Bars): readonly TargetScale[] {
  const both = (of: (sign: 1 | -1) => TargetScale) => [of(1), of(-1)];
  const { center, scale } = unitsOf(targets);
  const limits = limitsOf(targets, scale);
  const plain = both((sign) => linearScale(center, scale, sign, limits));
  const values = Float64Array.from(targets).sort();
  const shift = SHIFT * (values[values.length >> 1] || average(values));
  const logs = values.map((value) => Math.log(value + shift));
  const isSkewed = values[0] >= 0 && values[0] < values[values.length - 1] && skewness(values) > SKEWED;
  if (!isSkewed || Math.abs(skewness(logs)) > skewness(values)) return plain;
  const units = columnUnits(logs);
  return [...plain, ...both((sign) => logScale(shift, units.center, units.scale, sign, limits, bars))];
}

/** Where all targets are the same they give no unit; a thousandth of them stands in. */
function unitsOf(targets: ArrayLike<number>) {
  const { center, scale } = columnUnits(targets);
  const isConstant = Array.from(targets).every((value) => value === targets[0]);
  return { center, scale: isConstant ? 1e-3 * Math.abs(center) || 1e-3 : scale };
}

const average = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] / values.length;
  return sum;
};

/** Third moment about the mean in units of the standard deviation; 0 where all are the same. */
function skewness(values: Float64Array): number {
  const mean = average(values);
  const scale = Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
  return scale > 0 ? average(values.map((value) => ((value - mean) / scale) ** 3)) : 0;
}
