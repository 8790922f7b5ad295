/**
 * The two-stream transformer. Context rows and query rows share weights but are never concatenated: context rows attend to each
 * other, query rows attend to context rows only, and so never see each other. Blocks are pre-norm without learned norms.
 *
 * Shapes: B data sets, N context rows, M query rows, F features, E width, H heads, D = E / H, K outputs. A stream is [B*N, E].
 */
import {
  add,
  concat,
  exp,
  gelu,
  matMul,
  mul,
  reshape,
  rmsNorm,
  silu,
  slice,
  split,
  square,
  squaredRelu,
  sub,
  type Tensor,
} from '../engine/ops.ts';
import type { ModelConfig } from './config.ts';
import { encode, encodeX } from './encoding.ts';
import { attend, mergeHeads, splitHeads } from './layers.ts';

const activations = { gelu, silu, 'squared-relu': squaredRelu };

/** By name; with `borders` [K + 1] of the bars where the config has a normal core. */
export type Weights = Readonly<Record<string, Tensor>>;

/** What the context leaves behind for queries, layer by layer: keys and values, each [B, H, N, D].  */
export interface Memory {
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
}

/** contextX [B, N, F], contextY [B, N] -> the context's keys and values. */
export function condition(weights: Weights, config: ModelConfig, contextX: Tensor, contextY: Tensor): Memory {
  const [B, N, F] = contextX.shape;
  const keys: Tensor[] = [];
  const values: Tensor[] = [];
  let stream = add(
    add(
      matMul(encodeX(reshape(contextX, [B * N, F]), config), weights.embedX),
      matMul(encode(reshape(contextY, [B * N, 1]), config.yFeatures), weights.embedY),
    ),
    weights.contextBias,
  ); // [B*N, E]
  if (config.stem) stream = perceptron(weights, config, 'stem', stream);
  for (let l = 0; l < config.numLayers; l++) {
    const last = l === config.numLayers - 1;
    const normed = rmsNorm(stream);
    // Nobody reads the context stream after its last keys and values, so the last layer needs no queries.
    const projections = [
      weights[`layer${l}.key`],
      weights[`layer${l}.value`],
      ...(last ? [] : [queryWeights(weights, config, l)]),
    ];
    // One product instead of three: the matrix kernels like wide matrices.
    const [k, v, q] = splitHeads(matMul(normed, concat(projections, 1)), B, config.numHeads, projections.length); // each [B, H, N, D]
    keys.push(k);
    values.push(v);
    if (!last) stream = block(weights, config, l, stream, q, k, v);
  }
  return { keys, values };
}

/** queryX [B, M, F] and the context's memory -> logits [B*M, K]. */
export function predict(weights: Weights, config: ModelConfig, memory: Memory, queryX: Tensor): Tensor {
  const [B, M, F] = queryX.shape;
  let stream = add(matMul(encodeX(reshape(queryX, [B * M, F]), config), weights.embedX), weights.queryBias); // [B*M, E]
  if (config.stem) stream = perceptron(weights, config, 'stem', stream);
  for (let l = 0; l < config.numLayers; l++) {
    const [q] = splitHeads(matMul(rmsNorm(stream), queryWeights(weights, config, l)), B, config.numHeads); // [B, H, M, D]
    stream = block(weights, config, l, stream, q, memory.keys[l], memory.values[l]);
  }
  return readOut(weights, config, stream);
}

/** The stream of queries after the last layer [R, E] -> logits [R, K]. */
export function readOut(weights: Weights, config: ModelConfig, stream: Tensor): Tensor {
  const read = rmsNorm(stream);
  return config.normalCore
    ? matMul(concat([read, normalCore(weights, read)], 1), concat([weights.head, barStatistics(weights, config)], 0))
    : matMul(read, weights.head); // [R, K]
}

/** [R, E] -> the natural parameters of a normal, precision * mean and -precision / 2, [R, 2]. */
function normalCore(weights: Weights, read: Tensor): Tensor {
  const [mean, logPrecision] = split(matMul(read, weights.core), 2, 1); // each [R, 1]
  const precision = exp(logPrecision);
  return concat([mul(precision, mean), mul(precision, -0.5)], 1);
}

/** The centers of the bars, standardised as targets are, and their squares: what natural parameters are multiplied with, [2, K]. */
function barStatistics({ borders }: Weights, { numOutputs: K, yFeatures }: ModelConfig): Tensor {
  const { center, scale } = yFeatures.find(({ kind }) => kind === 'linear') ?? { center: 0, scale: 1 };
  const middle = mul(add(slice(borders, 0, K), slice(borders, 1, K)), 0.5); // [K]
  const z = reshape(mul(sub(middle, center), 1 / scale), [1, K]);
  return concat([z, square(z)], 0);
}

/** The 1/sqrt(D) of attention goes into the query weights: they are far smaller than the scores. */
function queryWeights(weights: Weights, config: ModelConfig, l: number): Tensor {
  return mul(weights[`layer${l}.query`], Math.sqrt(config.numHeads / config.width));
}

/** The rest of a layer: attention to the context, then a perceptron, each added to the stream. */
function block(
  weights: Weights,
  config: ModelConfig,
  l: number,
  stream: Tensor,
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
): Tensor {
  const sink = config.sinks ? { key: weights[`sink${l}.key`], value: weights[`sink${l}.value`] } : undefined;
  const read = attend(queries, keys, values, sink);
  const attended = matMul(mergeHeads(read), weights[`layer${l}.attended`]);
  return perceptron(weights, config, `layer${l}`, add(stream, attended));
}

export function perceptron(weights: Weights, { activation }: ModelConfig, name: string, stream: Tensor): Tensor {
  const hidden = activations[activation](matMul(rmsNorm(stream), weights[`${name}.hidden`])); // [.., hidden]
  return add(stream, matMul(hidden, weights[`${name}.output`]));
}
