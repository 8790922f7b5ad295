import { createBars } from './bar-distribution.ts';
import type { ModelConfig } from './config.ts';
import type { Distribution } from './distribution.ts';
import { normalMixture } from './normal-mixture.ts';

/** What makes distributions of the outputs [M, K] of a network, each by its row: copies of what it needs. */
export type DistributionReader = (outputs: Float32Array, row: number) => Distribution;

/** For networks whose targets are numbers; `borders` [K + 1] of the bars, where it has these. */
export function distributionReader(
  { head, numOutputs }: Pick<ModelConfig, 'head' | 'numOutputs'>,
  borders: Float64Array,
): DistributionReader {
  if (head === 'normals') return (outputs, row) => normalMixture(rowOf(outputs, row, numOutputs));
  const bars = createBars(borders);
  return (outputs, row) => bars.distribution(rowOf(outputs, row, bars.numBars));
}

/** The outputs of one query, out of those of many. */
export const rowOf = (outputs: Float32Array, row: number, size: number): Float32Array =>
  outputs.subarray(row * size, (row + 1) * size);
