import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
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
  [
    'labels that are no classes',
    { 'maxRows: 20': 'numClasses: 2, maxRows: 20' },
    'expected labels in contextY, whole numbers from 0 to 1, got 0\\.',
  ],
  ['chance of its own', { 'random();': 'Math.random();' }, 'expected the same draw from the same random stream'],
])('a module is refused by what is wrong with it: %s', async (what, exchange, message) => {
  const path = module(`${what.replaceAll(' ', '-')}.mjs`, exchange);
  await expect(load(path)).rejects.toThrow(new RegExp(`^${path}: ${message}.*See docs/your-own-prior.md.$`));
});

it.each([
  ['nowhere.ts', 'no such file'],
  ['.', 'a folder'],
  ['prior.json', "a file that ends in '.json'"],
  ['prior', "a file that ends in ''"],
])('a path that is no module is refused in one line: %s', async (name, got) => {
  for (const file of ['prior.json', 'prior']) writeFileSync(join(folder, file), '{}');
  const path = join(folder, name);
  await expect(load(path)).rejects.toThrow(
    new Error(
      `${path}: expected a .ts or .js file that exports a prior, got ${got}. Correct the path, or see docs/your-own-prior.md.`,
    ),
  );
});

describe('a prior with any number of columns', () => {
  const any = { 'numFeatures: 2, maxRows': 'numFeatures: 5, anyFeatures: true, maxRows' };

  test('draws batches of fewer columns than its most, with missing cells', async () => {
    const missing = { 'contextX: fill(B * N * 2, draw)': 'contextX: fill(B * N * 2, () => NaN)' };
    const prior = await load(module('any-columns.mjs', { ...any, ...missing }));
    expect([prior.numFeatures, prior.anyFeatures]).toEqual([5, true]);
  });

  it.each([
    [
      'more columns than its most',
      { 'numFeatures: 2, maxRows': 'numFeatures: 1, anyFeatures: true, maxRows' },
      '1 to 1 columns, got 2',
    ],
    [
      'missing targets',
      { ...any, 'contextY: fill(B * N, draw)': 'contextY: fill(B * N, () => NaN)' },
      'numbers in contextY, got NaN',
    ],
  ])('is refused with %s', async (what, exchange, message) => {
    await expect(load(module(`${what.replaceAll(' ', '-')}.mjs`, exchange))).rejects.toThrow(message);
  });
});

describe('a module in TypeScript', () => {
  const own = Object.getOwnPropertyDescriptor(process.features, 'typescript');
  afterEach(() => {
    vi.doUnmock('tsx/esm/api');
    if (own) Object.defineProperty(process.features, 'typescript', own);
    else Reflect.deleteProperty(process.features, 'typescript');
  });
  const nodeReads = (value: 'strip' | false) =>
    Object.defineProperty(process.features, 'typescript', { value, configurable: true });
  const withoutTsx = () =>
    vi.doMock('tsx/esm/api', () => {
      throw new Error("Cannot find package 'tsx'");
    });

  test('needs tsx where Node.js does not read it, and says so in one line', async () => {
    nodeReads(false);
    withoutTsx();
    const path = module('needs-tsx.ts');
    await expect(load(path)).rejects.toThrow(
      `${path}: Node.js ${process.version} does not read TypeScript. Use Node.js 22.18 or newer, or npm install tsx, or a .js file.`,
    );
    expect((await load(module('plain.mjs'))).name).toBe('constants');
  });

  test('does without tsx where Node.js reads it', async () => {
    nodeReads('strip');
    withoutTsx();
    expect((await load(module('native.ts'))).name).toBe('constants');
  });

  test('is read by tsx where Node.js does not, and its own errors are told as they are', async () => {
    nodeReads(false);
    const path = module('throws.ts', { 'const fill =': "throw new Error('no such table');\nconst fill =" });
    await expect(load(path)).rejects.toThrow('no such table');
  });
});
