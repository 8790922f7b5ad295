import { beforeAll, describe, expect, it } from 'vitest';
import { compiledEngine } from '../../engine/compiled.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Prior } from '../../priors/prior.ts';
import { parseRecipe, type Setup, setUp } from '../../train/config.ts';
import type { TrainState } from '../../train/state.ts';
import { type Progress, type TrainOptions, train } from '../../train/train.ts';

const recipe = parseRecipe(
  {
    prior: { name: 'gaussian-process', options: { maxRows: 12 } },
    model: { numLayers: 1, width: 8, numHeads: 2, hidden: 8, numBars: 20 },
    training: { steps: 11, batchSize: 3, optimizer: 'muon', contextSizes: 'log-uniform' },
  },
  'test',
);

const inRuns = compiledEngine({ threads: 1 });
const oneByOne: Engine = { ...inRuns, compileLoop: undefined };

/** The prior, but that the targets of some batches are not numbers. */
function breaking(prior: Prior, broken: readonly number[]): Prior {
  let draws = 0;
  return {
    ...prior,
    sample(random, options) {
      const batch = prior.sample(random, options);
      return broken.includes(draws++) ? { ...batch, contextY: batch.contextY.map(() => Number.NaN) } : batch;
    },
  };
}

describe('steps that run a few at a time', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp(recipe);
  });

  async function run(engine: Engine, broken: readonly number[], options: Partial<TrainOptions> = {}) {
    const steps: Omit<Progress, 'dataMs' | 'computeMs'>[] = [];
    const saved: TrainState[] = [];
    const state = await train(
      recipe,
      { ...setup, prior: breaking(setup.prior, broken) },
      {
        engine,
        workers: 0,
        onStep: ({ dataMs, computeMs, ...progress }) => void steps.push(progress),
        onSave: (current) => void saved.push(current),
        ...options,
      },
    );
    return { state, steps, saved };
  }

  it.each([{ broken: [] }, { broken: [0] }, { broken: [2] }, { broken: [3, 4, 9] }, { broken: [10] }])(
    'give the same weights, losses and learning rates to the bit as one by one; not finite: $broken',
    async ({ broken }) => {
      const [together, apart] = [await run(inRuns, broken), await run(oneByOne, broken)];
      expect(together).toEqual(apart);
      expect(together.state).toMatchObject({ step: 11, skipped: broken.length });
      expect(together.steps.map(({ step }) => step)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
      expect(together.steps.filter(({ loss }) => Number.isNaN(loss)).map(({ step }) => step - 1)).toEqual(broken);
    },
  );

  it('save the states that are asked for, and no others', async () => {
    const { saved } = await run(inRuns, [], { saveEvery: 3 });
    expect(saved.map(({ step }) => step)).toEqual([3, 6, 9]);
    expect(saved).toEqual((await run(oneByOne, [], { saveEvery: 3 })).saved);
  });

  it('stop where they are told to, and go on from there', async () => {
    const { state: whole } = await run(inRuns, []);
    const { state } = await run(inRuns, [], { stopAfter: 6 });
    expect(state.step).toBe(6);
    expect((await run(inRuns, [], { state })).state).toEqual(whole);
  });

  it('are finished where a callback asks for a stop', async () => {
    const steps: number[] = [];
    const { state } = await run(inRuns, [], {
      onStep({ step }) {
        steps.push(step);
        return step === 5;
      },
    });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(state).toEqual((await run(oneByOne, [], { stopAfter: 8 })).state);
  });
});
