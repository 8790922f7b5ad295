import { float32, int32, type NdArray } from '../engine/array.ts';
import type { ModelConfig } from '../model/config.ts';
import { toCells } from '../model/table-cells.ts';
import type { TrainingBatch } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { needsBorders, type Targets } from './step.ts';

/** The inputs of the step that come from a batch. */
export function batchFeeds(
  batch: Omit<TrainingBatch, 'step'>,
  { layout }: Pick<ModelConfig, 'layout'>,
  targets: Targets,
): Record<string, NdArray> {
  const { numDatasets: B, numContext: N, numQuery: M, numFeatures: F } = batch;
  const x = (values: Float32Array, rows: number) =>
    layout === 'cells' ? float32(toCells(values), [B, rows, F, 2]) : float32(values, [B, rows, F]);
  return {
    inverseCount: float32([1 / batch.target.length], []),
    contextX: x(batch.contextX, N),
    contextY: float32(batch.contextY, [B, N]),
    queryX: x(batch.queryX, M),
    ...targetFeeds(batch, targets),
  };
}

function targetFeeds(
  { numDatasets: B, numQuery: M, target, queryLaw }: Omit<TrainingBatch, 'step'>,
  targets: Targets,
): Record<string, NdArray> {
  if (target instanceof Float32Array) return { target: float32(target, [B, M, target.length / (B * M)]) };
  if (targets === 'law' && queryLaw !== undefined)
    return { queryMean: float32(queryLaw.mean, [B, M]), querySd: float32(queryLaw.sd, [B, M]) };
  return { target: int32(target, [B, M]) };
}

/** Whether the network may use its ridge regressions in this step, where the recipe has it wait for them; steps count from 0. */
export function ridgeFeeds({ steps, ridgeFrom }: Recipe['training'], step: number): Record<string, NdArray> {
  return ridgeFrom === undefined ? {} : { ridge: float32([step < Math.round(ridgeFrom * steps) ? 0 : 1], []) };
}

/** The borders of the bars where the step reads them; the same at every step. */
export function borderFeeds({ model, borders }: Setup, targets: Targets): Record<string, NdArray> {
  if (borders === null || !needsBorders(model, targets)) return {};
  return { borders: float32(Float32Array.from(borders), [borders.length]) };
}
