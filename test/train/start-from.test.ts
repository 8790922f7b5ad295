import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../cli/commands/train.ts';
import { loadCheckpoint } from '../../infer/load.node.ts';
import type { Checkpoint } from '../../model/checkpoint.ts';
import { namedWeights } from '../../model/export.ts';
import { parameters } from '../../model/parameters.ts';
import { parseRecipe, type Recipe, setUp } from '../../train/config.ts';
import { recipes } from '../../train/recipes.ts';
import { writeCheckpoint } from '../../train/run-folder.ts';
import { initialState } from '../../train/state.ts';
import { runCommand } from '../cli/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'pfnkit-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tablePrior = fileURLToPath(new URL('./table-prior.ts', import.meta.url));
const MODEL = { numLayers: 1, width: 8, numHeads: 2, hidden: 8, numBars: 20 };
const first = join(folder, 'first');

/** A recipe file; other draws of the prior than that of `first` where numSteps or the seed differ. */
function recipe(name: string, { numSteps = 10, seed = 1, width = 8, learningRate = 0.01 } = {}): string {
  const file = join(folder, `${name}.json`);
  const json = {
    prior: { name: 'learning-curve', options: { numSteps } },
    model: { ...MODEL, width },
    training: { steps: 3, batchSize: 4, learningRate },
    seed,
  };
  writeFileSync(file, JSON.stringify(json));
  return file;
}

const train = (file: string, out: string, options: object = {}) =>
  runCommand(command, file, { out, threads: 1, workers: 0, ...options });
/** Without a recipe, as --resume wants it. */
const resume = (out: string) => train(undefined as never, out, { resume: true });

/** A checkpoint of the recipe with its start weights. */
async function written(json: Recipe, name: string): Promise<Checkpoint> {
  const out = join(folder, name);
  mkdirSync(out);
  const setup = await setUp(json);
  await writeCheckpoint(out, json, setup, { ...initialState(setup.startWeights), step: 1 }, null);
  return loadCheckpoint(out);
}

beforeAll(async () => {
  await train(recipe('first'), first);
});

describe('train --start-from', () => {
  it('begins with the weights, the scales and the borders of the checkpoint, whatever the prior', async () => {
    const out = join(folder, 'still');
    // Too small a rate to move any weight.
    const still = recipe('still', { numSteps: 20, seed: 2, learningRate: 1e-30 });
    await train(still, out, { startFrom: first });
    const [from, to] = await Promise.all([loadCheckpoint(first), loadCheckpoint(out)]);
    expect(to.weights.tensors).toEqual(from.weights.tensors);
    expect(to.config.model).toEqual(from.config.model);
    expect(to.config.prior.options).toEqual({ numSteps: 20 });
  });

  it('is told in the recipe of the run and in its card, and a resumed run needs no option for it', async () => {
    const out = join(folder, 'resumed');
    const whole = join(folder, 'whole');
    const other = recipe('other', { seed: 3 });
    await train(other, whole, { startFrom: first });
    await train(other, out, { startFrom: first, stopAfter: 1 });
    await resume(out);
    const read = (run: string, file: string) => readFileSync(join(run, file));
    expect(read(out, 'weights.safetensors').equals(read(whole, 'weights.safetensors'))).toBe(true);
    const { checkpoint, sha256 } = JSON.parse(read(out, 'recipe.json').toString()).startFrom;
    expect(checkpoint).toBe(first);
    expect(sha256).toBe((await loadCheckpoint(first)).config.files['weights.safetensors']);
    expect(read(out, 'README.md').toString()).toContain(
      `from the weights of \`first\` (sha256 ${sha256.slice(0, 12)})`,
    );
  });

  it.each(['lc', 'curves'])('takes the shipped checkpoint %s with its own recipe', async (name) => {
    const { startWeights } = await setUp(parseRecipe(recipes[name], name), await loadCheckpoint(name));
    expect(startWeights?.every(Number.isFinite)).toBe(true);
  });

  it('takes all but what reads targets and gives answers from a network of classes to one of numbers', async () => {
    const tables = (numClasses: 2 | null) =>
      parseRecipe(
        {
          prior: { name: 'test-table', module: tablePrior, options: { numClasses } },
          model: { ...MODEL, layout: 'cells', units: 'table' },
          training: { steps: 1, numRows: [9, 30] },
        },
        'test',
      );
    const classes = await written(tables(2), 'classes');
    const { tensors } = classes.weights;

    const numbers = await setUp(tables(null), classes);
    expect(numbers.model).toMatchObject({ head: 'bars', numOutputs: 20 });
    expect(numbers.borders).toHaveLength(21);
    const random = (await setUp(tables(null))).startWeights;
    let offset = 0;
    for (const { name, shape } of parameters(numbers.model)) {
      const size = shape.reduce((a, b) => a * b, 1);
      const got = numbers.startWeights.slice(offset, offset + size);
      const expected = /^(embedY|head|core)$/.test(name) ? random.slice(offset, offset + size) : tensors[name].data;
      expect(got, name).toEqual(expected);
      offset += size;
    }
  });

  it('goes on from a network of tables without ridge regressions, and not the other way round', async () => {
    const tables = (ridgePenalties?: number[]) =>
      parseRecipe(
        {
          prior: { name: 'test-table', module: tablePrior },
          model: { ...MODEL, layout: 'cells', units: 'table', ridgePenalties },
          training: { steps: 1, numRows: [9, 30] },
        },
        'test',
      );
    const before = await setUp(tables());
    const { model, startWeights } = await setUp(tables([4]), await written(tables(), 'without-ridge'));
    expect(model.ridgePenalties).toEqual([4]);
    const { embedRidge, trust, ...rest } = namedWeights(model, startWeights);
    expect([embedRidge.shape, trust.shape]).toEqual([
      [2, 8],
      [8, 1],
    ]);
    expect(rest).toEqual(namedWeights(before.model, before.startWeights));
    const backwards = setUp(tables(), await written(tables([4]), 'with-ridge'));
    await expect(backwards).rejects.toThrow('expected a checkpoint with model.ridgePenalties none');
  });

  it('refuses a checkpoint whose network is of an older form by the weights that it lacks', async () => {
    const json = parseRecipe({ prior: { name: 'learning-curve' }, model: MODEL, training: { steps: 1 } }, 'test');
    const { config, weights } = await written(json, 'older');
    const { 'layer0.key': _, ...tensors } = weights.tensors;
    await expect(setUp(json, { config, weights: { ...weights, tensors } })).rejects.toThrow(
      'expected a checkpoint with the weights layer0.key [8,8], but older has none',
    );
  });

  it('refuses a checkpoint of another network by what differs', async () => {
    const wide = train(recipe('wide', { width: 16 }), join(folder, 'wide'), { startFrom: first });
    await expect(wide).rejects.toThrow('expected a checkpoint with model.width 16 as in the recipe, but first has 8');
  });

  it('refuses to go on from a checkpoint that was replaced meanwhile', async () => {
    const out = join(folder, 'replaced');
    await train(recipe('replaced', { seed: 4 }), out, { startFrom: first, stopAfter: 1 });
    const path = join(out, 'recipe.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"sha256": "\w+"/, '"sha256": "0"'));
    await expect(resume(out)).rejects.toThrow('expected the checkpoint whose weights have sha256 0');
  });
});
