/**
 * Linear algebra of symmetric positive definite matrices. Matrices are row-major with `stride` numbers from row to row, so that
 * the first rows and columns of a larger one can be used in place. Only the lower triangle is read and written, row by row.
 */

/**
 * Cholesky's L with L L^T = A, in place of the lower triangle of A, which has at least size x size entries; n^3 / 6 multiplications.
 * Throws a RangeError that names the pivot where A is not positive definite.
 */
export function cholesky(matrix: Float64Array, size: number, stride = size): void {
  for (let i = 0; i < size; i++) {
    const row = i * stride;
    for (let j = 0; j < i; j++) {
      const other = j * stride;
      matrix[row + j] = (matrix[row + j] - dot(matrix, row, matrix, other, j)) / matrix[other + j];
    }
    const pivot = matrix[row + i] - dot(matrix, row, matrix, row, i);
    // Written so that NaN, too, is refused.
    if (!(pivot > 0)) {
      throw new RangeError(
        `cholesky: expected a positive definite matrix, got pivot ${pivot} in row ${i}. Add to the diagonal, as noise does.`,
      );
    }
    matrix[row + i] = Math.sqrt(pivot);
  }
}

/** Sum of products of two stretches, in four sums since each addition would wait for the one before. */
function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    sum0 += a[aStart + k] * b[bStart + k];
    sum1 += a[aStart + k + 1] * b[bStart + k + 1];
    sum2 += a[aStart + k + 2] * b[bStart + k + 2];
    sum3 += a[aStart + k + 3] * b[bStart + k + 3];
  }
  for (; k < length; k++) sum0 += a[aStart + k] * b[bStart + k];
  return sum0 + sum1 + (sum2 + sum3);
}

/** vector [size] becomes L^-1 vector (forward substitution). */
export function solveLower(lower: Float64Array, vector: Float64Array, size: number, stride = size): void {
  for (let i = 0; i < size; i++) {
    vector[i] = (vector[i] - dot(lower, i * stride, vector, 0, i)) / lower[i * stride + i];
  }
}

/** vector [size] becomes L^-T vector (backward substitution). */
export function solveLowerTransposed(lower: Float64Array, vector: Float64Array, size: number, stride = size): void {
  for (let i = size - 1; i >= 0; i--) {
    const row = i * stride;
    vector[i] /= lower[row + i];
    for (let j = 0; j < i; j++) vector[j] -= lower[row + j] * vector[i];
  }
}

/** vector [size] becomes L vector; standard normals become a draw of N(0, L L^T). */
export function multiplyLower(lower: Float64Array, vector: Float64Array, size: number, stride = size): void {
  for (let i = size - 1; i >= 0; i--) vector[i] = dot(lower, i * stride, vector, 0, i + 1);
}

/**
 * Of each entry of y = L z from `first` on, by itself, given those before: N(mean, sd^2). In row i of L [R, R] the first columns times
 * z are the mean, the squares of the others add up to the variance. `z` [R] are the standard normals that y is made of.
 */
export function conditionalOfLast(
  lower: Float64Array,
  z: Float64Array,
  first: number,
  size: number,
): { readonly mean: Float32Array; readonly sd: Float32Array } {
  const mean = new Float32Array(size - first); // [M]
  const sd = new Float32Array(size - first); // [M]
  for (let i = first; i < size; i++) {
    const row = i * size;
    mean[i - first] = dot(lower, row, z, 0, first);
    sd[i - first] = Math.sqrt(dot(lower, row + first, lower, row + first, i + 1 - first));
  }
  return { mean, sd };
}

/** ln det A = 2 ln det L. */
export function logDeterminant(lower: Float64Array, size: number, stride = size): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.log(lower[i * stride + i]);
  return 2 * sum;
}

/** The last M entries of a normal vector of mean 0, each by itself, given the first N. */
export interface Conditional {
  /** [M] */
  readonly means: Float64Array;
  /** [M] */
  readonly variances: Float64Array;
  /** y^T A^-1 y of the observed entries. */
  readonly squares: number;
}

/**
 * Conditions N(0, covariance) on its first N entries y. Overwrites the lower triangle of covariance [N + M, N + M].
 * Throws the RangeError of `cholesky`.
 */
export function conditionNormal(covariance: Float64Array, size: number, y: ArrayLike<number>): Conditional {
  const numObserved = y.length;
  cholesky(covariance, numObserved, size);
  const whitened = Float64Array.from(y);
  solveLower(covariance, whitened, numObserved, size);
  const means = new Float64Array(size - numObserved);
  const variances = new Float64Array(size - numObserved);
  for (let i = numObserved; i < size; i++) {
    const row = covariance.subarray(i * size, (i + 1) * size);
    solveLower(covariance, row, numObserved, size);
    means[i - numObserved] = dot(row, 0, whitened, 0, numObserved);
    variances[i - numObserved] = row[i] - dot(row, 0, row, 0, numObserved);
  }
  return { means, variances, squares: dot(whitened, 0, whitened, 0, numObserved) };
}
