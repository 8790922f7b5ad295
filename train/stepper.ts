import { float32, type NdArray } from '../engine/array.ts';
import type { Engine, Resident } from '../engine/engine.ts';
import { compileResident, release } from '../engine/resident.ts';
import { parameterCount } from '../model/parameters.ts';
import { splitBatch, type TrainingBatch } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { batchFeeds, borderFeeds } from './feeds.ts';
import { gradientPart, trainStep, updateStep } from './step.ts';

type Residents = Readonly<Record<string, Resident>>;

/** One update of the weights for one batch. What it is given and what it gives stays on the device; whoever gets an array releases it. */
export interface Stepper {
  readonly upload: (arrays: Readonly<Record<string, NdArray>>) => Promise<Record<string, Resident>>;
  /** The inputs that come from a batch, for each part of it. */
  readonly prepare: (batch: TrainingBatch) => Promise<readonly Residents[]>;
  /** `state`: weights, both moments, learning rate and debiasing. Gives the next ones, loss and gradient norm. */
  readonly run: (
    state: Readonly<Record<string, NdArray | Resident>>,
    parts: readonly Residents[],
  ) => Promise<Record<string, Resident>>;
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
  const { upload, run, read, dispose } = await compileResident(engine, 'train-step', fn, spec);
  const borders = await upload(borderFeeds(setup, targets));
  return {
    upload,
    prepare: async (batch) => [await upload(batchFeeds(batch, model, targets))],
    run: (state, [feeds]) => run({ ...state, ...borders, ...feeds }),
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
  const gradients = await compileResident(engine, 'gradient-part', part.fn, part.spec);
  const updates = await compileResident(engine, 'update', update.fn, update.spec);
  const { upload, read } = gradients;
  const borders = await upload(borderFeeds(setup, targets));
  const P = parameterCount(model);
  const nothing = await upload({ gradient: float32(new Float32Array(P), [P]), loss: float32([0], []) });
  return {
    upload,
    async prepare(batch) {
      // Of the whole batch, so that the parts of loss and gradient add up to their means over it.
      const inverseCount = float32([1 / (batch.numDatasets * batch.numQuery)], []);
      const parts = splitBatch(batch, numParts);
      return Promise.all(parts.map((own) => upload({ ...batchFeeds(own, model, targets), inverseCount })));
    },
    async run({ weights, ...state }, parts) {
      let sums: Residents = nothing;
      for (const feeds of parts) {
        const { gradient: gradientSum, loss: lossSum } = sums;
        const next = await gradients.run({ weights, gradientSum, lossSum, ...borders, ...feeds });
        if (sums !== nothing) release(sums);
        sums = next;
      }
      const { gradient, loss } = sums;
      const result = await updates.run({ weights, gradient, ...state });
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
