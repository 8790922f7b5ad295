import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createPrior } from '../priors/index.ts';
import type { Batch, Prior } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';

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
  const exported: unknown = await importDefault(module);
  const prior = typeof exported === 'function' ? await exported(options) : exported;
  checkPrior(prior, module);
  return prior;
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
  const { default: exported } = isForTsx ? await importWithTsx(module, url) : await import(url);
  // A TypeScript file that counts as CommonJS wraps what it exports once more.
  return (exported as { readonly default?: unknown } | undefined)?.default ?? exported;
}

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

/** Of a class, from 0. */
export const isLabel = (value: number, numClasses: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < numClasses;

const TRIAL = { numDatasets: 3, numContext: 4, numQuery: 2 };

/** A trial draw finds what a type cannot: arrays of the wrong length, numbers that are not finite, a source of chance of its own. */
function checkPrior(prior: unknown, module: string): asserts prior is Prior {
  const fail = (what: string): never => {
    throw new Error(`${module}: ${what}. See docs/your-own-prior.md.`);
  };
  if (typeof prior !== 'object' || prior === null) {
    fail(`expected its default export to be a prior (an object) or a function that returns one, got ${typeof prior}`);
  }
  const { name, options, numFeatures, anyFeatures, maxRows, sample, numClasses } = prior as Partial<Prior>;
  if (typeof name !== 'string' || name === '') fail(`expected name to be a text, got ${JSON.stringify(name)}`);
  if (typeof options !== 'object')
    fail(`expected options to be an object, {} if there are none, got ${typeof options}`);
  const wholes = { numFeatures, maxRows, ...(numClasses !== undefined && { numClasses }) };
  for (const [key, value] of Object.entries(wholes)) {
    if (!(Number.isInteger(value) && (value as number) >= 1))
      fail(`expected ${key} to be a whole number, got ${value}`);
  }
  if ((maxRows as number) < 2) fail(`expected maxRows to be at least 2, a context and a query row, got ${maxRows}`);
  if (typeof sample !== 'function') fail(`expected sample to be a function, got ${typeof sample}`);
  const shape = (maxRows as number) < 6 ? { ...TRIAL, numContext: 1, numQuery: 1 } : TRIAL;
  const draw = () => (sample as Prior['sample'])(randomStream('trial'), shape);
  const batch = draw();
  const { numDatasets: B, numContext: N, numQuery: M } = shape;
  const F = anyFeatures ? batch?.numFeatures : (numFeatures as number);
  if (!(Number.isInteger(F) && F >= 1 && F <= (numFeatures as number)))
    fail(`expected a batch to have 1 to ${numFeatures} columns, got ${F}`);
  const sizes = { contextX: B * N * F, contextY: B * N, queryX: B * M * F, queryY: B * M };
  for (const [key, size] of Object.entries(sizes)) {
    const values: unknown = batch?.[key as keyof Batch];
    if (!(values instanceof Float32Array)) fail(`expected sample to return ${key}, a Float32Array`);
    const { length } = values as Float32Array;
    if (length !== size) fail(`expected ${key} to have ${size} numbers for ${JSON.stringify(shape)}, got ${length}`);
    // NaN is a missing cell of a table.
    const mayMiss = anyFeatures && key.endsWith('X');
    const bad = (values as Float32Array).find((value) => !Number.isFinite(value) && !(mayMiss && Number.isNaN(value)));
    if (bad !== undefined) fail(`expected finite numbers in ${key}, got ${bad}`);
    if (numClasses !== undefined && key.endsWith('Y')) {
      const noLabel = (values as Float32Array).find((value) => !isLabel(value, numClasses));
      if (noLabel !== undefined)
        fail(`expected labels in ${key}, whole numbers from 0 to ${numClasses - 1}, got ${noLabel}`);
    }
  }
  const again = draw();
  if (Object.keys(sizes).some((key) => String(again[key as keyof Batch]) !== String(batch[key as keyof Batch]))) {
    fail(
      'expected the same draw from the same random stream, got another; take all chance from `random`, not Math.random',
    );
  }
}
