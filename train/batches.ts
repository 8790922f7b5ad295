import { createBars } from '../model/bar-distribution.ts';
import type { ModelConfig } from '../model/config.ts';
import { normalQuantile } from '../model/normal.ts';
import { columnUnits, toModelCell } from '../model/table-units.ts';
import { contextUnits, minContext, toModelX, toModelY } from '../model/units.ts';
import type { Batch, Prior, QueryLaw } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import { isLabel } from './check-batch.ts';
import type { PriorSource } from './load-prior.ts';

/** What decides every batch of a run. Plain data, so that it can be sent to a worker. */
export interface BatchPlan {
  readonly prior: PriorSource;
  readonly units: ModelConfig['units'];
  /** Of the bars; null where there are none. */
  readonly borders: Float64Array | null;
  readonly batchSize: number;
  /** Rows of one data set, context and query together; a range is drawn from for each batch, log-uniform. */
  readonly numRows: number | readonly [min: number, max: number];
  readonly contextSizes: 'uniform' | 'log-uniform';
  /** The most query rows of a data set. */
  readonly maxQueries: number;
  /** The most cells of a batch, targets included: where data sets are large, there are fewer of them. Default: any number. */
  readonly maxCells?: number;
  /** How many draws of the law of each query target are the target, where neither bars nor classes are. Default: the one that the prior drew. */
  readonly lawDraws?: number;
  readonly seed: number;
}

export interface TrainingBatch {
  readonly step: number;
  readonly numDatasets: number;
  readonly numContext: number;
  readonly numQuery: number;
  readonly numFeatures: number;
  /** In units of a table, NaN is a missing cell. */
  readonly contextX: Float32Array;
  readonly contextY: Float32Array;
  readonly queryX: Float32Array;
  /** The bar that each query target falls in, or its class, [B, M]; or, where a network answers with normals, draws of it, [B, M, D]. */
  readonly target: Int32Array | Float32Array;
  /** In the model's units; where the prior knows it there. */
  readonly queryLaw?: QueryLaw;
  /** Mean log density of the query targets given their bars (0 where there are none): mean log likelihood = this - cross entropy. */
  readonly logDensityWithin: number;
}

/** The batch of one step is a pure function of (seed, step); `prior` is the one that the plan names. All data sets of a batch have as many context rows. */
export function batchDrawer(plan: BatchPlan, prior: Prior): (step: number) => TrainingBatch {
  const { batchSize, maxCells = Number.POSITIVE_INFINITY, seed, units, borders, lawDraws } = plan;
  const draw = datasetDrawer({ prior, units, borders, lawDraws });
  return (step) => {
    const random = randomStream(seed, 'batch', step);
    const { numContext, numQuery } = drawSizes(random, plan);
    const numDatasets = (columns: number) => fitting(batchSize, maxCells, (numContext + numQuery) * (columns + 1));
    // The prior decides on the number of columns as it draws, so what is too many is known only then.
    const least = prior.anyFeatures ? 1 : prior.numFeatures;
    const keep = ({ numFeatures }: Batch) => numDatasets(numFeatures);
    return { step, ...draw(random, numDatasets(least), numContext, numQuery, keep) };
  };
}

/** As many data sets of so many cells as may be in a batch, at least one. */
export function fitting(batchSize: number, maxCells: number, cellsPerDataset: number): number {
  return Math.max(1, Math.min(batchSize, Math.floor(maxCells / cellsPerDataset)));
}

/** The data sets of a batch in so many parts of nearly one size, none of them empty. The parts share the batch's memory. */
export function splitBatch<Drawn extends Omit<TrainingBatch, 'step'>>(batch: Drawn, numParts: number): Drawn[] {
  const { numDatasets: B, queryLaw } = batch;
  const parts = Math.min(numParts, B);
  return Array.from({ length: parts }, (_, i) => {
    const [from, to] = [i, i + 1].map((part) => Math.floor((part * B) / parts));
    const own = <T extends Float32Array | Int32Array>(values: T) =>
      values.subarray((values.length / B) * from, (values.length / B) * to) as T;
    return {
      ...batch,
      numDatasets: to - from,
      contextX: own(batch.contextX),
      contextY: own(batch.contextY),
      queryX: own(batch.queryX),
      target: own(batch.target),
      ...(queryLaw && { queryLaw: { mean: own(queryLaw.mean), sd: own(queryLaw.sd) } }),
    };
  });
}

/** How many context and query rows a batch has. */
export function drawSizes(
  random: () => number,
  plan: Pick<BatchPlan, 'units' | 'numRows' | 'contextSizes' | 'maxQueries'>,
): { readonly numContext: number; readonly numQuery: number } {
  const numRows = drawRows(random, plan.numRows);
  const numContext = drawContextSize(random, plan, numRows);
  return { numContext, numQuery: Math.min(numRows - numContext, plan.maxQueries) };
}

function drawRows(random: () => number, numRows: BatchPlan['numRows']): number {
  if (typeof numRows === 'number') return numRows;
  const [min, max] = numRows;
  return Math.min(max, Math.floor(min * ((max + 1) / min) ** random()));
}

/** From the fewest rows the units allow to numRows - 1. */
function drawContextSize(
  random: () => number,
  { units, contextSizes }: Pick<BatchPlan, 'units' | 'contextSizes'>,
  numRows: number,
): number {
  const least = minContext(units);
  if (contextSizes === 'uniform') return least + Math.floor(random() * (numRows - least));
  return Math.min(numRows - 1, Math.floor(least * (numRows / least) ** random()));
}

/** Draws data sets from the prior in the model's units and looks up the bars of their query targets. Of a batch the first `keep` are kept. */
export function datasetDrawer({
  prior,
  units,
  borders,
  lawDraws,
}: Pick<BatchPlan, 'units' | 'borders' | 'lawDraws'> & { readonly prior: Prior }) {
  const bars = borders === null ? null : createBars(borders);
  return (
    random: () => number,
    numDatasets: number,
    numContext: number,
    numQuery: number,
    keep: (drawn: Batch) => number = () => numDatasets,
  ) => {
    const drawn = prior.sample(random, { numDatasets, numContext, numQuery });
    const raw = firstDatasets(drawn, keep(drawn));
    const { queryY, ...batch } = inModelUnits(raw, units, prior);
    if (prior.numClasses !== undefined) {
      for (const labels of [batch.contextY, queryY]) demandLabels(labels, prior);
      return { ...batch, target: Int32Array.from(queryY), logDensityWithin: 0 };
    }
    if (bars === null) {
      const target = lawDraws && batch.queryLaw ? drawsOf(batch.queryLaw, lawDraws, random) : queryY;
      return { ...batch, target, logDensityWithin: 0 };
    }
    const { bar, logDensityWithin } = bars.locate(queryY);
    let sum = 0;
    for (const value of logDensityWithin) sum += value;
    return { ...batch, target: bar, logDensityWithin: sum / queryY.length };
  };
}

/**
 * D draws from each normal, [B, M, D]: one from each of D parts of equal mass. They are other ones at every step, since a network that knew where it
 * is asked would answer well there and nowhere else.
 */
function drawsOf({ mean, sd }: QueryLaw, D: number, random: () => number): Float32Array {
  const draws = new Float32Array(mean.length * D);
  for (let i = 0; i < mean.length; i++) {
    const u = random() || 2 ** -33;
    for (let d = 0; d < D; d++) draws[i * D + d] = mean[i] + sd[i] * normalQuantile((d + u) / D);
  }
  return draws;
}

/** A label that is no class would be taken for another one by the network's operators. */
function demandLabels(labels: Float32Array, { name, numClasses = 0 }: Pick<Prior, 'name' | 'numClasses'>): void {
  const bad = labels.find((label) => !isLabel(label, numClasses));
  if (bad === undefined) return;
  throw new Error(`${name}: expected labels that are whole numbers from 0 to ${numClasses - 1}, got ${bad}.`);
}

function firstDatasets(batch: Batch, count: number): Batch {
  const { numDatasets, queryLaw, contextX, contextY, queryX, queryY } = batch;
  if (count >= numDatasets) return batch;
  const first = (values: Float32Array) => values.slice(0, (values.length / numDatasets) * count);
  return {
    ...batch,
    numDatasets: count,
    contextX: first(contextX),
    contextY: first(contextY),
    queryX: first(queryX),
    queryY: first(queryY),
    ...(queryLaw && { queryLaw: { mean: first(queryLaw.mean), sd: first(queryLaw.sd) } }),
  };
}

/** A batch as the model sees it. Overwrites the batch, which nobody else holds. */
export function inModelUnits(
  batch: Batch,
  units: BatchPlan['units'],
  { numClasses }: Pick<Prior, 'numClasses'>,
): Batch {
  if (units === 'context') return inContextUnits(batch);
  return units === 'table' ? inTableUnits(batch, numClasses !== undefined) : batch;
}

/** Each data set in the units of its columns and, where targets are not classes, of its targets. Overwrites the batch. */
export function inTableUnits({ queryLaw: _, ...batch }: Batch, isClassification: boolean): Batch {
  const { numDatasets, numContext: N, numQuery: M, numFeatures: C, contextX, contextY, queryX, queryY } = batch;
  for (let b = 0; b < numDatasets; b++) {
    const contextCells = contextX.subarray(b * N * C, (b + 1) * N * C);
    const queryCells = queryX.subarray(b * M * C, (b + 1) * M * C);
    for (let column = 0; column < C; column++) {
      const units = columnUnits(contextCells, column, C);
      for (const cells of [contextCells, queryCells]) {
        for (let i = column; i < cells.length; i += C) cells[i] = toModelCell(units, cells[i]);
      }
    }
    if (isClassification) continue;
    const { center, scale } = columnUnits(contextY.subarray(b * N, (b + 1) * N));
    for (let i = b * N; i < (b + 1) * N; i++) contextY[i] = (contextY[i] - center) / scale;
    for (let i = b * M; i < (b + 1) * M; i++) queryY[i] = (queryY[i] - center) / scale;
  }
  return batch;
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
