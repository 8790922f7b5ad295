/** The training loop: draw a batch, take one step, note the loss; from start to end or from where a state left off. */
import { float32, type Resident } from '../engine/array.ts';
import type { Engine } from '../engine/engine.ts';
import { release } from '../engine/resident.ts';
import { parameterCount } from '../model/parameters.ts';
import { batchSource } from './batch-source.ts';
import type { BatchPlan, TrainingBatch } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { learningRateAt } from './schedule.ts';
import { initialState, type LossAverage, type TrainState } from './state.ts';
import { openStepper, type StepFeeds } from './stepper.ts';

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
  /** Called after every step. Return true to stop after those that are under way: some devices run a few at a time. */
  readonly onStep?: (progress: Progress) => boolean | undefined;
  /** Called with the state after every step whose number is a multiple of `saveEvery`, and before an error that ends the run is thrown. */
  readonly onSave?: (state: TrainState) => Promise<void> | void;
  readonly saveEvery?: number;
  /** The number of the last step, where it is before the recipe's. */
  readonly stopAfter?: number;
}

/** This many steps in a row without a finite loss end the run. */
const MAX_SKIPPED_IN_A_ROW = 20;
const LOSS_AVERAGE_DECAY = 0.99;

/** Of each target, where its law is known and the network answers with normals. */
export const LAW_DRAWS = 8;

export function planBatches(recipe: Recipe, { model, borders, numRows, targets }: Setup): BatchPlan {
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
    ...(targets === 'law' && { lawDraws: LAW_DRAWS }),
    seed: recipe.seed,
  };
}

export async function train(recipe: Recipe, setup: Setup, options: TrainOptions): Promise<TrainState> {
  const { engine, workers = 1, onStep, onSave, saveEvery = Number.POSITIVE_INFINITY } = options;
  const { training } = recipe;
  const last = Math.min(training.steps, options.stopAfter ?? training.steps);
  const stepper = await openStepper(engine, setup, training);
  const start = options.state ?? initialState(setup.startWeights);
  let { step, skipped } = start;
  const source = batchSource(planBatches(recipe, setup), setup.prior, workers, step, last);
  let began = performance.now();
  let dataMs = 0;
  /** Of the next steps, in order. */
  const coming: Coming[] = [];
  const prepare = async (count: number) => {
    while (coming.length < count) {
      const asked = performance.now();
      const batch = await source.next(step + coming.length);
      dataMs += performance.now() - asked;
      coming.push({ batch, parts: await stepper.prepare(batch) });
    }
  };
  /** How many steps are run at once from here: up to the next state that is asked for. */
  const runLength = (from: number) =>
    Math.max(0, Math.min(stepper.stepsPerRun, last - from, saveEvery - (from % saveEvery)));
  const vector = [parameterCount(setup.model)];
  const average = movingAverage(LOSS_AVERAGE_DECAY, start.lossAverage);
  let skippedInARow = 0;
  let saved = step;
  let vectors: Readonly<Record<string, Resident>> | undefined;
  const state = async (): Promise<TrainState> => {
    const { weights, first, second } = await stepper.read(vectors ?? {});
    const [w, m, v] = [weights, first, second].map(({ data }) => data as Float32Array);
    return { step, skipped, lossAverage: average.state(), weights: w, first: m, second: v };
  };
  const save = async () => {
    await onSave?.(await state());
    saved = step;
  };
  try {
    vectors = await stepper.upload({
      weights: float32(start.weights, vector),
      first: float32(start.first, vector),
      second: float32(start.second, vector),
    });
    let length = runLength(step);
    await prepare(length);
    while (length > 0) {
      const own = coming.slice(0, length);
      const learningRates = own.map((_, i) => learningRateAt(step + i, training));
      const { nextWeights, nextFirst, nextSecond, ...numbers } = await stepper.run(
        vectors,
        own.map(({ parts }, i) => ({ numbers: scalars(learningRates[i], step + i - skipped + 1, training), parts })),
      );
      // While the device computes.
      await prepare(length + runLength(step + length));
      const { loss: crossEntropies, gradientNorm: norms } = await stepper.read(numbers);
      const losses = own.map(({ batch }, i) => crossEntropies.data[i] - batch.logDensityWithin);
      const broken = losses.findIndex((loss, i) => !Number.isFinite(loss) || !Number.isFinite(norms.data[i]));
      const next = { weights: nextWeights, first: nextFirst, second: nextSecond };
      release({ ...numbers, ...(broken < 0 ? vectors : next) });
      if (broken > 0) {
        // Those before it once more, without it.
        length = broken;
        continue;
      }
      const done = broken < 0 ? length : 1;
      if (broken < 0) vectors = next;
      for (const { parts } of coming.splice(0, done)) parts.forEach(release);
      const [dataOfEach, allOfEach] = [dataMs, performance.now() - began].map((ms) => ms / done);
      let stops = false;
      for (let i = 0; i < done; i++) {
        step++;
        if (broken < 0) {
          average.add(losses[i]);
          skippedInARow = 0;
        } else {
          skipped++;
          skippedInARow++;
        }
        if (skippedInARow >= MAX_SKIPPED_IN_A_ROW) {
          throw new Error(
            `train: the loss was not finite for ${skippedInARow} steps in a row, up to step ${step}. Lower training.learningRate or training.clip.`,
          );
        }
        const progress: Progress = {
          step,
          steps: training.steps,
          loss: losses[i],
          averageLoss: average.value() ?? losses[i],
          learningRate: learningRates[i],
          gradientNorm: norms.data[i],
          skipped,
          numDatasets: own[i].batch.numDatasets,
          dataMs: dataOfEach,
          computeMs: allOfEach - dataOfEach,
        };
        if (onStep?.(progress)) stops = true;
      }
      if (step % saveEvery === 0) await save();
      if (stops) break;
      began = performance.now();
      dataMs = 0;
      length = runLength(step);
      await prepare(length);
    }
    const end = await state();
    release(vectors);
    for (const { parts } of coming) parts.forEach(release);
    return end;
  } catch (error) {
    // What was learnt until then is kept, where the device still tells it.
    if (step > saved) await save().catch(() => {});
    throw error;
  } finally {
    await source.close();
    await stepper.dispose();
  }
}

/** A batch on its way to the step. */
interface Coming {
  readonly batch: TrainingBatch;
  readonly parts: StepFeeds['parts'];
}

/** Of the update that is the `count`th one, skipped ones not counted. */
const scalars = (learningRate: number, count: number, { beta1, beta2 }: Recipe['training']): StepFeeds['numbers'] => ({
  learningRate: float32([learningRate], []),
  debiasFirst: float32([1 / (1 - beta1 ** count)], []),
  debiasSecond: float32([1 / (1 - beta2 ** count)], []),
});

/** Exponential and debiased. */
function movingAverage(decay: number, before: LossAverage = { sum: 0, weight: 0 }) {
  let { sum, weight } = before;
  return {
    add(value: number) {
      sum = decay * sum + (1 - decay) * value;
      weight = decay * weight + (1 - decay);
    },
    value: () => (weight > 0 ? sum / weight : undefined),
    state: (): LossAverage => ({ sum, weight }),
  };
}
