// What the peers that fit or sample Gaussian processes are asked.

import type { Batch } from '../../priors/prior.ts';

/** An RBF kernel with noise, of which length scale and noise are not known. */
export interface GpBounds {
  /** Standard deviation of the function, fixed. */
  readonly outputScale: number;
  /** Bounds of the length scale. */
  readonly lengthScale: readonly [low: number, high: number];
  /** Bounds of the noise, a standard deviation. */
  readonly noise: readonly [low: number, high: number];
}

export interface GpDataset {
  /** [N][F] */
  readonly contextX: readonly (readonly number[])[];
  /** [N] */
  readonly contextY: readonly number[];
  /** [M][F] */
  readonly queryX: readonly (readonly number[])[];
}

/** The data sets of a batch as JSON, with the first `ownFeatures` columns of x: the others tell hyperparameters. */
export function gpDatasets(batch: Batch, ownFeatures: number): GpDataset[] {
  const { numDatasets, numContext, numQuery, numFeatures, contextX, contextY, queryX } = batch;
  const rows = (x: Float32Array, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const at = (first + i) * numFeatures;
      return Array.from(x.subarray(at, at + ownFeatures));
    });
  return Array.from({ length: numDatasets }, (_, b) => ({
    contextX: rows(contextX, b * numContext, numContext),
    contextY: Array.from(contextY.subarray(b * numContext, (b + 1) * numContext)),
    queryX: rows(queryX, b * numQuery, numQuery),
  }));
}
