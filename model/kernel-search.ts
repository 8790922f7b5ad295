/**
 * Kernels around the most probable one: nodes and weights of an integral over theta = (ln s, ln v), the scale and the noise that kernels of one
 * family differ in. L(theta) is the log density of the context's targets.
 *
 * theta is uniform a priori, within bounds. So z, where theta = m + r tanh(z / 2), has a logistic prior, and a posterior that is near to normal
 * however little the context says:
 *
 *   the search, by Fisher's scoring   z <- z + (J F J + P)^-1 (J dL - t),   t = tanh(z / 2),  J = d theta / d z = r (1 - t^2) / 2
 *   node g                            z_g = z + S u_g,  S S' = (J F J + P)^-1, which is Laplace's approximation of the posterior
 *   its weight                        exp(L_g + ln(1 - t_g^2) + w_g)
 *
 * F is Fisher's information. P = (1 + t^2) / 2 is the curvature that the prior and the way from z to theta have at the maximum. u_g and w_g are
 * learned. Where everything is told, r is 0 and all theta_g are m.
 *
 * Shapes: G kernels of C components each; B data sets, N context rows.
 */
import { diagonalOf } from '../engine/linear-algebra.ts';
import {
  add,
  concat,
  div,
  exp,
  fill,
  frozen,
  log,
  matMul,
  maximum,
  minimum,
  mul,
  neg,
  reciprocal,
  reshape,
  slice,
  softmax,
  split,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '../engine/ops.ts';
import {
  bounded,
  MOST_LOG_NOISE,
  MOST_LOG_SCALE,
  overRows,
  type Placed,
  type Rows,
  type Solved,
  START_NOISE,
  solveKernels,
} from './kernel-solving.ts';
import { CANDIDATES, numKernels, PLACES, SEARCH_STEPS } from './kernels.ts';

/** Of a step of the search, along either z. */
const LONGEST_STEP = 1.5;
/** Of 1 - t^2: within single precision of t. */
const LEAST_DENSITY = 1e-6;
/** Of the information, by what the gradient did on the last step. */
const LEAST_CURVATURE = 0.3;
const MOST_CURVATURE = 1.5;
/** In nats. */
const NO_CHANGE = 0.02;
/** Of a c - b^2, in parts of a c. */
const LEAST_DETERMINANT = 1e-3;
/** In nats, of the evidences of two kernels. */
const MOST_DIFFERENCE = 30;
/** Steps of the optimiser are small beside the distances between nodes. */
const NODE_RATE = 10;
/** Of u_g before training: one in the middle, the others around it. */
const RADIUS = 2.3;
/** Of w_g before training: that of those around it, which stand for more of the posterior. */
const OUTER_WEIGHT = 0.5;
/** Of a context row, given the others. */
const LEAST_PRECISION = 1e-3;

/** Bounds of theta, [B, 2] each: the middle m and the reach r to either side. */
export interface Bounds {
  readonly middle: Tensor;
  readonly reach: Tensor;
}

/** A point of the search: z and J dL [B, 2], and J F J there: ss, sv, vv [B, 3]. */
interface Point {
  readonly z: Tensor;
  readonly gradient: Tensor;
  readonly information: Tensor;
}

/** What the kernels of a data set have in common. */
export interface Family {
  readonly bounds: Bounds;
  /** Logarithms, [B, C * PLACES] and [B, C]. */
  readonly scales: Tensor;
  readonly amplitudes: Tensor;
}

/** The G kernels of a context, solved, and their evidence in nats, [B, G]. */
export function searchKernels(rows: Rows, family: Family): Solved & { readonly evidence: Tensor } {
  const { weights, B, config } = rows;
  const G = numKernels(config);
  const { next, spread } = scoring(search(rows, family));
  const [u, v, share] = split(add(mul(weights.kernelNodes, NODE_RATE), ring(G)), 3, 0); // [1, G] each
  const { ss, vs, vv } = spread;
  const away = [matMul(ss, u), add(matMul(vs, u), matMul(vv, v))]; // [B, G] each
  const z = add(
    reshape(next, [B, 2, 1]),
    concat(
      away.map((x) => reshape(x, [B, 1, G])),
      1,
    ),
  ); // [B, 2, G]
  const theta = within(family.bounds, z);
  const solved = solveKernels(rows, G, place(theta, family));
  const likelihood = bounded(fromFirst(solved, theta), MOST_DIFFERENCE);
  const prior = sum(log(density(tanh(mul(z, 0.5)))), 1);
  return { ...solved, evidence: add(add(likelihood, prior), share) };
}

/** z -> theta, [B, 2, G] each. */
function within({ middle, reach }: Bounds, z: Tensor): Tensor {
  const column = (x: Tensor) => reshape(x, [-1, 2, 1]);
  return add(column(middle), mul(column(reach), tanh(mul(z, 0.5))));
}

/** L_g - L_0, [B, G]. Of determinants only derivatives are known, so their part is the mean slope times the way. */
function fromFirst({ fit, volumeGradient }: Solved, theta: Tensor): Tensor {
  const slopes = reshape(volumeGradient, theta.shape); // [B, 2, G]
  const first = (x: Tensor) => slice(x, [0, 0, 0], [-1, -1, 1]);
  const volume = sum(mul(add(slopes, first(slopes)), sub(theta, first(theta))), 1); // [B, G]
  return add(sub(fit, slice(fit, [0, 0], [-1, 1])), mul(volume, 0.5));
}

/** 1 - t^2: of the logistic prior of z, in parts of its largest. */
const density = (t: Tensor): Tensor => maximum(sub(1, square(t)), LEAST_DENSITY);

/** No gradient: where the search ends hardly depends on the way. */
function search(rows: Rows, family: Family): Point {
  const { B } = rows;
  const { bounds } = family;
  const pointAt = (z: Tensor): Point => {
    const solved = solveKernels(rows, 1, place(within(bounds, reshape(z, [B, 2, 1])), family));
    const along = mul(bounds.reach, mul(density(tanh(mul(z, 0.5))), 0.5)); // J
    const [js, jv] = split(along, 2, 1);
    const products = concat([square(js), mul(js, jv), square(jv)], 1);
    return {
      z,
      gradient: mul(add(solved.fitGradient, solved.volumeGradient), along),
      information: mul(information(solved), products),
    };
  };
  const found = frozen(() => {
    let before = pointAt(startOf(rows, family));
    let point = pointAt(scoring(before).next);
    for (let i = 2; i < SEARCH_STEPS; i++) {
      const next = pointAt(scoring(asCurved(point, before)).next);
      [before, point] = [point, next];
    }
    return concat([point.z, point.gradient, point.information], 1);
  });
  const [z, gradient, informationThere] = split(found, [2, 2, 3], 1);
  return { z, gradient, information: informationThere };
}

/**
 * The mean of a few z [B, 2], by how well each predicts every context row from the others, which is known from the inverse at once (Rasmussen and
 * Williams, Gaussian Processes for Machine Learning, 2006, section 5.4.2). A posterior can have two maxima.
 */
function startOf(rows: Rows, family: Family): Tensor {
  const G = CANDIDATES.length;
  const z = tensor([[CANDIDATES.map(([ofScale]) => ofScale), CANDIDATES.map(([, ofNoise]) => ofNoise)]]); // [1, 2, G]
  const { coefficients, inverse } = solveKernels(rows, G, place(within(family.bounds, z), family));
  const precision = maximum(diagonalOf(inverse), LEAST_PRECISION);
  const surprise = overRows(mul(sub(div(square(coefficients), precision), log(precision)), 0.5)); // [B, G]
  return sum(mul(reshape(softmax(neg(surprise)), [rows.B, 1, G]), z), 2);
}

/**
 * The point with its information scaled by how much the gradient changed since the point before, of what the information there had it change:
 * far from the most probable theta the log density is nearly linear, and steps by the information alone are short.
 */
function asCurved(point: Point, before: Point): Point {
  const [Fss, b, Fvv] = split(before.information, 3, 1);
  const step = sub(point.z, before.z);
  const [ds, dv] = split(step, 2, 1);
  const expected = mul(step, concat([add(mul(Fss, ds), mul(b, dv)), add(mul(b, ds), mul(Fvv, dv))], 1));
  const found = mul(step, sub(before.gradient, point.gradient));
  // Of a step that is next to nothing, nothing is learned.
  const ratio = div(add(found, NO_CHANGE), add(maximum(expected, 0), NO_CHANGE));
  const [rs, rv] = split(minimum(maximum(ratio, LEAST_CURVATURE), MOST_CURVATURE), 2, 1);
  return { ...point, information: mul(point.information, concat([rs, sqrt(mul(rs, rv)), rv], 1)) };
}

/** The next z [B, 2], and S, the lower Cholesky factor of (J F J + P)^-1, by its entries [B, 1]. */
function scoring({ z, gradient, information: F }: Point) {
  const [Fss, b, Fvv] = split(F, 3, 1);
  const t = tanh(mul(z, 0.5));
  const [Ps, Pv] = split(mul(add(square(t), 1), 0.5), 2, 1);
  const [rs, rv] = split(sub(gradient, t), 2, 1);
  const [a, c] = [add(Fss, Ps), add(Fvv, Pv)];
  // Positive, whatever was rounded.
  const determinant = maximum(sub(mul(a, c), square(b)), mul(mul(a, c), LEAST_DETERMINANT));
  const step = concat([sub(mul(c, rs), mul(b, rv)), sub(mul(a, rv), mul(b, rs))], 1);
  const ss = sqrt(div(c, determinant));
  return {
    next: add(z, clip(div(step, determinant), LONGEST_STEP)),
    spread: { ss, vs: div(neg(b), mul(determinant, ss)), vv: sqrt(reciprocal(c)) },
  };
}

/** Fisher's information on ln s and ln v, tr(A^-1 dA A^-1 dA') / 2: ss, sv, vv of one kernel, [B, 3]. */
export function information({ inverse, slope, noises }: Pick<Solved, 'inverse' | 'slope' | 'noises'>): Tensor {
  const B = inverse.shape[0];
  const half = (x: Tensor) => mul(reshape(sum(x, [2, 3]), [B, 1]), 0.5);
  const product = matMul(inverse, slope);
  const v = reshape(noises, [B, 1]);
  return concat(
    [
      half(mul(matMul(product, inverse), slope)),
      mul(half(mul(product, inverse)), v),
      mul(half(square(inverse)), square(v)),
    ],
    1,
  );
}

/** theta [B, 2, G] -> G kernels. */
function place(theta: Tensor, { scales, amplitudes }: Family): Placed {
  const [B, , G] = theta.shape as [number, number, number];
  const C = amplitudes.shape[1] as number;
  const [scale, noise] = split(theta, 2, 1); // [B, 1, G] each
  const logScales = clip(add(reshape(scales, [B, 1, C * PLACES]), reshape(scale, [B, G, 1])), MOST_LOG_SCALE);
  const logNoises = clip(reshape(noise, [B, G, 1, 1]), MOST_LOG_NOISE);
  const shared = mul(reshape(amplitudes, [B, 1, C]), fill([1, G, 1], 1));
  return {
    scales: reshape(exp(logScales), [B, G * C, 1, PLACES]),
    amplitudes: reshape(shared, [B, G * C, 1, 1]),
    noises: mul(exp(logNoises), START_NOISE),
  };
}

const clip = (x: Tensor, most: number): Tensor => minimum(maximum(x, -most), most);

/** u, v and w before training, [3, G]. */
function ring(G: number): Tensor {
  const outer = Array.from({ length: G - 1 }, (_, g) => (2 * Math.PI * (g + 0.4)) / (G - 1));
  const row = (of: (angle: number) => number) => [0, ...outer.map(of)];
  return tensor([
    row((angle) => RADIUS * Math.cos(angle)),
    row((angle) => RADIUS * Math.sin(angle)),
    row(() => OUTER_WEIGHT),
  ]);
}
