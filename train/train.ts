/** The training loop: draw a batch, take one step, note the loss; from start to end or from where a state left off. */
import { float32 } from '../engine/array.ts';
import type { Engine, Resident } from '../engine/engine.ts';
import { release } from '../engine/resident.ts';
import { parameterCount } from '../model/parameters.ts';
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
  /** Milliseconds until the data of the next step were there, while a GPU computes this one; and all others. */
  readonly dataMs: number;
  readonly computeMs: number;
}

export interface TrainOptions {
  readonly engine: Engine;
  /** Threads that draw batches; 0 draws in this thread. Any number gives the same result. */
  readonly workers?: number;
  /** Continue from here. */
  readonly state?: TrainState;
  /** Called after every step, with a way to read the state so far; return true to stop early. */
  readonly onStep?: (progress: Progress, state: () => Promise<TrainState>) => Promise<boolean> | boolean;
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
  const start = given ?? initialState(setup.startWeights);
  let { step, skipped } = start;
  const source = batchSource(planBatches(recipe, setup), setup.prior, workers, step, training.steps);
  let began = performance.now();
  let dataMs = 0;
  const nextBatch = async () => {
    if (step >= training.steps) return null;
    const asked = performance.now();
    const batch = await source.next(step);
    dataMs += performance.now() - asked;
    return { batch, parts: await stepper.prepare(batch) };
  };
  const vector = [parameterCount(setup.model)];
  let average = 0;
  let averageWeight = 0;
  let skippedInARow = 0;
  try {
    let vectors: Readonly<Record<string, Resident>> = await stepper.upload({
      weights: float32(start.weights, vector),
      first: float32(start.first, vector),
      second: float32(start.second, vector),
    });
    const state = async (): Promise<TrainState> => {
      const { weights, first, second } = await stepper.read(vectors);
      const [w, m, v] = [weights, first, second].map(({ data }) => data as Float32Array);
      return { step, skipped, weights: w, first: m, second: v };
    };
    let coming = await nextBatch();
    while (coming) {
      const { batch, parts } = coming;
      const learningRate = learningRateAt(step, training);
      const updates = step - skipped + 1;
      const { nextWeights, nextFirst, nextSecond, ...numbers } = await stepper.run(
        {
          ...vectors,
          learningRate: float32([learningRate], []),
          debiasFirst: float32([1 / (1 - training.beta1 ** updates)], []),
          debiasSecond: float32([1 / (1 - training.beta2 ** updates)], []),
        },
        parts,
      );
      step++;
      // While the device computes.
      coming = await nextBatch();
      const read = await stepper.read(numbers);
      const gradientNorm = read.gradientNorm.data[0];
      const loss = read.loss.data[0] - batch.logDensityWithin;
      const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
      const next = { weights: nextWeights, first: nextFirst, second: nextSecond };
      release({ ...numbers, ...(finite ? vectors : next) });
      parts.forEach(release);
      if (finite) {
        vectors = next;
        average = LOSS_AVERAGE_DECAY * average + (1 - LOSS_AVERAGE_DECAY) * loss;
        averageWeight = LOSS_AVERAGE_DECAY * averageWeight + (1 - LOSS_AVERAGE_DECAY);
        skippedInARow = 0;
      } else {
        skipped++;
        if (++skippedInARow >= MAX_SKIPPED_IN_A_ROW) {
          throw new Error(
            `train: the loss was not finite for ${skippedInARow} steps in a row, up to step ${step}. Lower training.learningRate or training.clip.`,
          );
        }
      }
      const progress: Progress = {
        step,
        steps: training.steps,
        loss,
        averageLoss: averageWeight > 0 ? average / averageWeight : loss,
        learningRate,
        gradientNorm,
        skipped,
        numDatasets: batch.numDatasets,
        dataMs,
        computeMs: performance.now() - began - dataMs,
      };
      if (await onStep?.(progress, state)) break;
      began = performance.now();
      dataMs = 0;
    }
    const end = await state();
    release(vectors);
    coming?.parts.forEach(release);
    return end;
  } finally {
    await source.close();
    await stepper.dispose();
  }
}
