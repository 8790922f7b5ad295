import { float32, type NdArray } from '../engine/array.ts';
import type { Engine } from '../engine/engine.ts';
import { parameterCount } from '../model/parameters.ts';
import { splitBatch, type TrainingBatch } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { batchFeeds, borderFeeds } from './feeds.ts';
import { gradientPart, trainStep, updateStep } from './step.ts';

type Arrays = Readonly<Record<string, NdArray>>;

/** One update of the weights for one batch. */
export interface Stepper {
  /** `state`: weights, both moments, learning rate and debiasing. Gives the next ones, loss and gradient norm. */
  readonly run: (state: Arrays, batch: TrainingBatch) => Promise<Arrays>;
  readonly dispose: () => Promise<void>;
}

/** The whole step is one program; where gradients are accumulated it is two, and only a part of the batch is in memory at a time. */
export function openStepper(engine: Engine, setup: Setup, training: Recipe['training']): Promise<Stepper> {
  const { accumulate = 1 } = training;
  return accumulate === 1 ? openWhole(engine, setup, training) : openAccumulating(engine, setup, training, accumulate);
}

async function openWhole(engine: Engine, setup: Setup, training: Recipe['training']): Promise<Stepper> {
  const { model, targets } = setup;
  const { fn, spec } = trainStep(model, training, targets);
  const program = await engine.compile('train-step', fn, spec);
  const borders = borderFeeds(setup, targets);
  return {
    run: (state, batch) => program.run({ ...state, ...borders, ...batchFeeds(batch, model, targets) }),
    dispose: () => program.dispose(),
  };
}

async function openAccumulating(
  engine: Engine,
  setup: Setup,
  training: Recipe['training'],
  numParts: number,
): Promise<Stepper> {
  const { model, targets } = setup;
  const part = gradientPart(model, targets);
  const update = updateStep(model, training);
  const gradients = await engine.compile('gradient-part', part.fn, part.spec);
  const updates = await engine.compile('update', update.fn, update.spec);
  const borders = borderFeeds(setup, targets);
  const P = parameterCount(model);
  return {
    async run({ weights, ...state }, batch) {
      // Of the whole batch, so that the parts of loss and gradient add up to their means over it.
      const inverseCount = float32([1 / (batch.numDatasets * batch.numQuery)], []);
      let sum: NdArray = float32(new Float32Array(P), [P]);
      let loss = 0;
      for (const own of splitBatch(batch, numParts)) {
        const feeds = { ...batchFeeds(own, model, targets), inverseCount };
        const result = await gradients.run({ weights, sum, ...borders, ...feeds });
        sum = result.nextSum;
        loss += result.loss.data[0];
      }
      return { ...(await updates.run({ weights, gradient: sum, ...state })), loss: float32([loss], []) };
    },
    async dispose() {
      await gradients.dispose();
      await updates.dispose();
    },
  };
}
