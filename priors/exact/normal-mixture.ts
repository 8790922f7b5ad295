import type { Predictive } from '../prior.ts';
import { normalCdf, scaledTail } from './normal-cdf.ts';

const LOG_SQRT_2PI = Math.log(2 * Math.PI) / 2;
/** No normal has mass that a double can hold further out than this many scales. */
const REACH = 40;
const MAX_ROUNDS = 300;

/** The equal-weight mixture of N(means[i], scales[i]^2), both [S] and read in place. One call of a method costs O(S). */
export function normalMixture(means: Float64Array, scales: Float64Array): Predictive {
  const size = means.length;
  if (size === 0 || scales.length !== size) {
    throw new RangeError(
      `normalMixture: expected as many scales as means and at least one, got ${size} means and ${scales.length} scales.`,
    );
  }
  const logScales = scales.map(Math.log);
  const logDensity = (y: number): number => {
    const log = (i: number) => -(((y - means[i]) / scales[i]) ** 2) / 2 - logScales[i];
    let max = -Infinity;
    for (let i = 0; i < size; i++) max = Math.max(max, log(i));
    if (max === -Infinity) return max;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += Math.exp(log(i) - max);
    return max + Math.log(sum / size) - LOG_SQRT_2PI;
  };
  const cdf = (y: number): number => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += normalCdf((y - means[i]) / scales[i]);
    return sum / size;
  };
  const mean = means.reduce((sum, value) => sum + value, 0) / size;
  let variance = 0;
  for (let i = 0; i < size; i++) variance += ((means[i] - mean) ** 2 + scales[i] ** 2) / size;
  const tolerance = 1e-10 * scales.reduce((least, scale) => Math.min(least, scale), Infinity);
  const quantile = (p: number): number => {
    if (p <= 0) return -Infinity;
    if (p >= 1) return Infinity;
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < size; i++) {
      low = Math.min(low, means[i] - REACH * scales[i]);
      high = Math.max(high, means[i] + REACH * scales[i]);
    }
    // Newton's method on the log odds of the distribution function, which are nearly a line or a parabola, kept inside a shrinking
    // bracket. Every third round halves the bracket, so that it ends where Newton alone would creep; a gap between two modes is such a place.
    const logOdds = Math.log(p / (1 - p));
    let y = Math.min(Math.max(mean, low), high);
    for (let round = 1; round <= MAX_ROUNDS && high - low > tolerance; round++) {
      let [below, density] = [0, 0];
      for (let i = 0; i < size; i++) {
        const z = (y - means[i]) / scales[i];
        const bell = Math.exp((-z * z) / 2);
        const tail = bell * scaledTail(Math.abs(z));
        below += z > 0 ? 1 - tail : tail;
        density += bell / scales[i];
      }
      below /= size;
      density /= size * Math.sqrt(2 * Math.PI);
      if (below > p) high = y;
      else low = y;
      const newton = y - ((Math.log(below / (1 - below)) - logOdds) * below * (1 - below)) / density;
      if (Math.abs(newton - y) <= tolerance) return newton;
      y = newton > low && newton < high && round % 3 !== 0 ? newton : low + (high - low) / 2;
    }
    return y;
  };
  return { mean, variance, logDensity, cdf, quantile };
}
