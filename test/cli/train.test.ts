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
      /changing\.mjs: expected the file as it was when the run began \(sha256 \w{12}\.\.\.\), got a changed one\. Restore it, or start a new run\./,
    );
    module('changing.mjs');
    expect(JSON.parse((await train(undefined, { out, resume: true })).out)).toMatchObject({ step: 2 });
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
