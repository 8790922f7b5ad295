/**
 * The two-stream transformer. Context rows and query rows share weights but are never concatenated: context rows attend to each
 * other, query rows attend to context rows only, and so never see each other. Blocks are pre-norm without learned norms.
 *
 * Shapes: B data sets, N context rows, M query rows, F features, E width, H heads, D = E / H, K outputs. A stream is [B*N, E].
 */
import {
  add,
  fromHeads,
  gelu,
  matMul,
  mixedMatMul,
  mul,
  reshape,
  rmsNorm,
  silu,
  squaredRelu,
  type Tensor,
  toHeads,
} from '../engine/ops.ts';
import { recomputable } from '../engine/recompute.ts';
import { layersForQueries, type ModelConfig, readsQueries } from './config.ts';
import { encode, encodeX } from './encoding.ts';
import { answer, type Regression, regress } from './kernel-regression.ts';
import { attend } from './layers.ts';
import { corrected, mixtureOf } from './mixture-head.ts';
import type { Ridge } from './table-ridge.ts';

const activations = { gelu, silu, 'squared-relu': squaredRelu };

/** By name. */
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
  const forQueries = layersForQueries(config);
  const memory = { keys: keys.slice(0, forQueries), values: values.slice(0, forQueries) };
  if (!config.kernels) return memory;
  const targets = encode(reshape(contextY, [B * N, 1]), config.yFeatures.slice(0, 1));
  return {
    ...memory,
    regression: regress(weights, config, activations[config.activation], B, x, rmsNorm(stream), targets),
  };
}

/** queryX [B, M, F] and the context's memory -> outputs [B*M, K]. */
export function predict(weights: Weights, config: ModelConfig, memory: Memory, queryX: Tensor): Tensor {
  const [B, M, F] = queryX.shape;
  const x = encodeX(reshape(queryX, [B * M, F]), config);
  const { regression } = memory;
  if (regression && !readsQueries(config)) return mixtureOf(config, answer(weights, config, B, x, regression));
  let stream = add(matMul(x, weights.embedX), weights.queryBias); // [B*M, E]
  if (config.stem) stream = perceptron(weights, config, 'stem', stream);
  for (let l = 0; l < config.numLayers; l++) {
    stream = block(weights, config, l, stream, rmsNorm(stream), memory.keys[l], memory.values[l]);
  }
  const read = rmsNorm(stream);
  if (regression)
    return mixtureOf(config, corrected(answer(weights, config, B, x, regression), read, weights.corrections));
  return matMul(read, weights.head);
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
