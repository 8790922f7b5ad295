/**
 * Kernels around the most probable one. They are alike but for theta = (ln s, ln v), the scale and the noise, and L(theta), the log density of
 * the context's targets, is known by its derivatives only: determinants are no products of matrices.
 *
 *   the search, by Fisher's scoring   theta <- theta + (F + P)^-1 (dL + P (m - theta))
 *   kernel g, after the search        theta_g = theta + S u_g,  S S' = (F + P)^-1, which is Laplace's approximation of the posterior
 *   its evidence                      L_g - L_0 = (dL_g + dL_0) (theta_g - theta_0) / 2, the mean slope times the way
 *
 * F is Fisher's information, m and the precisions P are what the network makes of what is told, u_g are learned. Where everything is told, all
 * theta_g are m.
 *
 * Shapes: G kernels of C components each; B data sets, N context rows, H hyperparameters.
 */
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
  mean,
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
  transpose,
} from '../engine/ops.ts';
import {
  bounded,
  MOST_LOG_AMPLITUDE,
  MOST_LOG_NOISE,
  MOST_LOG_SCALE,
  overRows,
  type Placed,
  placesOf,
  type Rows,
  type Solved,
  START_NOISE,
  solveKernels,
} from './kernel-solving.ts';
import { localKernelsOf, PLACES, SEARCH_STEPS } from './kernels.ts';

/** Of a step of the search, along ln s and along ln v. */
const LONGEST_STEP = 0.7;
/** Of the information, by what the gradient did on the last step. */
const LEAST_CURVATURE = 0.3;
const MOST_CURVATURE = 1.5;
/** In nats. */
const NO_CHANGE = 0.02;
/** Of a c - b^2, in parts of a c. */
const LEAST_DETERMINANT = 1e-3;
/** In nats, of the evidences of two kernels. */
const MOST_DIFFERENCE = 30;
/** How soon the rows have their full say, as more is left open. */
const OPENING = 5;
/** Of the ring of kernels around the first one, in standard deviations, before training. */
const RADIUS = 1.3;

/** What is known before the search. */
export interface Before {
  /** What is told, and a one, [B, T + 1]. */
  readonly direct: Tensor;
  /** The logarithms of the widths of the ranges that are told, [B, H]; undefined where nothing ever is. */
  readonly logWidths?: Tensor;
  /** The sum of these widths, [B, 1]. */
  readonly open: Tensor;
  /** What decided the kernels of the last stage, [B, hidden]. */
  readonly hidden: Tensor;
  /** The kernels of all stages. */
  readonly stages: readonly (Solved & { readonly evidence: Tensor })[];
}

/** Normal in theta: mean and precisions, [B, 2] each. */
interface Told {
  readonly mean: Tensor;
  readonly precision: Tensor;
}

/** A point of the search, theta and dL [B, 2], and F there: ss, sv, vv [B, 3]. */
interface Point {
  readonly theta: Tensor;
  readonly gradient: Tensor;
  readonly information: Tensor;
}

export function localKernels(rows: Rows, before: Before): Solved & { readonly evidence: Tensor } {
  const { weights, B, config } = rows;
  const local = localKernelsOf(config);
  const { G, C } = local;
  const { direct, logWidths, hidden } = before;
  const [scale, amplitude] = split(matMul(hidden, weights.localEach), [C * PLACES, C], 1);
  const offsets = sub(scale, mean(scale, 1, true));
  const amplitudes = add(bounded(amplitude, MOST_LOG_AMPLITUDE), -Math.log(C));
  const told: Told = {
    mean: matMul(direct, weights.localCommon),
    precision: exp(matMul(logWidths ? concat([direct, logWidths], 1) : direct, weights.localPrior)),
  };
  const near = scoring(search(rows, offsets, amplitudes, before, told), told);
  const gate = tanh(mul(before.open, OPENING));
  const center = add(told.mean, mul(gate, sub(near.next, told.mean)));
  const [u, v] = split(add(weights.localNodes, ring(G)), 2, 0); // [1, G] each
  const { ss, vs, vv } = near.spread;
  const away = [matMul(mul(ss, gate), u), add(matMul(mul(vs, gate), u), matMul(mul(vv, gate), v))]; // [B, G] each
  const theta = add(
    reshape(center, [B, 2, 1]),
    concat(
      away.map((x) => reshape(x, [B, 1, G])),
      1,
    ),
  ); // [B, 2, G]
  const solved = solveKernels(rows, local, place(theta, offsets, amplitudes));
  const gradient = reshape(solved.gradient, [B, 2, G]);
  const ofFirst = (x: Tensor) => slice(x, [0, 0, 0], [-1, -1, 1]);
  const difference = mul(sum(mul(add(gradient, ofFirst(gradient)), sub(theta, ofFirst(theta))), 1), 0.5); // [B, G]
  // The first one is weighed as the kernels of the stages are.
  const surprise = slice(overRows(solved.surprise), [0, 0], [-1, 1]);
  const share = matMul(concat([hidden, log(ss), log(vv)], 1), weights.localShare); // [B, 1]
  return { ...solved, evidence: add(bounded(difference, MOST_DIFFERENCE), sub(share, surprise)) };
}

/** No gradient: where the search ends hardly depends on where it starts. */
function search(rows: Rows, offsets: Tensor, amplitudes: Tensor, { stages }: Before, told: Told): Point {
  const { weights, config, B, inputs } = rows;
  const one = { ...localKernelsOf(config), G: 1 };
  const found = frozen(() => {
    const at = (theta: Tensor) => place(reshape(theta, [B, 2, 1]), offsets, amplitudes);
    const pointAt = (theta: Tensor): Point => {
      const solved = solveKernels(rows, one, at(theta));
      return { theta, gradient: solved.gradient, information: information(solved) };
    };
    const unscaled = at(fill([B, 2], 0));
    const places = placesOf(weights, config, one, B, inputs, unscaled.scales);
    const start = sub(startOf(stages), concat([extent(places, unscaled.amplitudes, 1), fill([B, 1], 0)], 1));
    let before = pointAt(start);
    let point = pointAt(scoring(before, told).next);
    for (let i = 2; i < SEARCH_STEPS; i++) {
      const next = pointAt(scoring(asCurved(point, before), told).next);
      [before, point] = [point, next];
    }
    return concat([point.theta, point.gradient, point.information], 1);
  });
  const [theta, gradient, informationThere] = split(found, [2, 2, 3], 1);
  return { theta, gradient, information: informationThere };
}

/** The mean of the kernels of all stages by their evidence: how far they spread the context, and ln of their noise; [B, 2]. */
function startOf(stages: Before['stages']): Tensor {
  const joined = (of: (stage: Before['stages'][number]) => Tensor) => concat(stages.map(of), 1); // [B, all kernels]
  const share = softmax(joined(({ evidence }) => evidence));
  const average = (x: Tensor) => sum(mul(share, x), 1, true);
  const spread = joined(({ points, amplitudes, evidence }) =>
    extent(slice(points, [0, 0, 0, 0], [-1, -1, -1, PLACES]), amplitudes, evidence.shape[1] as number),
  );
  const noise = joined(({ noises, evidence }) => log(mul(reshape(noises, evidence.shape), 1 / START_NOISE)));
  return concat([average(spread), average(noise)], 1);
}

/** ln of how far rows lie apart in the places [B, J, N, PLACES] of a kernel, on average over its components; [B, G]. */
function extent(places: Tensor, amplitudes: Tensor, G: number): Tensor {
  const [B, J] = places.shape as [number, number];
  const each = (x: Tensor) => reshape(x, [B, G, J / G]);
  const variance = sum(mean(square(sub(places, mean(places, 2, true))), 2), -1); // [B, J]
  const share = each(exp(amplitudes));
  return div(sum(mul(share, each(mul(log(add(variance, 1e-6)), 0.5))), -1), sum(share, -1));
}

/**
 * The point with its information scaled by how much the gradient changed since the point before, of what the information there had it change:
 * far from the most probable theta the log density is nearly linear, and steps by the information alone are short.
 */
function asCurved(point: Point, before: Point): Point {
  const [Fss, b, Fvv] = split(before.information, 3, 1);
  const step = sub(point.theta, before.theta);
  const [ds, dv] = split(step, 2, 1);
  const expected = mul(step, concat([add(mul(Fss, ds), mul(b, dv)), add(mul(b, ds), mul(Fvv, dv))], 1));
  const found = mul(step, sub(before.gradient, point.gradient));
  // Of a step that is next to nothing, nothing is learned.
  const ratio = div(add(found, NO_CHANGE), add(maximum(expected, 0), NO_CHANGE));
  const [rs, rv] = split(minimum(maximum(ratio, LEAST_CURVATURE), MOST_CURVATURE), 2, 1);
  return { ...point, information: mul(point.information, concat([rs, sqrt(mul(rs, rv)), rv], 1)) };
}

/** The next theta [B, 2], and S, the lower Cholesky factor of (F + P)^-1, by its entries [B, 1]. */
function scoring({ theta, gradient, information: F }: Point, told: Told) {
  const [Fss, b, Fvv] = split(F, 3, 1);
  const [Ps, Pv] = split(told.precision, 2, 1);
  const [rs, rv] = split(add(gradient, mul(told.precision, sub(told.mean, theta))), 2, 1);
  const [a, c] = [add(Fss, Ps), add(Fvv, Pv)];
  // Positive, whatever was rounded.
  const determinant = maximum(sub(mul(a, c), square(b)), mul(mul(a, c), LEAST_DETERMINANT));
  const step = concat([sub(mul(c, rs), mul(b, rv)), sub(mul(a, rv), mul(b, rs))], 1);
  const ss = sqrt(div(c, determinant));
  return {
    next: add(theta, clip(div(step, determinant), LONGEST_STEP)),
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
      half(mul(product, transpose(product, [0, 1, 3, 2]))),
      mul(half(mul(product, inverse)), v),
      mul(half(square(inverse)), square(v)),
    ],
    1,
  );
}

/** theta [B, 2, G], with the scales [B, C * PLACES] and amplitudes [B, C] that all G kernels share. */
function place(theta: Tensor, offsets: Tensor, amplitudes: Tensor): Placed {
  const [B, , G] = theta.shape as [number, number, number];
  const C = amplitudes.shape[1] as number;
  const [scale, noise] = split(theta, 2, 1); // [B, 1, G] each
  const logScales = clip(add(reshape(offsets, [B, 1, C * PLACES]), reshape(scale, [B, G, 1])), MOST_LOG_SCALE);
  const logNoises = clip(reshape(noise, [B, G, 1, 1]), MOST_LOG_NOISE);
  const shared = mul(reshape(amplitudes, [B, 1, C]), fill([1, G, 1], 1));
  return {
    scales: reshape(exp(logScales), [B, G * C, 1, PLACES]),
    amplitudes: reshape(shared, [B, G * C, 1, 1]),
    noises: mul(exp(logNoises), START_NOISE),
  };
}

const clip = (x: Tensor, most: number): Tensor => minimum(maximum(x, -most), most);

/** One in the middle and the others around it, [2, G]. */
function ring(G: number): Tensor {
  const angle = (g: number) => (2 * Math.PI * (g - 0.6)) / (G - 1);
  const row = (f: (x: number) => number) => Array.from({ length: G }, (_, g) => (g === 0 ? 0 : RADIUS * f(angle(g))));
  return tensor([row(Math.cos), row(Math.sin)]);
}
