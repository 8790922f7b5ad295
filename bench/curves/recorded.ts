import type { Predictive } from '../../priors/prior.ts';

/** The share of a cell that distribution functions, right to some 12 digits, can give as a difference. */
const LEAST_SHARE = 1e-5;
/** Where the log density varies by less over a cell, Simpson's rule on three points is right to 1e-4 nats. */
const SMOOTH = 0.1;
const PANELS = 256;

/**
 * Log density (nats) that a predictive gives to a value recorded to a multiple of `resolution`: log of the mass of the cell
 * v - r/2 .. v + r/2, divided by r. So a distribution gains nothing from peaks narrower than what was recorded. Where the
 * difference of the distribution functions would cancel, the density is integrated over the cell instead.
 */
export function recordedLogDensity(
  { cdf, logDensity }: Pick<Predictive, 'cdf' | 'logDensity'>,
  v: number,
  resolution: number,
): number {
  const below = cdf(v - resolution / 2);
  const above = cdf(v + resolution / 2);
  if (above - below > LEAST_SHARE * above) return Math.log((above - below) / resolution);
  const [left, center, right] = [-0.5, 0, 0.5].map((share) => logDensity(v + share * resolution));
  if (Math.max(Math.abs(left - center), Math.abs(right - center)) < SMOOTH) {
    return center + Math.log((4 + Math.exp(left - center) + Math.exp(right - center)) / 6);
  }
  // Far out in a tail that falls by orders of magnitude within the cell, and across borders of bars.
  const logs = Array.from({ length: PANELS }, (_, i) => logDensity(v + ((i + 0.5) / PANELS - 0.5) * resolution));
  const max = Math.max(...logs);
  return max === -Infinity ? max : max + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - max), 0) / PANELS);
}
