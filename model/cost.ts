/**
 * The arithmetic of a network by its config: multiplications, each with an addition, of all matrix products. Norms, activations and softmaxes are
 * not counted; neither is the solving of kernel-regression.ts (train/cost.ts).
 *
 * Letters as in transformer.ts and table-transformer.ts: N context rows, M query rows, C columns, T = C + 1 cells, E width, H heads, K outputs.
 */
import type { ModelConfig } from './config.ts';
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
  if (config.layout === 'cells') {
    const T = numFeatures + 1;
    const layer = (cells: number) => betweenCells(config, cells, T) + 2 * cells * E * E;
    const block = T * blockProducts(config, N);
    return B * N * (T * cellInputs(config) * E + (L - 1) * (layer(T) + block) + layer(1));
  }
  const inputs = inputColumns(config) + numbersPerValue(config.yFeatures);
  // The context's stream is read after the last layer only where kernels are made from it.
  const blocks = config.kernels ? L : L - 1;
  return B * N * (inputs * E + stem(config) + L * 2 * E * E + blocks * blockProducts(config, N));
}

/** Of answering M queries in each. */
export function predictProducts(
  config: ModelConfig,
  { numDatasets: B, numContext: N, numFeatures }: CallShape,
  numQuery: number,
): number {
  const { numLayers: L, width: E, numOutputs: K } = config;
  const block = blockProducts(config, N);
  const readOut = E * K + (config.normalCore ? core(config) : 0);
  if (config.layout === 'cells') {
    const T = numFeatures + 1;
    const body = (L - 1) * (betweenCells(config, T, T) + T * block) + betweenCells(config, 1, T) + block;
    return B * numQuery * (T * cellInputs(config) * E + body + readOut);
  }
  return B * numQuery * (inputColumns(config) * E + stem(config) + L * block + readOut);
}

/** Of a token that attends to N rows: query and output projections, scores, what they read, perceptron. */
const blockProducts = ({ width: E, hidden }: ModelConfig, N: number): number => 2 * E * E + 2 * N * E + 2 * E * hidden;

/** Of a row whose first `asking` cells attend to all T of them; the heads share one key and one value. */
const betweenCells = ({ width: E, numHeads: H }: ModelConfig, asking: number, T: number): number =>
  asking * (2 * E * E + 2 * T * E) + (2 * T * E * E) / H;

const stem = ({ stem: has, width: E, hidden }: ModelConfig): number => (has ? 2 * E * hidden : 0);

/** The normal core: mean and precision of each kernel, or of one normal, at all bars. */
const core = ({ width: E, numOutputs: K, kernels = 0 }: ModelConfig): number =>
  (2 + kernels) * E + (kernels > 0 ? 3 * kernels : 2) * K;

/** Numbers from which a cell is embedded: those of a column and those of a target. */
function cellInputs({ xFeatures, yFeatures, head, numOutputs }: ModelConfig): number {
  return numbersPerValue(xFeatures) + 3 + (head === 'classes' ? numOutputs : numbersPerValue(yFeatures));
}
