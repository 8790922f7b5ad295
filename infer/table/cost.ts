import type { ModelConfig } from '../../model/config.ts';

/** What a call to a network with a token per cell costs, to the leading terms: enough to choose sizes and to say how long it takes. */
export interface Cost {
  readonly operations: number;
  /** At its peak, weights not counted. */
  readonly bytes: number;
}

/** B data sets in one call, N context rows, C columns. */
export interface CallShape {
  readonly numDatasets: number;
  readonly numContext: number;
  readonly numFeatures: number;
}

const FLOAT = 4;
/** Arrays of a number per cell and unit of width that are alive at once: stream, queries, keys, values, hidden units. */
const LIVE_ARRAYS = 10;
/** The same of arrays with a number per pair of tokens: scores, their exponentials, attention. */
const LIVE_SCORES = 3;

/** Reading contexts. */
export function conditionCost(model: ModelConfig, shape: CallShape): Cost {
  return rowsCost(model, shape, shape.numContext, shape.numContext);
}

/** Answering `numQuery` queries in each. */
export function predictCost(model: ModelConfig, shape: CallShape, numQuery: number): Cost {
  const { operations, bytes } = rowsCost(model, shape, numQuery, shape.numContext);
  return { operations, bytes: bytes + FLOAT * shape.numDatasets * numQuery * model.numOutputs };
}

/** Keys and values that stay between the two. */
export function keptBytes(
  { numLayers, width }: ModelConfig,
  { numDatasets, numContext, numFeatures }: CallShape,
): number {
  return FLOAT * 2 * numLayers * numDatasets * numContext * (numFeatures + 1) * width;
}

/** A row is C + 1 tokens, of the cells and of the target. They attend to each other, and to theirs in all context rows. */
function rowsCost(
  { width, hidden, numHeads, numLayers }: ModelConfig,
  { numDatasets, numFeatures }: CallShape,
  numRows: number,
  numContext: number,
): Cost {
  const perRow = numFeatures + 1;
  const tokens = numDatasets * numRows * perRow;
  const projections = 2 * 4 * width * width * 2; // of both attentions
  const perceptron = 2 * 2 * width * hidden;
  const attentions = 2 * 2 * width * (numContext + perRow);
  return {
    operations: numLayers * tokens * (projections + perceptron + attentions),
    bytes: FLOAT * tokens * (LIVE_ARRAYS * width + hidden + LIVE_SCORES * numHeads * (numContext + perRow)),
  };
}
