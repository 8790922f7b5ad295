/**
 * What a training step costs, by its config and sizes alone: arithmetic and memory. docs/performance.md has the formulas in words; a test holds
 * both against the recorded graph, and `npm run bench -- memory` against what a process really takes.
 */
import { INVERSE_PRODUCTS, SOLVE_PRODUCTS } from '../engine/iterations.ts';
import { hiddenOf, type ModelConfig, totalLayers, widthOf } from '../model/config.ts';
import {
  type CallShape,
  conditionProducts,
  predictProducts,
  ridgeFitProducts,
  ridgeScoreProducts,
} from '../model/cost.ts';
import { CANDIDATES, COMPONENTS, numKernels, PLACES, SEARCH_STEPS } from '../model/kernels.ts';
import { parameterCount, parameters } from '../model/parameters.ts';
import { isMuonMatrix, muonProducts } from './muon.ts';

/** B data sets of N context rows and M query rows, of C columns. */
export interface StepShape extends CallShape {
  readonly numQuery: number;
}

export interface StepOptions {
  readonly optimizer?: 'adamw' | 'muon';
  /** Whether this is a part of a step whose gradients are accumulated. */
  readonly isPart?: boolean;
}

/** Floating-point operations of the matrix products of a step, forward, backward and in the update. */
export function stepFlop(config: ModelConfig, shape: StepShape, { optimizer = 'adamw' }: StepOptions = {}): number {
  const forward = conditionProducts(config, shape) + predictProducts(config, shape, shape.numQuery);
  // Backward, each product of the forward pass becomes two, but for those that no weight has a part in.
  const ridgeOfQueries = shape.numDatasets * shape.numQuery * ridgeScoreProducts(config, shape.numFeatures);
  const network = 3 * forward - 2 * (ridgeFitProducts(config, shape) + ridgeOfQueries);
  const update = optimizer === 'muon' ? muonMatrices(config).reduce((sum, matrix) => sum + muonProducts(matrix), 0) : 0;
  return 2 * (network + kernelProducts(config, shape) + update);
}

const FLOAT = 4;
/** Vectors as long as the weights: three of the state, three of the next one, three that wait to be collected as garbage. */
const STATE_VECTORS = 9;
/** Of the same length, within onnxruntime: during the update (with Muon one more); while the network runs; sums of gradients. */
const UPDATE_VECTORS = 6;
const NETWORK_VECTORS = 2;
const SUM_VECTORS = 4;
/** Arrays as large as the largest one, beside those that are kept. Nearest to what was measured. */
const PASSING_ARRAYS = 3;
/** Compiled code, threads and buffers of matrix products. */
const PROCESS_BYTES = 45e6;

/** At its peak, of the process that trains, beyond what it takes before the first step. */
export function stepBytes(
  config: ModelConfig,
  shape: StepShape,
  { optimizer, isPart = false }: StepOptions = {},
): number {
  const P = parameterCount(config);
  const network = keptNumbers(config, shape) + PASSING_ARRAYS * largestArray(config, shape);
  const update = P * (UPDATE_VECTORS + (optimizer === 'muon' ? 1 : 0));
  // One graph can use memory again that another one cannot.
  const graphs = isPart
    ? update + P * (NETWORK_VECTORS + SUM_VECTORS) + network
    : Math.max(update, P * NETWORK_VECTORS + network);
  return FLOAT * (P * STATE_VECTORS + graphs) + PROCESS_BYTES;
}

/** Arrays as wide as the hidden layer that are kept: what the activation's derivative is made of, and its result. */
const KEPT_HIDDEN = { gelu: 3, silu: 2, 'squared-relu': 2 };

/** Numbers kept from the forward pass for the backward pass, as it begins. */
export function keptNumbers(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numQuery: M, numFeatures }: StepShape,
): number {
  const { numLayers: L, width: E, numHeads: H, hidden, numOutputs: K } = config;
  const keptHidden = KEPT_HIDDEN[config.activation];
  const perceptron = E + keptHidden * hidden;
  const G = numKernels(config);
  // A normal core has logits as well, which of kernels are the logarithms of a sum over the densities of each.
  const core = config.normalCore ? K + (G > 0 ? (G + 1) * K : 0) : 0;
  const logits = widthOf(config, totalLayers(config) - 1) + K + core;
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
    const query = (L - 1) * (between(T) + T * block) + between(1) + block + R * rowBlock;
    return B * (N * context + M * (query + logits));
  }
  const stem = config.stem ? perceptron : 0;
  // The normed stream, queries, shares of each head, what was read.
  const block = (config.sinks ? 4 : 3) * E + H * N + perceptron;
  const context = stem + (L - 1) * (block + 2 * E) + (config.kernels ? block + 2 * E : 3 * E);
  const query = stem + L * block + logits;
  return B * (N * context + M * query + (config.kernels ? keptMatrices(config, N, M) : 0));
}

/**
 * Of kernel-regression.ts, in a data set: per component its distances, as they are and with a bound, the exponential and, between context rows, the
 * slope; per kernel the sums of these, the matrix, the inverse and their product, or what is solved.
 */
const keptMatrices = (config: ModelConfig, N: number, M: number): number =>
  numKernels(config) * (N * N * (4 * COMPONENTS + 5) + N * M * (3 * COMPONENTS + 3));

/** Numbers of the largest array of a step: logits, shares of attention, hidden units, or covariances. */
function largestArray(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numQuery: M, numFeatures }: StepShape,
): number {
  const { numHeads: H, hidden, numOutputs: K } = config;
  const rows = Math.max(N, M) * (config.layout === 'cells' && config.numLayers > 1 ? numFeatures + 1 : 1);
  const logits = M * K * Math.max(1, numKernels(config));
  return B * Math.max(logits, rows * H * N, rows * hidden, numKernels(config) * COMPONENTS * N * Math.max(N, M));
}

const muonMatrices = (config: ModelConfig): (readonly number[])[] =>
  parameters(config).flatMap(({ name, shape }) => (isMuonMatrix(name) ? [shape] : []));

/** Forward and backward, of kernel-regression.ts: covariances of N and of M rows with N, their inverses, and systems solved with these. */
function kernelProducts(config: ModelConfig, { numDatasets: B, numContext: N, numQuery: M }: StepShape): number {
  if (!config.kernels) return 0;
  const G = numKernels(config);
  // The gradient of an inverse takes two products, that of a solution another solution and a product.
  const inverses = G * (INVERSE_PRODUCTS + 2) * N ** 3;
  const targets = G * (2 * SOLVE_PRODUCTS + 1) * N ** 2;
  const queries = G * (2 * SOLVE_PRODUCTS + 1 + 3) * N ** 2 * M;
  const covariances = 3 * G * COMPONENTS * ((PLACES + 4) * N ** 2 + (PLACES + 3) * N * M);
  return B * (inverses + targets + queries + covariances + searchProducts(N));
}

/** Of kernel-search.ts, without a backward pass: the inverses of all kernels and their solutions, and the information of those of the search. */
function searchProducts(N: number): number {
  const each = INVERSE_PRODUCTS * N ** 3 + (SOLVE_PRODUCTS + 1 + COMPONENTS * (PLACES + 4)) * N ** 2;
  return CANDIDATES.length * each + SEARCH_STEPS * (each + 2 * N ** 3);
}
