/**
 * Regression on learned kernels, solved exactly. Where the answers of a prior are close to those of Gaussian processes, the network only has
 * to find the kernels: the answers themselves are linear in the targets, and no stack of attentions learns to solve a linear system so well.
 *
 *   mean = k (K + v I)^-1 y,   variance = v + k(x, x) - k (K + v I)^-1 k'          kernels k as in kernel-solving.ts
 *
 * Three stages of kernels. Those of the first, spread over what is told of the hyperparameters, are weighed by how well each predicts the context;
 * that, with the context's stream, places those of the second, and these likewise those of the third, which answer, together with more that
 * lie around the most probable one (local-kernels.ts): a mixture of normals, by their evidence. Where everything is told, the rows have no
 * say in the kernels.
 *
 * The evidence is the log density of every context row given the others, known from the inverse at once (Rasmussen and Williams, Gaussian
 * Processes for Machine Learning, 2006, section 5.4.2), moved by what training makes of a few statistics.
 *
 * Shapes: G kernels of C components each, J = G C; B data sets, N context rows, M query rows, T told columns.
 */
import { solve } from '../engine/linear-algebra.ts';
import {
  add,
  concat,
  div,
  exp,
  fill,
  log,
  matMul,
  maximum,
  mean,
  mul,
  reshape,
  slice,
  softmax,
  split,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  transpose,
} from '../engine/ops.ts';
import type { ModelConfig } from './config.ts';
import { toldColumns } from './features.ts';
import {
  bounded,
  covariance,
  MOST_LOG_AMPLITUDE,
  MOST_LOG_NOISE,
  MOST_LOG_SCALE,
  overRows,
  placesOf,
  type Rows,
  type Solved,
  START_NOISE,
  solveKernels,
} from './kernel-solving.ts';
import {
  AVERAGES,
  CANDIDATES,
  type Kernels,
  kernelsOf,
  localKernelsOf,
  numKernels,
  PLACES,
  POOLS,
  POWERS,
  REFINED,
} from './kernels.ts';
import { localKernels } from './local-kernels.ts';

/** What a kernel of the wrong kind says of a row can be very large. */
const MOST_STATISTIC = 5;

/** What the context leaves behind: the kernels of the last stage, solved. */
export interface Regression extends Pick<Solved, (typeof KEPT)[number]> {
  /** In nats, of all rows together, [B, G]. */
  readonly evidence: Tensor;
}

const KEPT = ['scales', 'amplitudes', 'noises', 'points', 'matrix', 'inverse', 'coefficients'] as const;

/** Of the tensors of a Regression, for export. */
export function regressionShapes(config: ModelConfig): Record<keyof Regression, (string | number)[]> {
  const { C } = kernelsOf(config);
  const G = numKernels(config);
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
  const last = regressOn(rows, kernelsOf(config), direct, after(refined));
  if (!config.localKernels) return joined([last]);
  const widths = widthsTold(config, known);
  const logWidths = widths && log(add(widths, 0.02));
  return joined([
    last,
    localKernels(rows, { direct, logWidths, open, hidden: last.hidden, stages: [candidates, refined, last] }),
  ]);
}

function joined(groups: readonly Regression[]): Regression {
  const names = [...KEPT, 'evidence'] as const;
  const each = names.map(
    (name) =>
      [
        name,
        concat(
          groups.map((group) => group[name]),
          1,
        ),
      ] as const,
  );
  return Object.fromEntries(each) as Record<(typeof names)[number], Tensor>;
}

/** Averages over the kernels of a stage, weighted by powers of their evidence, [B, POWERS * AVERAGES]. */
function averages({ evidence, logs, slopes }: Stage): Tensor {
  const [B, G] = evidence.shape as [number, number];
  const each = reshape(concat([logs, slopes], 1), [B, AVERAGES, G]);
  const weighted = POWERS.map((power) => sum(mul(each, reshape(softmax(mul(evidence, power)), [B, 1, G])), -1)); // [B, AVERAGES] each
  return concat(weighted, 1);
}

/** How much of the hyperparameters is left open: the sum of the widths of their ranges, 2 for a whole one; [B, 1]. */
function openness(config: ModelConfig, known: Tensor, one: Tensor): Tensor {
  const widths = widthsTold(config, known);
  return widths ? sum(widths, 1, true) : one;
}

/** Of the ranges of hyperparameters that are told, [B, H]; undefined where a prior tells none. */
function widthsTold({ hyperparameters = [] }: ModelConfig, known: Tensor): Tensor | undefined {
  const H = hyperparameters.length;
  if (H === 0) return undefined;
  const ends = reshape(known, [known.shape[0] as number, H, 2]);
  return squeeze(sub(slice(ends, [0, 0, 1], [-1, H, 1]), slice(ends, [0, 0, 0], [-1, H, 1])), [2]);
}

interface Stage extends Solved {
  /** In nats, of all rows together, [B, G]. */
  readonly evidence: Tensor;
  /** What decided the kernels, [B, hidden]. */
  readonly hidden: Tensor;
  /** Logarithms of scales and noises, [B, 2 G]. */
  readonly logs: Tensor;
  /** Of the evidence along both, twice and for each row, [B, 2 G]. */
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

/**
 * What is told, `direct` [B, D], decides the kernels by a perceptron and linearly, since logarithms of scales are so in those of
 * hyperparameters; what is seen of the rows does as far as something is left open.
 */
function regressOn(rows: Rows, kernels: Kernels, direct: Tensor, evidence?: Evidence): Stage {
  const { weights, activation, B, inputs, targets } = rows;
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
  const solved = solveKernels(rows, kernels, {
    scales: reshape(exp(bounded(logScales, MOST_LOG_SCALE)), [B, J, 1, PLACES]),
    amplitudes: reshape(add(bounded(eachAmplitude, MOST_LOG_AMPLITUDE), -Math.log(C)), [B, J, 1, 1]),
    noises: reshape(mul(exp(bounded(logNoises, MOST_LOG_NOISE)), START_NOISE), [B, G, 1, 1]),
  });
  const { coefficients, noises, precision, logPrecision, surprise, gradient } = solved;
  const perRow = div(fill([B, 1], 1), sum(fill([B, N], 1), 1, true));
  const slopes = mul(gradient, mul(perRow, 2)); // [B, 2 G]
  const fit = mul(reshape(targets, [B, 1, N, 1]), coefficients);
  const sums = concat([surprise, fit, mul(precision, noises), logPrecision].map(overRows), 1); // [B, 4 G]
  const statistics = bounded(concat([mul(sums, perRow), slopes], 1), MOST_STATISTIC);
  return {
    ...solved,
    evidence: sub(matMul(statistics, weights[`${name}Statistics`]), overRows(surprise)),
    hidden,
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
  const groups = [kernelsOf(config), localKernelsOf(config)].filter((group) => group.G > 0);
  const G = numKernels(config);
  const M = (inputs.shape[0] as number) / B;
  const parts = split(
    scales,
    groups.map((group) => group.G * group.C),
    1,
  );
  const at = concat(
    groups.map((group, i) => placesOf(weights, config, group, B, inputs, parts[i])),
    1,
  );
  const half = mul(sum(square(at), -1, true), -0.5);
  const { kernel: k } = covariance(
    concat([at, fill([B, at.shape[1] as number, M, 1], 1), half], -1),
    points,
    amplitudes,
    G,
  ); // [B, G, M, N]
  const mean = matMul(k, coefficients); // [B, G, M, 1]
  const toContext = transpose(k, [0, 1, 3, 2]);
  const solved = solve(matrix, inverse, toContext); // [B, G, N, M]
  // k A^-1 k' to second order in the error of the solution, and never more than it.
  const explained = sum(mul(solved, sub(mul(toContext, 2), matMul(matrix, solved))), 2, true); // [B, G, 1, M]
  const own = sum(reshape(exp(amplitudes), [B, G, -1, 1]), 2, true); // [B, G, 1, 1]
  const variance = add(maximum(sub(own, explained), 0), noises);
  const rows = (x: Tensor) => reshape(transpose(reshape(x, [B, G, M]), [0, 2, 1]), [B * M, G]);
  const evidences = reshape(add(reshape(evidence, [B, 1, G]), fill([1, M, 1], 0)), [B * M, G]);
  return { mean: rows(mean), variance: rows(variance), evidence: evidences };
}
