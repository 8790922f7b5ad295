/** The training loop: draw a batch, take one step, note the loss; from start to end or from where a state left off. */
import { float32 } from '../engine/array.ts';
import type { Engine } from '../engine/engine.ts';
import { initialWeights, parameterCount } from '../model/parameters.ts';
import { normals, randomStream } from '../priors/random.ts';
import { batchSource } from './batch-source.ts';
import type { BatchPlan } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { learningRateAt } from './schedule.ts';
import { initialState, type TrainState } from './state.ts';
import { openStepper } from './stepper.ts';

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
  const stepper = await openStepper(engine, setup, training);
  let state = given ?? initialState(initialWeights(setup.model, normals(randomStream(recipe.seed, 'weights'))));
  const source = batchSource(planBatches(recipe, setup), setup.prior, workers, state.step, training.steps);
  const vector = [parameterCount(setup.model)];
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
      const result = await stepper.run(
        {
          weights: float32(state.weights, vector),
          first: float32(state.first, vector),
          second: float32(state.second, vector),
          learningRate: float32([learningRate], []),
          debiasFirst: float32([1 / (1 - training.beta1 ** updates)], []),
          debiasSecond: float32([1 / (1 - training.beta2 ** updates)], []),
        },
        batch,
      );
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
    await stepper.dispose();
  }
  return state;
}
