import { hiddenOf, type ModelConfig, totalLayers, widthOf } from '../../model/config.ts';

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
export function keptBytes(model: ModelConfig, { numDatasets, numContext, numFeatures }: CallShape): number {
  return (
    2 *
    FLOAT *
    numDatasets *
    numContext *
    sumOfLayers(model, (layer) => tokensPerRow(model, layer, numFeatures) * widthOf(model, layer))
  );
}

const sumOfLayers = (model: ModelConfig, each: (layer: number) => number): number =>
  Array.from({ length: totalLayers(model) }, (_, layer) => each(layer)).reduce((sum, value) => sum + value, 0);

/** The cells and the target; in the last layer of cells and further on the target alone keeps anything. */
const tokensPerRow = ({ numLayers }: ModelConfig, layer: number, numFeatures: number): number =>
  layer < numLayers - 1 ? numFeatures + 1 : 1;

/**
 * In layers of cells the tokens of a row attend to each other, and each to theirs in all context rows; in layers of rows there is the latter only. The
 * peak is that of a layer with all cells, where there is more than one layer.
 */
function rowsCost(
  model: ModelConfig,
  { numDatasets, numFeatures }: CallShape,
  numRows: number,
  numContext: number,
): Cost {
  const { numHeads, numLayers } = model;
  const rows = numDatasets * numRows;
  const perToken = (layer: number) => {
    const width = widthOf(model, layer);
    const isOfCells = layer < numLayers;
    const projections = (isOfCells ? 2 : 1) * 4 * width * width; // of both attentions, or of one
    const perceptron = 2 * width * hiddenOf(model, layer);
    const attentions = 2 * width * (numContext + (isOfCells ? numFeatures + 1 : 0));
    return 2 * (projections + perceptron + attentions);
  };
  const perRow = tokensPerRow(model, 0, numFeatures);
  return {
    operations: rows * sumOfLayers(model, (layer) => tokensPerRow(model, layer, numFeatures) * perToken(layer)),
    bytes:
      FLOAT *
      rows *
      perRow *
      (LIVE_ARRAYS * model.width + model.hidden + LIVE_SCORES * numHeads * (numContext + numFeatures + 1)),
  };
}
