/**
 * How many steps the iterations of linear-algebra.ts take, and the products of matrices in them; here for those who only count.
 */

/** Of Newton's iteration, where the device has no operator that inverts: each doubles the number of right digits. */
export const NEWTON_STEPS = 20;
/** Of conjugate gradients, after the near inverse of Newton's iteration, and after one to rounding. */
export const REFINEMENTS = 5;
export const EXACT_REFINEMENTS = 1;

/**
 * Products with matrices as large as A, on devices with the operator: an inverse takes as many multiplications as one product; of solve, where
 * each has as many columns as the right side.
 */
export const INVERSE_PRODUCTS = 1;
export const SOLVE_PRODUCTS = 2 * (EXACT_REFINEMENTS + 1);
