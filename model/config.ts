import { type Feature, type Inputs, numbersPerValue } from './features.ts';

/** Of the components of a kernel: how it falls with distance. */
export type KernelShape = 'rbf' | 'matern32' | 'matern52';

/** Everything that decides the network's shape and its inputs. Plain JSON. */
export interface ModelConfig extends Inputs {
  /**
   * 'rows': a token per row, for a fixed number of columns (transformer.ts). 'cells': a token per cell, for tables with any number of columns;
   * `numFeatures` is then the most that it was trained for (table-transformer.ts). Default: 'rows'.
   */
  readonly layout?: 'rows' | 'cells';
  /**
   * 'own': inputs and targets as the prior has them. 'context': in the units that each context gives itself (units.ts). 'table': each column in
   * the units that its context cells give it (table-units.ts).
   */
  readonly units?: 'own' | 'context' | 'table';
  readonly yFeatures: readonly Feature[];
  readonly numLayers: number;
  readonly width: number;
  readonly numHeads: number;
  readonly hidden: number;
  /**
   * With layout 'cells': layers after the first `numLayers` in which a row is one token, of its target, with `rowWidth` numbers and a perceptron of
   * twice as many. Default: 0.
   */
  readonly rowLayers?: number;
  readonly rowWidth?: number;
  /** With layout 'cells': the penalties of the ridge regressions that the network starts from (table-ridge.ts). Default: none. */
  readonly ridgePenalties?: readonly number[];
  /** A perceptron on each row before the first attention. Default: false. */
  readonly stem?: boolean;
  /** A learned key and value in every attention beside those of the context, so that rows can also attend to nothing. Default: false. */
  readonly sinks?: boolean;
  /** How many kernels the answers are made of (kernel-regression.ts). Default: 0. */
  readonly kernels?: number;
  /** Of the components that each of them is a sum of. Default: three of 'rbf'. */
  readonly kernelShapes?: readonly KernelShape[];
  /** Whether queries go through the network too, and it moves, widens and weighs the answers of the kernels. Default: false. */
  readonly corrections?: boolean;
  readonly activation: 'gelu' | 'silu' | 'squared-relu';
  /**
   * 'bars': a distribution over real numbers with `numOutputs` bars. 'normals': a mixture of normals, one for each kernel, of three outputs each
   * (mixture-head.ts). 'classes': probabilities of up to `numOutputs` classes.
   */
  readonly head: 'bars' | 'normals' | 'classes';
  readonly numOutputs: number;
}

/** Layers of cells, then of rows. */
export const totalLayers = ({ numLayers, rowLayers = 0 }: ModelConfig): number => numLayers + rowLayers;

/** Whether the network reads queries: else all that they ask is its kernels. */
export const readsQueries = ({ head, corrections = false }: ModelConfig): boolean => head !== 'normals' || corrections;

/** Layers whose keys and values queries read. */
export const layersForQueries = (config: ModelConfig): number => (readsQueries(config) ? totalLayers(config) : 0);

/** The width of the stream in a layer. */
export const widthOf = ({ width, numLayers, rowWidth = width }: ModelConfig, layer: number): number =>
  layer < numLayers ? width : rowWidth;

/** Of the perceptron in a layer. */
export const hiddenOf = (config: ModelConfig, layer: number): number =>
  layer < config.numLayers ? config.hidden : 2 * widthOf(config, layer);

/** Numbers of the design of a ridge regression for each column: value, half its square, whether it is missing. */
export const DESIGN = 3;

/** Numbers of a target as the network of tables reads it. */
export const targetNumbers = ({ head, numOutputs, yFeatures }: ModelConfig): number =>
  head === 'classes' ? numOutputs : numbersPerValue(yFeatures);

/** Scores of a row by ridge regression: one per penalty and number of a target. */
export const scoreNumbers = (config: ModelConfig): number =>
  (config.ridgePenalties?.length ?? 0) * targetNumbers(config);

/** Weights that the network gives to the scores of a row in its answer: one per penalty, for all classes together. Bars have none. */
export const trustNumbers = ({ head, ridgePenalties = [] }: ModelConfig): number =>
  head === 'classes' ? ridgePenalties.length : 0;

export const countLayers = (count: number): string => `${count} ${count === 1 ? 'layer' : 'layers'}`;
