/**
 * The transformer that reads tables: a token for every cell, so that one network answers tables with any number of columns. Context rows and query rows
 * are two streams that share weights, as in transformer.ts. In each layer the cells of a row attend to each other, then the rows of a column
 * attend to the rows of the context, then a perceptron; pre-norm. Further layers have one token per row. Query rows attend to context rows only, and so never see each other. Nothing
 * tells columns or rows by their place: an answer does not depend on the order of either.
 *
 * Shapes: B data sets, N context rows, M query rows, C columns, T = C + 1 cells of a row with the target first, E width, H heads, D = E / H,
 * K outputs. A stream is [N*B*T, E], rows first: seen as [N, B*T*H, D], the rows of each head are a matrix whose lines lie B*T*E apart, which the
 * matrix kernels read in place, and the cells of a row, [N*B, T, E], lie together.
 */
import {
  add,
  attention,
  cast,
  concat,
  fill,
  log,
  matMul,
  mixedMatMul,
  mul,
  oneHot,
  pad,
  reshape,
  rmsNorm,
  slice,
  sub,
  sum,
  type Tensor,
  transpose,
} from '../engine/ops.ts';
import { recomputable } from '../engine/recompute.ts';
import { type ModelConfig, totalLayers, trustNumbers, widthOf } from './config.ts';
import { encode } from './encoding.ts';
import { askRidge, fitRidge } from './table-ridge.ts';
import { blockWeights, chosen, type Memory, perceptron, type Weights } from './transformer.ts';

/**
 * contextX [B, N, C, 2], contextY [B, N] -> the context's keys and values, layer by layer: [N, B, T, H, D], from the last layer of cells on those
 * of the target's column only, [N, B, 1, H, D]. A cell is (value, whether it is missing); targets are in units of the context, or the index of a class.
 */
export function conditionTable(weights: Weights, config: ModelConfig, contextX: Tensor, contextY: Tensor): Memory {
  const [B, N, C] = contextX.shape;
  const shape = { rows: N, datasets: B, cells: C + 1 };
  const keys: Tensor[] = [];
  const values: Tensor[] = [];
  const targets = reshape(encodeTargets(config, reshape(contextY, [B * N])), [B, N, 1, -1]);
  const regressed = config.ridgePenalties && fitRidge(config, contextX, reshape(targets, [B, N, -1]));
  const told = [fill([B, N, 1, 1], 1), targets, ...ofTarget(regressed?.scores)];
  let stream = embed(weights, config, contextX, told, [weights.known, weights.embedY]); // [N*B*T, E]
  for (let l = 0; l < totalLayers(config); l++) {
    stream = enter(weights, config, l, stream, shape);
    const normed = rmsNorm(stream);
    const cells = l < config.numLayers - 1 ? shape.cells : 1;
    const perHead = [N, B, cells, config.numHeads, widthOf(config, l) / config.numHeads];
    const k = reshape(mixedMatMul(normed, mul(weights[`layer${l}.key`], focus(N))), perHead);
    const v = reshape(mixedMatMul(normed, weights[`layer${l}.value`]), perHead);
    keys.push(k);
    values.push(v);
    // Nobody reads the context stream after its last keys and values.
    if (l < totalLayers(config) - 1) stream = block(weights, config, l, stream, normed, k, v);
  }
  return { keys, values, ridge: regressed?.ridge };
}

/** queryX [B, M, C, 2] and the context's memory -> logits [B*M, K]. */
export function predictTable(weights: Weights, config: ModelConfig, memory: Memory, queryX: Tensor): Tensor {
  const [B, M, C] = queryX.shape;
  const shape = { rows: M, datasets: B, cells: C + 1 };
  const scores = memory.ridge && askRidge(config, memory.ridge, queryX);
  const told = [fill([B, M, 1, 1], 1), ...ofTarget(scores)];
  let stream = embed(weights, config, queryX, told, [weights.unknown]); // [M*B*T, E]
  for (let l = 0; l < totalLayers(config); l++) {
    stream = enter(weights, config, l, stream, shape);
    stream = block(weights, config, l, stream, rmsNorm(stream), memory.keys[l], memory.values[l]);
  }
  const width = widthOf(config, totalLayers(config) - 1);
  const byDataset = transpose(reshape(stream, [M, B, width]), [1, 0, 2]);
  return readScored(weights, config, reshape(byDataset, [B * M, width]), scores);
}

/** Logits [R, K] from the stream [R, W] and, where there are any, the scores of the rows: weighed by the network they move the logits of classes. */
function readScored(weights: Weights, config: ModelConfig, stream: Tensor, scores: Tensor | undefined): Tensor {
  const read = rmsNorm(stream);
  const logits = matMul(read, weights.head);
  if (scores === undefined || trustNumbers(config) === 0) return logits;
  const trust = reshape(matMul(read, weights.trust), [-1, trustNumbers(config), 1]);
  return add(logits, sum(mul(reshape(scores, [trust.shape[0], trustNumbers(config), -1]), trust), 1));
}

/** Scores [B, R, S], where there are any, as what is said of the target's cell: [B, R, 1, S]. */
const ofTarget = (scores: Tensor | undefined): Tensor[] =>
  scores ? [reshape(scores, [scores.shape[0], scores.shape[1] as number, 1, -1])] : [];

/** [R] -> [R, Y]: classes as one of K, numbers as config.yFeatures says. */
function encodeTargets({ head, numOutputs, yFeatures }: ModelConfig, targets: Tensor): Tensor {
  return head === 'classes'
    ? oneHot(cast(targets, 'int32') as never, numOutputs, 1, 0, 'float32')
    : encode(reshape(targets, [-1, 1]), yFeatures);
}

/**
 * x [B, R, C, 2], what is said of the target cell, [B, R, 1, Y] in parts, scores last, and the weights that read all but these, [Y, E] in parts -> the stream
 * [R*B*T, E].
 */
function embed(
  weights: Weights,
  config: ModelConfig,
  x: Tensor,
  told: readonly Tensor[],
  reading: readonly Tensor[],
): Tensor {
  const [B, R, C] = x.shape;
  const [value, missing] = [0, 1].map((at) => slice(x, [0, 0, 0, at], [-1, -1, -1, 1])); // [B, R, C, 1]
  const seen = mul(encode(value, config.xFeatures), sub(1, missing));
  const cells = concat([seen, missing, fill([B, R, C, 1], 1)], -1);
  // Each cell has places for both kinds, those of the other kind 0: one product then embeds all cells.
  const padded = [padCells(cells, 1, 0), padCells(concat([...told], -1), 0, C)]; // [B, R, T, .]
  const ridge = config.ridgePenalties ? [weights.embedRidge] : [];
  const inputs = transpose(concat(padded, -1), [1, 0, 2, 3]); // [R, B, T, I]
  return matMul(reshape(inputs, [R * B * (C + 1), -1]), concat([weights.embedX, ...reading, ...ridge], 0));
}

/** Zeros before and after the cells of rows [B, R, C, .]. */
function padCells(cells: Tensor, before: number, after: number): Tensor {
  const none: [number, number] = [0, 0];
  return pad(cells, [none, none, [before, after], none]);
}

interface StreamShape {
  readonly rows: number;
  readonly datasets: number;
  readonly cells: number;
}

/**
 * How a layer begins: the cells of a row attend to each other. In the last of these layers only the target's cell does, and goes on alone, in the
 * further layers with more numbers: what is in its row it has read.
 */
function enter(weights: Weights, config: ModelConfig, l: number, stream: Tensor, shape: StreamShape): Tensor {
  if (l < config.numLayers - 1) return betweenCells(weights, config, l, stream, shape);
  if (l === config.numLayers - 1) return targetBetweenCells(weights, config, l, stream, shape);
  return l === config.numLayers ? matMul(rmsNorm(stream), weights.widen) : stream;
}

/** Cells [R*B*T, E] attend to the cells of their row. */
function betweenCells(weights: Weights, config: ModelConfig, l: number, stream: Tensor, shape: StreamShape): Tensor {
  return add(stream, readCells(weights, config, l, rmsNorm(stream), shape));
}

/** The target cells of the stream attend to the cells of their row: [R*B*T, E] -> [R*B, E]. */
function targetBetweenCells(
  weights: Weights,
  config: ModelConfig,
  l: number,
  stream: Tensor,
  shape: StreamShape,
): Tensor {
  const { rows: R, datasets: B, cells: T } = shape;
  const target = reshape(slice(reshape(stream, [R * B, T, config.width]), [0, 0, 0], [-1, 1, -1]), [
    R * B,
    config.width,
  ]);
  return add(target, readCells(weights, config, l, rmsNorm(stream), shape, rmsNorm(target)));
}

/**
 * What cells [R*B*T, E], or `asking` ones [R*B*A, E], read from the cells of their row -> [R*B*A, E]. The heads share one key and one value (Shazeer 2019),
 * so a row needs one product of [A*H, D] with [D, T] where H of them would be too small to be fast, and no head has to be moved.
 */
function readCells(
  weights: Weights,
  config: ModelConfig,
  l: number,
  cells: Tensor,
  { rows, datasets, cells: T }: StreamShape,
  asking?: Tensor,
): Tensor {
  const { width: E, numHeads: H } = config;
  const D = E / H;
  const [query, key, value, attended] = ['cellQuery', 'cellKey', 'cellValue', 'cellAttended'].map(
    (name) => `layer${l}.${name}`,
  );
  const others = { ...chosen(weights, [query, key, value, attended]), ...(asking && { asking }) };
  return recomputable(cells, others, (normed, given) => {
    const from = given.asking ?? normed;
    const q = reshape(mixedMatMul(from, mul(given[query], Math.sqrt(H / E))), [rows * datasets, -1, D]); // [R*B, A*H, D]
    const [k, v] = [key, value].map((name) => reshape(mixedMatMul(normed, given[name]), [rows * datasets, T, D]));
    return mixedMatMul(reshape(attention(q, k, v), from.shape as [number, number]), given[attended]);
  });
}

/** The rest of a layer: each cell of the stream [R*B*T, E] attends to its column in the context, [N, B, T, H, D], then a perceptron. */
function block(
  weights: Weights,
  config: ModelConfig,
  l: number,
  stream: Tensor,
  normed: Tensor,
  keys: Tensor,
  values: Tensor,
): Tensor {
  const { numHeads: H } = config;
  const E = widthOf(config, l);
  const [, B, T] = keys.shape;
  const [byHead, byRow] = [
    [1, 2, 3, 0, 4],
    [3, 0, 1, 2, 4],
  ];
  return recomputable(normed, { stream, keys, values, ...blockWeights(weights, l) }, (rows, given) => {
    const queryWeights = mul(given[`layer${l}.query`], Math.sqrt(H / E));
    const q = reshape(mixedMatMul(rows, queryWeights), [stream.shape[0] / (B * T), B, T, H, E / H]); // [R, B, T, H, D]
    const [queries, k, v] = [q, given.keys, given.values].map((each) => transpose(each, byHead));
    const merged = reshape(transpose(attention(queries, k, v), byRow), [-1, E]); // of [B, T, H, R, D]
    return perceptron(given, config, `layer${l}`, add(given.stream, mixedMatMul(merged, given[`layer${l}.attended`])));
  });
}

/**
 * A factor for the keys of N rows, 1 at about 150: a softmax over more rows is flatter, and scores that grow as ln N make up for it (Nakanishi 2025),
 * so that the network can be asked with larger tables than it was trained on.
 */
function focus(numRows: number): Tensor {
  const count = sum(fill([numRows], 1)); // a number at run time, where numRows is any
  return mul(log(add(count, 1)), 0.2);
}
