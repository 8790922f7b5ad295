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
  ['null for options', { 'options, numFeatures': 'options: null, numFeatures' }, 'expected options to be .* got null'],
  [
    'a list of options',
    { 'options, numFeatures': 'options: [1], numFeatures' },
    'expected options to be .* got \\[1\\]',
  ],
  ['null', { '(options) =>': 'null ;(options) =>' }, 'expected its default export to be a prior .* got null'],
  ['rows without end', { 'maxRows: 20': 'maxRows: Infinity' }, 'expected maxRows to be a whole number, got Infinity'],
  [
    'an exact posterior of another method',
    { 'maxRows: 20': "maxRows: 20, exact: { method: 'magic', predict() {} }" },
    "expected exact.method to be 'closed form' or 'MCMC', got \"magic\"",
  ],
  [
    'an exact posterior that cannot be asked',
    { 'maxRows: 20': "maxRows: 20, exact: { method: 'MCMC' }" },
    'expected exact.predict to be a function, got undefined',
  ],
  [
    'a law that is null',
    { 'queryX: fill': 'queryLaw: null, queryX: fill' },
    'expected queryLaw to be an object .* got null',
  ],
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
  [
    'memory of other draws',
    {
      'const fill': 'let seen = 0; const fill',
      'const draw = () => random();': 'seen++; const draw = () => seen + random();',
    },
    'expected the same draw from the same random stream, whatever was drawn in between',
  ],
  [
    'sizes that it does not say',
    { 'numDatasets: B, numContext: N, numQuery: M, numFeatures': 'numContext: N, numQuery: M, numFeatures' },
    'expected numDatasets of the batch to be 3, as asked for, got undefined',
  ],
  [
    'arrays of one length',
    { 'fill(B * N, draw)': 'fill(12, draw)' },
    'expected contextY to have 2 numbers for .*, got 12',
  ],
  [
    'a promise',
    { 'sample(random,': 'async sample(random,' },
    'expected sample to return a batch, got a promise of one',
  ],
  [
    'arrays that it gives again',
    { 'queryY: fill(B * M, draw)': 'queryY: ((globalThis.again ??= {})[B * M] ??= fill(B * M, draw))' },
    'expected new arrays, each with a buffer of its own',
  ],
  [
    'a law that it gives again',
    {
      'queryX: fill':
        'queryLaw: { mean: ((globalThis.law ??= {})[B * M] ??= fill(B * M, draw)), sd: fill(B * M, () => 1) }, queryX: fill',
    },
    'expected new arrays, each with a buffer of its own',
  ],
  [
    'a law of the wrong length',
    { 'queryX: fill': 'queryLaw: { mean: fill(1, draw), sd: fill(1, draw) }, queryX: fill' },
    'expected queryLaw.mean to have 6 numbers',
  ],
  [
    'a law without spread',
    { 'queryX: fill': 'queryLaw: { mean: fill(B * M, draw), sd: fill(B * M, () => 0) }, queryX: fill' },
    'expected positive numbers in queryLaw.sd, got 0',
  ],
  [
    'a text for a number',
    { 'numFeatures: 2, maxRows': "numFeatures: '2', maxRows" },
    'expected numFeatures to be a whole number, got "2"',
  ],
  [
    'a hyperparameter from 0 on',
    { 'maxRows: 20': "hyperparameters: [{ name: 'noise', low: 0, high: 1 }], maxRows: 20" },
    'expected each of hyperparameters to have a name and 0 < low < high, got .*noise',
  ],
  [
    'hyperparameters without columns',
    { 'maxRows: 20': "hyperparameters: [{ name: 'noise', low: 0.1, high: 1 }], maxRows: 20" },
    'expected numFeatures above 2, since each hyperparameter is told by two columns of x, got 2',
  ],
])('a module is refused by what is wrong with it: %s', async (what, exchange, message) => {
  const path = module(`${what.replaceAll(' ', '-')}.mjs`, exchange);
  await expect(load(path)).rejects.toThrow(new RegExp(`^${path}: ${message}.*See docs/your-own-prior.md.$`));
});

test('a prior may be an object of a class, with fields of its own', async () => {
  const path = join(folder, 'class.mjs');
  writeFileSync(
    path,
    `class Constant {
      #rows = 20;
      name = 'constant'; options = {}; numFeatures = 1;
      get maxRows() { return this.#rows; }
      exact = { method: 'closed form', predict: ({ numQuery }) => Array.from({ length: numQuery }, () => this.#answer()) };
      #answer() {
        return { mean: this.#rows, variance: 1, logDensity: () => -1, cdf: () => 0.5, quantile: () => this.#rows };
      }
      sample(random, { numDatasets: B, numContext: N, numQuery: M }) {
        const fill = (count) => Float32Array.from({ length: count }, () => this.#rows + random());
        return { numDatasets: B, numContext: N, numQuery: M, numFeatures: 1,
          contextX: fill(B * N), contextY: fill(B * N), queryX: fill(B * M), queryY: fill(B * M) };
      }
    }
    export default new Constant();`,
  );
  const prior = await loadPrior({ name: '', options: {}, module: path });
  expect(prior.maxRows).toBe(20);
  expect(prior.exact?.predict({ numQuery: 2 } as never, Math.random).map(({ mean }) => mean)).toEqual([20, 20]);
});

describe('an exact posterior of a module is refused', () => {
  const answering = (answers: string) => ({
    'maxRows: 20': `maxRows: 20, exact: { method: 'MCMC', predict: () => ${answers} }`,
  });
  const good = '{ mean: 0, variance: 1, logDensity: () => -1, cdf: () => 0.5, quantile: () => 0 }';

  it.each([
    ['of too few answers', `[${good}]`, 'expected exact.predict to return 2 .* got 1'],
    ['of no list', 'undefined', 'expected exact.predict to return 2 .* got undefined'],
    ['of densities that are no numbers', `[${good}, { ...${good}, logDensity: () => NaN }]`, '.* for query row 2'],
    ['of answers that are no distributions', '[1, 2]', '.* for query row 1'],
    ['that fails', '[].foo.bar', '(?::\\d+:\\d+: )?exact.predict failed: Cannot read properties of undefined'],
  ])('%s', async (what, answers, message) => {
    const prior = await load(module(`exact-${what.replaceAll(' ', '-')}.mjs`, answering(answers)));
    expect(() => prior.exact?.predict({ numQuery: 2 } as never, Math.random)).toThrow(
      new RegExp(`exact-.*\\.mjs:? ?${message}`),
    );
  });
});

it.each([
  ['a syntax error', 'export default {{', /syntax-error\.mjs(:\d+:\d+)?: cannot be loaded: .*Correct the file\.$/],
  [
    'an error at its top',
    "throw new Error('top level');",
    /error-at-its-top\.mjs:1:\d+: cannot be loaded: top level\. Correct/,
  ],
  [
    'a function that fails',
    'export default () => undefined.b;',
    /fails\.mjs:1:\d+: its default export failed: Cannot read/,
  ],
])('a module with %s is named', async (what, text, message) => {
  const path = join(folder, `${what.replaceAll(' ', '-')}.mjs`);
  writeFileSync(path, text);
  await expect(loadPrior({ name: '', options: {}, module: path })).rejects.toThrow(message);
});

test('options that nobody takes are refused', async () => {
  const path = module('fixed.mjs', { '(options) =>': '', 'options, numFeatures': 'options: {}, numFeatures' });
  expect((await loadPrior({ name: '', options: {}, module: path })).name).toBe('constants');
  await expect(load(path)).rejects.toThrow(
    'expected a function of the options as its default export, since there are options (scale), got a prior',
  );
});

test('what a trial does not see is told where it is drawn, by data set and row', async () => {
  const rare = { 'queryY: fill(B * M, draw)': 'queryY: fill(B * M, (_, i) => (i === 11 ? NaN : draw()))' };
  const prior = await load(module('rare.mjs', rare));
  const shape = { numDatasets: 4, numContext: 2, numQuery: 5 };
  expect(() => prior.sample(randomStream(1), shape)).toThrow(
    'rare.mjs: expected finite numbers in queryY, got NaN (data set 3, query row 2). See docs/your-own-prior.md.',
  );
});

test('an error of the sampler has its place in the file', async () => {
  const broken = {
    'const draw = () => random();': 'const draw = () => random();\n        if (B > 3) undefined.foo();',
  };
  const prior = await load(module('broken.mjs', broken));
  const shape = { numDatasets: 4, numContext: 2, numQuery: 5 };
  expect(() => prior.sample(randomStream(1), shape)).toThrow(
    /broken\.mjs:7:\d+: sample failed: Cannot read properties of undefined \(reading 'foo'\)/,
  );
});

describe('hyperparameters of a module', () => {
  const told = (column: string) =>
    module(`told-${column.length}.mjs`, {
      'numFeatures: 2, maxRows: 20':
        "hyperparameters: [{ name: 'noise', low: 0.01, high: 1 }], numFeatures: 3, maxRows: 20",
      'numQuery: M, numFeatures: 2': 'numQuery: M, numFeatures: 3',
      'numQuery: M }) {': 'numQuery: M, given }) {',
      'const draw = () => random();': `const draw = () => random(); const [low, high] = [given?.noise ?? 0.01, given?.noise ?? 1];
         const column = (value) => Math.log10(value) + 1;
         const x = (count) => fill(count * 3, (_, i) => (i % 3 === 0 ? draw() : ${column}));`,
      'contextX: fill(B * N * 2, draw)': 'contextX: x(B * N)',
      'queryX: fill(B * M * 2, draw)': 'queryX: x(B * M)',
    });

  test('are told by the columns that they were given as', async () => {
    const prior = await load(told('column(i % 3 === 1 ? low : high)'));
    expect(prior.hyperparameters).toEqual([{ name: 'noise', low: 0.01, high: 1 }]);
  });

  test('are refused where these say something else', async () => {
    await expect(load(told('low'))).rejects.toThrow(
      'expected column 2 of x to tell the low end of noise as given, 0.0000 (givenColumn), got 0.1',
    );
  });
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
