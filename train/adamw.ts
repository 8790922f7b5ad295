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
  { beta1, beta2, epsilon, weightDecay, clip, direct }: AdamWOptions,
): AdamWState & { readonly gradientNorm: Tensor } {
  // Scalars are multiplied with each other first: a product with [P] is a pass over memory.
  const squares = square(gradient);
  const gradientNorm = sqrt(sum(squares));
  const scale = minimum(div(scalar(clip), add(gradientNorm, 1e-12)), 1);
  const change = mul(gradient, mul(scale, 1 - beta1));
  const nextFirst = add(add(mul(first, beta1), change), LEAST);
  const nextSecond = add(add(mul(second, beta2), mul(squares, mul(square(scale), 1 - beta2))), LEAST);
  // debias.first nextFirst / (sqrt(debias.second nextSecond) + epsilon)
  const root = sqrt(debias.second);
  const ratio = div(nextFirst, add(sqrt(nextSecond), div(epsilon, root)));
  const unit = div(debias.first, root);
  // Nesterov's average looks one gradient ahead.
  const step = direct
    ? mul(direct(mul(ratio, unit), add(mul(nextFirst, beta1), change)), learningRate)
    : mul(ratio, mul(unit, learningRate));
  const decayed = weightDecay === 0 ? weights : mul(weights, sub(1, mul(learningRate, weightDecay)));
  return { weights: sub(decayed, step), first: nextFirst, second: nextSecond, gradientNorm };
}
