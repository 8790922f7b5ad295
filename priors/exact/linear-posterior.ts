/**
 * Bayesian linear regression on features: y = phi c + s e with coefficients c ~ N(0, s^2 I / ridge) and e ~ N(0, 1). Given rows the
 * coefficients are normal with precision (ridge I + sum of phi phi^T) / s^2. Rasmussen and Williams (2006), section 2.1.
 */

import { cholesky, solveLower, solveLowerTransposed } from '../linear-algebra.ts';

export interface LinearPosterior {
  /** y^T y - mean^T precision mean in units of s^2: what is left once the rows are explained. */
  readonly squares: number;
  /** Of a noisy target at features phi [S]: its mean, and its variance in units of s^2. */
  readonly at: (phi: Float64Array) => { readonly mean: number; readonly variance: number };
}

/** `rows` [N][S] are the features phi of the targets y [N]. */
export function linearPosterior(
  rows: readonly Float64Array[],
  y: ArrayLike<number>,
  size: number,
  ridge: number,
): LinearPosterior {
  const lower = new Float64Array(size * size);
  const mean = new Float64Array(size);
  for (let j = 0; j < size; j++) lower[j * size + j] = ridge;
  rows.forEach((phi, i) => {
    for (let j = 0; j < size; j++) {
      mean[j] += phi[j] * y[i];
      for (let k = 0; k <= j; k++) lower[j * size + k] += phi[j] * phi[k];
    }
  });
  cholesky(lower, size);
  solveLower(lower, mean, size);
  solveLowerTransposed(lower, mean, size);
  // As a sum of squares, which does not cancel.
  const squares = rows.reduce((sum, phi, i) => sum + (y[i] - dot(phi, mean)) ** 2, ridge * dot(mean, mean));
  return {
    squares,
    at(phi) {
      const whitened = phi.slice();
      solveLower(lower, whitened, size);
      return { mean: dot(phi, mean), variance: 1 + dot(whitened, whitened) };
    },
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
