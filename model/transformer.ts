/**
 * The two-stream transformer. Context rows and query rows share weights but are never concatenated: context rows attend to each
 * other, query rows attend to context rows only, and so never see each other. Blocks are pre-norm without learned norms.
 *
 * Shapes: B data sets, N context rows, M query rows, F features, E width, H heads, D = E / H, K outputs. A stream is [B*N, E].
 */
import { add, concat, gelu, matMul, mul, reshape, rmsNorm, silu, squaredRelu, type Tensor } from '../engine/ops.ts';
import type { ModelConfig } from './config.ts';
import { encode, encodeX } from './encoding.ts';
import { attend, mergeHeads, splitHeads } from './layers.ts';

const activations = { gelu, silu, 'squared-relu': squaredRelu };

export type Weights = Readonly<Record<string, Tensor>>;

/** What the context leaves behind for queries, layer by layer: keys and values, each [B, H, N, D]. */
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
  for (let l = 0; l < config.numLayers; l++) {
    const [q] = splitHeads(matMul(rmsNorm(stream), queryWeights(weights, config, l)), B, config.numHeads); // [B, H, M, D]
    stream = block(weights, config, l, stream, q, memory.keys[l], memory.values[l]);
  }
  return matMul(rmsNorm(stream), weights.head); // [B*M, K]
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
  const attended = matMul(mergeHeads(attend(queries, keys, values)), weights[`layer${l}.attended`]);
  const middle = add(stream, attended);
  const hidden = activations[config.activation](matMul(rmsNorm(middle), weights[`layer${l}.hidden`])); // [.., hidden]
  return add(middle, matMul(hidden, weights[`layer${l}.output`]));
}
