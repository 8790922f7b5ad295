import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../cli/commands/train.ts';
import { runCommand } from './run-command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Straight lines through 0, with queries moved by `shift`. */
function module(name: string, shift = 0): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `export default {
      name: 'lines', options: {}, numFeatures: 1, maxRows: 8,
      sample(random, { numDatasets: B, numContext: N, numQuery: M }) {
        const slopes = Array.from({ length: B }, () => random() - 0.5);
        const xs = (count) => Float32Array.from({ length: B * count }, () => 2 * random() - 1);
        const ys = (x, count, shift) => x.map((value, i) => slopes[Math.floor(i / count)] * value + shift);
        const [contextX, queryX] = [xs(N), xs(M)];
        return {
          numDatasets: B, numContext: N, numQuery: M, numFeatures: 1,
          contextX, contextY: ys(contextX, N, 0), queryX, queryY: ys(queryX, M, ${shift}),
        };
      },
    };`,
  );
  return path;
}

/** A recipe of a network that trains in a moment. */
function recipe(name: string, prior: string, rest: object = {}): string {
  const model = { numLayers: 1, width: 8, hidden: 8, numHeads: 2, numBars: 12 };
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ prior: { name: 'lines', module: prior }, model, ...rest }));
  return path;
}

const train = (path: string | undefined, options: object) =>
  runCommand(command, path === undefined ? [] : path, { workers: 0, threads: 1, json: true, ...options });

describe('a run', () => {
  test('with a prior of its own goes on with that prior only', async () => {
    const prior = module('changing.mjs');
    const out = join(folder, 'changing');
    await train(recipe('changing.json', prior, { training: { steps: 2, batchSize: 2 } }), { out, stopAfter: 1 });
    module('changing.mjs', 1);
    await expect(train(undefined, { out, resume: true })).rejects.toThrow(
      /changing\.mjs: expected the file as it was when the run began \(sha256 \w{12}\.\.\.\), got a changed one\. Restore it, or train on from the weights so far: pfn train .*changing\.mjs --start-from .*changing --out/,
    );
    rmSync(join(out, 'config.json'));
    await expect(train(undefined, { out, resume: true })).rejects.toThrow(
      'got a changed one. Restore it, or start a new run.',
    );
    rmSync(prior);
    await expect(train(undefined, { out, resume: true })).rejects.toThrow(
      `${prior}: expected the file of the prior, as ${join(out, 'recipe.json')} names it, got no file. Put it back, or correct its path there.`,
    );
    module('changing.mjs');
    expect(JSON.parse((await train(undefined, { out, resume: true })).out)).toMatchObject({ step: 2 });
  });

  test('that ends in an error of its prior keeps what was learnt, for it and for another one', async () => {
    const path = module('rare.mjs');
    const rare = readFileSync(path, 'utf8');
    writeFileSync(path, rare.replace('random() - 0.5)', '(B === 5 && random() < 0.01 ? Infinity : random() - 0.5))'));
    const out = join(folder, 'rare');
    const run = train(recipe('rare.json', path, { training: { steps: 500, batchSize: 5 } }), { out, saveEvery: 1e9 });
    await expect(run).rejects.toThrow('expected finite numbers in');
    const { stepsDone } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')).training;
    expect(stepsDone).toBeGreaterThan(0);
    // As it is it goes no further, but loses nothing, whatever else was lost.
    rmSync(join(out, 'config.json'));
    await expect(train(undefined, { out, resume: true })).rejects.toThrow('expected finite numbers in');
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')).training.stepsDone).toBe(stepsDone);
    writeFileSync(path, rare);
    const more = recipe('mended.json', path, { training: { steps: 1, batchSize: 2 } });
    await train(more, { out: join(folder, 'mended'), startFrom: out });
  });

  test('does not go on where a checkpoint is all that is left: its weights would be lost', async () => {
    const out = join(folder, 'shared');
    await train(recipe('shared.json', module('shared.mjs'), { training: { steps: 1, batchSize: 2 } }), { out });
    rmSync(join(out, 'state.safetensors'));
    const weights = readFileSync(join(out, 'weights.safetensors'));
    await expect(train(undefined, { out, resume: true, accumulate: 2 })).rejects.toThrow(
      `${out}: expected a run to resume, but state.safetensors is missing, and what is left is a checkpoint. Train on from its weights with: pfn train ${join(out, 'recipe.json')} --start-from ${out} --out <another folder>`,
    );
    expect(readFileSync(join(out, 'weights.safetensors'))).toEqual(weights);
    expect(readFileSync(join(out, 'recipe.json'), 'utf8')).not.toContain('accumulate');
  });

  test('remembers where the file of its prior is, from wherever it goes on', async () => {
    const path = recipe('relative.json', relative(process.cwd(), module('relative.mjs')));
    const out = join(folder, 'relative');
    await train(path, { out, steps: 1 });
    expect(JSON.parse(readFileSync(join(out, 'recipe.json'), 'utf8')).prior.module).toBe(join(folder, 'relative.mjs'));
  });

  test('takes its steps from --steps where the recipe has none', async () => {
    const path = recipe('short.json', module('short.mjs'));
    const { out } = await train(path, { out: join(folder, 'short'), steps: 1 });
    expect(JSON.parse(out)).toMatchObject({ step: 1, steps: 1 });
    await expect(train(path, { out: join(folder, 'none') })).rejects.toThrow(
      `${path}: expected training with the number of steps at least, such as "training": {"steps": 2000}, got none. Add it, or tell --steps.`,
    );
  });

  test('may begin where another one failed before its first step, and nowhere else', async () => {
    const path = recipe('again.json', module('again.mjs'));
    const out = join(folder, 'again');
    mkdirSync(out);
    writeFileSync(join(out, 'recipe.json'), '{}');
    await expect(train(path, { out, steps: 1 })).rejects.toThrow(
      `${out}: there is another recipe in this folder already. Choose another --out, or remove recipe.json.`,
    );
    const elsewhere = join(folder, 'elsewhere');
    await train(path, { out: elsewhere, steps: 1 });
    copyFileSync(join(elsewhere, 'recipe.json'), join(out, 'recipe.json'));
    await train(path, { out, steps: 1 });
    expect(JSON.parse(readFileSync(join(out, 'recipe.json'), 'utf8')).training.steps).toBe(1);
    await expect(train(path, { out, steps: 1 })).rejects.toThrow(
      `${out}: there is a run in this folder already. Continue it with --resume, or choose another --out.`,
    );
    await expect(train(path, { out: path, steps: 1 })).rejects.toThrow(
      `${path}: expected a folder or a path where there is nothing yet, got a file. Choose another --out.`,
    );
  });
});
