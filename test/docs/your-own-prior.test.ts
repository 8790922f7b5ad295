/** The commands and the code of docs/your-own-prior.md, run in their order, with fewer steps and data sets. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecipe } from '../../train/config.ts';
import { loadPrior } from '../../train/load-prior.ts';
import { recipeForPrior } from '../../train/recipes.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(ROOT, 'docs/your-own-prior.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text);
const commands = [...page.matchAll(/^ {4}npm run pfn -- (.*)$/gm)].map(([, line]) => line.split(' '));
const commandOf = (name: string): string[] => commands.find(([first]) => first === name) ?? expect.fail(name);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The files of the page stand in a folder of their own. */
const moved = (text: string): string =>
  text.replace(/(?:\.\/)?((?:my-|runs\/|draws|scores|doses)[\w./-]*)/g, (_, path: string) => join(folder, path));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

function run(args: readonly string[]): string {
  return execFileSync(process.execPath, ['--import', 'tsx', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
const pfn = (args: readonly string[], ...smaller: string[]) => run(['cli/main.ts', ...args.map(moved), ...smaller]);

test('the page is walked through: a prior is drawn from, trained on, scored and asked', async () => {
  const [prior, library] = blocks('ts');
  const [rows] = blocks('csv');
  expect(commands.map(([name]) => name)).toEqual(['sample', 'train', 'train', 'evaluate', 'posterior']);
  write('my-prior.ts', prior);
  write('doses.csv', rows);

  pfn(commandOf('sample'));
  expect(readFileSync(join(folder, 'draws.svg'), 'utf8')).toContain('dose-response: 9 data sets');

  expect(pfn(commandOf('train'), '--steps', '3')).toContain('checkpoint after 3 steps');
  copyFileSync(join(folder, 'runs/mine/recipe.json'), join(folder, 'my-recipe.json'));
  const again = commands.filter(([name]) => name === 'train')[1];
  expect(pfn(again, '--steps', '2')).toContain('checkpoint after 2 steps');

  const scores = pfn(commandOf('evaluate'), '--datasets', '4');
  expect(scores).toMatch(/^context +log-likelihood \(nats\) +50 % covers/);
  expect(scores).toContain('prior dose-response, 4 data sets per row, 20 queries each');
  expect(readFileSync(join(folder, 'scores.svg'), 'utf8')).toContain('Calibration');

  expect(pfn(commandOf('posterior'))).toMatch(/^ *x +mean /);
  expect(existsSync(join(folder, 'doses.svg'))).toBe(true);

  write('ask.mts', moved(library).replace("'pfnkit'", JSON.stringify(join(ROOT, 'index.ts'))));
  expect(run([join(folder, 'ask.mts')])).toMatch(/^-?[\d.]+ \[ -?[\d.]+, -?[\d.]+ \]\n$/);
});

test('the defaults that the page names are those of the recipe', async () => {
  const path = join(folder, 'defaults.ts');
  writeFileSync(path, blocks('ts')[0]);
  const prior = await loadPrior({ name: '', options: {}, module: path });
  const { model, training } = parseRecipe(recipeForPrior({ name: prior.name, options: {}, module: path }, prior), path);
  expect(page).toContain(`the steps: ${training.steps}, `);
  expect(page).toContain(`${training.batchSize} at most`);
  expect(page).toContain(`the network: ${model.numLayers} layers of width ${model.width}`);
  expect(model.xFeatures).toEqual(['linear', 'waves']);
  expect(page).toContain(`the answers: ${model.numBars} bars`);
  expect(page).toContain(`from 1 to ${prior.maxRows - 1}`);
});

test('the story of the page is what its prior draws', async () => {
  const path = join(folder, 'story.ts');
  writeFileSync(path, blocks('ts')[0]);
  const prior = await loadPrior({ name: '', options: {}, module: path });
  const { randomStream } = await import('../../priors/random.ts');
  const { contextX, contextY } = prior.sample(randomStream('story'), {
    numDatasets: 4000,
    numContext: 10,
    numQuery: 1,
  });
  expect(Math.min(...contextX)).toBeGreaterThanOrEqual(-3);
  expect(Math.max(...contextX)).toBeLessThanOrEqual(3);
  // By symmetry of dose and half dose about 0, the mean effect is half of the mean top, 100 %.
  const mean = contextY.reduce((sum, y) => sum + y, 0) / contextY.length;
  // Standard errors: of 4000 tops and half doses, below 15 / 2 / sqrt(4000) + 45 / sqrt(4000) = 0.83.
  expect(Math.abs(mean - 50)).toBeLessThan(4 * 0.83);
});
