/**
 * Gaussian processes of given kernels, solved: what kernel-regression.ts and kernel-search.ts have in common.
 *
 *   k(x, x') = sum over c of a_c f_c(s |r_c P_c (x - x')|)     a and r belong to a data set, s and the noise v to each of its kernels, P to the network
 *
 * f_c is exp(-d^2 / 2) or of another shape (fallOff). Distances before s are the same for all kernels of a data set.
 *
 * Shapes: G kernels of C components each; B data sets, N context rows.
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
  minimum,
  mul,
  neg,
  reshape,
  slice,
  split,
  sqrt,
  square,
  sub,
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
/** Of distances, so that their roots have derivatives: far less than the rounding of a difference of squares. */
const LEAST_SQUARE = 1e-8;
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

/** What the kernels of a data set have in common. */
export interface Components {
  /** r, [B, C, 1, PLACES]. */
  readonly stretches: Tensor;
  /** ln a, [B, C, 1, 1]. */
  readonly amplitudes: Tensor;
}

/** What they differ in. */
export interface Placed {
  /** s, [B, G, 1, 1]. */
  readonly scales: Tensor;
  /** v, [B, G, 1, 1]. */
  readonly noises: Tensor;
}

/** A context as the components see it. */
export interface Context extends Components {
  readonly shapes: readonly KernelShape[];
  /** [B, 1, N, 1] */
  readonly targets: Tensor;
  /** Its rows, [B, C, N, PLACES + 2]. */
  readonly points: Tensor;
  readonly distances: Distances;
  /** What rounding can have done to a kernel of s = 1, [B, 1, 1, 1]. */
  readonly rounding: Tensor;
}

/** Between rows and points, d^2 and d of each component, [B, 1, R, N]. */
interface Distances {
  readonly squares: readonly Tensor[];
  readonly roots: readonly Tensor[];
}

export interface Solved extends Placed {
  /** K + v I, [B, G, N, N], its inverse as solve wants it, and what it makes of the targets, [B, G, N, 1]. */
  readonly matrix: Tensor;
  readonly inverse: Tensor;
  readonly coefficients: Tensor;
  /** -dK / d ln s, [B, G, N, N]. */
  readonly fall: Tensor;
  /** Of the log density of all targets: -y' A^-1 y / 2, [B, G]. */
  readonly fit: Tensor;
  /**
   * Along ln s and ln v, [B, 2 G] each: of the fit, and of the other part of the log density, -ln |A| / 2 (Rasmussen and Williams, Gaussian
   * Processes for Machine Learning, 2006, equation 5.9).
   */
  readonly fitGradient: Tensor;
  readonly volumeGradient: Tensor;
}

export function contextOf({ weights, config, B, inputs, targets }: Rows, components: Components): Context {
  const { stretches, amplitudes } = components;
  const { rows, points, half } = sidesOf(placesOf(weights, config, B, inputs, stretches));
  const products = matMul(rows, points, false, true);
  const others = sub(1, diagonalLike(products, fill([1, 1, 1, 1], 1)));
  return {
    ...components,
    shapes: kernelShapes(config),
    targets: reshape(targets, [B, 1, -1, 1]),
    points,
    // From a row to itself it is 0, whatever was rounded.
    distances: distancesOf(mul(products, others)),
    rounding: sum(mul(mul(max(neg(half), 2, true), exp(amplitudes)), ROUNDING), 1, true),
  };
}

export function solveKernels(context: Context, placed: Placed): Solved {
  const { targets, distances, shapes, amplitudes, rounding } = context;
  const { scales, noises } = placed;
  const { kernel, fall } = covariance(distances, shapes, amplitudes, scales); // [B, G, N, N] each
  // Distances come as differences of squares, whose rounding must not make a matrix indefinite.
  const raised = add(noises, mul(rounding, square(scales)));
  const matrix = add(kernel, diagonalLike(kernel, raised));
  const inverse = nearInverse(matrix);
  const coefficients = solve(matrix, inverse, mul(targets, fill(scales.shape, 1)));

  const gradientOf = (alongScale: Tensor, alongNoise: Tensor) =>
    mul(concat([ofEach(alongScale), ofEach(mul(alongNoise, noises))], 1), 0.5);
  return {
    ...placed,
    matrix,
    inverse,
    coefficients,
    fall,
    fit: mul(ofEach(sum(mul(targets, coefficients), 2, true)), -0.5),
    fitGradient: gradientOf(
      neg(sum(mul(coefficients, matMul(fall, coefficients)), 2, true)),
      sum(square(coefficients), 2, true),
    ),
    volumeGradient: gradientOf(innerProduct(inverse, fall), neg(sum(diagonalOf(inverse), 2, true))),
  };
}

/** The sum of the products of all entries: [B, G, N, N] twice -> [B, G, 1, 1]. */
export const innerProduct = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b), [-2, -1], true);

/** [B, G, 1, 1] -> [B, G] */
export const ofEach = (x: Tensor): Tensor => reshape(x, x.shape.slice(0, 2));

export const clip = (x: Tensor, most: number): Tensor => minimum(maximum(x, -most), most);

export const bounded = (x: Tensor, most: number): Tensor => mul(tanh(mul(x, 1 / most)), most);

/** Where the components see rows: inputs [B*R, columns] -> [B, C, R, PLACES]. */
export function placesOf(
  weights: Rows['weights'],
  config: ModelConfig,
  B: number,
  inputs: Tensor,
  stretches: Tensor,
): Tensor {
  const R = (inputs.shape[0] as number) / B;
  // The first feature of every column of x.
  const own = slice(inputs, [0, 0], [-1, config.numFeatures - toldColumns(config)]);
  const places = reshape(matMul(own, weights.kernelPlaces), [B, R, numComponents(config), PLACES]);
  return mul(transpose(places, [0, 2, 1, 3]), stretches);
}

/** The two sides of a product whose entries are -|r P (x - x')|^2 / 2, from places [B, C, R, PLACES]; [B, C, R, PLACES + 2] each. */
export function sidesOf(places: Tensor): { rows: Tensor; points: Tensor; half: Tensor } {
  const half = mul(sum(square(places), -1, true), -0.5); // [B, C, R, 1]
  const ones = fill(half.shape, 1);
  return { rows: concat([places, ones, half], -1), points: concat([places, half, ones], -1), half };
}

/** [B, C, ..] -> C times [B, 1, ..] */
const ofComponents = (x: Tensor): Tensor[] => split(x, x.shape[1] as number, 1);

/** From these products, [B, C, R, N]. */
export function distancesOf(products: Tensor): Distances {
  const squares = maximum(mul(products, -2), LEAST_SQUARE);
  return { squares: ofComponents(squares), roots: ofComponents(sqrt(squares)) };
}

/** What a component is worth at a distance, and by how much that falls as ln s grows; [B, G, R, N] each. */
interface Worth {
  readonly kernel: Tensor;
  readonly fall: Tensor;
}

/** The kernels between rows and points, ln a [B, C, 1, 1] and s [B, G, 1, 1]. */
export function covariance(
  { squares, roots }: Distances,
  shapes: readonly KernelShape[],
  amplitudes: Tensor,
  scales: Tensor,
): Worth {
  const each = ofComponents(amplitudes); // [B, 1, 1, 1]
  return shapes
    .map((shape, c) => fallOff[shape](squares[c], roots[c], scales, each[c]))
    .reduce((total, one) => ({ kernel: add(total.kernel, one.kernel), fall: add(total.fall, one.fall) }));
}

/** d^2 and d [B, 1, R, N], s [B, G, 1, 1] and ln a [B, 1, 1, 1]. The formulas are those of priors/kernels.ts. */
const fallOff: Readonly<Record<KernelShape, (squares: Tensor, roots: Tensor, s: Tensor, logA: Tensor) => Worth>> = {
  rbf(squares, _, s, logA) {
    // Smaller ones are nothing beside the noise, and arithmetic with numbers near the least ones is slow.
    const logs = maximum(mul(squares, mul(square(s), -0.5)), -20);
    const kernel = exp(add(logs, logA));
    return { kernel, fall: mul(kernel, mul(logs, -2)) };
  },
  matern32(_, roots, s, logA) {
    const u = mul(roots, mul(s, Math.sqrt(3)));
    const decay = exp(sub(logA, u));
    const first = mul(u, decay);
    return { kernel: add(decay, first), fall: mul(u, first) };
  },
  matern52(squares, roots, s, logA) {
    const u = mul(roots, mul(s, Math.sqrt(5)));
    const third = mul(squares, mul(square(s), 5 / 3)); // u^2 / 3
    const decay = exp(sub(logA, u));
    const near = add(decay, mul(u, decay));
    return { kernel: add(near, mul(third, decay)), fall: mul(third, near) };
  },
};
