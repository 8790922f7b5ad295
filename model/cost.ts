/**
 * The arithmetic of a network by its config: multiplications, each with an addition, of all matrix products. Norms, activations and softmaxes are
 * not counted; neither is the solving of kernel-regression.ts (train/cost.ts).
 *
 * Letters as in transformer.ts and table-transformer.ts: N context rows, M query rows, C columns, T = C + 1 cells, E width, H heads, K outputs.
 */
import { INVERSE_PRODUCTS } from '../engine/iterations.ts';
import {
  DESIGN,
  hiddenOf,
  layersForQueries,
  type ModelConfig,
  readsQueries,
  scoreNumbers,
  targetNumbers,
  totalLayers,
  trustNumbers,
  widthOf,
} from './config.ts';
import { inputColumns, numbersPerValue } from './features.ts';

/** B data sets in one call, N context rows, C columns. */
export interface CallShape {
  readonly numDatasets: number;
  readonly numContext: number;
  readonly numFeatures: number;
}

/** Of reading contexts. */
export function conditionProducts(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numFeatures }: CallShape,
): number {
  const { numLayers: L, width: E } = config;
  const block = (layer: number) => blockProducts(config, layer, N);
  if (config.layout === 'cells') {
    const T = numFeatures + 1;
    const layer = (cells: number) => betweenCells(config, cells, T) + 2 * cells * E * E;
    const body = (L - 1) * (layer(T) + T * block(0)) + layer(1);
    // Of the last layer nobody reads more than keys and values.
    const further = range(L, totalLayers(config)).map((l) => block(l - 1) + 2 * widthOf(config, l) ** 2);
    const rows = B * N * (T * cellInputs(config) * E + body + widen(config) + total(further));
    return rows + ridgeFitProducts(config, { numDatasets: B, numContext: N, numFeatures });
  }
  const inputs = inputColumns(config) + numbersPerValue(config.yFeatures);
  return B * N * (inputs * E + stem(config) + L * 2 * E * E + contextBlocks(config) * block(0));
}

/** The context's stream is read after the last layer only where kernels are made from it. */
const contextBlocks = ({ kernels, numLayers }: ModelConfig): number => (kernels ? numLayers : numLayers - 1);

/** Of answering M queries in each. */
export function predictProducts(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numFeatures }: CallShape,
  numQuery: number,
): number {
  const { numLayers: L, width: E, numOutputs: K } = config;
  const block = (layer: number) => blockProducts(config, layer, N);
  // Else only the solving of the kernels is left.
  if (!readsQueries(config)) return 0;
  const W = widthOf(config, totalLayers(config) - 1);
  const readOut = W * K;
  if (config.layout === 'cells') {
    const T = numFeatures + 1;
    const body = (L - 1) * (betweenCells(config, T, T) + T * block(0)) + betweenCells(config, 1, T) + block(0);
    const further = range(L, totalLayers(config)).map(block);
    const scored = ridgeScoreProducts(config, numFeatures) + W * trustNumbers(config);
    return B * numQuery * (T * cellInputs(config) * E + body + widen(config) + total(further) + readOut + scored);
  }
  return B * numQuery * (inputColumns(config) * E + stem(config) + L * block(0) + readOut);
}

/** Of the backward pass, where it computes the inside of blocks again; not what they end with, of which only the gradient matters. */
export function recomputedProducts(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numFeatures }: CallShape,
  numQuery: number,
): number {
  const { numLayers: L, width: E } = config;
  const inside = (layer: number) => blockProducts(config, layer, N) - widthOf(config, layer) * hiddenOf(config, layer);
  if (config.layout !== 'cells')
    return B * inside(0) * (N * contextBlocks(config) + numQuery * layersForQueries(config));
  const T = numFeatures + 1;
  const allCells = betweenCells(config, T, T) - T * E * E + T * inside(0);
  // The target's cell alone asks, from what is kept.
  const body = (L - 1) * allCells + betweenCells(config, 1, T) - 2 * E * E;
  const further = range(L, totalLayers(config));
  const context = body + total(further.map((l) => inside(l - 1)));
  return B * (N * context + numQuery * (body + inside(0) + total(further.map(inside))));
}

/** Of ridge regressions: the scores of a row. */
export const ridgeScoreProducts = (config: ModelConfig, numFeatures: number): number =>
  numFeatures * DESIGN * scoreNumbers(config);

/** Of fitting these to the context, and of its own scores. */
export function ridgeFitProducts(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numFeatures }: CallShape,
): number {
  const L = config.ridgePenalties?.length ?? 0;
  const F = numFeatures * DESIGN;
  const S = scoreNumbers(config);
  if (L === 0) return 0;
  // The matrix and its right side; per penalty the inverse, coefficients, leverages and fits.
  const fit = N * F * F + (N * F * S) / L + L * (INVERSE_PRODUCTS * F ** 3 + N * F * F) + F * F * S;
  return B * (fit + N * ridgeScoreProducts(config, numFeatures));
}

/** Of a token that attends to N rows in a layer: query and output projections, scores, what they read, perceptron. */
function blockProducts(config: ModelConfig, layer: number, N: number): number {
  const E = widthOf(config, layer);
  return 2 * E * E + 2 * N * E + 2 * E * hiddenOf(config, layer);
}

const widen = (config: ModelConfig): number =>
  config.rowLayers ? config.width * widthOf(config, config.numLayers) : 0;

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Of a row whose first `asking` cells attend to all T of them; the heads share one key and one value. */
const betweenCells = ({ width: E, numHeads: H }: ModelConfig, asking: number, T: number): number =>
  asking * (2 * E * E + 2 * T * E) + (2 * T * E * E) / H;

const stem = ({ stem: has, width: E, hidden }: ModelConfig): number => (has ? 2 * E * hidden : 0);

/** Numbers from which a cell is embedded: those of a column and those of a target. */
function cellInputs(config: ModelConfig): number {
  return numbersPerValue(config.xFeatures) + 3 + targetNumbers(config) + scoreNumbers(config);
}
