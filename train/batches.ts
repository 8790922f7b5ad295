import { createBars } from '../model/bar-distribution.ts';
import type { ModelConfig } from '../model/config.ts';
import { contextUnits, minContext, toModelX, toModelY } from '../model/units.ts';
import type { Batch, Prior, QueryLaw } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import type { PriorSource } from './load-prior.ts';

/** What decides every batch of a run. Plain data, so that it can be sent to a worker. */
export interface BatchPlan {
  readonly prior: PriorSource;
  readonly units: ModelConfig['units'];
  /** Of the bars; null where targets are classes. */
  readonly borders: Float64Array | null;
  readonly batchSize: number;
  readonly numRows: number;
  readonly contextSizes: 'uniform' | 'log-uniform';
  /** The most query rows of a data set. */
  readonly maxQueries: number;
  readonly seed: number;
}

export interface TrainingBatch {
  readonly step: number;
  readonly numDatasets: number;
  readonly numContext: number;
  readonly numQuery: number;
  readonly numFeatures: number;
  readonly contextX: Float32Array;
  readonly contextY: Float32Array;
  readonly queryX: Float32Array;
  /** The bar that each query target falls in, or its class, [B, M]. */
  readonly target: Int32Array;
  /** In the model's units; where the prior knows it there. */
  readonly queryLaw?: QueryLaw;
  /** Mean log density of the query targets given their bars (0 for classes): mean log likelihood = this - cross entropy. */
  readonly logDensityWithin: number;
}

/** The batch of one step is a pure function of (seed, step); `prior` is the one that the plan names. All data sets of a batch have as many context rows. */
export function batchDrawer(plan: BatchPlan, prior: Prior): (step: number) => TrainingBatch {
  const { batchSize, numRows, maxQueries, seed, units, borders } = plan;
  const draw = datasetDrawer({ prior, units, borders });
  return (step) => {
    const random = randomStream(seed, 'batch', step);
    const numContext = drawContextSize(random, plan);
    const numQuery = Math.min(numRows - numContext, maxQueries);
    return { step, ...draw(random, batchSize, numContext, numQuery) };
  };
}

/** From the fewest rows the units allow to numRows - 1. */
function drawContextSize(random: () => number, { units, contextSizes, numRows }: BatchPlan): number {
  const least = minContext(units);
  if (contextSizes === 'uniform') return least + Math.floor(random() * (numRows - least));
  return Math.min(numRows - 1, Math.floor(least * (numRows / least) ** random()));
}

/** Draws data sets from the prior in the model's units and looks up the bars of their query targets. */
export function datasetDrawer({
  prior,
  units,
  borders,
}: Pick<BatchPlan, 'units' | 'borders'> & { readonly prior: Prior }) {
  const bars = borders === null ? null : createBars(borders);
  return (random: () => number, numDatasets: number, numContext: number, numQuery: number) => {
    const raw = prior.sample(random, { numDatasets, numContext, numQuery });
    const { queryY, ...batch } = units === 'context' ? inContextUnits(raw) : raw;
    if (bars === null) return { ...batch, target: Int32Array.from(queryY), logDensityWithin: 0 };
    const { bar, logDensityWithin } = bars.locate(queryY);
    let sum = 0;
    for (const value of logDensityWithin) sum += value;
    return { ...batch, target: bar, logDensityWithin: sum / queryY.length };
  };
}

/** Each data set of a batch with one feature in the units of its context. Overwrites the batch, which nobody else holds. */
export function inContextUnits({ queryLaw: _, ...batch }: Batch): Batch {
  const { numDatasets, numContext: N, numQuery: M, contextX, contextY, queryX, queryY } = batch;
  for (let b = 0; b < numDatasets; b++) {
    const units = contextUnits(contextX.subarray(b * N, (b + 1) * N), contextY.subarray(b * N, (b + 1) * N));
    for (let i = b * N; i < (b + 1) * N; i++) {
      contextX[i] = toModelX(units, contextX[i]);
      contextY[i] = toModelY(units, contextY[i]);
    }
    for (let i = b * M; i < (b + 1) * M; i++) {
      queryX[i] = toModelX(units, queryX[i]);
      queryY[i] = toModelY(units, queryY[i]);
    }
  }
  return batch;
}
