/**
 * Gaussian processes of given kernels, solved: what stages of kernel-regression.ts and local-kernels.ts have in common.
 *
 *   k(x, x') = sum over c of a_c exp(-|s_c P_c (x - x')|^2 / 2)     a, s and the noise v belong to a data set, P to the network
 *
 * Shapes: G kernels of C components each, J = G C; B data sets, N context rows.
 */
import { diagonalLike, diagonalOf, nearInverse, solve } from '../engine/linear-algebra.ts';
import {
  add,
  concat,
  div,
  exp,
  fill,
  log,
  matMul,
  max,
  maximum,
  mul,
  neg,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
} from '../engine/ops.ts';
import type { ModelConfig } from './config.ts';
import { toldColumns } from './features.ts';
import { type Kernels, PLACES } from './kernels.ts';

/**
 * Logarithms stay within these of where they start. Distances of far larger scales lose the digits that keep a matrix positive
 * definite, and so do noises that are far smaller.
 */
export const MOST_LOG_SCALE = 2.5;
export const MOST_LOG_AMPLITUDE = 2;
export const MOST_LOG_NOISE = 5;
/** Variance, for standardised targets. */
export const START_NOISE = 0.01;
/** Some roundings to single precision. */
const ROUNDING = 5e-7;

/** A context and the weights that read it. */
export interface Rows {
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly config: ModelConfig;
  readonly activation: (x: Tensor) => Tensor;
  readonly B: number;
  /** [B*N, columns] */
  readonly inputs: Tensor;
  /** Encoded, [B*N, 1]. */
  readonly targets: Tensor;
}

/** What kernels are made of. */
export interface Placed {
  /** s, [B, J, 1, PLACES]. */
  readonly scales: Tensor;
  /** ln a, [B, J, 1, 1]. */
  readonly amplitudes: Tensor;
  /** v, [B, G, 1, 1]. */
  readonly noises: Tensor;
}

export interface Solved extends Placed {
  /** Context rows as the components see them, [B, J, N, PLACES + 2]. */
  readonly points: Tensor;
  /** K + v I, [B, G, N, N], its inverse as solve wants it, and what it makes of the targets, [B, G, N, 1]. */
  readonly matrix: Tensor;
  readonly inverse: Tensor;
  readonly coefficients: Tensor;
  /** dK / d ln s, the same for all components, [B, G, N, N]. */
  readonly slope: Tensor;
  /** Of each row predicted from the others, [B, G, N, 1] each: precision, its logarithm, and minus the log density of the row but for a constant. */
  readonly precision: Tensor;
  readonly logPrecision: Tensor;
  readonly surprise: Tensor;
  /**
   * Of the log density of all targets, along ln s and ln v, [B, 2 G] (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006,
   * equation 5.9).
   */
  readonly gradient: Tensor;
}

export function solveKernels({ weights, config, B, inputs, targets }: Rows, kernels: Kernels, placed: Placed): Solved {
  const { G, C } = kernels;
  const { scales, amplitudes, noises } = placed;
  const N = (inputs.shape[0] as number) / B;
  const at = placesOf(weights, config, kernels, B, inputs, scales);
  const half = mul(sum(square(at), -1, true), -0.5); // [B, J, N, 1]
  const ones = fill([B, G * C, N, 1], 1);
  const points = concat([at, add(half, amplitudes), ones], -1);
  const { kernel, slope } = covariance(concat([at, ones, half], -1), points, amplitudes, G); // [B, G, N, N] each
  // Distances come as differences of squares, whose rounding must not make a matrix indefinite.
  const rounding = mul(mul(max(neg(half), 2, true), exp(amplitudes)), ROUNDING); // [B, J, 1, 1]
  const raised = add(noises, sum(reshape(rounding, [B, G, C, 1]), 2, true));
  const matrix = add(kernel, diagonalLike(kernel, raised));
  const inverse = nearInverse(matrix);
  const coefficients = solve(matrix, inverse, mul(reshape(targets, [B, 1, N, 1]), fill([1, G, 1, 1], 1)));

  // Each row predicted from the others: its precision is the diagonal of the inverse, its error the coefficient over that.
  const precision = maximum(diagonalOf(inverse), 1e-3);
  const logPrecision = log(precision);
  const surprise = mul(sub(div(square(coefficients), precision), logPrecision), 0.5);
  const alongScale = sub(mul(coefficients, matMul(slope, coefficients)), sum(mul(inverse, slope), -1, true));
  const alongNoise = mul(sub(square(coefficients), precision), noises);
  const gradient = mul(concat([overRows(alongScale), overRows(alongNoise)], 1), 0.5);
  return { ...placed, points, matrix, inverse, coefficients, slope, precision, logPrecision, surprise, gradient };
}

/** Sums over rows, [B, G, N, 1] -> [B, G]. */
export function overRows(x: Tensor): Tensor {
  return reshape(sum(x, 2), x.shape.slice(0, 2));
}

export const bounded = (x: Tensor, most: number): Tensor => mul(tanh(mul(x, 1 / most)), most);

/** Where the components see rows: [B*R, columns] -> [B, J, R, PLACES]. */
export function placesOf(
  weights: Readonly<Record<string, Tensor>>,
  config: ModelConfig,
  { name, G, C, isShared }: Kernels,
  B: number,
  inputs: Tensor,
  scales: Tensor,
): Tensor {
  const R = (inputs.shape[0] as number) / B;
  // The first feature of every column of x.
  const own = slice(inputs, [0, 0], [-1, config.numFeatures - toldColumns(config)]);
  const J = isShared ? C : G * C;
  const at = transpose(reshape(matMul(own, weights[`${name}Places`]), [B, R, J, PLACES]), [0, 2, 1, 3]);
  if (!isShared) return mul(at, scales);
  const each = mul(reshape(at, [B, 1, C, R, PLACES]), reshape(scales, [B, G, C, 1, PLACES]));
  return reshape(each, [B, G * C, R, PLACES]);
}

/** The kernel between rows [B, J, R, PLACES + 2] and points [B, J, N, PLACES + 2], and its slope along ln s; [B, G, R, N] each. */
export function covariance(
  rows: Tensor,
  points: Tensor,
  amplitudes: Tensor,
  G: number,
): { kernel: Tensor; slope: Tensor } {
  const [B, J, R] = rows.shape as [number, number, number];
  const N = points.shape[2] as number;
  // Smaller ones are nothing beside the noise, and arithmetic with numbers near the least ones is slow.
  const logs = maximum(matMul(rows, points, false, true), -20); // [B, J, R, N]
  const each = exp(logs);
  const total = (x: Tensor) => sum(reshape(x, [B, G, J / G, R, N]), 2);
  return { kernel: total(each), slope: total(mul(each, mul(sub(logs, amplitudes), 2))) };
}
