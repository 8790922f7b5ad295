import { add, div, minimum, mul, scalar, sqrt, square, sub, sum, type Tensor } from '../engine/ops.ts';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Given the direction of plain Adam and the averaged gradient, the direction to take; plain Adam's when left out. */
  readonly direct?: (adam: Tensor, averaged: Tensor) => Tensor;
  /** The gradient is scaled down to this norm where it is longer. */
  readonly clip: number;
}

export interface AdamWState {
  readonly weights: Tensor;
  /** Running means of the gradient and of its square. */
  readonly first: Tensor;
  readonly second: Tensor;
}

/**
 * Means of weights that get no gradient any more would fade into denormal numbers, with which processors are slow: after 1900 steps of a network
 * with some of them, a step took twice its time. This keeps them above, and is far below what moves a weight.
 */
const LEAST = 1e-30;

/**
 * One update of AdamW (Loshchilov and Hutter 2019, decoupled weight decay) with clipping by global norm, over all weights as one vector [P].
 * `debias` are 1 / (1 - beta^t) for both means at step t, computed by the caller in float64.
 */
export function adamw(
  { weights, first, second }: AdamWState,
  gradient: Tensor,
  learningRate: Tensor,
  debias: { readonly first: Tensor; readonly second: Tensor },
  { beta1, beta2, epsilon, weightDecay, clip, direct = (adam) => adam }: AdamWOptions,
): AdamWState & { readonly gradientNorm: Tensor } {
  const gradientNorm = sqrt(sum(square(gradient)));
  const clipped = mul(gradient, minimum(div(scalar(clip), add(gradientNorm, 1e-12)), 1));
  const nextFirst = add(add(mul(first, beta1), mul(clipped, 1 - beta1)), LEAST);
  const nextSecond = add(add(mul(second, beta2), mul(square(clipped), 1 - beta2)), LEAST);
  const adam = div(mul(nextFirst, debias.first), add(sqrt(mul(nextSecond, debias.second)), epsilon));
  // Nesterov's average looks one gradient ahead.
  const direction = direct(adam, add(mul(nextFirst, beta1), mul(clipped, 1 - beta1)));
  const decayed = weightDecay === 0 ? weights : mul(weights, sub(1, mul(learningRate, weightDecay)));
  return { weights: sub(decayed, mul(direction, learningRate)), first: nextFirst, second: nextSecond, gradientNorm };
}
