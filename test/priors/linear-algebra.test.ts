import { describe, expect, it } from 'vitest';
import {
  cholesky,
  conditionNormal,
  logDeterminant,
  multiplyLower,
  solveLower,
  solveLowerTransposed,
} from '../../priors/linear-algebra.ts';
import { normals, randomStream } from '../../priors/random.ts';

/** G G^T + I of random G, row-major. */
function positiveDefinite(size: number): Float64Array {
  const gauss = normals(randomStream('matrix', size));
  const g = Float64Array.from({ length: size * size }, gauss);
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < size; k++) sum += g[i * size + k] * g[j * size + k];
    return sum;
  });
}

/** Matrix times vector, from the lower triangle of a symmetric one or of L. */
function multiply(entry: (i: number, j: number) => number, vector: ArrayLike<number>): number[] {
  const indices = Array.from({ length: vector.length }, (_, i) => i);
  return indices.map((i) => indices.reduce((sum, j) => sum + entry(i, j) * vector[j], 0));
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-10): void {
  expect(got).toHaveLength(expected.length);
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i] - expected[i])).toBeLessThan(tolerance);
}

describe.each([1, 2, 3, 5, 8, 21])('the Cholesky factor of a matrix of size %i', (size) => {
  const matrix = positiveDefinite(size);
  const lower = matrix.slice();
  cholesky(lower, size);
  const entry = (i: number, j: number) => (j <= i ? lower[i * size + j] : 0);
  const vector = Float64Array.from({ length: size }, (_, i) => 1 + ((7 * i) % 5));

  it('times its transpose is the matrix', () => {
    for (let i = 0; i < size; i++) {
      const row = Array.from({ length: size }, (_, j) => entry(i, j));
      expectClose(multiply(entry, row), matrix.subarray(i * size, (i + 1) * size));
    }
  });

  it('leaves the upper triangle as it was', () => {
    for (let i = 0; i < size; i++) {
      for (let j = i + 1; j < size; j++) expect(lower[i * size + j]).toBe(matrix[i * size + j]);
    }
  });

  it('multiplies and is solved forward and backward', () => {
    const product = vector.slice();
    multiplyLower(lower, product, size);
    expectClose(product, multiply(entry, vector));
    solveLower(lower, product, size);
    expectClose(product, vector);
    const transposed = Float64Array.from(multiply((i, j) => entry(j, i), vector));
    solveLowerTransposed(lower, transposed, size);
    expectClose(transposed, vector);
  });

  it('both solves together invert the matrix', () => {
    const product = Float64Array.from(multiply((i, j) => matrix[i * size + j], vector));
    solveLower(lower, product, size);
    solveLowerTransposed(lower, product, size);
    expectClose(product, vector);
  });

  it('is that of the first rows and columns of a larger matrix, in place', () => {
    const stride = size + 3;
    const larger = new Float64Array(stride * stride).fill(99);
    for (let i = 0; i < size; i++) larger.set(matrix.subarray(i * size, (i + 1) * size), i * stride);
    cholesky(larger, size, stride);
    for (let i = 0; i < size; i++) {
      expect([...larger.subarray(i * stride, i * stride + size)]).toEqual([
        ...lower.subarray(i * size, (i + 1) * size),
      ]);
      expect([...larger.subarray(i * stride + size, (i + 1) * stride)]).toEqual([99, 99, 99]);
    }
    expect(logDeterminant(larger, size, stride)).toBe(logDeterminant(lower, size));
  });
});

it('the log determinant is that of the matrix', () => {
  // det [[4, 2], [2, 3]] = 8; det [[2, -1, 0], [-1, 2, -1], [0, -1, 2]] = 4.
  const two = Float64Array.of(4, 2, 2, 3);
  cholesky(two, 2);
  expect(logDeterminant(two, 2)).toBeCloseTo(Math.log(8), 14);
  const three = Float64Array.of(2, -1, 0, -1, 2, -1, 0, -1, 2);
  cholesky(three, 3);
  expect(logDeterminant(three, 3)).toBeCloseTo(Math.log(4), 14);
});

it('a matrix that is not positive definite is refused by its pivot', () => {
  // Rows 0 and 1 are one and the same; the pivot of row 1 is 4 - 2 * 2.
  expect(() => cholesky(Float64Array.of(1, 2, 2, 4), 2)).toThrow(
    new RangeError(
      'cholesky: expected a positive definite matrix, got pivot 0 in row 1. Add to the diagonal, as noise does.',
    ),
  );
  expect(() => cholesky(Float64Array.of(1, 0, 0, 0, -2, 0, 0, 0, 1), 3)).toThrow('got pivot -2 in row 1.');
  expect(() => cholesky(Float64Array.of(Number.NaN), 1)).toThrow('got pivot NaN in row 0.');
});

describe('a normal vector conditioned on its first entries', () => {
  it('is what the inverse of the first block says', () => {
    // [[2, 1], [1, 3]] has the inverse [[3, -1], [-1, 2]] / 5.
    const covariance = Float64Array.of(2, 1, 0.5, 0.3, 1, 3, 0.4, 0.2, 0.5, 0.4, 5, 0.1, 0.3, 0.2, 0.1, 7);
    const [a, b] = [1.5, -0.7];
    const weights = [(3 * a - b) / 5, (2 * b - a) / 5];
    const form = (x: number, y: number) => (3 * x * x - 2 * x * y + 2 * y * y) / 5;
    const { means, variances, squares } = conditionNormal(covariance, 4, [a, b]);
    expectClose(means, [0.5 * weights[0] + 0.4 * weights[1], 0.3 * weights[0] + 0.2 * weights[1]], 1e-14);
    expectClose(variances, [5 - form(0.5, 0.4), 7 - form(0.3, 0.2)], 1e-14);
    expect(squares).toBeCloseTo(form(a, b), 14);
  });

  it('is as it was where nothing is observed', () => {
    const { means, variances, squares } = conditionNormal(Float64Array.of(2, 1, 1, 3), 2, []);
    expect([[...means], [...variances], squares]).toEqual([[0, 0], [2, 3], 0]);
  });
});
