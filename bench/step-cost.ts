// How much arithmetic one training step is, by formula.

/** Sizes of the step: B datasets of S rows, F features, E width, hidden, K bars. */
export interface StepSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly bars: number;
  readonly datasets: number;
  readonly rows: number;
  readonly features: number;
}

/** The sizes that every implementation of the step is compared at. */
export const stepSizes: StepSizes = {
  layers: 3,
  width: 128,
  heads: 4,
  hidden: 256,
  bars: 1000,
  datasets: 100,
  rows: 100,
  features: 3,
};

/**
 * Multiply-adds of all matrix products of one forward pass of the two-stream model, n context rows.
 * The last layer needs no context block beyond its keys and values.
 */
export function forwardMultiplyAdds(sizes: StepSizes, numContext: number): number {
  const { layers, width: E, hidden, bars, datasets, rows, features } = sizes;
  const N = numContext;
  const M = rows - N;
  const embedding = rows * features * E + N * E;
  const keysValues = 2 * N * E * E;
  // Query and output projections, scores and mixing over N context rows, two products of the MLP.
  const block = (r: number): number => r * (2 * E * E + 2 * N * E + 2 * E * hidden);
  const context = layers * keysValues + (layers - 1) * block(N);
  const query = layers * block(M);
  const head = M * E * bars;
  return datasets * (embedding + context + query + head);
}

/**
 * GFLOP of one training step: two operations per multiply-add, and a backward pass of two products for each product
 * of the forward pass. Norms, softmax, GELU and the optimiser are not counted, so the achieved share is a lower bound.
 */
export const stepGflop = (sizes: StepSizes, numContext: number): number =>
  (3 * 2 * forwardMultiplyAdds(sizes, numContext)) / 1e9;
