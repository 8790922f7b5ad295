import { expect, it } from 'vitest';
import { float32, mapValues, type Resident } from '../../engine/array.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import type { Engine } from '../../engine/engine.ts';
import { compileResident } from '../../engine/resident.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { readState, stateBytes } from '../../train/state.ts';
import { train } from '../../train/train.ts';

const recipe = parseRecipe(
  {
    prior: { name: 'learning-curve', options: { numSteps: 12 } },
    model: { numLayers: 1, width: 4, numHeads: 1, hidden: 4, numBars: 5 },
    training: { steps: 30, batchSize: 2 },
  },
  'test',
);

/** An engine whose step adds 1 to every weight, with a loss that is not finite at the runs named. */
function countingEngine(isBroken: (run: number) => boolean): Engine {
  const device = { name: 'fake', reason: 'a test' };
  let runs = 0;
  return {
    device,
    compile: async () => ({
      device,
      async run({ weights, first, second }) {
        const loss = isBroken(runs++) ? Number.NaN : 1;
        const nextWeights = float32(
          Float32Array.from(weights.data, (weight) => weight + 1),
          weights.shape,
        );
        return {
          nextWeights,
          nextFirst: first,
          nextSecond: second,
          loss: float32([loss], []),
          gradientNorm: float32([1], []),
        };
      },
      dispose: async () => {},
    }),
  };
}

it('a step whose loss is not finite leaves the weights alone and is counted', async () => {
  const setup = await setUp(recipe);
  const clean = await train(recipe, setup, { engine: countingEngine(() => false), workers: 0 });
  const state = await train(recipe, setup, { engine: countingEngine((run) => run % 10 === 3), workers: 0 });
  expect([clean.skipped, state.skipped, state.step]).toEqual([0, 3, 30]);
  expect(clean.weights[0] - state.weights[0]).toBeCloseTo(3, 5);
});

it('twenty such steps in a row end the run with what to do', async () => {
  await expect(
    train(recipe, await setUp(recipe), { engine: countingEngine((run) => run >= 5), workers: 0 }),
  ).rejects.toThrow(
    'train: the loss was not finite for 20 steps in a row, up to step 25. Lower training.learningRate or training.clip.',
  );
});

it('a run that goes on has the same average of the loss as one that was never stopped', async () => {
  const setup = await setUp(recipe);
  const losses =
    (averages: number[]) =>
    ({ averageLoss }: { averageLoss: number }) => {
      averages.push(averageLoss);
      return undefined;
    };
  const [whole, parts]: number[][] = [[], []];
  const engine = () => compiledEngine({ threads: 1 });
  await train(recipe, setup, { engine: engine(), workers: 0, onStep: losses(whole) });
  const half = await train(recipe, setup, { engine: engine(), workers: 0, stopAfter: 13, onStep: losses(parts) });
  const state = readState(stateBytes(half), 'state.safetensors', half.weights.length);
  await train(recipe, setup, { engine: engine(), workers: 0, state, onStep: losses(parts) });
  expect(parts).toEqual(whole);
});

it('every array on the device is released once, and never more than two states and two batches are there', async () => {
  const held = new Set<Resident>();
  let most = 0;
  const counted = (array: Resident): Resident => {
    const one = {
      ...array,
      release() {
        expect(held.delete(one)).toBe(true);
      },
    };
    held.add(one);
    most = Math.max(most, held.size);
    return one;
  };
  const host = countingEngine((run) => run % 10 === 3);
  const engine: Engine = {
    ...host,
    async compileResident(...args) {
      const program = await compileResident(host, ...args);
      return {
        ...program,
        upload: async (arrays) => mapValues(await program.upload(arrays), counted),
        run: async (feeds) => mapValues(await program.run(feeds), counted),
      };
    },
  };
  await train(recipe, await setUp(recipe), { engine, workers: 0 });
  expect(held.size).toBe(0);
  // Two states of three vectors, loss and norm, two batches of six arrays, the borders.
  expect(most).toBe(2 * 3 + 2 + 2 * 6 + 1);
});
