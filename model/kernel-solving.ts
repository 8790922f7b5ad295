/**
 * Gaussian processes of given kernels, solved: what kernel-regression.ts and kernel-search.ts have in common.
 *
 *   k(x, x') = sum over c of a_c f_c(|s_c P_c (x - x')|)     a, s and the noise v belong to a data set, P to the network
 *
 * f_c is exp(-d^2 / 2) or of another shape (fallOff).
 *
 * Shapes: G kernels of C components each, J = G C; B data sets, N context rows.
 */
import { diagonalLike, diagonalOf, nearInverse, solve } from '../engine/linear-algebra.ts';
import {
  add,
  concat,
  exp,
  fill,
  matMul,
  max,
  maximum,
  mul,
  neg,
  reshape,
  slice,
  split,
  sqrt,
  square,
  sum,
  type Tensor,
  tanh,
  transpose,
} from '../engine/ops.ts';
import type { KernelShape, ModelConfig } from './config.ts';
import { toldColumns } from './features.ts';
import { kernelShapes, numComponents, PLACES } from './kernels.ts';

/**
 * Logarithms stay within these of where they start. Distances of far larger scales lose the digits that keep a matrix positive
 * definite, and so do noises that are far smaller.
 */
export const MOST_LOG_SCALE = 2.5;
export const MOST_LOG_NOISE = 5;
/** Variance, for standardised targets. */
export const START_NOISE = 0.01;
/** Of distances: within the rounding of a difference of squares. */
const LEAST_SQUARE = 1e-6;
/** Some roundings to single precision. */
const ROUNDING = 5e-7;

/** A context and the weights that read it. */
export interface Rows {
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly config: ModelConfig;
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
  /** Of the log density of all targets: -y' A^-1 y / 2, [B, G]. */
  readonly fit: Tensor;
  /**
   * Along ln s and ln v, [B, 2 G] each: of the fit, and of the other part of the log density, -ln |A| / 2 (Rasmussen and Williams, Gaussian
   * Processes for Machine Learning, 2006, equation 5.9).
   */
  readonly fitGradient: Tensor;
  readonly volumeGradient: Tensor;
}

export function solveKernels(rows: Rows, G: number, placed: Placed): Solved {
  const { B, inputs, targets, config } = rows;
  const C = numComponents(config);
  const { scales, amplitudes, noises } = placed;
  const N = (inputs.shape[0] as number) / B;
  const { rows: places, points, half } = sidesOf(placesOf(rows, inputs, scales));
  const { kernel, slope } = covariance(places, points, amplitudes, kernelShapes(config)); // [B, G, N, N] each
  // Distances come as differences of squares, whose rounding must not make a matrix indefinite.
  const rounding = mul(mul(max(neg(half), 2, true), exp(amplitudes)), ROUNDING); // [B, J, 1, 1]
  const raised = add(noises, sum(reshape(rounding, [B, G, C, 1]), 2, true));
  const matrix = add(kernel, diagonalLike(kernel, raised));
  const inverse = nearInverse(matrix);
  const coefficients = solve(matrix, inverse, mul(reshape(targets, [B, 1, N, 1]), fill([1, G, 1, 1], 1)));

  const gradientOf = (alongScale: Tensor, alongNoise: Tensor) =>
    mul(concat([overRows(alongScale), overRows(mul(alongNoise, noises))], 1), 0.5);
  return {
    ...placed,
    points,
    matrix,
    inverse,
    coefficients,
    slope,
    fit: mul(overRows(mul(reshape(targets, [B, 1, N, 1]), coefficients)), -0.5),
    fitGradient: gradientOf(mul(coefficients, matMul(slope, coefficients)), square(coefficients)),
    volumeGradient: gradientOf(neg(sum(mul(inverse, slope), -1, true)), neg(diagonalOf(inverse))),
  };
}

/** Sums over rows, [B, G, N, 1] -> [B, G]. */
export function overRows(x: Tensor): Tensor {
  return reshape(sum(x, 2), x.shape.slice(0, 2));
}

export const bounded = (x: Tensor, most: number): Tensor => mul(tanh(mul(x, 1 / most)), most);

/** Where the components see rows: inputs [B*R, columns] and scales [B, G*C, 1, PLACES] -> [B, G*C, R, PLACES]. */
export function placesOf(
  { weights, config, B }: Pick<Rows, 'weights' | 'config' | 'B'>,
  inputs: Tensor,
  scales: Tensor,
): Tensor {
  const R = (inputs.shape[0] as number) / B;
  const C = numComponents(config);
  const G = (scales.shape[1] as number) / C;
  // The first feature of every column of x.
  const own = slice(inputs, [0, 0], [-1, config.numFeatures - toldColumns(config)]);
  const at = transpose(reshape(matMul(own, weights.kernelPlaces), [B, R, C, PLACES]), [0, 2, 1, 3]);
  const each = mul(reshape(at, [B, 1, C, R, PLACES]), reshape(scales, [B, G, C, 1, PLACES]));
  return reshape(each, [B, G * C, R, PLACES]);
}

/** The kernel between rows [B, J, R, PLACES + 2] and points [B, J, N, PLACES + 2], and its slope along ln s; [B, G, R, N] each. */
export function covariance(
  rows: Tensor,
  points: Tensor,
  amplitudes: Tensor,
  shapes: readonly KernelShape[],
): { kernel: Tensor; slope: Tensor } {
  const [B, J] = rows.shape as [number, number];
  const C = shapes.length;
  const G = J / C;
  const [R, N] = [rows, points].map(({ shape }) => shape[2] as number);
  const runs = runsOf(shapes);
  const counts = runs.map(({ count }) => count);
  const each = (x: Tensor, axis: number) => (runs.length === 1 ? [x] : split(x, counts, axis));
  const sides = [rows, points].map((x) => each(reshape(x, [B, G, C, ...x.shape.slice(2)]), 2));
  const shares = each(reshape(exp(amplitudes), [B, G, 1, C]), 3);
  const parts = runs.map(({ shape, count }, i) => {
    const [from, to] = sides.map((side) => reshape(side[i], [B, G * count, ...side[i].shape.slice(3)]));
    const { kernel, slope, slopeFactor } = fallOff[shape](from, to); // [B, G * count, R, N] each
    const total = (x: Tensor, by: Tensor) => reshape(matMul(by, reshape(x, [B, G, count, R * N])), [B, G, R, N]);
    return { kernel: total(kernel, shares[i]), slope: total(slope, mul(shares[i], slopeFactor)) };
  });
  return parts.reduce((sum, part) => ({ kernel: add(sum.kernel, part.kernel), slope: add(sum.slope, part.slope) }));
}

/** Components of one shape that follow each other are computed at once. */
function runsOf(shapes: readonly KernelShape[]): { shape: KernelShape; count: number }[] {
  const starts = shapes.flatMap((shape, c) => (c > 0 && shape === shapes[c - 1] ? [] : [c]));
  return starts.map((start, i) => ({ shape: shapes[start], count: (starts[i + 1] ?? shapes.length) - start }));
}

/** Rows and points, whose product is -d^2 / 2 -> what is left of a kernel at the distance d, and its slope along ln s, divided by slopeFactor. */
type FallOff = (rows: Tensor, points: Tensor) => { kernel: Tensor; slope: Tensor; slopeFactor: number };

/** The formulas are those of priors/kernels.ts. */
const fallOff: Readonly<Record<KernelShape, FallOff>> = {
  rbf: (rows, points) => {
    // Smaller ones are nothing beside the noise, and arithmetic with numbers near the least ones is slow.
    const logs = maximum(matMul(rows, points, false, true), -20);
    const kernel = exp(logs);
    return { kernel, slope: mul(kernel, logs), slopeFactor: 2 };
  },
  matern32: (rows, points) => {
    const { squares, u, decay } = decaying(rows, points, 3);
    return { kernel: mul(add(u, 1), decay), slope: mul(squares, decay), slopeFactor: -1 };
  },
  matern52: (rows, points) => {
    const { squares, u, decay } = decaying(rows, points, 5);
    const near = mul(add(u, 1), decay);
    return { kernel: add(near, mul(mul(squares, decay), 1 / 3)), slope: mul(squares, near), slopeFactor: -1 / 3 };
  },
};

/** u = sqrt(times) d, its square and exp(-u). A root has no derivative at 0. */
function decaying(rows: Tensor, points: Tensor, times: number): { squares: Tensor; u: Tensor; decay: Tensor } {
  const squares = maximum(matMul(mul(rows, -2 * times), points, false, true), LEAST_SQUARE);
  const u = sqrt(squares);
  return { squares, u, decay: exp(neg(u)) };
}

/** The two sides of a product whose entries are -|s (x - x')|^2 / 2, from places [B, J, R, PLACES]; [B, J, R, PLACES + 2] each. */
export function sidesOf(places: Tensor): { rows: Tensor; points: Tensor; half: Tensor } {
  const half = mul(sum(square(places), -1, true), -0.5); // [B, J, R, 1]
  const ones = fill(half.shape, 1);
  return { rows: concat([places, ones, half], -1), points: concat([places, half, ones], -1), half };
}
