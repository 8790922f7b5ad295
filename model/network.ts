import type { Tensor } from '../engine/ops.ts';
import { type ModelConfig, widthOf } from './config.ts';
import { conditionTable, predictTable } from './table-transformer.ts';
import { condition, type Memory, predict, type Weights } from './transformer.ts';

type Shape = readonly (number | string)[];

/** The functions of a network and the shapes of what goes in and between, symbolic dimensions by name. */
export interface Network {
  /** Context -> keys and values of every layer. */
  readonly condition: (weights: Weights, config: ModelConfig, contextX: Tensor, contextY: Tensor) => Memory;
  /** Queries -> logits [B*M, K]. */
  readonly predict: (weights: Weights, config: ModelConfig, memory: Memory, queryX: Tensor) => Tensor;
  /** Of contextX (rows 'context') and queryX (rows 'query'). */
  readonly xShape: (rows: string) => Shape;
  /** Of the keys and of the values of a layer. */
  readonly memoryShape: (layer: number) => Shape;
}

export function networkOf(config: ModelConfig): Network {
  const { layout, numFeatures, numLayers, numHeads: H } = config;
  const D = (layer: number) => widthOf(config, layer) / H;
  if (layout === 'cells') {
    return {
      condition: conditionTable,
      predict: predictTable,
      // C columns are C + 1 cells with the target.
      xShape: (rows) => ['batch', rows, 'cell-1', 2],
      memoryShape: (layer) => ['context', 'batch', layer < numLayers - 1 ? 'cell' : 1, H, D(layer)],
    };
  }
  return {
    condition,
    predict,
    xShape: (rows) => ['batch', rows, numFeatures],
    memoryShape: (layer) => [H, 'batch', 'context', D(layer)],
  };
}
