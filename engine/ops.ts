/**
 * The op vocabulary: what models, losses and optimisers are written in. Plain tfjs operations, each with a kernel (kernels/)
 * and a gradient (gradients.ts), and a few compositions whose gradient is written out because it is cheaper than what the
 * tape would make of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from './gradients.ts';
import { mixedMatMul } from './mixed-precision.ts';
import { records } from './recording.ts';

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
  pad,
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
  tensor,
  transpose,
  unstack,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
export { mixedMatMul } from './mixed-precision.ts';

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

/** What f computes, as a constant: no gradient flows through it. */
export function frozen(f: () => tf.Tensor): tf.Tensor {
  return tf.customGrad(() => ({ value: f(), gradFunc: () => [] }))();
}

const EPSILON = 1e-6;

/** Every row divided by its root mean square: x / sqrt(mean(x^2) + 1e-6), over the last axis. */
export const rmsNorm = tf.customGrad((x, save) => {
  const [y, scale] = scaledRows(x as tf.Tensor);
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

/** Normed rows and the factor of each, by one operator where the device has it. */
function scaledRows(x: tf.Tensor): tf.Tensor[] {
  if (records('SimplifiedLayerNormalization')) {
    return tf.engine().runKernel('RmsNorm', { x }, { epsilon: EPSILON }) as unknown as tf.Tensor[];
  }
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), EPSILON));
  return [tf.mul(x, scale), scale];
}

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
  // Twice dy is free where dy is a product of matrices: the number goes into that.
  return { value: tf.square(positive), gradFunc: (dy, [kept]: readonly tf.Tensor[]) => tf.mul(tf.mul(dy, 2), kept) };
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
export function native(kernelName: string, inputs: tf.NamedTensorMap, composed: () => tf.Tensor): tf.Tensor {
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

/**
 * Queries [.., M, D] read values [.., N, D] by their keys [.., N, D]: softmax(q k^T) v, [.., M, D]. The derivative of the softmax needs the
 * sum over N of dy y, which is the sum over D of the output and its own derivative: a pass over a small tensor, not over the scores.
 */
export const attention = tf.customGrad((...inputs) => {
  const [queries, keys, values] = inputs.slice(0, 3) as tf.Tensor[];
  const shares = tf.softmax(mixedMatMul(queries, keys, false, true)); // [.., M, N]
  const read = mixedMatMul(shares, values);
  (inputs[3] as unknown as tf.GradSaveFunc)([queries, keys, values, shares, read]);
  return {
    value: read,
    gradFunc: (dy, saved) => {
      const [q, k, v, p, out] = saved as tf.Tensor[];
      const ofShares = tf.sub(mixedMatMul(dy, v, false, true), tf.sum(tf.mul(dy, out), -1, true));
      const ofScores = tf.mul(p, ofShares);
      return [mixedMatMul(ofScores, k), mixedMatMul(ofScores, q, true, false), mixedMatMul(p, dy, true, false)];
    },
  };
}) as (queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor) => tf.Tensor;

/** The columns of w [E, H*D] that belong to each head: [H, E, D]. */
function perHead(w: tf.Tensor, H: number): tf.Tensor {
  const [E, columns] = w.shape as [number, number];
  return tf.transpose(tf.reshape(w, [E, H, columns / H]), [1, 0, 2]);
}

/** [H, R, D] -> [R, H*D] */
function merged(heads: tf.Tensor): tf.Tensor {
  const [H, R, D] = heads.shape as [number, number, number];
  return tf.reshape(tf.transpose(heads, [1, 0, 2]), [R, H * D]);
}

/**
 * Rows [R, E] and weights [E, H*D] -> what each of H heads sees of them, [H, R, D]. A product for each head leaves nothing to transpose, and
 * neither does the derivative of fromHeads.
 */
export function toHeads(rows: tf.Tensor, weights: tf.Tensor, H: number): tf.Tensor {
  const project = tf.customGrad((x, w, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor, w as tf.Tensor]);
    return {
      value: mixedMatMul(tf.expandDims(x as tf.Tensor, 0), perHead(w as tf.Tensor, H)),
      gradFunc: (dy, saved) => {
        const [kept, by] = saved as tf.Tensor[];
        const d = merged(dy);
        return [mixedMatMul(d, by, false, true), mixedMatMul(kept, d, true, false)];
      },
    };
  }) as (x: tf.Tensor, w: tf.Tensor) => tf.Tensor;
  return project(rows, weights);
}

/** The heads [H, R, D] of rows, side by side, times weights [H*D, E] -> [R, E]. */
export const fromHeads = tf.customGrad((heads, w, save) => {
  const weights = w as tf.Tensor;
  const rows = merged(heads as tf.Tensor);
  const [H, , D] = (heads as tf.Tensor).shape as [number, number, number];
  (save as tf.GradSaveFunc)([rows, weights]);
  return {
    value: mixedMatMul(rows, weights),
    gradFunc: (dy, saved) => {
      const [kept, by] = saved as tf.Tensor[];
      const ofEach = tf.reshape(by, [H, D, -1]);
      return [mixedMatMul(tf.expandDims(dy, 0), ofEach, false, true), mixedMatMul(kept, dy, true, false)];
    },
  };
}) as (heads: tf.Tensor, weights: tf.Tensor) => tf.Tensor;
