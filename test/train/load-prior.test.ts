import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { randomStream } from '../../priors/random.ts';
import { loadPrior } from '../../train/load-prior.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The module of a prior of constants, with some of its text exchanged. */
function module(name: string, exchange: Readonly<Record<string, string>> = {}): string {
  let text = `
    const fill = (count, draw) => Float32Array.from({ length: count }, draw);
    export default (options) => ({
      name: 'constants', options, numFeatures: 2, maxRows: 20,
      sample(random, { numDatasets: B, numContext: N, numQuery: M }) {
        const draw = () => random();
        return {
          numDatasets: B, numContext: N, numQuery: M, numFeatures: 2,
          contextX: fill(B * N * 2, draw), contextY: fill(B * N, draw),
          queryX: fill(B * M * 2, draw), queryY: fill(B * M, draw),
        };
      },
    });`;
  for (const [from, to] of Object.entries(exchange)) text = text.replace(from, to);
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const load = (path: string) => loadPrior({ name: '', options: { scale: 2 }, module: path });

test('a name is one of the library', async () => {
  expect((await loadPrior({ name: 'training-run', options: { maxRows: 30 } })).maxRows).toBe(30);
});

it.each(['mine.mjs', 'mine.ts'])('a module exports a prior, or a function of the options: %s', async (name) => {
  const prior = await load(module(name));
  expect([prior.name, prior.options]).toEqual(['constants', { scale: 2 }]);
  const shape = { numDatasets: 1, numContext: 2, numQuery: 1 };
  expect(prior.sample(randomStream(1), shape)).toEqual(prior.sample(randomStream(1), shape));
});

it.each([
  ['no prior', { '(options) =>': '7 ;(options) =>' }, 'expected its default export to be a prior .* got number'],
  ['no name', { "'constants'": '3' }, 'expected name to be a text, got 3'],
  ['no whole number of rows', { 'maxRows: 20': 'maxRows: 2.5' }, 'expected maxRows to be a whole number, got 2.5'],
  ['a single row', { 'maxRows: 20': 'maxRows: 1' }, 'expected maxRows to be at least 2'],
  ['no sampler', { 'sample(random': 'simple(random' }, 'expected sample to be a function, got undefined'],
  ['too few numbers', { 'B * N * 2': 'B * N' }, 'expected contextX to have 24 numbers for .*, got 12'],
  ['ordinary arrays', { 'Float32Array.from': 'Array.from' }, 'expected sample to return contextX, a Float32Array'],
  [
    'numbers that are not finite',
    { 'random();': 'Math.log(0);' },
    'expected finite numbers in contextX, got -Infinity',
  ],
  ['chance of its own', { 'random();': 'Math.random();' }, 'expected the same draw from the same random stream'],
])('a module is refused by what is wrong with it: %s', async (what, exchange, message) => {
  const path = module(`${what.replaceAll(' ', '-')}.mjs`, exchange);
  await expect(load(path)).rejects.toThrow(new RegExp(`^${path}: ${message}.*See docs/your-own-prior.md.$`));
});
