/**
 * The two-stream transformer. Context rows and query rows share weights but are never concatenated: context rows attend to each
 * other, query rows attend to context rows only, and so never see each other. Blocks are pre-norm without learned norms.
 *
 * Shapes: B data sets, N context rows, M query rows, F features, E width, H heads, D = E / H, K outputs. A stream is [B*N, E].
 */
import {
  add,
  concat,
  div,
  exp,
  fill,
  fromHeads,
  gelu,
  log,
  matMul,
  maximum,
  mixedMatMul,
  mixtureOfSoftmaxes,
  mul,
  reshape,
  rmsNorm,
  silu,
  slice,
  softmax,
  split,
  sqrt,
  square,
  squaredRelu,
  sub,
  type Tensor,
  toHeads,
} from '../engine/ops.ts';
import { inParts } from '../engine/parts.ts';
import { recomputable } from '../engine/recompute.ts';
import type { ModelConfig } from './config.ts';
import { encode, encodeX } from './encoding.ts';
import { type Answers, answer, type Regression, regress } from './kernel-regression.ts';
import { attend } from './layers.ts';
import type { Ridge } from './table-ridge.ts';

/** Of a bar, so that its logarithm is finite. No gradient comes from where the mixture has less: there the free logits alone learn. */
const LEAST_MASS = 1e-37;
/** Of the mixtures of kernels: some MB for all of them. */
const ROWS_AT_ONCE = 128;

const activations = { gelu, silu, 'squared-relu': squaredRelu };

/** By name; with `borders` [K + 1] of the bars where the config has a normal core. */
export type Weights = Readonly<Record<string, Tensor>>;

/** What the context leaves behind for queries, layer by layer: keys and values, each [H, B, N, D].  */
export interface Memory {
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
  readonly regression?: Regression;
  readonly ridge?: Ridge;
}

/** contextX [B, N, F], contextY [B, N] -> the context's keys and values. */
export function condition(weights: Weights, config: ModelConfig, contextX: Tensor, contextY: Tensor): Memory {
  const [B, N, F] = contextX.shape;
  const H = config.numHeads;
  const D = config.width / H;
  const keys: Tensor[] = [];
  const values: Tensor[] = [];
  const x = encodeX(reshape(contextX, [B * N, F]), config);
  let stream = add(
    add(matMul(x, weights.embedX), matMul(encode(reshape(contextY, [B * N, 1]), config.yFeatures), weights.embedY)),
    weights.contextBias,
  ); // [B*N, E]
  if (config.stem) stream = perceptron(weights, config, 'stem', stream);
  for (let l = 0; l < config.numLayers; l++) {
    const last = l === config.numLayers - 1 && !config.kernels;
    const normed = rmsNorm(stream);
    const seen = (by: Tensor) => reshape(toHeads(normed, by, H), [H, B, N, D]);
    const [k, v] = [seen(weights[`layer${l}.key`]), seen(weights[`layer${l}.value`])];
    keys.push(k);
    values.push(v);
    // Nobody reads the context stream after its last keys and values.
    if (!last) stream = block(weights, config, l, stream, normed, k, v);
  }
  if (!config.kernels) return { keys, values };
  const targets = encode(reshape(contextY, [B * N, 1]), config.yFeatures.slice(0, 1));
  return {
    keys,
    values,
    regression: regress(weights, config, activations[config.activation], B, x, rmsNorm(stream), targets),
  };
}

/** queryX [B, M, F] and the context's memory -> logits [B*M, K]. */
export function predict(weights: Weights, config: ModelConfig, memory: Memory, queryX: Tensor): Tensor {
  const [B, M, F] = queryX.shape;
  const x = encodeX(reshape(queryX, [B * M, F]), config);
  let stream = add(matMul(x, weights.embedX), weights.queryBias); // [B*M, E]
  if (config.stem) stream = perceptron(weights, config, 'stem', stream);
  for (let l = 0; l < config.numLayers; l++) {
    stream = block(weights, config, l, stream, rmsNorm(stream), memory.keys[l], memory.values[l]);
  }
  const answers = memory.regression && answer(weights, config, B, x, memory.regression);
  return readOut(weights, config, stream, answers);
}

/** The stream of queries after the last layer [R, E], and the answers of the kernels where the config has any -> logits [R, K]. */
export function readOut(weights: Weights, config: ModelConfig, stream: Tensor, answers?: Answers): Tensor {
  const read = rmsNorm(stream);
  const free = (rows: Tensor) => matMul(rows, weights.head);
  if (!config.normalCore) return free(read);
  const bars = barsOf(weights, config);
  const normals = coreNormals(weights, read, answers);
  if (!answers) return add(free(read), logMasses(normals, bars));
  const shares = softmax(add(matMul(read, weights.kernelMix), answers.evidence));
  return inParts({ read, shares, ...normals }, ROWS_AT_ONCE, (rows) => add(free(rows.read), logMixture(rows, bars)));
}

/** Normals, [R, G] each. */
interface Normals {
  readonly mean: Tensor;
  readonly precision: Tensor;
}

/** The normals that the network gives for [R, E]: one for each row, or, with answers [R, G], these, moved and sharpened by the network. */
function coreNormals(weights: Weights, read: Tensor, answers?: Answers): Normals {
  const [shift, logPrecision] = split(matMul(read, weights.core), 2, 1); // each [R, 1]
  if (!answers) return { mean: shift, precision: exp(logPrecision) };
  return {
    mean: add(answers.mean, mul(shift, sqrt(answers.variance))),
    precision: div(exp(logPrecision), answers.variance),
  };
}

/** Log probabilities of the bars, but for a constant, under each normal: [R * G, K]. */
function logMasses({ mean, precision }: Normals, bars: Tensor): Tensor {
  const [R, G] = mean.shape as [number, number];
  const column = (x: Tensor) => reshape(x, [R * G, 1]);
  const coefficients = concat([column(mul(precision, mean)), column(mul(precision, -0.5)), fill([R * G, 1], 1)], 1);
  return matMul(coefficients, bars);
}

/** Log probabilities of the bars under a mixture of the normals by their shares [R, G]: [R, K]. Between these are R * G * K numbers. */
function logMixture({ shares, ...normals }: Normals & { readonly shares: Tensor }, bars: Tensor): Tensor {
  const [R, G] = shares.shape as [number, number];
  const each = logMasses(normals, bars);
  const mixture = mixtureOfSoftmaxes(reshape(each, [R, G, -1]), reshape(shares, [R, 1, G])); // [R, 1, K]
  return log(maximum(reshape(mixture, [R, -1]), LEAST_MASS));
}

/** Centers of the bars, in the units of standardised targets, their squares and log widths, [3, K]: the log density of a normal is a product with these. */
function barsOf({ borders }: Weights, { numOutputs: K, yFeatures }: ModelConfig): Tensor {
  const { center, scale } = yFeatures.find(({ kind }) => kind === 'linear') ?? { center: 0, scale: 1 };
  const [low, high] = [slice(borders, 0, K), slice(borders, 1, K)];
  const centers = reshape(mul(sub(mul(add(low, high), 0.5), center), 1 / scale), [1, K]);
  return concat([centers, square(centers), reshape(log(sub(high, low)), [1, K])], 0);
}

/** The 1/sqrt(D) of attention goes into the query weights: they are far smaller than the scores. */
function queryWeights(weights: Weights, config: ModelConfig, l: number): Tensor {
  return mul(weights[`layer${l}.query`], Math.sqrt(config.numHeads / config.width));
}

/** The rest of a layer: the stream [B*R, E], normed, attends to the context, then a perceptron, each added to the stream. */
function block(
  weights: Weights,
  config: ModelConfig,
  l: number,
  stream: Tensor,
  normed: Tensor,
  keys: Tensor,
  values: Tensor,
): Tensor {
  const [H, B, , D] = keys.shape;
  return recomputable(normed, { stream, keys, values, ...blockWeights(weights, l) }, (rows, given) => {
    const queries = toHeads(rows, queryWeights(given, config, l), H); // [H, B*R, D]
    const sink = config.sinks ? { key: given[`sink${l}.key`], value: given[`sink${l}.value`] } : undefined;
    const read = attend(reshape(queries, [H, B, -1, D as number]), given.keys, given.values, sink);
    const attended = fromHeads(reshape(read, [H, -1, D as number]), given[`layer${l}.attended`]);
    return perceptron(given, config, `layer${l}`, add(given.stream, attended));
  });
}

/** Those of a block, by name. */
export const blockWeights = (weights: Weights, l: number): Weights =>
  chosen(weights, [
    ...['query', 'attended', 'hidden', 'output'].map((name) => `layer${l}.${name}`),
    ...[`sink${l}.key`, `sink${l}.value`].filter((name) => weights[name] !== undefined),
  ]);

export const chosen = (weights: Weights, names: readonly string[]): Weights =>
  Object.fromEntries(names.map((name) => [name, weights[name]]));

export function perceptron(weights: Weights, { activation }: ModelConfig, name: string, stream: Tensor): Tensor {
  const hidden = activations[activation](mixedMatMul(rmsNorm(stream), weights[`${name}.hidden`])); // [.., hidden]
  return add(stream, mixedMatMul(hidden, weights[`${name}.output`]));
}
