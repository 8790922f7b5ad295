/**
 * Regression on learned kernels, solved exactly. Where the answers of a prior are close to those of Gaussian processes, the network only has
 * to find the kernels: the answers themselves are linear in the targets, and no stack of attentions learns to solve a linear system so well.
 *
 *   k(x, x') = sum over c of a_c exp(-|s_c P_c (x - x')|^2 / 2)     a, s and the noise v belong to a data set, P to the network
 *   mean = k (K + v I)^-1 y,   variance = v + k(x, x) - k (K + v I)^-1 k'
 *
 * Three stages of kernels. Those of the first, spread over what is told of the hyperparameters, are weighed by how well each predicts the context;
 * that, with the context's stream, places those of the second, and these likewise those of the third, which answer: a mixture of normals, by
 * their evidence. Where everything is told, the rows have no say in the kernels.
 *
 * The evidence is the log density of every context row given the others, known from the inverse at once (Rasmussen and Williams, Gaussian
 * Processes for Machine Learning, 2006, section 5.4.2), moved by what training makes of a few statistics.
 *
 * Shapes: G kernels of C components each, J = G C; B data sets, N context rows, M query rows, T told columns.
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
  mean,
  mul,
  neg,
  reshape,
  slice,
  softmax,
  split,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
} from '../engine/ops.ts';
import type { ModelConfig } from './config.ts';
import { toldColumns } from './features.ts';
import { AVERAGES, CANDIDATES, type Kernels, kernelsOf, PLACES, POOLS, POWERS, REFINED } from './kernels.ts';

/**
 * Logarithms stay within these of where they start. Distances of far larger scales lose the digits that keep a matrix positive
 * definite, and so do noises that are far smaller.
 */
const MOST_LOG_SCALE = 2.5;
const MOST_LOG_AMPLITUDE = 2;
const MOST_LOG_NOISE = 5;
/** What a kernel of the wrong kind says of a row can be very large. */
const MOST_STATISTIC = 5;
/** Some roundings to single precision. */
const ROUNDING = 5e-7;
/** Variance, for standardised targets. */
const START_NOISE = 0.01;

/** What the context leaves behind: the kernels of the last stage, solved. */
export interface Regression {
  /** s, [B, J, 1, PLACES]. */
  readonly scales: Tensor;
  /** ln a, [B, J, 1, 1]. */
  readonly amplitudes: Tensor;
  /** v, [B, G, 1, 1]. */
  readonly noises: Tensor;
  /** Context rows as the components see them, [B, J, N, PLACES + 2]. */
  readonly points: Tensor;
  /** K + v I, [B, G, N, N], its near inverse, and what it makes of the targets, [B, G, N, 1]. */
  readonly matrix: Tensor;
  readonly inverse: Tensor;
  readonly coefficients: Tensor;
  /** In nats, of all rows together, [B, G]. */
  readonly evidence: Tensor;
}

/** Of the tensors of a Regression, for export. */
export function regressionShapes(config: ModelConfig): Record<keyof Regression, (string | number)[]> {
  const { G, C } = kernelsOf(config);
  return {
    scales: ['batch', G * C, 1, PLACES],
    amplitudes: ['batch', G * C, 1, 1],
    noises: ['batch', G, 1, 1],
    points: ['batch', G * C, 'context', PLACES + 2],
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
  const told = toldColumns(config);
  const one = fill([B, 1], 1);
  // All rows tell the same.
  const known = reshape(slice(reshape(inputs, [B, N, columns]), [0, 0, columns - told], [-1, 1, told]), [B, told]);
  const direct = told === 0 ? one : concat([known, one], 1);
  const rows = { weights, config, activation, B, inputs, targets };
  const pools = softmax(transpose(reshape(matMul(stream, weights.kernelPools), [B, N, POOLS]), [0, 2, 1])); // [B, POOLS, N]
  const width = columns + config.width;
  const pooled = reshape(matMul(pools, reshape(concat([stream, inputs], 1), [B, N, width])), [B, POOLS * width]);
  // Where all is told there is nothing to learn from the rows.
  const open = openness(config, known, one);
  const after = (stage: Stage): Evidence => ({
    seen: concat([pooled, softmax(stage.evidence), stage.statistics], 1),
    averages: mul(averages(stage), open),
    open,
  });
  const candidates = regressOn(rows, CANDIDATES, direct);
  const refined = regressOn(rows, REFINED, direct, after(candidates));
  const {
    logs: _,
    statistics: __,
    slopes: ___,
    ...regression
  } = regressOn(rows, kernelsOf(config), direct, after(refined));
  return regression;
}

/** Averages over the kernels of a stage, weighted by powers of their evidence, [B, POWERS * AVERAGES]. */
function averages({ evidence, logs, slopes }: Stage): Tensor {
  const [B, G] = evidence.shape as [number, number];
  const each = reshape(concat([logs, slopes], 1), [B, AVERAGES, G]);
  const weighted = POWERS.map((power) => sum(mul(each, reshape(softmax(mul(evidence, power)), [B, 1, G])), -1)); // [B, AVERAGES] each
  return concat(weighted, 1);
}

/** How much of the hyperparameters is left open: the sum of the widths of their ranges, 2 for a whole one; [B, 1]. */
function openness({ hyperparameters = [] }: ModelConfig, known: Tensor, one: Tensor): Tensor {
  const H = hyperparameters.length;
  if (H === 0) return one;
  const ends = reshape(known, [known.shape[0] as number, H, 2]);
  return sum(squeeze(sub(slice(ends, [0, 0, 1], [-1, H, 1]), slice(ends, [0, 0, 0], [-1, H, 1])), [2]), 1, true);
}

interface Stage extends Regression {
  /** Logarithms of scales and noises, [B, 2 G]. */
  readonly logs: Tensor;
  /** Of the log evidence of a row along both, [B, 2 G]. */
  readonly slopes: Tensor;
  /** [B, G * STATISTICS] */
  readonly statistics: Tensor;
}

interface Evidence {
  /** [B, S] */
  readonly seen: Tensor;
  /** [B, POWERS * AVERAGES] */
  readonly averages: Tensor;
  /** [B, 1] */
  readonly open: Tensor;
}

interface Rows {
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly config: ModelConfig;
  readonly activation: (x: Tensor) => Tensor;
  readonly B: number;
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

/**
 * What is told, `direct` [B, D], decides the kernels by a perceptron and linearly, since logarithms of scales are so in those of
 * hyperparameters; what is seen of the rows does as far as something is left open.
 */
function regressOn(
  { weights, config, activation, B, inputs, targets }: Rows,
  kernels: Kernels,
  direct: Tensor,
  evidence?: Evidence,
): Stage {
  const { name, G, C } = kernels;
  const J = G * C;
  const N = (inputs.shape[0] as number) / B;
  const byTold = activation(matMul(direct, weights[`${name}Told`]));
  const hidden = evidence
    ? concat([byTold, mul(activation(matMul(evidence.seen, weights[`${name}Seen`])), evidence.open)], 1)
    : byTold;
  const byDirect = matMul(direct, weights[`${name}Common`]);
  const common = evidence ? add(byDirect, matMul(evidence.averages, weights[`${name}Averages`])) : byDirect; // [B, 2 G], of scales and of noises
  const [scale, noise] = split(common, 2, 1);
  const [eachScale, eachAmplitude, eachNoise] = split(matMul(hidden, weights[`${name}Each`]), [J * PLACES, J, G], 1);
  const logScales = add(reshape(eachScale, [B, G, C * PLACES]), reshape(scale, [B, G, 1]));
  const logNoises = add(eachNoise, noise);
  const scales = exp(bounded(logScales, MOST_LOG_SCALE));
  const amplitudes = reshape(add(bounded(eachAmplitude, MOST_LOG_AMPLITUDE), -Math.log(C)), [B, J, 1, 1]);
  const noises = reshape(mul(exp(bounded(logNoises, MOST_LOG_NOISE)), START_NOISE), [B, G, 1, 1]);
  const perComponent = reshape(scales, [B, J, 1, PLACES]);
  const at = pointsAt(weights, config, kernels, B, inputs, perComponent);
  const half = mul(sum(square(at), -1, true), -0.5); // [B, J, N, 1]
  const ones = fill([B, J, N, 1], 1);
  const points = concat([at, add(half, amplitudes), ones], -1);
  const { kernel, slope } = covariance(concat([at, ones, half], -1), points, amplitudes, G); // [B, G, N, N] each
  // Distances come as differences of squares, whose rounding must not make a matrix indefinite.
  const rounding = mul(mul(max(neg(half), 2, true), exp(amplitudes)), ROUNDING); // [B, J, 1, 1]
  const raised = add(noises, sum(reshape(rounding, [B, G, C, 1]), 2, true));
  const matrix = add(kernel, diagonalLike(kernel, raised));
  const inverse = nearInverse(matrix);
  const y = mul(reshape(targets, [B, 1, N, 1]), fill([1, G, 1, 1], 1));
  const coefficients = solve(matrix, inverse, y); // [B, G, N, 1]

  // Each row predicted from the others: its precision is the diagonal of the inverse, its error the coefficient over that.
  const precision = maximum(diagonalOf(inverse), 1e-3); // [B, G, N, 1]
  const logPrecision = log(precision);
  const surprise = mul(sub(div(square(coefficients), precision), logPrecision), 0.5);
  const total = (x: Tensor) => reshape(sum(x, 2), [B, G]);
  const perRow = div(fill([B, 1], 1), sum(fill([B, N], 1), 1, true));
  // The derivatives of the log density of all targets, half of a (dK) a - trace(A^-1 dK).
  const alongScale = sub(mul(coefficients, matMul(slope, coefficients)), sum(mul(inverse, slope), -1, true));
  const alongNoise = mul(sub(square(coefficients), precision), noises);
  const slopes = mul(concat([alongScale, alongNoise].map(total), 1), perRow); // [B, 2 G]
  const sums = concat([surprise, mul(y, coefficients), mul(precision, noises), logPrecision].map(total), 1); // [B, 4 G]
  const statistics = bounded(concat([mul(sums, perRow), slopes], 1), MOST_STATISTIC);
  const nats = sub(matMul(statistics, weights[`${name}Statistics`]), total(surprise));
  return {
    scales: perComponent,
    amplitudes,
    noises,
    points,
    matrix,
    inverse,
    coefficients,
    evidence: nats,
    logs: concat([mean(logScales, 2), logNoises], 1),
    slopes: bounded(slopes, MOST_STATISTIC),
    statistics,
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
  { scales, amplitudes, noises, points, matrix, inverse, coefficients, evidence }: Regression,
): Answers {
  const kernels = kernelsOf(config);
  const { G, C } = kernels;
  const M = (inputs.shape[0] as number) / B;
  const at = pointsAt(weights, config, kernels, B, inputs, scales);
  const half = mul(sum(square(at), -1, true), -0.5);
  const { kernel: k } = covariance(concat([at, fill([B, G * C, M, 1], 1), half], -1), points, amplitudes, G); // [B, G, M, N]
  const mean = matMul(k, coefficients); // [B, G, M, 1]
  const toContext = transpose(k, [0, 1, 3, 2]);
  const solved = solve(matrix, inverse, toContext); // [B, G, N, M]
  // k A^-1 k' to second order in the error of the solution, and never more than it.
  const explained = sum(mul(solved, sub(mul(toContext, 2), matMul(matrix, solved))), 2, true); // [B, G, 1, M]
  const own = sum(reshape(exp(amplitudes), [B, G, C, 1]), 2, true); // [B, G, 1, 1]
  const variance = add(maximum(sub(own, explained), 0), noises);
  const rows = (x: Tensor) => reshape(transpose(reshape(x, [B, G, M]), [0, 2, 1]), [B * M, G]);
  const evidences = reshape(add(reshape(evidence, [B, 1, G]), fill([1, M, 1], 0)), [B * M, G]);
  return { mean: rows(mean), variance: rows(variance), evidence: evidences };
}

const bounded = (x: Tensor, most: number) => mul(tanh(mul(x, 1 / most)), most);

/** Where the components see rows: [B*R, columns] -> [B, J, R, PLACES]. */
function pointsAt(
  weights: Readonly<Record<string, Tensor>>,
  config: ModelConfig,
  { name, G, C }: Kernels,
  B: number,
  inputs: Tensor,
  scales: Tensor,
): Tensor {
  const R = (inputs.shape[0] as number) / B;
  // The first feature of every column of x.
  const own = slice(inputs, [0, 0], [-1, config.numFeatures - toldColumns(config)]);
  const at = reshape(matMul(own, weights[`${name}Places`]), [B, R, G * C, PLACES]);
  return mul(transpose(at, [0, 2, 1, 3]), scales);
}

/** The kernel between rows [B, J, R, PLACES + 2] and points [B, J, N, PLACES + 2], and its slope along the logarithm of the scales; [B, G, R, N] each. */
function covariance(rows: Tensor, points: Tensor, amplitudes: Tensor, G: number): { kernel: Tensor; slope: Tensor } {
  const [B, J, R] = rows.shape as [number, number, number];
  const N = points.shape[2] as number;
  // Smaller ones are nothing beside the noise, and arithmetic with numbers near the least ones is slow.
  const logs = maximum(matMul(rows, points, false, true), -20); // [B, J, R, N]
  const each = exp(logs);
  const total = (x: Tensor) => sum(reshape(x, [B, G, J / G, R, N]), 2);
  return { kernel: total(each), slope: total(mul(each, mul(sub(logs, amplitudes), 2))) };
}
