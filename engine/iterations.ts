/** How many steps the iterations of linear-algebra.ts take, and the products of matrices in them; here for those who only count. */

/** Of Newton's iteration: each doubles the number of right digits. */
export const NEWTON_STEPS = 20;
/** Of conjugate gradients, after the near inverse. */
export const REFINEMENTS = 5;

/** Products with matrices as large as A: of nearInverse, and of solve, where each has as many columns as the right side. */
export const INVERSE_PRODUCTS = 2 * (NEWTON_STEPS - 1);
export const SOLVE_PRODUCTS = 2 * (REFINEMENTS + 1);
