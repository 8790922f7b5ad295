import type { Predictive } from '../prior.ts';

export interface StudentT {
  readonly center: number;
  readonly scale: number;
  /** Degrees of freedom, at least 1. */
  readonly dof: number;
  /** Share in the mixture, up to a common factor. */
  readonly weight: number;
}

/** One Student t distribution with `dof` degrees of freedom. */
export const studentT = (center: number, scale: number, dof: number): Predictive =>
  studentMixture([{ center, scale, dof, weight: 1 }]);

/** `mean` is the mean of the centers, which is also the median of a single component (with 1 degree of freedom there is no mean). */
export function studentMixture(components: readonly StudentT[]): Predictive {
  const total = sum(components, ({ weight }) => weight);
  const mixed = (of: (component: StudentT) => number) =>
    sum(components, (component) => (component.weight / total) * of(component));
  const mean = mixed(({ center }) => center);
  const cdf = (y: number) => mixed(({ center, scale, dof }) => studentCdf((y - center) / scale, dof));
  return {
    mean,
    variance: mixed(({ center, scale, dof }) => (center - mean) ** 2 + studentVariance(scale, dof)),
    logDensity: (y) => {
      const logs = components.map(
        ({ center, scale, dof, weight }) =>
          Math.log(weight / total) + studentLogDensity((y - center) / scale, dof) - Math.log(scale),
      );
      const max = Math.max(...logs);
      return max === -Infinity ? max : max + Math.log(sum(logs, (log) => Math.exp(log - max)));
    },
    cdf,
    quantile: (p) => {
      if (p <= 0) return -Infinity;
      if (p >= 1) return Infinity;
      let reach = Math.max(...components.map(({ scale }) => scale));
      const low = Math.min(...components.map(({ center }) => center));
      const high = Math.max(...components.map(({ center }) => center));
      while (cdf(low - reach) > p || cdf(high + reach) < p) reach *= 2;
      return bisect((y) => cdf(y) < p, low - reach, high + reach);
    },
  };
}

/** Infinite up to 2 degrees of freedom. */
const studentVariance = (scale: number, dof: number): number =>
  dof > 2 ? (scale * scale * dof) / (dof - 2) : Infinity;

/** Log density of the standard t. */
export function studentLogDensity(t: number, dof: number): number {
  const logPeak = logGamma((dof + 1) / 2) - logGamma(dof / 2) - Math.log(Math.PI * dof) / 2;
  return logPeak - ((dof + 1) / 2) * Math.log1p((t * t) / dof);
}

/** Distribution function of the standard t, with full relative precision in the lower tail. */
export function studentCdf(t: number, dof: number): number {
  const square = t * t;
  if (square === 0) return 0.5;
  // Half of the incomplete beta function I_x(dof / 2, 1 / 2) at x = dof / (dof + t^2) lies beyond |t|. The fraction converges
  // fast on its own side of the mean of the beta; on the other side 1 - I_1-x(1 / 2, dof / 2) is the same.
  const below =
    square > 3
      ? betaFraction(1 / (1 + square / dof), dof / 2, 0.5)
      : 1 - betaFraction(square / (dof + square), 0.5, dof / 2);
  return t < 0 ? below / 2 : 1 - below / 2;
}

/** The regularized incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22), modified Lentz. */
function betaFraction(x: number, a: number, b: number): number {
  if (!(x > 0)) return 0;
  const logFactor = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a);
  let value = 1;
  let numerator = 1;
  let denominator = 0;
  for (let n = 1; n < 1000; n++) {
    const m = n >> 1;
    const term =
      n % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = 1 / (1 + term * denominator);
    numerator = 1 + term / numerator;
    value *= numerator * denominator;
    if (Math.abs(numerator * denominator - 1) < 1e-15) break;
  }
  return Math.exp(logFactor) / value;
}

/** ln Gamma(x) for x > 0: Stirling's series after raising x, relative error below 1e-14. */
function logGamma(x: number): number {
  let shift = 0;
  for (; x < 12; x++) shift += Math.log(x);
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - shift;
}

/** Where `isBelow` turns from true to false, to the last bits. */
function bisect(isBelow: (y: number) => boolean, low: number, high: number): number {
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return middle;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
