/** Steps within one power of two, and exponents of two down to the least normal number. */
const STEPS = 64;
const LEAST_EXPONENT = -1022;
const fractions = Float64Array.from({ length: STEPS }, (_, j) => 2 ** (j / STEPS));
const powers = Float64Array.from({ length: 1 - LEAST_EXPONENT }, (_, k) => 2 ** -k);
/** ln 2 / STEPS in two parts, the first with zeros at its end, so that its products with whole numbers are exact. */
const STEP_HIGH = 0.6931471803691238 / STEPS;
const STEP_LOW = 1.9082149292705877e-10 / STEPS;
const LEAST = (LEAST_EXPONENT + 1) * Math.LN2;

/**
 * exp(x) for x <= 0, relative error below 1e-15, in half the time of Math.exp or less: 2^(n / 64) from two tables, times five terms of the series
 * of what is left. NaN for NaN.
 */
export function expOfNegative(x: number): number {
  if (x < LEAST) return Math.exp(x);
  const n = Math.floor(x * (STEPS / Math.LN2) + 0.5);
  const r = x - n * STEP_HIGH - n * STEP_LOW;
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r / 120))));
  return fractions[n & (STEPS - 1)] * powers[-(n >> 6)] * series;
}
