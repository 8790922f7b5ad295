/**
 * Linear systems with many small positive definite matrices. They record as any other operation: inverted by one operator where the device has
 * it, else by products of matrices only, which run everywhere.
 */
import * as tf from '@tensorflow/tfjs-core';
import { EXACT_REFINEMENTS, NEWTON_STEPS, REFINEMENTS } from './iterations.ts';
import { native } from './ops.ts';
import { records } from './recording.ts';

/** The identity matrix [N, N], for x [.., N, N]. */
const identityFor = (x: tf.Tensor): tf.Tensor =>
  native('IdentityLike', { x }, () => tf.eye(x.shape[x.shape.length - 1] as number));

/** Multiples of the identity matrix: d [.., 1, 1] on the diagonals of matrices as large as x [.., N, N]. No gradient flows to x. */
export function diagonalLike(x: tf.Tensor, d: tf.Tensor): tf.Tensor {
  const ofDiagonal = tf.customGrad((diagonal, save) => {
    const identity = identityFor(x);
    (save as tf.GradSaveFunc)([identity]);
    return {
      value: tf.mul(identity, diagonal as tf.Tensor),
      gradFunc: (dy, [kept]: readonly tf.Tensor[]) => tf.sum(tf.mul(dy, kept), [-2, -1], true),
    };
  }) as (d: tf.Tensor) => tf.Tensor;
  return ofDiagonal(d);
}

/** The diagonals of matrices: [.., N, N] -> [.., N, 1]. */
export const diagonalOf = tf.customGrad((x, save) => {
  const identity = identityFor(x as tf.Tensor);
  (save as tf.GradSaveFunc)([identity]);
  return {
    value: tf.sum(tf.mul(x as tf.Tensor, identity), -1, true),
    gradFunc: (dy, [kept]: readonly tf.Tensor[]) => tf.mul(kept, dy),
  };
}) as (x: tf.Tensor) => tf.Tensor;

/**
 * The inverse of symmetric positive definite matrices [.., N, N], for `solve`: to rounding where the device has an operator for it, and nearly
 * so by Newton's iteration elsewhere.
 */
export const nearInverse = tf.customGrad((a, save) => {
  const matrix = a as tf.Tensor;
  const x = records('Inverse') ? (tf.engine().runKernel('Inverse', { a: matrix }) as tf.Tensor) : byNewton(matrix);
  (save as tf.GradSaveFunc)([x]);
  return {
    value: x,
    gradFunc: (dy, [y]: readonly tf.Tensor[]) => tf.neg(tf.matMul(tf.matMul(y, dy, true, false), y, false, true)),
  };
}) as (a: tf.Tensor) => tf.Tensor;

/** Of the largest eigenvalue: what is added to all of them, so that the iteration stays stable in single precision; its last step does without. */
const LEAST_EIGENVALUE = 5e-6;

/**
 * X <- X (2 I - A X) (Schulz 1933), which takes products of matrices only. Exact but for eigenvalues that are not far larger than 5e-6 of the
 * largest one.
 */
function byNewton(matrix: tf.Tensor): tf.Tensor {
  // No eigenvalue exceeds the largest sum of a row.
  const largest = (m: tf.Tensor) => tf.max(tf.sum(tf.abs(m), -1, true), -2, true); // [.., 1, 1]
  const raised = tf.add(matrix, diagonalLike(matrix, tf.mul(largest(matrix), LEAST_EIGENVALUE)));
  // The first step from the identity over the bound, written out.
  const start = tf.reciprocal(largest(raised));
  let x = tf.sub(diagonalLike(matrix, tf.mul(start, 2)), tf.mul(raised, tf.square(start)));
  const step = (of: tf.Tensor) => tf.sub(tf.mul(x, 2), tf.matMul(x, tf.matMul(of, x)));
  for (let i = 1; i < NEWTON_STEPS; i++) x = step(raised);
  return step(matrix);
}

/**
 * A^-1 r for symmetric positive definite A [.., N, N] and r [.., N, M], with `near` = nearInverse(A): conjugate gradients, which that
 * preconditions so well that one step (after Newton's iteration: a few) reaches single precision up to condition numbers of 10^6.
 */
export function solve(a: tf.Tensor, near: tf.Tensor, right: tf.Tensor): tf.Tensor {
  const solved = tf.customGrad((matrix, r, save) => {
    const { solution } = conjugateGradients(matrix as tf.Tensor, near, r as tf.Tensor);
    (save as tf.GradSaveFunc)([matrix as tf.Tensor, solution]);
    return {
      value: solution,
      gradFunc: (dy, [m, x]: readonly tf.Tensor[]) => {
        const { solution: toRight } = conjugateGradients(m, near, dy as tf.Tensor);
        return [tf.neg(tf.matMul(toRight, x, false, true)), toRight];
      },
    };
  }) as (a: tf.Tensor, r: tf.Tensor) => tf.Tensor;
  return solved(a, right);
}

/**
 * r' A^-1 r of each column of r, [.., 1, M]; A, `near` and r as for `solve`. The error is of second order in that of the solution, and what comes out
 * is never more than it should be.
 */
export function quadraticForm(a: tf.Tensor, near: tf.Tensor, right: tf.Tensor): tf.Tensor {
  const form = tf.customGrad((matrix, r, save) => {
    const { solution, rest } = conjugateGradients(matrix as tf.Tensor, near, r as tf.Tensor);
    (save as tf.GradSaveFunc)([solution]);
    return {
      // 2 r - A x = r + rest
      value: tf.sum(tf.mul(solution, tf.add(r as tf.Tensor, rest)), -2, true),
      gradFunc: (dy, [x]: readonly tf.Tensor[]) => {
        const along = tf.mul(x, dy);
        return [tf.neg(tf.matMul(along, x, false, true)), tf.mul(along, 2)];
      },
    };
  }) as (a: tf.Tensor, r: tf.Tensor) => tf.Tensor;
  return form(a, right);
}

/** The solution x, and the rest, right - A x. */
function conjugateGradients(
  a: tf.Tensor,
  near: tf.Tensor,
  right: tf.Tensor,
): { readonly solution: tf.Tensor; readonly rest: tf.Tensor } {
  const dot = (u: tf.Tensor, v: tf.Tensor) => tf.sum(tf.mul(u, v), -2, true); // [.., 1, M]
  // Once nothing but rounding is left to solve, quotients are of noise. True ones are far below these bounds.
  const ratio = (u: tf.Tensor, v: tf.Tensor, most: number) =>
    tf.minimum(tf.div(tf.maximum(u, 0), tf.maximum(v, 1e-30)), most);
  const refinements = records('Inverse') ? EXACT_REFINEMENTS : REFINEMENTS;
  let solution = tf.matMul(near, right);
  let rest = tf.sub(right, tf.matMul(a, solution));
  let direction = tf.matMul(near, rest);
  let size = dot(rest, direction);
  for (let i = 1; ; i++) {
    const image = tf.matMul(a, direction);
    const step = ratio(size, dot(direction, image), 100);
    solution = tf.add(solution, tf.mul(direction, step));
    rest = tf.sub(rest, tf.mul(image, step));
    if (i === refinements) return { solution, rest };
    const next = tf.matMul(near, rest);
    const nextSize = dot(rest, next);
    direction = tf.add(next, tf.mul(direction, ratio(nextSize, size, 1)));
    size = nextSize;
  }
}
