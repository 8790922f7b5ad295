import { fourDigits } from '../../infer/number-text.ts';
import { type Given, toldValues } from '../../infer/posterior.ts';
import type { Predictor } from '../../infer/predictor.ts';
import { refuseTables } from '../../infer/refuse-tables.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import { checkOutputs } from '../check-outputs.ts';
import { checkRows, rowNotes } from '../check-rows.ts';
import type { Command } from '../command.ts';
import { csvText } from '../csv-text.ts';
import { UsageError } from '../errors.ts';
import { GIVEN_OPTION, givenText } from '../given.ts';
import {
  COLOUR_OPTION,
  checkDraws,
  drawOptions,
  fileOf,
  INFERENCE_DEVICE_OPTIONS,
  type INFERENCE_DEVICES,
  JSON_OPTION,
  kindOf,
  loadOptions,
  THEME_OPTION,
} from '../options.ts';
import type { PlotCurve } from '../plot/plot-data.ts';
import { terminalPlot } from '../plot/terminal-plot.ts';
import {
  type Answers,
  type Asked,
  type Asker,
  type Column,
  classAnswers,
  drawnCurve,
  GRID_POINTS,
  gridOver,
  jointDraws,
  numberAnswers,
} from '../posterior-answers.ts';
import { type ContextFile, readContext, readQuery } from '../read/read-rows.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { counted, quoted } from '../wording.ts';

interface Options {
  readonly context?: string;
  readonly query?: string;
  readonly given?: Given;
  readonly json?: boolean;
  readonly out?: string;
  readonly draws?: number;
  readonly seed: number;
  readonly plot?: string;
  readonly theme?: 'light' | 'dark';
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

/** Every so many points of a grid are rows of the table in the terminal, 11 in all. */
const GRID_ROWS = 20;

export const command: Command<Options> = {
  arguments: [{ name: '<checkpoint>', description: 'name of a shipped checkpoint, or a folder' }],
  options: [
    { flags: '--context <file>', description: 'the rows that are known: CSV with columns x1 .. xd (or x) and y' },
    {
      flags: '--query <file>',
      description: `the rows to answer for; a column y is scored (default: ${GRID_POINTS} points over the range of x)`,
    },
    GIVEN_OPTION,
    ...drawOptions('draw the targets of all rows together, n times, for --plot and --json'),
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
    THEME_OPTION,
    JSON_OPTION,
    ...INFERENCE_DEVICE_OPTIONS,
    COLOUR_OPTION,
  ],
  examples: [
    'posterior runs/mine --context seen.csv',
    'posterior runs/mine --context seen.csv --query new.csv --json',
    'posterior runs/mine --context seen.csv --given lengthScale=0.3,noise=0.01..0.1 --plot posterior.svg',
    'posterior runs/mine --context seen.csv --draws 10 --plot posterior.svg',
    'posterior runs/mine --context seen.csv --query held-out.csv --out answers.csv',
  ],
  run,
};

async function run([checkpoint]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  if (options.context === undefined) {
    throw new UsageError('--context is missing. Name the file of the known rows: --context seen.csv.');
  }
  checkDraws(options);
  checkOutputs([options.context, options.query], options);
  const context = readContext(options.context);
  const query = options.query === undefined ? null : readQuery(options.query, context);
  for (const note of [...context.notes, ...(query?.notes ?? [])]) terminal.note(note);
  const { loadPredictor } = await import('../../infer/load.node.ts');
  const predictor = await loadPredictor(checkpoint, loadOptions(options));
  try {
    refuseTables(predictor.config);
    checkRows(predictor, context, query);
    checkOptions(predictor, context, options);
    const { onlyInput, rangeNotes, usualRanges } = await import('../prior-ranges.ts');
    const usual = usualRanges(predictor);
    for (const note of [...rowNotes(predictor, context), ...rangeNotes(predictor, context, query, usual)])
      terminal.note(note);
    const onProgress = (done: number, total: number) => terminal.progress(`${done} of ${total} query rows`);
    const asker: Asker = { predictor, context, given: options.given, onProgress };
    const isClasses = predictor.config.model.head === 'classes';
    const only = context.inputs.length === 1 ? onlyInput(usual) : null;
    const grid = gridOver(asker, context.x);
    const asked: Asked = query ?? (only === null ? grid : { ...grid, x: [[only]] });
    const answers = isClasses ? await classAnswers(asker, asked) : await numberAnswers(asker, asked);
    const isDrawn = context.inputs.length === 1 && !isClasses && (options.plot !== undefined || !options.json);
    const draws = options.draws === undefined ? null : await jointDraws(asker, query, options.draws, options.seed);
    const curve = isDrawn ? await drawnCurve(asker, query, draws) : null;
    terminal.progress('');
    const columns = tableColumns(asked, answers);
    if (options.out !== undefined) {
      writeFileAtomic(options.out, csvText(columns));
      terminal.note(`wrote ${options.out}: ${counted(asked.x.length, 'row')}`);
    }
    if (options.plot !== undefined && curve !== null) {
      await writePlot(options.plot, curve, asker, options.theme);
      terminal.note(`wrote ${options.plot}`);
    }
    const { name, device } = predictor;
    if (options.json) {
      terminal.out(JSON.stringify({ checkpoint: name, device, x: asked.x, ...answers.lists, ...(draws && { draws }) }));
      return;
    }
    terminal.out(tableText(columns, answers.scores, query === null ? GRID_ROWS : 1));
    if (curve !== null) terminal.out(`\n${terminalText(curve, context, terminal)}`);
    terminal.out(`\n${name} on ${device.name} (${device.reason})`);
  } finally {
    terminal.progress('');
    await predictor.dispose();
  }
}

/** Refuses options that are not for this checkpoint and these inputs. */
function checkOptions({ name, config }: Predictor, { file, inputs }: ContextFile, options: Options): void {
  const { head, hyperparameters = [] } = config.model;
  try {
    toldValues(hyperparameters, options.given ?? {}, inputs.length);
  } catch (error) {
    throw new UsageError(`--${(error as Error).message}`);
  }
  const several = `${file} has ${inputs.length} inputs (${quoted(inputs)})`;
  if (inputs.length > 1 && options.plot !== undefined) {
    throw new UsageError(`--plot draws y by one input, and ${several}. Leave it out.`);
  }
  if (inputs.length > 1 && options.query === undefined) {
    throw new UsageError(
      `--query is missing: ${several}, and only one has a default. Name the file of the rows to answer for.`,
    );
  }
  if (head === 'classes' && options.draws !== undefined) {
    throw new UsageError(`--draws draws targets that are numbers, and those of ${name} are classes. Leave it out.`);
  }
  if (head === 'classes' && options.plot !== undefined) {
    throw new UsageError(`--plot draws targets that are numbers, and those of ${name} are classes. Leave it out.`);
  }
}

/** Inputs, what is said of them, and where targets are known, those and their scores. */
function tableColumns({ inputs, target, x, y }: Asked, { columns, scores }: Answers): Column[] {
  const column = (name: string, values: readonly number[]): Column => ({ title: name, name, values });
  const inputAt = (at: number) => x.map((row) => row[at]);
  return [
    ...inputs.map((name, at) => column(name, inputAt(at))),
    ...columns,
    ...(target === null || y === null ? [] : [column(target, y)]),
    ...(scores === null ? [] : [scores]),
  ];
}

/** Every `each`-th row. The last line has the mean of the scores. */
function tableText(columns: readonly Column[], scores: Column | null, each: number): string {
  const rows = columns[0].values
    .map((_, row) => columns.map(({ values }) => fourDigits(values[row])))
    .filter((_, i) => i % each === 0);
  if (scores !== null) {
    const mean = scores.values.reduce((sum, score) => sum + score, 0) / scores.values.length;
    rows.push(columns.map((column, at) => (column === scores ? fourDigits(mean) : at === 0 ? 'mean' : '')));
  }
  const titles = columns.map(({ title }) => title);
  return textTable(titles, rows);
}

async function writePlot(
  path: string,
  curve: PlotCurve,
  { predictor, context, given }: Asker,
  theme: Options['theme'],
): Promise<void> {
  const { posteriorHtml, posteriorSvg } = await import('../plot/posterior-plot.ts');
  const draw = kindOf(path) === 'html' ? posteriorHtml : posteriorSvg;
  const title = `${predictor.name}, ${counted(context.x.length, 'context row')}`;
  const titles = { title, subtitle: givenText(given), xTitle: context.inputs[0], yTitle: context.target };
  writeFileAtomic(path, await draw(curve, { ...titles, theme }));
}

const terminalText = (curve: PlotCurve, { inputs, target }: ContextFile, { columns, colour }: Terminal): string =>
  terminalPlot(curve, {
    width: columns,
    colour,
    stepTitle: inputs[0],
    valueTitle: target,
    seenName: 'context',
    laterName: 'query',
  });
