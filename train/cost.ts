/**
 * What a training step costs, by its config and sizes alone: arithmetic and memory. docs/performance.md has the formulas in words; a test holds
 * both against the recorded graph, and `npm run bench -- memory` against what a process really takes.
 */
import { INVERSE_PRODUCTS, SOLVE_PRODUCTS } from '../engine/iterations.ts';
import { hiddenOf, layersForQueries, type ModelConfig, readsQueries, totalLayers, widthOf } from '../model/config.ts';
import {
  type CallShape,
  conditionProducts,
  predictProducts,
  recomputedProducts,
  ridgeFitProducts,
  ridgeScoreProducts,
} from '../model/cost.ts';
import { inputColumns, toldColumns } from '../model/features.ts';
import { CANDIDATES, kernelShapes, numComponents, numKernels, PLACES, POOLS, SEARCH_STEPS } from '../model/kernels.ts';
import { parameterCount, parameters } from '../model/parameters.ts';
import { isMuonMatrix, muonProducts } from './muon.ts';

/** B data sets of N context rows and M query rows, of C columns. */
export interface StepShape extends CallShape {
  readonly numQuery: number;
}

export interface StepOptions {
  readonly optimizer?: 'adamw' | 'muon';
  /** Whether the backward pass computes the inside of blocks again. */
  readonly recompute?: boolean;
  /** Into so many parts, of which one is computed at a time; the arithmetic is the same. */
  readonly accumulate?: number;
}

/** Floating-point operations of the matrix products of a step, forward, backward and in the update. */
export function stepFlop(
  config: ModelConfig,
  shape: StepShape,
  { optimizer = 'adamw', recompute = false }: StepOptions = {},
): number {
  const forward = conditionProducts(config, shape) + predictProducts(config, shape, shape.numQuery);
  // Backward, each product of the forward pass becomes two, but for those that no weight has a part in.
  const ridgeOfQueries = shape.numDatasets * shape.numQuery * ridgeScoreProducts(config, shape.numFeatures);
  const again = recompute ? recomputedProducts(config, shape, shape.numQuery) : 0;
  const network = 3 * forward - 2 * (ridgeFitProducts(config, shape) + ridgeOfQueries) + again;
  const update = optimizer === 'muon' ? muonMatrices(config).reduce((sum, matrix) => sum + muonProducts(matrix), 0) : 0;
  return 2 * (network + kernelProducts(config, shape) + update);
}

const FLOAT = 4;
/** Vectors as long as the weights: three of the state, three of the next one, three that wait to be collected as garbage. */
const STATE_VECTORS = 9;
/** The state that a step of a run has from the one before. */
const CARRIED_VECTORS = 3;
/** Of the same length, within onnxruntime: during the update (with Muon one more); while the network runs. */
const UPDATE_VECTORS = 6;
const NETWORK_VECTORS = 2;
/** Arrays as large as the largest one, beside those that are counted; recomputed numbers have those of a backward pass. Nearest to what was measured. */
const PASSING_ARRAYS = { kept: 3, recomputed: 1 };
/** Compiled code, threads and buffers of matrix products. */
const PROCESS_BYTES = 45e6;

/** At its peak, of the process that trains, beyond what it takes before the first step. */
export function stepBytes(
  config: ModelConfig,
  shape: StepShape,
  { optimizer, recompute, accumulate = 1 }: StepOptions = {},
): number {
  const part = { ...shape, numDatasets: Math.ceil(shape.numDatasets / accumulate) };
  const P = parameterCount(config);
  const largest = largestArray(config, part);
  const network = recompute
    ? recomputedNumbers(config, part) + PASSING_ARRAYS.recomputed * largest
    : keptNumbers(config, part) + PASSING_ARRAYS.kept * largest;
  const update = P * (UPDATE_VECTORS + (optimizer === 'muon' ? 1 : 0));
  // One graph can use memory again that another one cannot.
  const graphs =
    accumulate > 1
      ? update + P * NETWORK_VECTORS + network
      : P * CARRIED_VECTORS + Math.max(update, P * NETWORK_VECTORS + network);
  return FLOAT * (P * STATE_VECTORS + graphs) + PROCESS_BYTES;
}

/** Arrays as wide as the hidden layer that are kept: what the activation's derivative is made of, and its result. */
const KEPT_HIDDEN = { gelu: 3, silu: 2, 'squared-relu': 2 };

/**
 * The most numbers alive at once in the backward pass: as it begins, what is kept from the forward pass; or, once it is through the queries, what is kept of the
 * context, the gradients of its keys and values, and what passes by in its last block.
 */
export function keptNumbers(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numQuery: M, numFeatures }: StepShape,
): number {
  const { numLayers: L, width: E, numHeads: H, hidden } = config;
  const keptHidden = KEPT_HIDDEN[config.activation];
  const perceptron = E + keptHidden * hidden;
  const logits = logitNumbers(config);
  const atOnce = (context: number, query: number) =>
    N * context + Math.max(M * query, N * afterQueries(config, N, numFeatures));
  if (config.layout === 'cells') {
    const T = numFeatures + 1;
    // Of a row whose first `asking` cells attend to all of them: the cells, their keys and values, queries, shares, what was read.
    const between = (asking: number) => T * (E + (2 * E) / H) + asking * (2 * E + H * T);
    const block = 4 * E + H * N + perceptron;
    const { rowLayers: R = 0 } = config;
    const W = widthOf(config, L);
    const rowBlock = 5 * W + H * N + keptHidden * hiddenOf(config, L);
    // The context goes on to the last layer, of which only its normed stream, keys and values are kept; in between it is widened.
    const contextRows = block + 2 * E + W + (R - 1) * (rowBlock + 2 * W) + 3 * W;
    const context = (L - 1) * (between(T) + T * (block + 2 * E)) + between(1) + (R > 0 ? contextRows : 3 * E);
    const query = (L - 1) * (between(T) + T * block) + between(1) + block + R * rowBlock + logits;
    return B * atOnce(context, query);
  }
  const stem = config.stem ? perceptron : 0;
  // The normed stream, queries, shares of each head, what was read.
  const block = (config.sinks ? 4 : 3) * E + H * N + perceptron;
  const context = stem + (L - 1) * (block + 2 * E) + (config.kernels ? block + 2 * E : 3 * E);
  const query = readsQueries(config) ? stem + L * block + logits : logits;
  return B * (atOnce(context, query) + keptMatrices(config, N, M));
}

/**
 * Of a context row, beside what is kept of it: gradients of keys and values of all layers; or of all up to the last block, and in that those of its stream and of hidden
 * units or shares.
 */
function afterQueries(config: ModelConfig, N: number, numFeatures: number): number {
  const { numLayers: L, layout } = config;
  const cells = (l: number) => (layout === 'cells' && l < L - 1 ? numFeatures + 1 : 1);
  const waiting = (upTo: number) =>
    range(Math.min(upTo, layersForQueries(config))).reduce((sum, l) => sum + 2 * cells(l) * widthOf(config, l), 0);
  const layers = totalLayers(config);
  const blocks = config.kernels ? layers : layers - 1;
  if (blocks === 0) return waiting(layers);
  return Math.max(waiting(layers), waiting(blocks) + cells(blocks - 1) * passingInBlock(config, blocks - 1, N));
}

/** Of a row or cell in a block's own backward pass, beside what is kept: the gradients of its stream and of hidden units, or of shares once those are through. */
function passingInBlock(config: ModelConfig, layer: number, N: number): number {
  const hidden = hiddenOf(config, layer);
  const shares = (config.sinks ? 2 : 1) * config.numHeads * N;
  return widthOf(config, layer) + Math.max(hidden, shares - KEPT_HIDDEN[config.activation] * hidden);
}

/** Of each normal: mean, variance and what its outputs are made of; and at a target its distance, the square of that, log density and share. */
const DENSITY_NUMBERS = 10;

/** Of a query row, from the last norm on. */
function logitNumbers(config: ModelConfig): number {
  const G = numKernels(config);
  const K = config.numOutputs;
  const read = readsQueries(config) ? widthOf(config, totalLayers(config) - 1) : 0;
  return read + K + DENSITY_NUMBERS * G;
}

/** A layer of a stream, in numbers per row. */
interface LayerNumbers {
  /** What the forward pass keeps of it for the backward pass. */
  readonly context: number;
  readonly query: number;
  /** What its own backward pass takes for the rows of one stream, when it has computed its inside again. */
  readonly back: number;
  /** Gradients of keys and values, which wait from the query's backward pass for the context's. */
  readonly waiting: number;
}

/** The most numbers alive at once where the backward pass computes the inside of blocks again: at the logits, or in one of the layers. */
export function recomputedNumbers(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numQuery: M, numFeatures }: StepShape,
): number {
  const { numLayers: L, numHeads: H, numOutputs: K, layout } = config;
  const T = layout === 'cells' ? numFeatures + 1 : 1;
  const layers = range(totalLayers(config)).map((l): LayerNumbers => {
    const [E, hidden] = [widthOf(config, l), hiddenOf(config, l)];
    const cells = l < L - 1 ? T : 1;
    const isRead = l < totalLayers(config) - 1 || config.kernels;
    const kept = KEPT_HIDDEN[config.activation] * hidden;
    const inside = (config.sinks ? 5 : 4) * E + H * N + kept;
    const back = cells * (inside + passingInBlock(config, l, N));
    const between = layout === 'cells' && l < L ? (l < L - 1 ? T * E : (T + 1) * E) : 0;
    const insideCells = layout === 'cells' && l < L ? T * (2 * E + (2 * E) / H) + cells * (2 * E + 2 * H * T) : 0;
    return {
      context: between + cells * (isRead ? 4 * E : 3 * E),
      query: l < layersForQueries(config) ? between + cells * 2 * E : 0,
      back: Math.max(back, insideCells),
      waiting: l < layersForQueries(config) ? 2 * cells * E : 0,
    };
  });
  const sum = (upTo: number, of: keyof LayerNumbers) =>
    layers.slice(0, upTo).reduce((total, each) => total + each[of], 0);
  const all = layers.length;
  const stem = config.stem ? config.width + KEPT_HIDDEN[config.activation] * config.hidden : 0;
  const ofQueries = layers
    .slice(0, layersForQueries(config))
    .map(
      ({ back }, l) =>
        N * (sum(all, 'context') + sum(all, 'waiting') - sum(l + 1, 'waiting')) +
        M * (stem + sum(l + 1, 'query') + back),
    );
  const ofContexts = layers
    .slice(0, config.kernels ? all : -1)
    .map(({ back }, l) => N * (sum(l + 1, 'context') + sum(l + 1, 'waiting') + back));
  const logits =
    N * sum(all, 'context') +
    M *
      ((readsQueries(config) ? stem : 0) +
        sum(all, 'query') +
        logitNumbers(config) +
        (config.head === 'normals' ? 0 : K));
  // Those with queries are through before the blocks of the queries are, all of them before those of the context.
  const ofContext = keptMatrices(config, N, 0);
  const most = Math.max(
    logits + keptMatrices(config, N, M),
    ...ofQueries.map((each) => each + ofContext),
    ...ofContexts,
  );
  return B * (N * stem + most);
}

/** Numbers for a context row and a query that are kept of a component: what the kernel is made of. Two context rows have one more, of which its fall is. */
const KEPT_COMPONENT = { rbf: 2, matern32: 2, matern52: 3 };

/**
 * Of kernel-regression.ts, in a data set: of components their places and distances; and per kernel what these are made of, the sums of these, the matrix and its inverse, or
 * what is solved.
 */
function keptMatrices(config: ModelConfig, N: number, M: number): number {
  if (!config.kernels) return 0;
  const kept = kernelShapes(config).map((shape) => KEPT_COMPONENT[shape]);
  const all = kept.reduce((sum, each) => sum + each, 0);
  const ofEach = N * N * (all + kept.length + 5) + N * M * (all + 3);
  // Places, those that are stretched, and the sides of a product.
  const places = kept.length * (3 * PLACES + 2) * (N + M);
  return numKernels(config) * ofEach + 3 * kept.length * N * (N + M) + places;
}

/** Numbers of the largest array of a step: logits, shares of attention, hidden units, or covariances. */
function largestArray(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numQuery: M, numFeatures }: StepShape,
): number {
  const { numHeads: H, hidden, numOutputs: K } = config;
  const rows = Math.max(N, M) * (config.layout === 'cells' && config.numLayers > 1 ? numFeatures + 1 : 1);
  return B * Math.max(M * K, rows * H * N, rows * hidden, numKernels(config) * N * Math.max(N, M));
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const muonMatrices = (config: ModelConfig): (readonly number[])[] =>
  parameters(config).flatMap(({ name, shape }) => (isMuonMatrix(name) ? [shape] : []));

/** Forward and backward, of kernel-regression.ts: the components, distances of N and of M rows from N, the inverses of covariances, and systems solved with these. */
function kernelProducts(config: ModelConfig, { numDatasets: B, numContext: N, numQuery: M }: StepShape): number {
  if (!config.kernels) return 0;
  const { width, hidden, numFeatures } = config;
  const G = numKernels(config);
  const C = numComponents(config);
  const read = width + inputColumns(config);
  const finding = 3 * (N * POOLS * (width + read) + POOLS * read * hidden + 2 * hidden * C * (PLACES + 1));
  const places = 2 * (N + M) * (numFeatures - toldColumns(config)) * C * PLACES;
  // The gradient of an inverse takes two products, that of a solution another solution and a product, that of a quadratic form one product.
  const inverses = G * (INVERSE_PRODUCTS + 2) * N ** 3;
  const targets = G * (2 * SOLVE_PRODUCTS + 1) * N ** 2;
  const queries = G * (SOLVE_PRODUCTS + 1) * N ** 2 * M;
  const distances = 3 * C * (PLACES + 2) * (N ** 2 + N * M);
  return B * (finding + places + inverses + targets + queries + distances + searchProducts(N));
}

/** Of kernel-search.ts, without a backward pass: the inverses of all kernels and their solutions, and the information of those of the search. */
function searchProducts(N: number): number {
  const each = INVERSE_PRODUCTS * N ** 3 + (SOLVE_PRODUCTS + 1) * N ** 2;
  return CANDIDATES.length * each + SEARCH_STEPS * (each + 2 * N ** 3);
}
