import { float32, type NdArray, type Resident } from '../engine/array.ts';
import type { Engine } from '../engine/engine.ts';
import { compileResident, compileResidentLoop, release } from '../engine/resident.ts';
import { parameterCount } from '../model/parameters.ts';
import { splitBatch, type TrainingBatch } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { batchFeeds, borderFeeds, ridgeFeeds } from './feeds.ts';
import { gradientPart, STEP_LOOP, trainStep, updateStep } from './step.ts';

type Residents = Readonly<Record<string, Resident>>;

/** What one update needs beside the weights and their moments. */
export interface StepFeeds {
  /** Learning rate and debiasing. */
  readonly numbers: Readonly<Record<string, NdArray>>;
  /** The inputs that come from its batch, for each part of that. */
  readonly parts: readonly Residents[];
}

/** Updates of the weights, one for each batch. What it is given and what it gives stays on the device; whoever gets an array releases it. */
export interface Stepper {
  /** As many updates can be made at once, which saves time where arrays do not stay on the device. */
  readonly stepsPerRun: number;
  readonly upload: (arrays: Readonly<Record<string, NdArray>>) => Promise<Record<string, Resident>>;
  readonly prepare: (batch: TrainingBatch) => Promise<StepFeeds['parts']>;
  /** `vectors`: weights and both moments. Gives the next ones, and of each step loss and gradient norm, one after the other. */
  readonly run: (vectors: Residents, steps: readonly StepFeeds[]) => Promise<Record<string, Resident>>;
  readonly read: (arrays: Residents) => Promise<Record<string, NdArray>>;
  readonly dispose: () => Promise<void>;
}

/** The whole step is one program; where gradients are accumulated it is two, and only a part of the batch is computed at a time. */
export function openStepper(engine: Engine, setup: Setup, training: Recipe['training']): Promise<Stepper> {
  const { accumulate = 1 } = training;
  return accumulate === 1 ? openWhole(engine, setup, training) : openAccumulating(engine, setup, training, accumulate);
}

async function openWhole(engine: Engine, setup: Setup, training: Recipe['training']): Promise<Stepper> {
  const { model, targets } = setup;
  const { fn, spec } = trainStep(model, training, targets);
  const program = await compileResidentLoop(engine, 'train-step', fn, spec, STEP_LOOP);
  const { stepsPerRun, upload, run, read, dispose } = program;
  const borders = await upload(borderFeeds(setup, targets));
  return {
    stepsPerRun,
    upload,
    prepare: async (batch) => [
      await upload({ ...batchFeeds(batch, model, targets), ...ridgeFeeds(training, batch.step) }),
    ],
    run: (vectors, steps) =>
      run(
        { ...vectors, ...borders },
        steps.map(({ numbers, parts: [feeds] }) => ({ ...numbers, ...feeds })),
      ),
    read,
    async dispose() {
      release(borders);
      await dispose();
    },
  };
}

async function openAccumulating(
  engine: Engine,
  setup: Setup,
  training: Recipe['training'],
  numParts: number,
): Promise<Stepper> {
  const { model, targets } = setup;
  const part = gradientPart(model, training, targets);
  const update = updateStep(model, training);
  const gradients = await compileResidentLoop(engine, 'gradient-part', part.fn, part.spec, {
    carried: { gradientSum: 'gradient', lossSum: 'loss' },
    shared: ['weights', 'borders'],
    most: numParts,
  });
  const updates = await compileResident(engine, 'update', update.fn, update.spec);
  const { upload, read } = gradients;
  const borders = await upload(borderFeeds(setup, targets));
  const P = parameterCount(model);
  const nothing = await upload({ gradient: float32(new Float32Array(P), [P]), loss: float32([0], []) });
  return {
    stepsPerRun: 1,
    upload,
    async prepare(batch) {
      // Of the whole batch, so that the parts of loss and gradient add up to their means over it.
      const inverseCount = float32([1 / batch.target.length], []);
      const shared = { inverseCount, ...ridgeFeeds(training, batch.step) };
      const parts = splitBatch(batch, numParts);
      return Promise.all(parts.map((own) => upload({ ...batchFeeds(own, model, targets), ...shared })));
    },
    async run({ weights, ...moments }, [{ numbers, parts }]) {
      let sums: Residents = nothing;
      for (let from = 0; from < parts.length; from += gradients.stepsPerRun) {
        const { gradient: gradientSum, loss: lossSum } = sums;
        const own = parts.slice(from, from + gradients.stepsPerRun);
        const next = await gradients.run({ weights, gradientSum, lossSum, ...borders }, own);
        if (sums !== nothing) release(sums);
        sums = next;
      }
      const { gradient, loss } = sums;
      const result = await updates.run({ weights, gradient, ...moments, ...numbers });
      release({ gradient });
      return { ...result, loss };
    },
    read,
    async dispose() {
      release({ ...borders, ...nothing });
      await gradients.dispose();
      await updates.dispose();
    },
  };
}
