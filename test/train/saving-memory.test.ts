import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../cli/commands/train.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import { eagerEngine } from '../../engine/eager.ts';
import { loadCheckpoint } from '../../infer/load.node.ts';
import { batchDrawer, splitBatch } from '../../train/batches.ts';
import { parseRecipe, type Setup, setUp } from '../../train/config.ts';
import { type Progress, planBatches, train } from '../../train/train.ts';
import { runCommand } from '../cli/run-command.ts';

const model = { numLayers: 2, width: 8, numHeads: 2, hidden: 12, numBars: 10 };
const training = { steps: 3, batchSize: 7, learningRate: 0.01 };
/** A step of either layout and optimiser, with targets that are drawn or whose law is known. */
const recipes = {
  rows: { prior: { name: 'learning-curve', options: { numSteps: 12 } }, model, training },
  'rows, by the law of targets': {
    prior: { name: 'gaussian-process' },
    model: { ...model, sinks: true },
    training: { ...training, numRows: 9, optimizer: 'muon' },
  },
  'kernels, by draws of the law of targets': {
    prior: { name: 'gaussian-process' },
    model: { ...model, kernels: 2, corrections: true },
    training: { ...training, numRows: 9, optimizer: 'muon' },
  },
  cells: {
    prior: { name: 'test-table', module: fileURLToPath(new URL('./table-prior.ts', import.meta.url)) },
    model: { ...model, layout: 'cells', units: 'table', ridgePenalties: [3] },
    training: { ...training, numRows: [9, 15], maxCells: 200, optimizer: 'muon' },
  },
};

const engines = { compiled: compiledEngine({ threads: 1 }), eager: eagerEngine({ backend: 'cpu' }) };

interface Saving {
  readonly accumulate?: number;
  readonly recompute?: boolean;
}

async function run(json: object, setup: Setup, saving: Saving, engine = engines.compiled) {
  const recipe = parseRecipe(json, 'test');
  const steps: Progress[] = [];
  const state = await train({ ...recipe, training: { ...recipe.training, ...saving } }, setup, {
    engine,
    workers: 0,
    onStep: (progress) => void steps.push(progress),
  });
  return { state, steps };
}

const folder = mkdtempSync(join(tmpdir(), 'pfnkit-saving-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The largest difference over the largest number. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const largest = (values: number[]) => Math.max(...values.map(Math.abs));
  return largest(Array.from(a, (value, i) => value - b[i])) / largest(Array.from(a));
}

describe.each(Object.entries(recipes))('steps that save memory: %s', (_, json) => {
  let setup: Setup;
  let whole: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    setup = await setUp(parseRecipe(json, 'test'));
    whole = await run(json, setup, {});
  });

  // More parts than data sets are as many as there are data sets.
  it.each([3, 20])('equal whole steps but for rounding, in %i parts', async (accumulate) => {
    const split = await run(json, setup, { accumulate });
    for (const [i, { loss, gradientNorm }] of whole.steps.entries()) {
      expect(split.steps[i].loss).toBeCloseTo(loss, 4);
      expect(split.steps[i].gradientNorm / gradientNorm).toBeCloseTo(1, 3);
    }
    // The first moment is the averaged gradient; weights move by its sign, so where it is next to nothing they differ more.
    expect(distance(whole.state.first, split.state.first)).toBeLessThan(1e-3);
    expect(distance(whole.state.second, split.state.second)).toBeLessThan(1e-3);
    expect(distance(whole.state.weights, split.state.weights)).toBeLessThan(1e-2);
    expect(split.state.skipped).toBe(0);
  });

  it('are the same to the bit where the backward pass computes blocks again', async () => {
    const { state, steps } = await run(json, setup, { recompute: true });
    expect(state).toEqual(whole.state);
    expect(steps.map(({ loss }) => loss)).toEqual(whole.steps.map(({ loss }) => loss));
    const [parts, both] = [
      await run(json, setup, { accumulate: 3 }),
      await run(json, setup, { accumulate: 3, recompute: true }),
    ];
    expect(both.state).toEqual(parts.state);
  });

  it('are the same to the bit at every run, and where a run is stopped and resumed', async () => {
    const { state } = await run(json, setup, { accumulate: 2 });
    const recipe = parseRecipe(json, 'test');
    const inParts = { ...recipe, training: { ...recipe.training, accumulate: 2 } };
    const options = { engine: engines.compiled, workers: 0 };
    const stopped = await train(inParts, setup, { ...options, stopAfter: 1 });
    expect(stopped.step).toBe(1);
    expect(await train(inParts, setup, { ...options, state: stopped })).toEqual(state);
  });
});

it.each([{ accumulate: 3 }, { recompute: true }])(
  'an engine that runs operation by operation takes %j, too',
  async (saving) => {
    const setup = await setUp(parseRecipe(recipes.rows, 'test'));
    const compiled = await run(recipes.rows, setup, saving);
    const eager = await run(recipes.rows, setup, saving, engines.eager);
    expect(distance(compiled.state.first, eager.state.first)).toBeLessThan(1e-3);
  },
);

it('the parts of a batch are its data sets in order, as evenly as they can be', async () => {
  const recipe = parseRecipe(recipes['rows, by the law of targets'], 'test');
  const setup = await setUp(recipe);
  const batch = batchDrawer(planBatches(recipe, setup), setup.prior)(0);
  const parts = splitBatch(batch, 3);
  expect(parts.map(({ numDatasets }) => numDatasets)).toEqual([2, 2, 3]);
  const joined = (pick: (part: typeof batch) => ArrayLike<number>) => parts.flatMap((part) => Array.from(pick(part)));
  for (const name of ['contextX', 'contextY', 'queryX', 'target'] as const) {
    expect(joined((part) => part[name])).toEqual(Array.from(batch[name]));
  }
  for (const name of ['mean', 'sd'] as const) {
    expect(joined((part) => part.queryLaw![name])).toEqual(Array.from(batch.queryLaw![name]));
  }
});

it('a run that is resumed with --accumulate and --recompute goes on so to the same weights, and its recipe says so', async () => {
  const file = join(folder, 'recipe.json');
  writeFileSync(file, JSON.stringify(recipes.rows));
  const pfnTrain = (recipe: string | undefined, name: string, options: object) =>
    runCommand(command, recipe as never, { out: join(folder, name), threads: 1, workers: 0, ...options });
  await pfnTrain(file, 'whole', {});
  await pfnTrain(file, 'resumed', { stopAfter: 1 });
  await pfnTrain(undefined, 'resumed', { resume: true, accumulate: 3, recompute: true });
  const { training } = JSON.parse(readFileSync(join(folder, 'resumed', 'recipe.json'), 'utf8'));
  expect(training).toMatchObject({ accumulate: 3, recompute: true });
  const weightsOf = async (name: string) => (await loadCheckpoint(join(folder, name))).weights.tensors;
  const [whole, resumed] = await Promise.all([weightsOf('whole'), weightsOf('resumed')]);
  for (const [name, { data }] of Object.entries(whole))
    expect(distance(data, resumed[name].data), name).toBeLessThan(1e-3);
});
