import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../cli/commands/evaluate.ts';
import type { ModelConfig } from '../../model/config.ts';
import { checkpointFiles } from '../../model/export.ts';
import { initialWeights } from '../../model/parameters.ts';
import { runCommand } from './run-command.ts';

const NUM_BARS = 40;
/** An untrained network: its head is zero, so that every answer is the distribution of equal logits over the bars. */
const MODEL: ModelConfig = {
  numFeatures: 1,
  xFeatures: [{ kind: 'linear', center: 0, scale: 1 }],
  yFeatures: [{ kind: 'linear', center: 0.5, scale: 0.3 }],
  numLayers: 1,
  width: 8,
  numHeads: 2,
  hidden: 12,
  activation: 'gelu',
  head: 'bars',
  numOutputs: NUM_BARS,
};

/** y ~ U(0, 1), whatever x: its exact posterior is the prior. */
const MODULE = `
  const draws = (count, random) => Float32Array.from({ length: count }, random);
  const uniform = {
    mean: 0.5,
    variance: 1 / 12,
    logDensity: (y) => (y >= 0 && y <= 1 ? 0 : -Infinity),
    cdf: (y) => Math.min(1, Math.max(0, y)),
    quantile: (p) => p,
  };
  export default {
    name: 'flat', options: {}, numFeatures: 1, maxRows: 40,
    exact: { method: 'closed form', predict: ({ numQuery }) => Array(numQuery).fill(uniform) },
    sample: (random, { numDatasets: B, numContext: N, numQuery: M }) => ({
      numDatasets: B, numContext: N, numQuery: M, numFeatures: 1,
      contextX: draws(B * N, random), contextY: draws(B * N, random),
      queryX: draws(B * M, random), queryY: draws(B * M, random),
    }),
  };`;

let folder: string;
let prior: string;
let coins: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  prior = join(folder, 'flat.mjs');
  writeFileSync(prior, MODULE);
  const borders = Float64Array.from({ length: NUM_BARS + 1 }, (_, k) => k / NUM_BARS);
  await writeUntrained(folder, 'flat', MODEL, borders);
  coins = join(folder, 'coins');
  mkdirSync(coins);
  await writeUntrained(coins, 'beta-bernoulli', { ...MODEL, head: 'classes', numOutputs: 2 }, null);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function writeUntrained(path: string, priorName: string, model: ModelConfig, borders: Float64Array | null) {
  const about = { name: 'untrained', model, prior: { name: priorName, options: {} }, training: {}, metrics: null };
  const weights = initialWeights(model, () => 0.5);
  const files = await checkpointFiles(about, weights, borders, 'untrained');
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
}

const evaluate = (options: object) =>
  runCommand(command, folder, { prior, contexts: [2, 8], datasets: 6, queries: 10, ...options });
const parse = (flag: string, text: string) =>
  command.options.find(({ flags }) => flags.startsWith(`${flag} `))?.parse?.(text);

test('the table has a row per number of context rows, with the distance to the exact posterior', async () => {
  const { out, notes } = await evaluate({});
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/^context +log-likelihood \(nats\) +exact +gap +KL +50 % covers +80 % +90 % +95 %$/);
  expect(lines.slice(1, 3).map((line) => line.split(/\s+/)[0])).toEqual(['2', '8']);
  // The density of U(0, 1) is 1.
  expect(lines[1]).toContain(' 0.000 ± 0.000 ');
  expect(out).toContain('prior flat, 6 data sets per row, 10 queries each; exact: closed form, 6 data sets');
  expect(notes).toEqual([]);
});

test('says of how many data sets the exact columns are, and leaves them out where there are none', async () => {
  const header = async (exact: number) => (await evaluate({ exact })).out.split('\n')[0].split(/ {2,}/);
  expect((await header(4)).slice(1, 5)).toEqual(['log-likelihood (nats)', 'exact, first 4', 'gap', 'KL']);
  expect((await header(0)).slice(1, 3)).toEqual(['log-likelihood (nats)', '50 % covers']);
});

test('of classes the table has accuracy and calibration error, and the gap to the conjugate answer', async () => {
  const { out } = await runCommand(command, coins, { contexts: [1, 20], datasets: 400, queries: 5 });
  const [header, one, many] = out.split('\n').map((line) => line.split(/ {2,}/));
  expect(header).toEqual([
    ...['context', 'log-likelihood (nats)', 'exact', 'gap', 'KL', 'accuracy', 'calibration error'],
  ]);
  expect(one.slice(0, 2)).toEqual(['1', '-0.693 ± 0.000']);
  // Equal probabilities, where 2/3 and 1/3 are right after one throw.
  expect(Number.parseFloat(one[4])).toBeCloseTo((2 / 3) * Math.log(4 / 3) + (1 / 3) * Math.log(2 / 3), 4);
  expect(Number.parseFloat(many[4])).toBeGreaterThan(0.1);
  // It says 50 %, so that this is how far its accuracy is from it.
  expect(Number.parseFloat(one[6])).toBeCloseTo(Math.abs(Number.parseFloat(one[5]) - 50), 1);
});

test('contexts are those that the prior has rows for, beside the queries', async () => {
  // 40 rows, 10 of them queries.
  const sizes = async (contexts?: readonly number[]) =>
    Object.keys(JSON.parse((await evaluate({ contexts, json: true })).out).contexts).map(Number);
  expect(await sizes([30])).toEqual([30]);
  expect(await sizes()).toEqual([1, 2, 5, 10, 20]);
  for (const wrong of [31, 2.5]) {
    await expect(evaluate({ contexts: [2, wrong] })).rejects.toThrow(
      `--contexts must be whole numbers up to 30 (40 rows of the prior less 10 queries), got ${wrong}.`,
    );
  }
});

test('queries leave a row of the prior for the context', async () => {
  await expect(evaluate({ queries: 40 })).rejects.toThrow(
    '--queries must be less than the 40 rows of the prior, got 40. One row at least is context.',
  );
});

test('a seed has its own data sets', async () => {
  const pit = async (seed: number) => JSON.parse((await evaluate({ seed, json: true })).out).contexts[2].pit;
  expect(await pit(0)).toEqual(await pit(0));
  expect(await pit(1)).not.toEqual(await pit(0));
});

describe('--plot', () => {
  test.each([
    ['svg', /^<svg .*<\/svg>\s*$/s],
    ['html', /^<!doctype html>.*<\/html>\s*$/s],
  ])('writes three pictures as %s and says so, beside the table', async (kind, whole) => {
    const path = join(folder, `picture.${kind}`);
    const { out, notes } = await evaluate({ plot: path });
    expect(out).toBe((await evaluate({})).out);
    expect(notes).toEqual([`wrote ${path}`]);
    const picture = readFileSync(path, 'utf8');
    expect(picture).toMatch(whole);
    for (const text of ['untrained on draws from flat', 'One data set', 'Calibration', 'Distance to exact posterior']) {
      expect(picture).toContain(text);
    }
  });

  test('draws no distance where nothing was answered exactly', async () => {
    const path = join(folder, 'short.svg');
    await evaluate({ plot: path, exact: 0, theme: 'dark' });
    const picture = readFileSync(path, 'utf8');
    expect(picture).not.toContain('Distance');
    expect(picture).not.toContain('prefers-color-scheme');
  });

  test('refuses other kinds of files, and curves of a file', async () => {
    expect(() => parse('--plot', 'a.png')).toThrow(
      "--plot writes SVG or HTML, so its file must end in .svg or .html, got 'a.png'.",
    );
    expect(() => parse('--theme', 'blue')).toThrow("--theme must be one of light, dark, got 'blue'.");
    await expect(evaluate({ plot: join(folder, 'never.svg'), curves: 'curves.csv' })).rejects.toThrow(
      '--plot draws scores on draws from the prior, and --curves scores curves of a file. Leave out one.',
    );
    expect(readdirSync(folder)).not.toContain('never.svg');
  });
});

test('a prior that is not ours must be named', async () => {
  await expect(evaluate({ prior: undefined })).rejects.toThrow(
    "untrained was trained on the prior 'flat', which is not ours. Give its module with --prior.",
  );
});

test('a prior with few rows is scored with half of them as queries, unless told', async () => {
  const small = join(folder, 'small.mjs');
  writeFileSync(small, MODULE.replace('maxRows: 40', 'maxRows: 12'));
  const { out } = await evaluate({ prior: small, contexts: undefined, queries: undefined });
  expect(out).toContain('6 queries each');
  expect(out.split('\n').filter((line) => /^\d/.test(line))).toHaveLength(3); // 1, 2 and 5 context rows
});

test('a prior that is not the one of the checkpoint is told of', async () => {
  const other = join(folder, 'other.mjs');
  writeFileSync(other, MODULE.replace("name: 'flat'", "name: 'other'"));
  expect((await evaluate({ prior: other })).notes).toEqual([
    'scores on the prior other {}; untrained was trained on flat {}',
  ]);
  expect((await evaluate({})).notes).toEqual([]);
});

test('a hyperparameter that the prior does not tell is refused, and what the other way of scoring would ignore', async () => {
  const usage = (message: string) => ({ name: 'UsageError', message });
  await expect(evaluate({ given: { noise: 1 } })).rejects.toMatchObject(
    usage("--given: expected no hyperparameters for this checkpoint, got 'noise'."),
  );
  await expect(evaluate({ curves: 'c.csv' })).rejects.toMatchObject(
    usage('--contexts is about draws from the prior, and --curves scores curves of a file. Leave out one.'),
  );
  for (const own of [{ datasets: 10 }, { seed: 0 }]) {
    await expect(runCommand(command, folder, { curves: 'c.csv', ...own })).rejects.toMatchObject(
      usage(
        `--${Object.keys(own)[0]} is about draws from the prior, and --curves scores curves of a file. Leave out one.`,
      ),
    );
  }
  await expect(evaluate({ cutoffs: [50] })).rejects.toMatchObject(
    usage('--cutoffs is about the curves of a file. Name it with --curves, or leave out --cutoffs.'),
  );
});
