/** The log density of the standard normal at 0 is minus this. */
export const LOG_SQRT_2PI = Math.log(2 * Math.PI) / 2;

const SQRT2 = Math.SQRT2;
const SQRT_PI = Math.sqrt(Math.PI);

/** Below this the power series of erf is the faster one, from here on the continued fraction of erfc. */
const SERIES_LIMIT = 2;

/** Error function, relative error below 1e-14. */
export function erf(x: number): number {
  if (Math.abs(x) < SERIES_LIMIT) return Math.exp(-x * x) * scaledErfSeries(x);
  return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
}

/** Complementary error function 1 - erf(x). Relative error below 1e-12 as long as the result is a normal double (x < 26.5). */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x >= SERIES_LIMIT) return Math.exp(-x * x) * scaledErfcFraction(x);
  return 1 - Math.exp(-x * x) * scaledErfSeries(x);
}

/** exp(x^2) erfc(x), relative error below 1e-12. Finite however large x is; overflows below x = -26. */
export function scaledErfc(x: number): number {
  return x >= SERIES_LIMIT ? scaledErfcFraction(x) : Math.exp(x * x) - scaledErfSeries(x);
}

/** Distribution function of the standard normal, with full relative precision in the lower tail. */
export function normalCdf(z: number): number {
  return erfc(-z / SQRT2) / 2;
}

/** The z with normalCdf(z) = p for p in [0, 1], to 1e-13 of the larger of 1 and |z|; -Infinity at 0 and Infinity at 1. */
export function normalQuantile(p: number): number {
  return p < 0.5 ? -upperQuantile(p) : upperQuantile(1 - p);
}

/**
 * The z >= 0 whose upper tail holds the mass q <= 0.5. A start that is right to 4.5e-4 (Hastings' rational function, Abramowitz
 * and Stegun 26.2.23), then Halley's method on the *logarithm* of the tail: that is nearly a parabola however small q is. The
 * error is cubed each time, so two rounds reach rounding.
 */
function upperQuantile(q: number): number {
  if (q === 0) return Infinity;
  const logTail = Math.log(q);
  const t = Math.sqrt(-2 * logTail);
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let round = 0; round < 2; round++) {
    const tail = scaledErfc(z / SQRT2); // z may start just below 0
    const hazard = Math.sqrt(2 / Math.PI) / tail; // -d log(tail) / dz
    const step = (logTail - Math.log(tail / 2) + (z * z) / 2) / hazard;
    z -= step / (1 - (step * (hazard - z)) / 2);
  }
  return z;
}

/** exp(x^2) erf(x) = 2/sqrt(pi) * sum over n of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)): terms of one sign, so nothing cancels. */
function scaledErfSeries(x: number): number {
  const square = 2 * x * x;
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= square / odd;
    sum += term;
  }
  return (2 / SQRT_PI) * sum;
}

/**
 * Laplace's continued fraction, evaluated from its end: sqrt(pi) exp(x^2) erfc(x) = 1 / (x + (1/2) / (x + (2/2) / (x + (3/2) / ...))).
 * The depth gives rounding error at x = 2, where it converges most slowly.
 */
function scaledErfcFraction(x: number): number {
  let denominator = x;
  for (let n = Math.ceil(10 + 200 / (x * x)); n > 0; n--) denominator = x + n / 2 / denominator;
  return 1 / (SQRT_PI * denominator);
}
