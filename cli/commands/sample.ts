import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { numOwnFeatures } from '../../priors/combinators/inner-prior.ts';
import { createPrior, priors, randomStream } from '../../priors/index.ts';
import type { Batch, Prior } from '../../priors/prior.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import { checkOutputs } from '../check-outputs.ts';
import type { Command } from '../command.ts';
import { type DrawnDataset, datasetsCsv, drawnDatasets } from '../drawn-datasets.ts';
import { UsageError } from '../errors.ts';
import { fileOf, JSON_OPTION, kindOf, THEME_OPTION, wholeNumber } from '../options.ts';
import { PRIOR_SUMMARIES } from '../prior-summaries.ts';
import { isObject } from '../read/lenient-json.ts';
import { decodeText } from '../read/read-text.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../wording.ts';

interface Options {
  readonly datasets: number;
  readonly rows?: number;
  readonly context?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly out?: string;
  readonly plot?: string;
  readonly theme?: 'light' | 'dark';
  readonly list?: boolean;
  readonly json?: boolean;
}

const DEFAULT_ROWS = 100;
/** More pictures than these are no longer read. */
const MAX_PLOTS = 36;

export const command: Command<Options> = {
  arguments: [
    {
      name: '[prior]',
      description:
        'a prior by its name (--list), your own (.ts, .js), whose code is run, or the prior of a recipe: a .json file',
    },
  ],
  options: [
    { flags: '--list', description: 'what priors there are' },
    {
      flags: '--datasets <n>',
      description: 'how many data sets',
      default: 1,
      parse: wholeNumber('--datasets', 1, 1_000_000),
    },
    {
      flags: '--rows <n>',
      description: `rows of a data set, context and query together (default: ${DEFAULT_ROWS}, or what the prior has)`,
      parse: wholeNumber('--rows', 1, Number.POSITIVE_INFINITY),
    },
    {
      flags: '--context <n>',
      description: 'how many of the rows are context (default: half)',
      parse: wholeNumber('--context', 0, Number.POSITIVE_INFINITY),
    },
    { flags: '--options <json>', description: 'options of the prior', parse: jsonObject },
    {
      flags: '--seed <n>',
      description: 'another seed, other data sets',
      default: 0,
      parse: wholeNumber('--seed', 0, Number.MAX_SAFE_INTEGER),
    },
    {
      flags: '--out <file>',
      description: 'write the rows into a .csv or .json file',
      parse: fileOf('--out', 'csv', 'json'),
    },
    {
      flags: '--plot <file>',
      description: 'draw the data sets into an .svg or .html file',
      parse: fileOf('--plot', 'svg', 'html'),
    },
    THEME_OPTION,
    JSON_OPTION,
  ],
  examples: [
    'sample --list',
    'sample training-run --datasets 9 --plot runs.svg',
    'sample learning-curve --options \'{"numSteps": 50}\' --rows 50 --context 10 --out curves.csv',
    'sample ./my-prior.ts --datasets 9 --plot draws.svg',
    'sample my-recipe.json --datasets 3 --seed 7 --json',
  ],
  run,
};

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = parsedJson(text);
  if (isObject(value)) return value;
  throw new UsageError(`--options must be a JSON object such as '{"maxRows": 50}', got '${text}'.`);
}

async function run([name]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const { datasets: numDatasets, seed, out, plot, json } = options;
  if (options.list) return terminal.out(json ? JSON.stringify(listed()) : listText());
  if (name === undefined)
    throw new UsageError(`a prior is missing. Name one of ${known()}, or a file: .ts, .js or a recipe (.json).`);
  checkOutputs([name], options);
  const prior = await namedPrior(name, options.options);
  const { numContext, numQuery } = rowCounts(prior, options);
  const batch = prior.sample(randomStream(seed, 'sample'), { numDatasets, numContext, numQuery });
  const datasets = drawnDatasets(batch);
  const csv = () => datasetsCsv(datasets, batch.numFeatures);
  const document = () => JSON.stringify({ ...describePrior(prior, batch), seed, numContext, numQuery, datasets });
  if (plot !== undefined) await writePlot(plot, datasets, prior, options, terminal);
  if (out !== undefined) {
    writeFileAtomic(out, `${kindOf(out) === 'json' ? document() : csv()}\n`);
    terminal.note(`wrote ${out}: ${counted(numDatasets, 'data set')} of ${counted(numContext + numQuery, 'row')}`);
  }
  if (json) terminal.out(document());
  else if (plot === undefined && out === undefined) terminal.out(csv());
}

function describePrior({ name, options, numClasses, hyperparameters = [] }: Prior, { numFeatures }: Batch) {
  return { prior: { name, options }, numFeatures, numClasses: numClasses ?? null, hyperparameters };
}

const known = (): string => Object.keys(priors).join(', ');

/** Of the table, of a module, or of a recipe. Throws where there is no such prior or its options are wrong. */
async function namedPrior(name: string, options?: Readonly<Record<string, unknown>>): Promise<Prior> {
  if (Object.hasOwn(priors, name)) return createPrior(name, options);
  const { isModule, loadPrior } = await import('../../train/load-prior.ts');
  if (isModule(name)) return loadPrior({ name, options: options ?? {}, module: resolve(name) });
  if (kindOf(name) !== 'json') {
    throw new UsageError(
      `expected a prior (${known()}), a module that exports one (.ts, .js) or a recipe (.json), got '${name}'.`,
    );
  }
  if (options !== undefined) {
    throw new UsageError(`--options goes with a prior, and ${name} has its own. Leave out one of them.`);
  }
  return loadPrior(recipePrior(name));
}

/** The field `prior` of a recipe. */
function recipePrior(path: string) {
  if (!existsSync(path)) throw new Error(`${path}: there is no such file. Check the path.`);
  const recipe = parsedJson(decodeText(path, readFileSync(path)));
  const source = isObject(recipe) ? recipe.prior : undefined;
  if (!isObject(source) || typeof source.name !== 'string' || !isObject(source.options ?? {})) {
    const got = JSON.stringify(source) ?? (recipe === undefined ? 'no JSON' : 'none');
    throw new Error(`${path}: expected a recipe with a prior such as {"prior": {"name": "training-run"}}, got ${got}.`);
  }
  const { name, options = {}, module } = source;
  return {
    name,
    options: options as Readonly<Record<string, unknown>>,
    ...(typeof module === 'string' && { module }),
  };
}

/** undefined where the text is no JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rowCounts({ name, maxRows }: Prior, options: Options): { numContext: number; numQuery: number } {
  const { rows = Math.min(DEFAULT_ROWS, maxRows), context = Math.floor(rows / 2) } = options;
  if (rows > maxRows) {
    throw new UsageError(`--rows must be at most ${maxRows}, all the rows that '${name}' has, got ${rows}.`);
  }
  if (context > rows) throw new UsageError(`--context must be at most ${rows}, the number of rows, got ${context}.`);
  return { numContext: context, numQuery: rows - context };
}

async function writePlot(
  path: string,
  datasets: readonly DrawnDataset[],
  prior: Prior,
  { theme }: Options,
  terminal: Terminal,
): Promise<void> {
  const [{ sampleHtml, sampleSvg }, { rowPictures }, { tablePictures }] = await Promise.all([
    import('../plot/sample-plot.ts'),
    import('../plot/sample-rows.ts'),
    import('../plot/sample-table.ts'),
  ]);
  const { name, numClasses, anyFeatures } = prior;
  const own = numOwnFeatures(prior);
  const shown = datasets.slice(0, MAX_PLOTS);
  const pictures = anyFeatures
    ? tablePictures(shown, numClasses)
    : rowPictures(shown, {
        xTitle: own === 1 ? 'x' : `x1, the first of ${own} features`,
        numClasses,
        isLine: own === 1 && numClasses === undefined,
      });
  const draw = kindOf(path) === 'html' ? sampleHtml : sampleSvg;
  writeFileAtomic(path, await draw(pictures, { title: name, theme }));
  terminal.note(`wrote ${path}`);
  if (anyFeatures) terminal.note(`the picture shows ${pictures.subject}`);
  else if (own > 1) terminal.note(`the picture shows y against x1, the first of ${own} features`);
  if (datasets.length > MAX_PLOTS) terminal.note(`the picture shows the first ${MAX_PLOTS} data sets`);
}

const listed = () => Object.keys(priors).map((name) => ({ name, summary: PRIOR_SUMMARIES[name] ?? '' }));

function listText(): string {
  const rows = listed();
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`.trimEnd()).join('\n');
}
