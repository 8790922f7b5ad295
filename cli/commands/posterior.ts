import { extname } from 'node:path';
import { type Given, ownFeatures, posterior, posteriorClasses, toldValues } from '../../infer/posterior.ts';
import type { Predictor } from '../../infer/predictor.ts';
import { refuseTables } from '../../infer/refuse-tables.ts';
import type { BarDistribution } from '../../model/bar-distribution.ts';
import type { Feature } from '../../model/features.ts';
import type { Hyperparameter } from '../../model/hyperparameters.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { GIVEN_OPTION } from '../given.ts';
import {
  COLOUR_OPTION,
  INFERENCE_DEVICE_OPTIONS,
  type INFERENCE_DEVICES,
  JSON_OPTION,
  loadOptions,
  oneOf,
} from '../options.ts';
import type { PlotCurve } from '../plot/plot-data.ts';
import { grow, span } from '../plot/plot-range.ts';
import { posteriorCurve } from '../plot/posterior-curve.ts';
import { terminalPlot } from '../plot/terminal-plot.ts';
import { type ContextFile, placeOf, type RowFile, readContext, readQuery } from '../read/read-rows.ts';
import { fourDigits } from '../stop-options.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { counted, quoted } from '../wording.ts';

interface Options {
  readonly context?: string;
  readonly query?: string;
  readonly given?: Given;
  readonly json?: boolean;
  readonly out?: string;
  readonly plot?: string;
  readonly theme?: 'light' | 'dark';
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];
/** Points of a grid over one input, and the share of the range that it goes beyond it on either side. */
const GRID_POINTS = 200;
const GRID_MARGIN = 0.1;
/** Bounds the memory of answers that are not summarized yet: 10 000 distributions of 1000 bars are 240 MB. */
const QUERIES_AT_A_TIME = 10_000;
/** The choice that tells a network for any number of inputs how many there are; here the files do. */
const NUM_INPUTS = 'numInputs';

export const command: Command<Options> = {
  arguments: [{ name: '<checkpoint>', description: 'name of a shipped checkpoint, or a folder' }],
  options: [
    { flags: '--context <file>', description: 'the rows that are known: CSV with columns x1 .. xd (or x) and y' },
    {
      flags: '--query <file>',
      description: `the rows to answer for; a column y is scored (default: ${GRID_POINTS} points over the range of x)`,
    },
    GIVEN_OPTION,
    {
      flags: '--out <file>',
      description: 'write the table into a .csv file, with all digits',
      parse: fileOf('--out', 'csv'),
    },
    {
      flags: '--plot <file>',
      description: 'draw it into an .svg file, or into an .html page with values under the pointer; for one input',
      parse: fileOf('--plot', 'svg', 'html'),
    },
    {
      flags: '--theme <name>',
      description: "light or dark colours in the picture (default: the reader's choice)",
      parse: oneOf('--theme', ['light', 'dark']),
    },
    JSON_OPTION,
    ...INFERENCE_DEVICE_OPTIONS,
    COLOUR_OPTION,
  ],
  examples: [
    'posterior runs/mine --context seen.csv',
    'posterior runs/mine --context seen.csv --query new.csv --json',
    'posterior runs/mine --context seen.csv --given lengthScale=0.3,noise=0.01..0.1 --plot posterior.svg',
    'posterior runs/mine --context seen.csv --query held-out.csv --out answers.csv',
  ],
  run,
};

function fileOf(flag: string, ...kinds: readonly string[]): (path: string) => string {
  return (path) => {
    if (kinds.includes(kindOf(path))) return path;
    throw new UsageError(`${flag} must name a file that ends in .${kinds.join(' or .')}, got '${path}'.`);
  };
}

const kindOf = (path: string): string => extname(path).toLowerCase().slice(1);

async function run([checkpoint]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const { context, query } = readFiles(options);
  for (const note of [...context.notes, ...(query?.notes ?? [])]) terminal.note(note);
  const { loadPredictor } = await import('../../infer/load.node.ts');
  const predictor = await loadPredictor(checkpoint, loadOptions(options));
  try {
    checkFit(predictor, context, query, options);
    for (const note of await fitNotes(predictor, context)) terminal.note(note);
    const asker: Asker = { predictor, context, given: options.given, terminal };
    const isClasses = predictor.config.model.head === 'classes';
    const asked: Asked = query ?? gridOver(asker, context.x);
    const answers = isClasses ? await classAnswers(asker, asked) : await barAnswers(asker, asked);
    const isDrawn = context.inputs.length === 1 && !isClasses && (options.plot !== undefined || !options.json);
    const curve = isDrawn ? await drawnCurve(asker, query) : null;
    terminal.progress('');
    const columns = tableColumns(asked, answers);
    if (options.out !== undefined) {
      writeFileAtomic(options.out, csvText(columns));
      terminal.note(`wrote ${options.out}: ${counted(asked.x.length, 'row')}`);
    }
    if (options.plot !== undefined && curve !== null) await writePlot(options.plot, curve, asker, options.theme);
    const { name, device } = predictor;
    if (options.json) {
      const rows = asked.x.map((x, i) => ({ x, ...answers.entries[i] }));
      terminal.out(JSON.stringify({ checkpoint: name, device, rows }));
      return;
    }
    terminal.out(tableText(columns, answers.scores));
    if (curve !== null) terminal.out(`\n${terminalText(curve, asker)}`);
    terminal.out(`\n${name} on ${device.name} (${device.reason})`);
  } finally {
    terminal.progress('');
    await predictor.dispose();
  }
}

function readFiles({ context: path, query, plot }: Options): { context: ContextFile; query: RowFile | null } {
  if (path === undefined) {
    throw new UsageError('--context is missing. Name the file of the known rows: --context seen.csv.');
  }
  const context = readContext(path);
  const { inputs } = context;
  if (inputs.length > 1 && plot !== undefined) {
    throw new UsageError(
      `--plot draws y by one input, and ${path} has ${inputs.length} (${quoted(inputs)}). Leave it out.`,
    );
  }
  if (inputs.length > 1 && query === undefined) {
    throw new UsageError(
      `--query is needed: only for one input there is a grid without it, and ${path} has ${inputs.length} (${quoted(inputs)}).`,
    );
  }
  return { context, query: query === undefined ? null : readQuery(query, context) };
}

/** Refuses files and options that are not for this checkpoint. */
function checkFit(
  predictor: Predictor,
  context: ContextFile,
  query: RowFile | null,
  { given = {}, plot }: Options,
): void {
  const { name, config } = predictor;
  refuseTables(config);
  const { head, numOutputs, hyperparameters = [], xFeatures, yFeatures } = config.model;
  checkGiven(given, hyperparameters);
  checkInputs(predictor, context);
  if (head === 'classes' && plot !== undefined) {
    throw new UsageError(`--plot draws targets that are numbers, and those of ${name} are classes. Leave it out.`);
  }
  const files = query === null ? [context] : [context, query];
  if (takesLogarithm(xFeatures)) for (const rows of files) checkPositive(name, rows, rows.inputs, rows.x);
  if (takesLogarithm(yFeatures))
    checkPositive(
      name,
      context,
      [context.target],
      context.y.map((y) => [y]),
    );
  if (head === 'classes') for (const rows of files) checkClasses(name, rows, numOutputs);
}

function checkGiven(given: Given, hyperparameters: readonly Hyperparameter[]): void {
  if (given[NUM_INPUTS] !== undefined) {
    throw new UsageError(`--given takes no ${NUM_INPUTS}: it is the number of inputs in the files. Leave it out.`);
  }
  try {
    toldValues(hyperparameters, given);
  } catch (error) {
    const known = hyperparameters
      .filter(({ name }) => name !== NUM_INPUTS)
      .map(({ name, low, high, choices }) => `${name} ${choices?.join(' or ') ?? `${low}..${high}`}`);
    const list = known.length === 0 ? '' : ` Known are ${known.join(', ')}.`;
    throw new UsageError(`--${(error as Error).message}${list}`);
  }
}

function checkInputs(predictor: Predictor, { file, headerLine, inputs }: ContextFile): void {
  const most = ownFeatures(predictor);
  const { name, config } = predictor;
  const isAnyNumber = config.model.hyperparameters?.some((each) => each.name === NUM_INPUTS) ?? false;
  if (isAnyNumber ? inputs.length <= most : inputs.length === most) return;
  const expected = most === 1 ? '1, x' : `${isAnyNumber ? 'at most ' : ''}${most}, x1 .. x${most}`;
  throw new Error(
    `${file}, row ${headerLine}: ${counted(inputs.length, 'input')} (${quoted(inputs)}), expected ${expected}, for the checkpoint ${name}.`,
  );
}

const takesLogarithm = (features: readonly Feature[]): boolean =>
  features.some(({ kind }) => kind === 'log' || kind === 'reciprocal-log');

/** Values [N][columns] of the rows of a file. */
function checkPositive(
  checkpoint: string,
  rows: RowFile,
  columns: readonly string[],
  values: readonly (readonly number[])[],
): void {
  values.forEach((row, i) => {
    const at = row.findIndex((value) => value <= 0);
    if (at < 0) return;
    throw new Error(
      `${placeOf(rows, i, columns[at])}: expected a number above 0, as ${checkpoint} was trained for, got ${row[at]}.`,
    );
  });
}

function checkClasses(checkpoint: string, rows: RowFile, numClasses: number): void {
  const at = rows.y?.findIndex((y) => !Number.isInteger(y) || y < 0 || y >= numClasses) ?? -1;
  if (rows.y === null || rows.target === null || at < 0) return;
  throw new Error(
    `${placeOf(rows, at, rows.target)}: expected a class from 0 to ${numClasses - 1}, as of ${checkpoint}, got ${rows.y[at]}.`,
  );
}

/** A line where there are more context rows than in training; [] where there are not, or nothing tells how many there were. */
async function fitNotes({ name, config }: Predictor, { file, x }: ContextFile): Promise<string[]> {
  const { createPrior, priors } = await import('../../priors/index.ts');
  const { prior, training } = config;
  const maxRows = Object.hasOwn(priors, prior.name)
    ? createPrior(prior.name, prior.options).maxRows
    : prior.options.maxRows;
  const most = Number(training.numRows ?? maxRows) - 1; // one row at least is a query
  if (!(x.length > most)) return [];
  return [
    `${file} has ${x.length} rows, and ${name} was trained with ${most} context rows at most: answers may be worse.`,
  ];
}

/** What is asked: inputs x [M][F], and the targets to score, where they are known. */
type Asked = Pick<RowFile, 'inputs' | 'target' | 'x' | 'y'>;

/** Who is asked, and what it is told. */
interface Asker {
  readonly predictor: Predictor;
  readonly context: ContextFile;
  readonly given?: Given;
  readonly terminal: Terminal;
}

/** Points at equal distances over the range of one input, x [N][1]. */
function gridOver({ predictor, context }: Asker, x: RowFile['x']): Asked {
  const range = span(x.map(([value]) => value));
  const [low, high] = range[0] < range[1] ? grow(range, GRID_MARGIN) : [range[0] - 0.5, range[0] + 0.5];
  // Where inputs must be above 0, so must those of the grid.
  const start = takesLogarithm(predictor.config.model.xFeatures) && low <= 0 ? range[0] : low;
  const points = Array.from({ length: GRID_POINTS }, (_, i) => [start + ((high - start) * i) / (GRID_POINTS - 1)]);
  return { inputs: context.inputs, target: null, x: points, y: null };
}

/** An answer per query row, as the JSON has them, and as columns of the table. */
interface Answers {
  readonly entries: readonly object[];
  readonly columns: readonly Column[];
  /** What the targets score, where they are known. */
  readonly scores: Column | null;
}

interface Column {
  /** In the table, and in the CSV. */
  readonly title: string;
  readonly name: string;
  readonly values: readonly number[];
}

async function barAnswers(asker: Asker, { x, y }: Asked): Promise<Answers> {
  const entries = await ask(posterior, asker, x, (distribution, i) => ({
    mean: distribution.mean,
    variance: distribution.variance,
    quantiles: quantilesOf(distribution),
    logDensity: y === null ? null : distribution.logDensity(y[i]),
  }));
  const column = (title: string, name: string, value: (entry: (typeof entries)[number]) => number): Column => ({
    title,
    name,
    values: entries.map(value),
  });
  return {
    entries,
    columns: [
      column('mean', 'mean', ({ mean }) => mean),
      column('sd', 'sd', ({ variance }) => Math.sqrt(variance)),
      column('median', 'median', ({ quantiles }) => quantiles['0.5']),
      column('5 %', 'q05', ({ quantiles }) => quantiles['0.05']),
      column('95 %', 'q95', ({ quantiles }) => quantiles['0.95']),
    ],
    scores: y === null ? null : column('log density', 'logDensity', ({ logDensity }) => Number(logDensity)),
  };
}

async function classAnswers(asker: Asker, { x, y }: Asked): Promise<Answers> {
  const entries = await ask(posteriorClasses, asker, x, (probabilities, i) => ({
    probabilities,
    logProbability: y === null ? null : Math.log(probabilities[y[i]]),
  }));
  return {
    entries,
    columns: Array.from({ length: asker.predictor.config.model.numOutputs }, (_, k) => ({
      title: `P(${k})`,
      name: `p${k}`,
      values: entries.map(({ probabilities }) => probabilities[k]),
    })),
    scores:
      y === null
        ? null
        : {
            title: 'log probability',
            name: 'logProbability',
            values: entries.map(({ logProbability }) => Number(logProbability)),
          },
  };
}

/** The summaries of the answers of `posterior` or `posteriorClasses` at x [M][F]. */
async function ask<Answer, Summary>(
  method: (...args: Parameters<typeof posterior>) => Promise<Answer[]>,
  { predictor, context, given, terminal }: Asker,
  x: RowFile['x'],
  summary: (answer: Answer, row: number) => Summary,
): Promise<Summary[]> {
  const summaries: Summary[] = [];
  for (let start = 0; start < x.length; start += QUERIES_AT_A_TIME) {
    const queryX = x.slice(start, start + QUERIES_AT_A_TIME);
    const onProgress = (done: number) => terminal.progress(`${start + done} of ${x.length} query rows`);
    const answers = await method(
      predictor,
      { contextX: context.x, contextY: context.y, queryX },
      { given, onProgress },
    );
    for (const [i, answer] of answers.entries()) summaries.push(summary(answer, start + i));
  }
  return summaries;
}

/** Answers over the range of the context and the queries, however few those are, and both as points. */
async function drawnCurve(asker: Asker, query: RowFile | null): Promise<PlotCurve> {
  const { context, predictor } = asker;
  const { x } = gridOver(asker, [...context.x, ...(query?.x ?? [])]);
  const answers = await ask(posterior, asker, x, quantilesOf);
  return posteriorCurve(predictor.name, context, query, x, answers);
}

const quantilesOf = (distribution: BarDistribution): Readonly<Record<string, number>> =>
  Object.fromEntries(QUANTILES.map((level) => [String(level), distribution.quantile(level)]));

/** Inputs, what is said of them, and where targets are known, those and their scores. */
function tableColumns({ inputs, target, x, y }: Asked, { columns, scores }: Answers): Column[] {
  const column = (name: string, values: readonly number[]): Column => ({ title: name, name, values });
  return [
    ...inputs.map((name, at) =>
      column(
        name,
        x.map((row) => row[at]),
      ),
    ),
    ...columns,
    ...(target === null || y === null ? [] : [column(target, y)]),
    ...(scores === null ? [] : [scores]),
  ];
}

function csvText(columns: readonly Column[]): string {
  const lines = columns[0].values.map((_, i) => columns.map(({ values }) => values[i]).join(','));
  return `${[columns.map(({ name }) => name).join(','), ...lines].join('\n')}\n`;
}

/** The last line has the mean of the scores. */
function tableText(columns: readonly Column[], scores: Column | null): string {
  const rows = columns[0].values.map((_, i) => columns.map(({ values }) => fourDigits(values[i])));
  if (scores !== null) {
    const mean = scores.values.reduce((sum, score) => sum + score, 0) / scores.values.length;
    rows.push(columns.map((column, at) => (column === scores ? fourDigits(mean) : at === 0 ? 'mean' : '')));
  }
  return textTable(
    columns.map(({ title }) => title),
    rows,
  );
}

async function writePlot(
  path: string,
  curve: PlotCurve,
  { predictor, context, given, terminal }: Asker,
  theme: Options['theme'],
): Promise<void> {
  const { posteriorHtml, posteriorSvg } = await import('../plot/posterior-plot.ts');
  const draw = kindOf(path) === 'html' ? posteriorHtml : posteriorSvg;
  const title = `${predictor.name}, ${counted(context.x.length, 'context row')}`;
  const titles = { title, subtitle: givenText(given), xTitle: context.inputs[0], yTitle: context.target };
  writeFileAtomic(path, await draw(curve, { ...titles, theme }));
  terminal.note(`wrote ${path}`);
}

function givenText(given: Given = {}): string | undefined {
  const parts = Object.entries(given).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? value.join('..') : value}`,
  );
  return parts.length === 0 ? undefined : `given ${parts.join(', ')}`;
}

const terminalText = (curve: PlotCurve, { context, terminal: { columns, colour } }: Asker): string =>
  terminalPlot(curve, { width: columns, colour, stepTitle: context.inputs[0], valueTitle: context.target });
