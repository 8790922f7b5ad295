import { type Distribution, signOfImprovement, tailsOf } from './distribution.ts';
import { LOG_SQRT_2PI, normalCdf, normalQuantile, scaledErfc } from './normal.ts';

/** Of each normal: log weight, mean, log standard deviation. */
export const OUTPUTS_PER_NORMAL = 3;

/** Of a quantile, in parts of the least standard deviation; and where a gap between normals keeps that from being reached, so many rounds. */
const PRECISION = 1e-11;
const MOST_ROUNDS = 200;

/** Of the parts of a mixture, [G] each. */
interface Parts {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly sds: Float64Array;
}

/**
 * The mixture of G normals that a network gives for a query: log weights, which need no normalisation, means, and log standard deviations, [3 G].
 * Copies what it needs. A method costs O(G). Throws a RangeError where the outputs give no distribution.
 */
export function normalMixture(outputs: ArrayLike<number>): Distribution {
  const G = outputs.length / OUTPUTS_PER_NORMAL;
  if (!(Number.isInteger(G) && G >= 1)) {
    throw new RangeError(
      `normalMixture: expected ${OUTPUTS_PER_NORMAL} numbers for each normal, got ${outputs.length} in all. Pass the outputs of one query.`,
    );
  }
  const all = Float64Array.from(outputs);
  const [logWeights, means, logSds] = [0, 1, 2].map((part) => all.subarray(part * G, (part + 1) * G));
  const most = logWeights.reduce((a, b) => Math.max(a, b), -Infinity);
  const shares = logWeights.map((weight) => Math.exp(weight - most));
  const total = sum(shares);
  const weights = shares.map((share) => share / total);
  const sds = logSds.map(Math.exp);
  const parts: Parts = { weights, means, sds };
  const mean = expectation(parts, (g) => means[g]);
  const variance = expectation(parts, (g) => sds[g] ** 2 + (means[g] - mean) ** 2);
  // NaN where any of the numbers is, or is infinite.
  if (!(variance > 0 && variance < Infinity)) {
    throw new RangeError(
      `normalMixture: expected finite numbers, got ${all.find((value) => !Number.isFinite(value)) ?? 'standard deviations out of range'}. Check the model's inputs and weights.`,
    );
  }
  const mixture: Distribution = {
    mean,
    variance,
    get median() {
      return mixture.quantile(0.5);
    },
    logDensity(y) {
      const terms = logWeights.map((weight, g) => weight - most - logSds[g] - ((y - means[g]) / sds[g]) ** 2 / 2);
      const largest = terms.reduce((a, b) => Math.max(a, b), -Infinity);
      if (largest === -Infinity) return largest;
      return largest + Math.log(sum(terms.map((term) => Math.exp(term - largest))) / total) - LOG_SQRT_2PI;
    },
    density: (y) => Math.exp(mixture.logDensity(y)),
    cdf: (y) => below(parts, y),
    quantile(p) {
      if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: expected a probability in [0, 1], got ${p}.`);
      // By the smaller tail, whose probability has all its digits.
      if (p <= 0.5) return lowerQuantile(parts, p);
      return -lowerQuantile({ ...parts, means: means.map((m) => -m) }, 1 - p);
    },
    interval(level) {
      const [lower, upper] = tailsOf(level);
      return [mixture.quantile(lower), mixture.quantile(upper)];
    },
    // 0 stands for its cell of 2^-32, as in BarDistribution.
    sample: (random) => mixture.quantile(random() || 2 ** -33),
    expectedImprovement(best, direction = 'maximize') {
      const sign = signOfImprovement(best, direction);
      return expectation(parts, (g) => sds[g] * improvement((sign * (means[g] - best)) / sds[g]));
    },
  };
  return mixture;
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

function expectation({ weights }: Parts, value: (g: number) => number): number {
  let total = 0;
  for (let g = 0; g < weights.length; g++) if (weights[g] > 0) total += weights[g] * value(g);
  return total;
}

/** The density of the standard normal. */
const bell = (z: number): number => Math.exp((-z * z) / 2 - LOG_SQRT_2PI);

const below = (parts: Parts, y: number): number =>
  expectation(parts, (g) => normalCdf((y - parts.means[g]) / parts.sds[g]));

/** The y with so much mass below it, p <= 0.5. */
function lowerQuantile(parts: Parts, p: number): number {
  const { weights, means, sds } = parts;
  if (p === 0) return -Infinity;
  // It lies between those of the normals.
  const z = normalQuantile(p);
  let [low, high] = [Infinity, -Infinity];
  for (let g = 0; g < weights.length; g++) {
    if (weights[g] === 0) continue;
    low = Math.min(low, means[g] + z * sds[g]);
    high = Math.max(high, means[g] + z * sds[g]);
  }
  // Newton's method on the logarithm of the mass, which is nearly a parabola, within bounds; every third round halves these, for mixtures with gaps.
  const logP = Math.log(p);
  const tolerance = PRECISION * sds.reduce((least, sd) => Math.min(least, sd), Infinity);
  let y = expectation(parts, (g) => means[g] + z * sds[g]);
  for (let round = 1; high - low > tolerance && round <= MOST_ROUNDS; round++) {
    const mass = below(parts, y);
    if (mass > p) high = y;
    else low = y;
    const density = expectation(parts, (g) => bell((y - means[g]) / sds[g]) / sds[g]);
    const newton = y - ((Math.log(mass) - logP) * mass) / density;
    if (Math.abs(newton - y) <= tolerance) return newton;
    y = newton > low && newton < high && round % 3 !== 0 ? newton : low + (high - low) / 2;
  }
  return y;
}

/** E[max(Z + d, 0)] for a standard normal Z. */
function improvement(d: number): number {
  if (d > 0) return d + improvement(-d);
  // Of the tail beyond -d, exp(d^2 / 2) times: as factors, so that nothing cancels before it must.
  return bell(d) * (1 + (d * Math.sqrt(2 * Math.PI) * scaledErfc(-d / Math.SQRT2)) / 2);
}
