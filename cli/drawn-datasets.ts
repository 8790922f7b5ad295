import type { Batch } from '../priors/prior.ts';

/** A data set of a prior as numbers to write out. */
export interface DrawnDataset {
  readonly context: DrawnRows;
  readonly query: DrawnRows;
}

export interface DrawnRows {
  /** One list of features per row; NaN where a value is missing. */
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/** The data sets of a batch, their numbers with no more digits than they have. */
export function drawnDatasets(batch: Batch): DrawnDataset[] {
  const { numDatasets, numContext, numQuery, numFeatures, contextX, contextY, queryX, queryY } = batch;
  const rows = (x: Float32Array, y: Float32Array, first: number, count: number): DrawnRows => ({
    x: Array.from({ length: count }, (_, i) =>
      Array.from(x.subarray((first + i) * numFeatures, (first + i + 1) * numFeatures), shortest),
    ),
    y: Array.from(y.subarray(first, first + count), shortest),
  });
  return Array.from({ length: numDatasets }, (_, b) => ({
    context: rows(contextX, contextY, b * numContext, numContext),
    query: rows(queryX, queryY, b * numQuery, numQuery),
  }));
}

/** The number of fewest digits that single precision reads as this one: 0.1, not 0.10000000149. Nine digits always do. */
function shortest(value: number): number {
  const digits = [6, 7, 8].find((count) => Math.fround(Number(value.toPrecision(count))) === value) ?? 9;
  return Number(value.toPrecision(digits));
}

/** A row per row, columns dataset (from 1), role (context or query), x1 .. xd, y; missing values are empty cells. */
export function datasetsCsv(datasets: readonly DrawnDataset[], numFeatures: number): string {
  const header = ['dataset', 'role', ...Array.from({ length: numFeatures }, (_, f) => `x${f + 1}`), 'y'];
  const lines = datasets.flatMap((dataset, b) =>
    (['context', 'query'] as const).flatMap((role) => {
      const { x, y } = dataset[role];
      return x.map((features, i) => [b + 1, role, ...[...features, y[i]].map(cell)].join(','));
    }),
  );
  return [header.join(','), ...lines].join('\n');
}

const cell = (value: number): string => (Number.isNaN(value) ? '' : String(value));
