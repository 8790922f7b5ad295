/** The training loop: draw a batch, take one step, note the loss; from start to end or from where a state left off. */
import { float32, int32, type NdArray } from '../engine/array.ts';
import type { Engine } from '../engine/engine.ts';
import type { ModelConfig } from '../model/config.ts';
import { parameterCount } from '../model/parameters.ts';
import { toCells } from '../model/table-cells.ts';
import { batchSource } from './batch-source.ts';
import type { BatchPlan, TrainingBatch } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { learningRateAt } from './schedule.ts';
import { initialState, type TrainState } from './state.ts';
import { needsBorders, type Targets, trainStep } from './step.ts';

export interface Progress {
  readonly step: number;
  readonly steps: number;
  /** Mean negative log-likelihood of this step's query targets, in nats. */
  readonly loss: number;
  /** Exponential moving average of the loss, debiased. */
  readonly averageLoss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly skipped: number;
  /** Data sets of this step; with `maxCells` not all steps have as many. */
  readonly numDatasets: number;
  /** Milliseconds waited for data, and computing. */
  readonly dataMs: number;
  readonly computeMs: number;
}

export interface TrainOptions {
  readonly engine: Engine;
  /** Threads that draw batches; 0 draws in this thread. Any number gives the same result. */
  readonly workers?: number;
  /** Continue from here. */
  readonly state?: TrainState;
  /** Called after every step with the state so far; return true to stop early. */
  readonly onStep?: (progress: Progress, state: TrainState) => Promise<boolean> | boolean;
}

/** This many steps in a row without a finite loss end the run. */
const MAX_SKIPPED_IN_A_ROW = 20;
const LOSS_AVERAGE_DECAY = 0.99;

export function planBatches(recipe: Recipe, { model, borders, numRows }: Setup): BatchPlan {
  const { maxCells } = recipe.training;
  return {
    prior: recipe.prior,
    units: model.units,
    borders,
    batchSize: recipe.training.batchSize,
    numRows: recipe.training.numRows ?? numRows,
    contextSizes: recipe.training.contextSizes,
    maxQueries: recipe.training.maxQueries ?? numRows,
    ...(maxCells !== undefined && { maxCells }),
    seed: recipe.seed,
  };
}

export async function train(
  recipe: Recipe,
  setup: Setup,
  { engine, workers = 1, state: given, onStep }: TrainOptions,
): Promise<TrainState> {
  const { training } = recipe;
  const { fn, spec } = trainStep(setup.model, training, setup.targets);
  const program = await engine.compile('train-step', fn, spec);
  let state = given ?? initialState(setup.startWeights);
  const source = batchSource(planBatches(recipe, setup), setup.prior, workers, state.step, training.steps);
  const vector = [parameterCount(setup.model)];
  const borders = borderFeeds(setup, setup.targets);
  let average = 0;
  let averageWeight = 0;
  let skippedInARow = 0;
  try {
    while (state.step < training.steps) {
      const start = performance.now();
      const batch = await source.next(state.step);
      const drawn = performance.now();
      const learningRate = learningRateAt(state.step, training);
      const updates = state.step - state.skipped + 1;
      const result = await program.run({
        weights: float32(state.weights, vector),
        first: float32(state.first, vector),
        second: float32(state.second, vector),
        learningRate: float32([learningRate], []),
        debiasFirst: float32([1 / (1 - training.beta1 ** updates)], []),
        debiasSecond: float32([1 / (1 - training.beta2 ** updates)], []),
        ...borders,
        ...batchFeeds(batch, setup.model, setup.targets),
      });
      const gradientNorm = result.gradientNorm.data[0];
      const loss = result.loss.data[0] - batch.logDensityWithin;
      const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
      if (finite) {
        const [weights, first, second] = [result.nextWeights, result.nextFirst, result.nextSecond].map(
          ({ data }) => data as Float32Array,
        );
        state = { ...state, step: state.step + 1, weights, first, second };
        average = LOSS_AVERAGE_DECAY * average + (1 - LOSS_AVERAGE_DECAY) * loss;
        averageWeight = LOSS_AVERAGE_DECAY * averageWeight + (1 - LOSS_AVERAGE_DECAY);
        skippedInARow = 0;
      } else {
        state = { ...state, step: state.step + 1, skipped: state.skipped + 1 };
        if (++skippedInARow >= MAX_SKIPPED_IN_A_ROW) {
          throw new Error(
            `train: the loss was not finite for ${skippedInARow} steps in a row, up to step ${state.step}. Lower training.learningRate or training.clip.`,
          );
        }
      }
      const progress: Progress = {
        step: state.step,
        steps: training.steps,
        loss,
        averageLoss: averageWeight > 0 ? average / averageWeight : loss,
        learningRate,
        gradientNorm,
        skipped: state.skipped,
        numDatasets: batch.numDatasets,
        dataMs: drawn - start,
        computeMs: performance.now() - drawn,
      };
      if (await onStep?.(progress, state)) break;
    }
  } finally {
    await source.close();
    await program.dispose();
  }
  return state;
}

/** The inputs of the step that come from a batch. */
export function batchFeeds(
  batch: Omit<TrainingBatch, 'step'>,
  { layout }: Pick<ModelConfig, 'layout'>,
  targets: Targets,
): Record<string, NdArray> {
  const { numDatasets: B, numContext: N, numQuery: M, numFeatures: F, queryLaw } = batch;
  const x = (values: Float32Array, rows: number) =>
    layout === 'cells' ? float32(toCells(values), [B, rows, F, 2]) : float32(values, [B, rows, F]);
  return {
    inverseCount: float32([1 / (B * M)], []),
    contextX: x(batch.contextX, N),
    contextY: float32(batch.contextY, [B, N]),
    queryX: x(batch.queryX, M),
    ...(targets === 'law' && queryLaw !== undefined
      ? { queryMean: float32(queryLaw.mean, [B, M]), querySd: float32(queryLaw.sd, [B, M]) }
      : { target: int32(batch.target, [B, M]) }),
  };
}

/** The borders of the bars where the step reads them; the same at every step. */
export function borderFeeds({ model, borders }: Setup, targets: Targets): Record<string, NdArray> {
  if (borders === null || !needsBorders(model, targets)) return {};
  return { borders: float32(Float32Array.from(borders), [borders.length]) };
}
