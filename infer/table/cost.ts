import type { ModelConfig } from '../../model/config.ts';
import { type CallShape, conditionProducts, predictProducts } from '../../model/cost.ts';

export type { CallShape };

/** What a call to a network with a token per cell costs, to the leading terms: enough to choose sizes and to say how long it takes. */
export interface Cost {
  readonly operations: number;
  /** At its peak, weights not counted. */
  readonly bytes: number;
}

const FLOAT = 4;
/** Arrays of a number per cell and unit of width that are alive at once: stream, queries, keys, values, hidden units. */
const LIVE_ARRAYS = 10;
/** The same of arrays with a number per pair of tokens: scores, their exponentials, attention. */
const LIVE_SCORES = 3;

/** Reading contexts. */
export function conditionCost(model: ModelConfig, shape: CallShape): Cost {
  return { operations: 2 * conditionProducts(model, shape), bytes: rowsBytes(model, shape, shape.numContext) };
}

/** Answering `numQuery` queries in each. */
export function predictCost(model: ModelConfig, shape: CallShape, numQuery: number): Cost {
  return {
    operations: 2 * predictProducts(model, shape, numQuery),
    bytes: rowsBytes(model, shape, numQuery) + FLOAT * shape.numDatasets * numQuery * model.numOutputs,
  };
}

/** Keys and values that stay between the two. */
export function keptBytes(model: ModelConfig, { numDatasets, numContext, numFeatures }: CallShape): number {
  return 2 * FLOAT * numDatasets * numContext * keptPerRow(model, numFeatures);
}

/** Of a row: the cells' and the target's in all layers of cells but the last, the target's alone in that and in the layers of rows. */
function keptPerRow({ numLayers, width, rowLayers = 0, rowWidth = width }: ModelConfig, numFeatures: number): number {
  return ((numLayers - 1) * (numFeatures + 1) + 1) * width + rowLayers * rowWidth;
}

/** A row is C + 1 tokens, of the cells and of the target. They attend to each other, and to theirs in all context rows. */
function rowsBytes(
  { width, hidden, numHeads }: ModelConfig,
  { numDatasets, numContext, numFeatures }: CallShape,
  numRows: number,
): number {
  const perRow = numFeatures + 1;
  const tokens = numDatasets * numRows * perRow;
  return FLOAT * tokens * (LIVE_ARRAYS * width + hidden + LIVE_SCORES * numHeads * (numContext + perRow));
}
