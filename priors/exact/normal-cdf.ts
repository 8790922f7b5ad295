/** Hart's rational function for the tail of the normal (Computer Approximations, 1968, 5666), highest power first. */
const NUMERATOR = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
] as const;
const DENOMINATOR = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
] as const;
/** From here on the continued fraction of the tail is the better one. */
const FRACTION_FROM = 5 * Math.SQRT2;

/**
 * Distribution function of the standard normal, absolute error below 1e-14, relative error in the lower tail below 1e-8.
 * About 20 ns, for the sums over thousands of posterior samples.
 */
export function normalCdf(z: number): number {
  const x = Math.abs(z);
  const tail = Math.exp((-x * x) / 2) * scaledTail(x);
  return z > 0 ? 1 - tail : tail;
}

/** exp(x^2 / 2) times the mass beyond x >= 0. */
function scaledTail(x: number): number {
  if (x >= FRACTION_FROM) {
    return 1 / (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))) / Math.sqrt(2 * Math.PI);
  }
  return polynomial(NUMERATOR, x) / polynomial(DENOMINATOR, x);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
