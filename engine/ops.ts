/**
 * The op vocabulary: what models, losses and optimisers are written in. Plain tfjs operations, each with a kernel (kernels/)
 * and a gradient (gradients.ts), and a few compositions whose gradient is written out because it is cheaper than what the
 * tape would make of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from './gradients.ts';

registerGradients();

export type { Tensor } from '@tensorflow/tfjs-core';
export {
  abs,
  add,
  cast,
  concat,
  cos,
  div,
  erf,
  exp,
  expandDims,
  fill,
  gather,
  greater,
  log,
  matMul,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  oneHot,
  pow,
  reciprocal,
  relu,
  reshape,
  rsqrt,
  scalar,
  sigmoid,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  square,
  squeeze,
  stack,
  sub,
  sum,
  tanh,
  transpose,
  unstack,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

type GradientFunction = (inputs: readonly tf.Tensor[]) => {
  readonly value: tf.Tensor;
  readonly gradients: readonly tf.Tensor[];
};

/** f's value and its gradient with respect to each tensor of xs. f returns a scalar. */
export function valueAndGradients(f: (xs: readonly tf.Tensor[]) => tf.Tensor): GradientFunction {
  return (xs) => {
    const { value, grads } = tf.valueAndGrads((...inputs: tf.Tensor[]) => f(inputs) as tf.Scalar)([...xs]);
    return { value, gradients: grads };
  };
}

/** Every row divided by its root mean square: x / sqrt(mean(x^2) + 1e-6), over the last axis. */
export const rmsNorm = tf.customGrad((x, save) => {
  const input = x as tf.Tensor;
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), 1e-6));
  const y = tf.mul(input, scale);
  (save as tf.GradSaveFunc)([y, scale]);
  return {
    value: y,
    // d(x s)/dx = s (dy - y mean(y dy)), where s is the scale
    gradFunc: (dy, saved) => {
      const [out, s] = saved as tf.Tensor[];
      return tf.mul(tf.sub(dy, tf.mul(out, tf.mean(tf.mul(out, dy), -1, true))), s);
    },
  };
}) as (x: tf.Tensor) => tf.Tensor;

/** Gaussian error linear unit, x Phi(x), exact. */
export const gelu = tf.customGrad((x, save) => {
  const input = x as tf.Tensor;
  const phi = tf.mul(tf.add(tf.erf(tf.mul(input, Math.SQRT1_2)), 1), 0.5);
  (save as tf.GradSaveFunc)([input, phi]);
  return {
    value: tf.mul(input, phi),
    // Phi(x) + x phi(x)
    gradFunc: (dy, saved) => {
      const [z, p] = saved as tf.Tensor[];
      const density = tf.mul(tf.exp(tf.mul(tf.square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(p, tf.mul(z, density)));
    },
  };
}) as (x: tf.Tensor) => tf.Tensor;

/** Rectified linear unit, squared (So et al. 2021, Primer): as good as gelu for transformers and a third of the memory traffic. */
export const squaredRelu = tf.customGrad((x, save) => {
  const positive = tf.relu(x as tf.Tensor);
  (save as tf.GradSaveFunc)([positive]);
  return { value: tf.square(positive), gradFunc: (dy, [kept]: readonly tf.Tensor[]) => tf.mul(dy, tf.mul(kept, 2)) };
}) as (x: tf.Tensor) => tf.Tensor;

/** x sigmoid(x). */
export const silu = tf.customGrad((x, save) => {
  const gate = tf.sigmoid(x as tf.Tensor);
  const y = tf.mul(x as tf.Tensor, gate);
  (save as tf.GradSaveFunc)([gate, y]);
  return {
    value: y,
    // s + y (1 - s), where s is the gate
    gradFunc: (dy, saved) => {
      const [s, out] = saved as tf.Tensor[];
      return tf.mul(dy, tf.add(s, tf.sub(out, tf.mul(out, s))));
    },
  };
}) as (x: tf.Tensor) => tf.Tensor;

/** A kernel of ours where the backend has it (kernels/native.ts), and the same from tfjs operations elsewhere. */
function native(kernelName: string, inputs: tf.NamedTensorMap, composed: () => tf.Tensor): tf.Tensor {
  return tf.getKernel(kernelName, tf.getBackend()) ? tf.engine().runKernel(kernelName, inputs) : composed();
}

/** log softmax over the last axis; tfjs would make it of five operations. */
function logSoftmax(x: tf.Tensor): tf.Tensor {
  return native('LogSoftmax', { logits: x }, () => tf.logSoftmax(x));
}

/** One element of each row: x [R, K], index int32 [R] -> [R]. */
function pick(x: tf.Tensor, index: tf.Tensor): tf.Tensor {
  return native('Pick', { x, index }, () => tf.sum(tf.mul(x, oneHotLike(x, index)), -1));
}

/** x [R, K] less 1 at one element of each row, index int32 [R]. */
function lessOneAt(x: tf.Tensor, index: tf.Tensor): tf.Tensor {
  return native('LessOneAt', { x, index }, () => tf.sub(x, oneHotLike(x, index)));
}

function oneHotLike(x: tf.Tensor, index: tf.Tensor): tf.Tensor {
  return tf.oneHot(index as tf.Tensor1D, x.shape[1] as number, 1, 0, 'float32');
}

/**
 * The sum over rows of -log softmax(logits)[label]: logits [R, K], labels int32 [R] -> scalar.
 * The labels are data: no gradient flows to them.
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const total = tf.customGrad((x, save) => {
    const logProbabilities = logSoftmax(x as tf.Tensor);
    (save as tf.GradSaveFunc)([logProbabilities, labels]);
    return {
      value: tf.neg(tf.sum(pick(logProbabilities, labels))),
      gradFunc: (dy, saved) => {
        const [logP, index] = saved as tf.Tensor[];
        return tf.mul(lessOneAt(tf.exp(logP), index), dy);
      },
    };
  }) as (x: tf.Tensor) => tf.Tensor;
  return total(logits);
}

/**
 * The sum over rows of -sum over k of p[k] log softmax(logits)[k]: logits [R, K], probabilities p [R, K] with sum 1 -> scalar.
 * The probabilities are data: no gradient flows to them.
 */
export function softCrossEntropy(logits: tf.Tensor, probabilities: tf.Tensor): tf.Tensor {
  const total = tf.customGrad((x, save) => {
    const logProbabilities = logSoftmax(x as tf.Tensor);
    (save as tf.GradSaveFunc)([logProbabilities, probabilities]);
    return {
      value: tf.neg(tf.sum(tf.mul(probabilities, logProbabilities))),
      gradFunc: (dy, saved) => {
        const [logP, p] = saved as tf.Tensor[];
        return tf.mul(tf.sub(tf.exp(logP), p), dy);
      },
    };
  }) as (x: tf.Tensor) => tf.Tensor;
  return total(logits);
}

/** ln sum exp over an axis, which goes: x [.., G, K] -> [.., K] for the axis -2. */
export const logSumExpOfRows = tf.customGrad((x, save) => {
  const input = x as tf.Tensor;
  const most = tf.max(input, -2, true);
  const value = tf.add(most, tf.log(tf.sum(tf.exp(tf.sub(input, most)), -2, true)));
  (save as tf.GradSaveFunc)([input, value]);
  return {
    value: tf.squeeze(value, [-2]),
    gradFunc: (dy, [kept, total]: readonly tf.Tensor[]) => tf.mul(tf.exp(tf.sub(kept, total)), tf.expandDims(dy, -2)),
  };
}) as (x: tf.Tensor) => tf.Tensor;

/** ln sum exp over the last axis, which is kept: [.., N] -> [.., 1]. Cheap beside a softmax of the same tensor, which it shares. */
export const logSumExp = tf.customGrad((x, save) => {
  const input = x as tf.Tensor;
  const shares = tf.softmax(input);
  (save as tf.GradSaveFunc)([shares]);
  return {
    // The largest share is exp(max - result).
    value: tf.sub(tf.max(input, -1, true), tf.log(tf.max(shares, -1, true))),
    gradFunc: (dy, [kept]: readonly tf.Tensor[]) => tf.mul(kept, dy),
  };
}) as (x: tf.Tensor) => tf.Tensor;

/** Multiples of the identity matrix: d [.., 1, 1] on the diagonals of matrices as large as x [.., N, N]. No gradient flows to x. */
export function diagonalLike(x: tf.Tensor, d: tf.Tensor): tf.Tensor {
  const size = x.shape[x.shape.length - 1] as number;
  const ofDiagonal = tf.customGrad((diagonal) => {
    const identity = native('IdentityLike', { x }, () => tf.eye(size));
    return {
      value: tf.mul(identity, diagonal as tf.Tensor),
      gradFunc: (dy) => tf.sum(tf.mul(dy, identity), [-2, -1], true),
    };
  }) as (d: tf.Tensor) => tf.Tensor;
  return ofDiagonal(d);
}

/** The diagonals of matrices: [.., N, N] -> [.., N, 1]. */
export const diagonalOf = tf.customGrad((x) => {
  const matrix = x as tf.Tensor;
  const size = matrix.shape[matrix.shape.length - 1] as number;
  const identity = native('IdentityLike', { x: matrix }, () => tf.eye(size));
  return { value: tf.sum(tf.mul(matrix, identity), -1, true), gradFunc: (dy) => tf.mul(identity, dy) };
}) as (x: tf.Tensor) => tf.Tensor;

/** Each doubles the number of right digits. */
const NEWTON_STEPS = 20;
/** Of the largest eigenvalue: what is added to all of them, so that the iteration stays stable in single precision. */
const LEAST_EIGENVALUE = 5e-6;
/** Of conjugate gradients, for the difference that LEAST_EIGENVALUE makes. */
const REFINEMENTS = 5;

/**
 * Nearly the inverse of symmetric positive definite matrices [.., N, N], for `solve`, by Newton's iteration X <- X (2 I - A X) (Schulz
 * 1933), which takes products of matrices only. Exact but for eigenvalues that are not far larger than 5e-6 of the largest one.
 */
export const nearInverse = tf.customGrad((a, save) => {
  const matrix = a as tf.Tensor;
  // No eigenvalue exceeds the largest sum of a row.
  const largest = (m: tf.Tensor) => tf.max(tf.sum(tf.abs(m), -1, true), -2, true); // [.., 1, 1]
  const raised = tf.add(matrix, diagonalLike(matrix, tf.mul(largest(matrix), LEAST_EIGENVALUE)));
  // The first step from the identity over the bound, written out.
  const start = tf.reciprocal(largest(raised));
  let x = tf.sub(diagonalLike(matrix, tf.mul(start, 2)), tf.mul(raised, tf.square(start)));
  for (let i = 1; i < NEWTON_STEPS; i++) x = tf.sub(tf.mul(x, 2), tf.matMul(x, tf.matMul(raised, x)));
  (save as tf.GradSaveFunc)([x]);
  return {
    value: x,
    gradFunc: (dy, [y]: readonly tf.Tensor[]) => tf.neg(tf.matMul(tf.matMul(y, dy, true, false), y, false, true)),
  };
}) as (a: tf.Tensor) => tf.Tensor;

/**
 * A^-1 r for symmetric positive definite A [.., N, N] and r [.., N, M], with `near` = nearInverse(A): conjugate gradients, which that
 * preconditions so well that a few steps reach single precision up to condition numbers of 10^6.
 */
export function solve(a: tf.Tensor, near: tf.Tensor, right: tf.Tensor): tf.Tensor {
  const solved = tf.customGrad((matrix, r, save) => {
    const solution = conjugateGradients(matrix as tf.Tensor, near, r as tf.Tensor);
    (save as tf.GradSaveFunc)([matrix as tf.Tensor, solution]);
    return {
      value: solution,
      gradFunc: (dy, [m, x]: readonly tf.Tensor[]) => {
        const toRight = conjugateGradients(m, near, dy as tf.Tensor);
        return [tf.neg(tf.matMul(toRight, x, false, true)), toRight];
      },
    };
  }) as (a: tf.Tensor, r: tf.Tensor) => tf.Tensor;
  return solved(a, right);
}

function conjugateGradients(a: tf.Tensor, near: tf.Tensor, right: tf.Tensor): tf.Tensor {
  const dot = (u: tf.Tensor, v: tf.Tensor) => tf.sum(tf.mul(u, v), -2, true); // [.., 1, M]
  // Once nothing but rounding is left to solve, quotients are of noise. True ones are far below these bounds.
  const ratio = (u: tf.Tensor, v: tf.Tensor, most: number) =>
    tf.minimum(tf.div(tf.maximum(u, 0), tf.maximum(v, 1e-30)), most);
  let solution = tf.matMul(near, right);
  let rest = tf.sub(right, tf.matMul(a, solution));
  let direction = tf.matMul(near, rest);
  let size = dot(rest, direction);
  for (let i = 1; ; i++) {
    const image = tf.matMul(a, direction);
    const step = ratio(size, dot(direction, image), 100);
    solution = tf.add(solution, tf.mul(direction, step));
    if (i === REFINEMENTS) return solution;
    rest = tf.sub(rest, tf.mul(image, step));
    const next = tf.matMul(near, rest);
    const nextSize = dot(rest, next);
    direction = tf.add(next, tf.mul(direction, ratio(nextSize, size, 1)));
    size = nextSize;
  }
}
