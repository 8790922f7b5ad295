/**
 * Parts of a network whose inner results are not kept for the backward pass: it computes them again from the part's inputs (Chen et al., Training Deep Nets
 * with Sublinear Memory Cost, 2016).
 */
import * as tf from '@tensorflow/tfjs-core';

type Inputs = Readonly<Record<string, tf.Tensor>>;

let isOn = false;

/** Runs `work` with the parts that are marked as `recomputable` recomputed. */
export function withRecomputation<T>(work: () => T): T {
  isOn = true;
  try {
    return work();
  } finally {
    isOn = false;
  }
}

/**
 * f(x, others), where `others` are all that f reads with a gradient beside x, and what f computes follows from x. With recomputation, only x and the others
 * are kept for the backward pass.
 */
export function recomputable(x: tf.Tensor, others: Inputs, f: (x: tf.Tensor, others: Inputs) => tf.Tensor): tf.Tensor {
  if (!isOn) return f(x, others);
  const names = Object.keys(others);
  const ofAll = (first: tf.Tensor, ...rest: tf.Tensor[]) =>
    f(first, Object.fromEntries(names.map((name, i) => [name, rest[i]])));
  const part = tf.customGrad((...given) => {
    const inputs = given.slice(0, -1) as [tf.Tensor, ...tf.Tensor[]];
    (given.at(-1) as unknown as tf.GradSaveFunc)(inputs);
    return {
      value: ofAll(...inputs),
      gradFunc: (dy, kept) => {
        const [first, ...rest] = kept as tf.Tensor[];
        return withinBackwardPass(() => tf.grads(ofAll)([after(first, dy), ...rest], dy));
      },
    };
  });
  return part(x, ...Object.values(others));
}

/** x, but known after `other`: else what is computed from it would be what the forward pass has computed already. */
const after = (x: tf.Tensor, other: tf.Tensor): tf.Tensor =>
  tf.add(x, tf.mul(tf.slice(tf.reshape(other, [-1]), 0, 1), 0));

/** tfjs takes gradients one after the other, and forgets its tape after each: that of the pass under way is given back. */
function withinBackwardPass<T>(work: () => T): T {
  const { state } = tf.engine();
  const { activeTape } = state;
  try {
    return work();
  } finally {
    state.activeTape = activeTape;
  }
}
