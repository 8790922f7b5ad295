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
  type Context,
  clip,
  innerProduct,
  MOST_LOG_NOISE,
  MOST_LOG_SCALE,
  ofEach,
  type Placed,
  type Solved,
  START_NOISE,
  solveKernels,
} from './kernel-solving.ts';
import { CANDIDATES, SEARCH_STEPS } from './kernels.ts';

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

/** The kernels of a context, solved, and their evidence in nats, [B, G]. What is learned of the nodes: [3, G]. */
export function searchKernels(context: Context, bounds: Bounds, nodes: Tensor): Solved & { readonly evidence: Tensor } {
  const [B] = bounds.middle.shape as [number];
  const G = nodes.shape[1] as number;
  const { next, spread } = scoring(search(context, bounds));
  const [u, v, share] = split(add(mul(nodes, NODE_RATE), ring(G)), 3, 0); // [1, G] each
  const { ss, vs, vv } = spread;
  const away = [matMul(ss, u), add(matMul(vs, u), matMul(vv, v))]; // [B, G] each
  const z = add(
    reshape(next, [B, 2, 1]),
    concat(
      away.map((x) => reshape(x, [B, 1, G])),
      1,
    ),
  ); // [B, 2, G]
  const theta = within(bounds, z);
  const solved = solveKernels(context, place(theta));
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
function search(context: Context, bounds: Bounds): Point {
  const pointAt = (z: Tensor): Point => {
    const solved = solveKernels(context, place(within(bounds, reshape(z, [-1, 2, 1]))));
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
    let before = pointAt(startOf(context, bounds));
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
function startOf(context: Context, bounds: Bounds): Tensor {
  const z = tensor([[CANDIDATES, CANDIDATES.map(() => 0)]]); // [1, 2, G]
  const { coefficients, inverse } = solveKernels(context, place(within(bounds, z)));
  const precision = maximum(diagonalOf(inverse), LEAST_PRECISION);
  const surprises = mul(sub(div(square(coefficients), precision), log(precision)), 0.5); // [B, G, N, 1]
  const shares = softmax(neg(ofEach(sum(surprises, 2, true)))); // [B, G]
  return sum(mul(reshape(shares, [-1, 1, CANDIDATES.length]), z), 2);
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
export function information({ inverse, fall, noises }: Pick<Solved, 'inverse' | 'fall' | 'noises'>): Tensor {
  const product = matMul(inverse, fall);
  const ss = innerProduct(matMul(product, inverse), fall);
  const sv = mul(innerProduct(product, inverse), neg(noises));
  const vv = mul(innerProduct(inverse, inverse), square(noises));
  return mul(concat([ss, sv, vv].map(ofEach), 1), 0.5);
}

/** theta [B, 2, G] -> G kernels. */
function place(theta: Tensor): Placed {
  const [, , G] = theta.shape as [number, number, number];
  const [scale, noise] = split(theta, 2, 1).map((each) => reshape(each, [-1, G, 1, 1]));
  return {
    scales: exp(clip(scale, MOST_LOG_SCALE)),
    noises: mul(exp(clip(noise, MOST_LOG_NOISE)), START_NOISE),
  };
}

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
