import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { COLUMNS_PER_HYPERPARAMETER } from '../model/hyperparameters.ts';
import { createPrior } from '../priors/index.ts';
import type { Batch, BatchShape, ExactPosterior, Hyperparameter, Predictive, Prior } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import { wrongInBatch, wrongTold } from './check-batch.ts';

/** Which prior: one of `priors/index.ts` by name, or what a module of the user exports. Plain data. */
export interface PriorSource {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The absolute path of a file whose default export is a Prior, or a function of the options that returns one. */
  readonly module?: string;
}

/** The prior of a recipe. A module is imported, so its code is run. Throws one line that says what is wrong with it. */
export async function loadPrior({ name, options, module }: PriorSource): Promise<Prior> {
  if (module === undefined) return createPrior(name, options);
  const fail: Fail = (what) => {
    throw new Error(`${module}: ${what}. See docs/your-own-prior.md.`);
  };
  const exported: unknown = await importDefault(module);
  const prior: unknown = typeof exported === 'function' ? await callFactory(exported, options, module) : exported;
  checkPrior(prior, fail);
  if (
    typeof exported !== 'function' &&
    Object.keys(options).length > 0 &&
    JSON.stringify(options) !== JSON.stringify(prior.options)
  ) {
    fail(
      `expected a function of the options as its default export, since there are options (${Object.keys(options).join(', ')}), got a prior`,
    );
  }
  const checked = guarded(prior, module, fail);
  tryDraws(checked, fail);
  return checked;
}

/** Whether a path is that of TypeScript or JavaScript, by the end of its name. */
export const isModule = (path: string): boolean => /^\.[cm]?[jt]s$/.test(extname(path));

/** What Node.js would say of such a path names no path that the user gave, or is about packages. */
function checkFile(module: string): void {
  const fail = (got: string): never => {
    throw new Error(
      `${module}: expected a .ts or .js file that exports a prior, got ${got}. Correct the path, or see docs/your-own-prior.md.`,
    );
  };
  const file = statSync(module, { throwIfNoEntry: false });
  if (file === undefined) fail('no such file');
  else if (file.isDirectory()) fail('a folder');
  if (!isModule(module)) fail(`a file that ends in '${extname(module)}'`);
}

async function importDefault(module: string): Promise<unknown> {
  checkFile(module);
  const url = pathToFileURL(module).href;
  const isForTsx = /\.[cm]?ts$/.test(module) && !readsTypeScript();
  const { default: exported } = await (isForTsx ? importWithTsx(module, url) : import(url)).catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith(`${module}: `)) throw error;
    throw new Error(`${placeOf(error, module)}: cannot be loaded: ${oneLine(error)}. Correct the file.`);
  });
  // A TypeScript file that counts as CommonJS wraps what it exports once more.
  return (exported as { readonly default?: unknown } | undefined)?.default ?? exported;
}

/** The prior that a function of the options returns. What it has against them is told as it says it. */
async function callFactory(create: unknown, options: PriorSource['options'], module: string): Promise<unknown> {
  try {
    return await (create as (options: unknown) => unknown)(options);
  } catch (error) {
    if (error instanceof TypeError && /^[\w-]+: expected /.test(error.message)) throw error;
    throw new Error(
      `${placeOf(error, module)}: its default export failed: ${oneLine(error)}. Correct the file, or the options of the prior.`,
    );
  }
}

const oneLine = (error: unknown): string =>
  String((error as Error | undefined)?.message ?? error)
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '');

/** Whether Node.js does itself: from 22.18 on, unless it was told not to. */
const readsTypeScript = (): boolean =>
  Boolean((process.features as { readonly typescript?: 'strip' | 'transform' | false }).typescript);

/** tsx is no dependency of the package, since newer versions of Node.js do without. */
async function importWithTsx(module: string, url: string): Promise<{ readonly default?: unknown }> {
  const { tsImport } = await import('tsx/esm/api').catch(() => {
    throw new Error(
      `${module}: Node.js ${process.version} does not read TypeScript. Use Node.js 22.18 or newer, or npm install tsx, or a .js file.`,
    );
  });
  return tsImport(url, import.meta.url);
}

/** Small draws of two shapes, so that arrays of a constant length do not pass. */
const TRIALS: readonly BatchShape[] = [
  { numDatasets: 3, numContext: 4, numQuery: 2 },
  { numDatasets: 2, numContext: 1, numQuery: 1 },
];

/** Trial draws find what a type cannot: arrays of the wrong length, numbers that are not finite, a source of chance of its own. */
function checkPrior(prior: unknown, fail: Fail): asserts prior is Prior {
  if (typeof prior !== 'object' || prior === null) {
    return fail(
      `expected its default export to be a prior (an object) or a function that returns one, got ${prior === null ? 'null' : typeof prior}`,
    );
  }
  const { name, options, numFeatures, maxRows, sample, numClasses, hyperparameters, exact } = prior as Partial<Prior>;
  if (typeof name !== 'string' || name === '') fail(`expected name to be a text, got ${JSON.stringify(name)}`);
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    fail(`expected options to be an object, {} if there are none, got ${JSON.stringify(options) ?? typeof options}`);
  const wholes = { numFeatures, maxRows, ...(numClasses !== undefined && { numClasses }) };
  for (const [key, value] of Object.entries(wholes)) {
    if (!(Number.isInteger(value) && (value as number) >= 1))
      fail(`expected ${key} to be a whole number, got ${typeof value === 'string' ? JSON.stringify(value) : value}`);
  }
  if ((maxRows as number) < 2) fail(`expected maxRows to be at least 2, a context and a query row, got ${maxRows}`);
  if (typeof sample !== 'function') fail(`expected sample to be a function, got ${typeof sample}`);
  if (hyperparameters !== undefined) checkHyperparameters(hyperparameters, numFeatures as number, fail);
  if (exact !== undefined) checkExact(exact, fail);
}

function checkExact(exact: unknown, fail: Fail): void {
  const { method, predict } = (exact ?? {}) as Partial<ExactPosterior>;
  if (method !== 'closed form' && method !== 'MCMC')
    fail(`expected exact.method to be 'closed form' or 'MCMC', got ${JSON.stringify(method) ?? method}`);
  if (typeof predict !== 'function') fail(`expected exact.predict to be a function, got ${typeof predict}`);
}

function checkHyperparameters(hyperparameters: unknown, numFeatures: number, fail: Fail): void {
  const list = Array.isArray(hyperparameters)
    ? (hyperparameters as Partial<Hyperparameter>[])
    : fail(`expected hyperparameters to be a list, got ${typeof hyperparameters}`);
  for (const each of list) {
    const { name, low, high } = each ?? {};
    if (
      typeof name === 'string' &&
      name !== '' &&
      Number.isFinite(high) &&
      (low as number) > 0 &&
      (low as number) < (high as number)
    )
      continue;
    if (typeof name === 'string' && each.choices !== undefined && low === 1 && high === each.choices.length) continue;
    fail(`expected each of hyperparameters to have a name and 0 < low < high, got ${JSON.stringify(each)}`);
  }
  const columns = COLUMNS_PER_HYPERPARAMETER * list.length;
  if (numFeatures <= columns)
    fail(
      `expected numFeatures above ${columns}, since each hyperparameter is told by two columns of x, got ${numFeatures}`,
    );
}

function tryDraws(prior: Prior, fail: Fail): void {
  const { maxRows, hyperparameters = [] } = prior;
  const shapes = TRIALS.map((shape) => (maxRows < 6 ? { ...shape, numContext: 1, numQuery: 1 } : shape));
  const draw = (shape: BatchShape) => prior.sample(randomStream('trial'), shape);
  const first = draw(shapes[0]);
  draw(shapes[1]);
  const again = draw(shapes[0]);
  const arrays = ['contextX', 'contextY', 'queryX', 'queryY'] as const;
  if (arrays.some((key) => String(again[key]) !== String(first[key]))) {
    fail(
      'expected the same draw from the same random stream, whatever was drawn in between, got another; take all chance from `random`, not Math.random, and keep nothing from one draw to the next',
    );
  }
  if (hyperparameters.length === 0) return;
  const told = hyperparameters.map(({ low, high, choices }) => (choices ? low : Math.sqrt(low * high)));
  const given = Object.fromEntries(
    hyperparameters.flatMap(({ name, choices }, h) => (choices ? [] : [[name, told[h]]])),
  );
  const wrong = wrongTold(
    hyperparameters,
    told.map((value) => [value, value] as const),
    draw({ ...shapes[0], given }),
  );
  if (wrong !== null) fail(wrong);
}

/** The prior with every draw checked, since a trial does not see what is rare; and with its own errors told with their place. */
function guarded(prior: Prior, module: string, fail: Fail): Prior {
  const known = new WeakSet<ArrayBufferLike>();
  const sample: Prior['sample'] = (random, shape) => {
    let batch: Batch;
    try {
      batch = prior.sample(random, shape);
    } catch (error) {
      if (error instanceof RangeError && error.message.startsWith(`${prior.name}: `)) throw error;
      throw new Error(`${placeOf(error, module)}: sample failed: ${(error as Error)?.message ?? error}`);
    }
    const wrong = wrongInBatch(prior, shape, batch);
    if (wrong !== null) fail(wrong);
    const { contextX, contextY, queryX, queryY, queryLaw } = batch;
    const law = queryLaw === undefined ? [] : [queryLaw.mean, queryLaw.sd];
    for (const { buffer } of [contextX, contextY, queryX, queryY, ...law]) {
      if (known.has(buffer))
        fail('expected new arrays, each with a buffer of its own, from every call of sample, got one again');
      known.add(buffer);
    }
    return batch;
  };
  // Each field by itself: of a class they may be getters, and its methods need what they belong to.
  const { name, options, numFeatures, maxRows, anyFeatures, hyperparameters, numClasses, exact } = prior;
  return {
    name,
    options,
    numFeatures,
    maxRows,
    ...(anyFeatures && { anyFeatures }),
    ...(hyperparameters && { hyperparameters }),
    ...(numClasses !== undefined && { numClasses }),
    ...(exact && { exact: { method: exact.method, predict: guardedExact({ exact, numClasses }, module, fail) } }),
    sample,
  };
}

/** Its answers are tried at one place each. */
function guardedExact(
  { exact, numClasses }: Pick<Prior, 'numClasses'> & { readonly exact: ExactPosterior },
  module: string,
  fail: Fail,
): ExactPosterior['predict'] {
  return (observed, random) => {
    let answers: readonly Predictive[];
    try {
      answers = exact.predict(observed, random);
    } catch (error) {
      throw new Error(`${placeOf(error, module)}: exact.predict failed: ${oneLine(error)}. Correct the file.`);
    }
    const { numQuery } = observed;
    if (!Array.isArray(answers) || answers.length !== numQuery) {
      const got = Array.isArray(answers) ? answers.length : typeof answers;
      fail(`expected exact.predict to return ${numQuery} predictive distributions, one for each query row, got ${got}`);
    }
    for (const [i, answer] of answers.entries()) {
      if (!answersWithNumbers(answer, numClasses))
        fail(
          `expected exact.predict to return distributions whose logDensity, cdf and quantile give numbers, got others for query row ${i + 1}`,
        );
    }
    return answers;
  };
}

/** At its median, or for the first of the classes. */
function answersWithNumbers(answer: Partial<Predictive> | null | undefined, numClasses: number | undefined): boolean {
  const median = answer?.quantile?.(0.5) ?? Number.NaN;
  const y = numClasses === undefined ? median : 0;
  return [median, answer?.logDensity?.(y), answer?.cdf?.(y)].every(
    (value) => typeof value === 'number' && !Number.isNaN(value),
  );
}

/** The module, with line and column of the first place in it that a stack names: `prior.ts:12:5`. */
function placeOf(error: unknown, module: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const { href } = pathToFileURL(module);
  const line = stack.split('\n').find((each) => each.includes(module) || each.includes(href));
  return module + (/:\d+:\d+(?=\)?$)/.exec(line ?? '')?.[0] ?? '');
}

type Fail = (what: string) => never;
