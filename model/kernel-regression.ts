/**
 * Regression on learned kernels, solved exactly. Where the answers of a prior are close to those of Gaussian processes, the network only has
 * to find the kernels: the answers themselves are linear in the targets, and no stack of attentions learns to solve a linear system so well.
 *
 *   mean = k (K + v I)^-1 y,   variance = v + k(x, x) - k (K + v I)^-1 k'          kernels k as in kernel-solving.ts
 *
 * The kernels of a data set are a family that is decided by what is told and, as far as that leaves something open, by the context. Members differ in
 * scale and noise; those that answer lie around the most probable one (kernel-search.ts), and the answer is a mixture of theirs by their evidence.
 *
 * Shapes: G kernels of C components each; B data sets, N context rows, M query rows, T told columns.
 */
import { quadraticForm } from '../engine/linear-algebra.ts';
import {
  add,
  concat,
  exp,
  fill,
  frozen,
  matMul,
  maximum,
  mean,
  mul,
  neg,
  reshape,
  slice,
  softmax,
  split,
  sub,
  sum,
  type Tensor,
  transpose,
  unstack,
} from '../engine/ops.ts';
import type { ModelConfig } from './config.ts';
import { toldColumns } from './features.ts';
import { type Bounds, searchKernels } from './kernel-search.ts';
import {
  bounded,
  type Components,
  clip,
  contextOf,
  covariance,
  distancesOf,
  MOST_LOG_SCALE,
  placesOf,
  type Solved,
  sidesOf,
} from './kernel-solving.ts';
import { kernelShapes, numComponents, numKernels, PLACES, POOLS } from './kernels.ts';

/** Steps of the optimiser are small beside the bounds. */
const BOUND_RATE = 5;
/** Logarithms stay within these. Components of one shape share a kernel; of several shapes one can be nearly all of it. */
const MOST_LOG_AMPLITUDE = { oneShape: 2, severalShapes: 6 };

/** What the context leaves behind: the kernels, solved. */
export interface Regression
  extends Components,
    Pick<Solved, 'scales' | 'noises' | 'matrix' | 'inverse' | 'coefficients'> {
  /** The rows of the context as the components see them, [B, C, N, PLACES + 2]. */
  readonly points: Tensor;
  /** In nats, of all rows together, [B, G]. */
  readonly evidence: Tensor;
}

/** Of the tensors of a Regression, for export. */
export function regressionShapes(config: ModelConfig): Record<keyof Regression, (string | number)[]> {
  const G = numKernels(config);
  const C = numComponents(config);
  return {
    stretches: ['batch', C, 1, PLACES],
    amplitudes: ['batch', C, 1, 1],
    points: ['batch', C, 'context', PLACES + 2],
    scales: ['batch', G, 1, 1],
    noises: ['batch', G, 1, 1],
    matrix: ['batch', G, 'context', 'context'],
    inverse: ['batch', G, 'context', 'context'],
    coefficients: ['batch', G, 'context', 1],
    evidence: ['batch', G],
  };
}

/** Context rows: inputs [B*N, columns], their stream [B*N, E] and encoded targets [B*N, 1]. */
export function regress(
  weights: Readonly<Record<string, Tensor>>,
  config: ModelConfig,
  activation: (x: Tensor) => Tensor,
  B: number,
  inputs: Tensor,
  stream: Tensor,
  targets: Tensor,
): Regression {
  const N = (inputs.shape[0] as number) / B;
  const columns = inputs.shape[1] as number;
  const H = config.hyperparameters?.length ?? 0;
  const C = numComponents(config);
  const hasOneShape = new Set(kernelShapes(config)).size === 1;
  const told = toldColumns(config);
  const one = fill([B, 1], 1);
  // All rows tell the same.
  const known = slice(reshape(inputs, [B, N, columns]), [0, 0, columns - told], [-1, 1, told]);
  const pools = softmax(transpose(reshape(matMul(stream, weights.kernelPools), [B, N, POOLS]), [0, 2, 1])); // [B, POOLS, N]
  const width = columns + config.width;
  const pooled = reshape(matMul(pools, reshape(concat([stream, inputs], 1), [B, N, width])), [B, POOLS * width]);
  const ranges = H > 0 ? rangesOf(reshape(known, [B, H, 2])) : undefined;
  // Where all is told there is nothing to learn from the rows.
  const open = ranges ? sum(ranges.widths, 1, true) : one;
  const direct = ranges ? concat([reshape(known, [B, told]), one], 1) : one;
  const hidden = concat(
    [activation(matMul(direct, weights.kernelTold)), mul(activation(matMul(pooled, weights.kernelSeen)), open)],
    1,
  );
  const [stretches, amplitudes] = split(matMul(hidden, weights.kernelEach), [C * PLACES, C], 1);
  const mostLogAmplitude = MOST_LOG_AMPLITUDE[hasOneShape ? 'oneShape' : 'severalShapes'];
  const components: Components = {
    // How large they are together is for the search to say.
    stretches: reshape(exp(clip(sub(stretches, mean(stretches, 1, true)), MOST_LOG_SCALE)), [B, C, 1, PLACES]),
    amplitudes: reshape(add(bounded(amplitudes, mostLogAmplitude), -Math.log(C)), [B, C, 1, 1]),
  };
  const context = contextOf({ weights, config, B, inputs, targets }, components);
  const solved = searchKernels(context, boundsOf(weights, one, ranges), weights.kernelNodes);
  // Each is an array that a recorded context leaves behind, so no more than these.
  return {
    ...components,
    points: context.points,
    scales: solved.scales,
    noises: solved.noises,
    matrix: solved.matrix,
    inverse: solved.inverse,
    coefficients: solved.coefficients,
    evidence: solved.evidence,
  };
}

/** Ranges of hyperparameters, [B, H] each. */
interface Ranges {
  readonly middles: Tensor;
  readonly widths: Tensor;
}

function rangesOf(ends: Tensor): Ranges {
  const [low, high] = unstack(ends, 2);
  return { middles: mul(add(low, high), 0.5), widths: sub(high, low) };
}

/**
 * Scale and noise are linear in the hyperparameters, and so are how far they can be from the middle. The slopes are learned by the middles alone:
 * a reach is as large with a slope of the wrong sign, which then would stay.
 */
function boundsOf(weights: Readonly<Record<string, Tensor>>, one: Tensor, ranges?: Ranges): Bounds {
  const middle = matMul(one, mul(weights.kernelMiddle, BOUND_RATE));
  if (!ranges) return { middle, reach: matMul(one, exp(weights.kernelReach)) };
  const slopes = mul(weights.kernelReach, BOUND_RATE); // [H, 2]
  const size = frozen(() => maximum(slopes, neg(slopes)));
  return {
    middle: add(matMul(ranges.middles, slopes), middle),
    reach: mul(matMul(ranges.widths, size), 0.5),
  };
}

/** Of each kernel, [B*M, G] each. */
export interface Answers {
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** How well the kernel predicts rows of the context, in nats, all of them together. */
  readonly evidence: Tensor;
}

/** Query inputs [B*M, columns] -> mean, variance and evidence of each kernel's answer, each [B*M, G]. */
export function answer(
  weights: Readonly<Record<string, Tensor>>,
  config: ModelConfig,
  B: number,
  inputs: Tensor,
  { stretches, amplitudes, points, scales, noises, matrix, inverse, coefficients, evidence }: Regression,
): Answers {
  const G = numKernels(config);
  const M = (inputs.shape[0] as number) / B;
  const queries = sidesOf(placesOf(weights, config, B, inputs, stretches)).rows;
  const distances = distancesOf(matMul(points, queries, false, true)); // [B, 1, N, M] each
  const toContext = covariance(distances, kernelShapes(config), amplitudes, scales).kernel; // [B, G, N, M]
  const mean = matMul(toContext, coefficients, true); // [B, G, M, 1]
  const explained = quadraticForm(matrix, inverse, toContext); // [B, G, 1, M]
  const own = sum(exp(amplitudes), 1, true); // [B, 1, 1, 1]
  const variance = add(maximum(sub(own, explained), 0), noises);
  const rows = (x: Tensor) => reshape(transpose(reshape(x, [B, G, M]), [0, 2, 1]), [B * M, G]);
  const evidences = reshape(add(reshape(evidence, [B, 1, G]), fill([1, M, 1], 0)), [B * M, G]);
  return { mean: rows(mean), variance: rows(variance), evidence: evidences };
}
