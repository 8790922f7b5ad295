import { fourDigits } from '../../infer/number-text.ts';
import { chooseTask, labelsOf, type TaskChoice } from '../../infer/table/choose-task.ts';
import { fitColumn, isNumberText } from '../../infer/table/column.ts';
import { daysIn } from '../../infer/table/dates.ts';
import { fitLabels, type Label } from '../../infer/table/labels.ts';
import type { TargetDistribution } from '../../infer/table/target-distribution.ts';
import { argmax } from '../../model/scores.ts';
import { progressBar } from '../../train/log.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import { checkOutputs } from '../check-outputs.ts';
import type { Command } from '../command.ts';
import { type CsvColumn, csvText, quantileName } from '../csv-text.ts';
import { cvParts, type Part } from '../cv-parts.ts';
import { UsageError } from '../errors.ts';
import {
  fileOf,
  INFERENCE_DEVICE_OPTIONS,
  type INFERENCE_DEVICES,
  JSON_OPTION,
  kindOf,
  loadOptions,
  nameList,
  oneOf,
  THEME_OPTION,
  wholeNumber,
} from '../options.ts';
import { type Scored, type Summary, scoredClasses, scoredNumbers, scoreRows } from '../prediction-scores.ts';
import { isNumber } from '../read/cells.ts';
import {
  type LabelledRows,
  noColumn,
  numericTargets,
  readTest,
  readTrain,
  type TrainRows,
} from '../read/read-labelled.ts';
import { isStandardInput } from '../read/read-text.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { counted } from '../wording.ts';

interface Options {
  readonly train?: string;
  readonly target?: string;
  readonly test?: string;
  readonly cv?: number;
  readonly id?: string;
  readonly drop?: readonly string[];
  readonly task: (typeof TASKS)[number];
  readonly nEstimators: number;
  readonly seed: number;
  readonly checkpoint?: string;
  readonly out?: string;
  readonly plot?: string;
  readonly theme?: 'light' | 'dark';
  readonly json?: boolean;
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

const TASKS = ['auto', 'classification', 'regression'] as const;
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];
/** Bounds the memory of answers that are not summarized yet: 2000 distributions of 1000 bars are 64 MB. */
const ROWS_AT_A_TIME = 2000;
/** Rows and classes in the table on the terminal; `--out` and `--json` have all. */
const SHOWN = { rows: 10, classes: 6, likeliest: 3 };

export const command: Command<Options> = {
  arguments: [],
  options: [
    { flags: '--train <file>', description: 'the rows to learn from: CSV with a header' },
    { flags: '--target <name>', description: 'the column to predict' },
    { flags: '--test <file>', description: 'the rows to predict; where they have the target too, it is scored' },
    {
      flags: '--cv <k>',
      description:
        'cross-validation instead of --test: each of k parts of the rows is predicted from the others, and scored',
      parse: wholeNumber('--cv', 2, 1000),
    },
    { flags: '--id <name>', description: 'a column that names the rows: no input, but beside each prediction' },
    { flags: '--drop <names>', description: 'columns that are no inputs, with commas between', parse: nameList },
    {
      flags: '--task <name>',
      description: `what the target is: ${TASKS.join(', ')}`,
      default: 'auto',
      parse: oneOf('--task', TASKS),
    },
    {
      flags: '--n-estimators <n>',
      description: 'how many views of the table are averaged',
      default: 8,
      parse: wholeNumber('--n-estimators', 1, 1000),
    },
    {
      flags: '--seed <n>',
      description: 'of what differs by chance between these views, and of the parts of --cv',
      default: 0,
      parse: wholeNumber('--seed', 0, 2 ** 31),
    },
    {
      flags: '--checkpoint <name>',
      description: 'name of a shipped checkpoint, or a folder (default: tabular-classifier or tabular-regressor)',
    },
    {
      flags: '--out <file>',
      description: 'write all predictions into a .csv file',
      parse: fileOf('--out', 'csv'),
    },
    {
      flags: '--plot <file>',
      description:
        'draw calibration, or predicted by actual, into an .svg or .html file; needs targets to compare with',
      parse: fileOf('--plot', 'svg', 'html'),
    },
    THEME_OPTION,
    JSON_OPTION,
    ...INFERENCE_DEVICE_OPTIONS,
  ],
  examples: [
    'predict --train patients.csv --target outcome --test new-patients.csv',
    'predict --train houses.csv --target price --test held-out.csv --plot prices.svg --out prices.csv',
    'predict --train patients.csv --target outcome --cv 5',
    'predict --train a.csv --target grade --test b.csv --task regression --json',
    'predict --train train.csv --target Survived --test test.csv --id PassengerId --drop Name,Ticket --out answers.csv',
  ],
  run,
};

/** What was predicted, in the forms that a caller may want. */
interface Predicted {
  readonly checkpoint: string;
  readonly device: { readonly name: string; readonly reason: string };
  /** The JSON, without what is common to all commands. */
  readonly json: object;
  /** A column per figure, of the CSV. */
  readonly columns: readonly Column[];
  /** Of the table, where there are fewer. */
  readonly shown?: readonly Column[];
  /** Of the rows whose target is known; null where there are none. */
  readonly scored: Scored | null;
}

/** Of the CSV, with another title in the table where its name says less. */
type Column = CsvColumn & { readonly title?: string };

interface Asked {
  readonly train: TrainRows;
  readonly test: LabelledRows;
  /** Which rows are predicted from which; every one to predict once. */
  readonly parts: readonly Part[];
  readonly options: Options;
  readonly terminal: Terminal;
}

async function run(_: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  checkOutputs([options.train, options.test], options);
  const { train, test } = readFiles(options);
  for (const note of [...train.notes, ...test.notes]) terminal.note(note);
  if (options.plot !== undefined && !test.targets?.some((target) => target !== null)) {
    throw new UsageError(
      `--plot compares with what is known, and ${test.file} has no '${train.target}'. Leave it out.`,
    );
  }
  const choice = taskOf(train, options);
  if (options.task === 'auto') terminal.note(`task ${choice.task}: ${choice.reason}. Another one: --task.`);
  const start = performance.now();
  const predict = choice.task === 'classification' ? predictClasses : predictNumbers;
  const asked: Asked = { train, test, parts: partsOf(train, test, choice, options), options, terminal };
  const predicted = await predict(asked).finally(() => terminal.progress(''));
  const seconds = (performance.now() - start) / 1000;
  const { checkpoint, device, json, columns, scored } = predicted;
  noteKnown(asked);
  if (options.out !== undefined) {
    writeFileAtomic(options.out, csvText(columns));
    terminal.note(`wrote ${options.out}: ${counted(test.inputs.length, 'row')}`);
  }
  if (options.plot !== undefined) await writePlot(options.plot, predicted, asked);
  if (options.json) {
    const of = (what: 'value' | 'baseline') =>
      scored && Object.fromEntries(scored.scores.map(({ key, [what]: score }) => [key, score]));
    const ids = test.ids && { ids: test.ids.values };
    const document = { checkpoint, device, seconds, ...ids, ...json, scores: of('value'), baseline: of('baseline') };
    terminal.out(JSON.stringify(document));
    return;
  }
  terminal.out(previewText(predicted, test));
  terminal.out(`\n${checkpoint} on ${device.name} (${device.reason}), ${seconds.toFixed(3)} s`);
}

function readFiles({ train: path, target, test, cv, task, id, drop }: Options) {
  if (path === undefined) {
    throw new UsageError('--train is missing. Name the file of the rows to learn from: --train known.csv.');
  }
  if (isStandardInput(path) && isStandardInput(test)) {
    throw new UsageError('--train and --test cannot both be standard input. Name a file for one of them.');
  }
  const train = readTrain(path, target, { task, id, drop });
  if (cv !== undefined) {
    if (test !== undefined) throw new UsageError('--cv predicts the rows of --train. Leave out --test, or --cv.');
    if (train.inputs.length < 3) {
      throw new Error(`${path}: ${counted(train.inputs.length, 'row')} with a target, --cv needs three at least.`);
    }
    if (cv > train.inputs.length) {
      throw new UsageError(`--cv must be at most ${train.inputs.length}, the rows of ${path}, got ${cv}.`);
    }
    if (id !== undefined && train.ids === null) throw noColumn('--id', path, train.header, id);
    const told = { ...train, inputs: withMarkedCategories(train) };
    return { train: told, test: { ...told, notes: [] } };
  }
  if (test === undefined) {
    throw new UsageError(
      '--test is missing. Name the file of the rows to predict: --test new.csv. To score on the known rows: --cv 5.',
    );
  }
  return { train, test: readTest(test, train) };
}

/** Inputs whose categories are none but that, also where a part of the rows has such only as look like numbers or dates. */
function withMarkedCategories({ columns, inputs }: TrainRows): TrainRows['inputs'] {
  const isOther = (cell: string | null) => cell !== null && (isNumberText(cell) || !Number.isNaN(daysIn(cell)));
  const marked = columns.filter((name) => {
    const cells = inputs.map((row) => row[name]);
    return cells.some(isOther) && fitColumn(cells, `'${name}'`).kind === 'categories';
  });
  if (marked.length === 0) return inputs;
  return inputs.map((row) => ({
    ...row,
    ...Object.fromEntries(marked.map((name) => [name, row[name] === null ? null : `text ${row[name]}`])),
  }));
}

/** All rows from all, or the parts of a cross-validation. */
const partsOf = (
  { targets }: TrainRows,
  { inputs }: LabelledRows,
  { task }: TaskChoice,
  { cv, seed }: Options,
): readonly Part[] =>
  cv === undefined
    ? [{ known: [...targets.keys()], asked: [...inputs.keys()] }]
    : cvParts(targets, task === 'regression', cv, seed);

const pick = <T>(values: readonly T[], at: readonly number[]): T[] => at.map((i) => values[i]);

const taskOf = ({ targets }: TrainRows, { task }: Options): TaskChoice =>
  task === 'auto' ? chooseTask(targets) : { task, reason: 'asked for' };

/** What both models are loaded with. */
const modelOptions = ({ options, terminal }: Asked) => ({
  ...loadOptions(options),
  checkpoint: options.checkpoint,
  nEstimators: options.nEstimators,
  seed: options.seed,
  // Once, where several parts have the same to say.
  onNote: once(terminal.note),
});

function once(note: Terminal['note']): Terminal['note'] {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) note(text);
    said.add(text);
  };
}

const showProgress =
  ({ terminal }: Asked, done: number, part: number) =>
  (share: number): void => {
    const all = done + share * part;
    terminal.progress(`${progressBar(all)} ${Math.round(100 * all)} %`);
  };

async function predictClasses(asked: Asked): Promise<Predicted> {
  const { train, test, parts } = asked;
  const { TabularClassifier } = await import('../../infer/table/tabular.node.ts');
  const known = labelsOf(train.targets);
  const { classes: all, index } = fitLabels(known);
  const model = await TabularClassifier.load(modelOptions(asked));
  try {
    const probabilities: number[][] = new Array(test.inputs.length);
    // Rows of a cross-validation whose class is in no other part.
    const unknown = new Set<number>();
    let done = 0;
    for (const [part, { known: rows, asked: to }] of parts.entries()) {
      await fitted(asked, part, model.fit(pick(train.inputs, rows), pick<Label>(known, rows)));
      const onProgress = showProgress(asked, done, to.length / test.inputs.length);
      const answers = await placed(model.predictProba(pick(test.inputs, to), { onProgress }), test, to);
      // A part may lack a class.
      const at = all.map((label) => model.classes.indexOf(label));
      for (const [i, row] of to.entries()) {
        probabilities[row] = at.map((own) => (own < 0 ? 0 : answers[i][own]));
        if (asked.options.cv !== undefined && at[index[row]] < 0) unknown.add(row);
      }
      done += to.length / test.inputs.length;
    }
    const truth = test.targets?.map((target, row) => (unknown.has(row) ? -1 : classOf(target, all))) ?? [];
    const classes = asWritten(all, train);
    const labels = probabilities.map((row) => classes[argmax(row)]);
    const names = classes.map(String);
    const rows = truth.flatMap((label, i) => (label < 0 ? [] : [i]));
    noteUnscored(asked, rows.length);
    const columns = besideKnown(test, test.labels, [
      { name: 'prediction', values: labels },
      ...names.map((name, c) => ({ name: `P(${name})`, values: probabilities.map((row) => row[c]) })),
    ]);
    return {
      checkpoint: model.predictor.name,
      device: model.predictor.device,
      json: { task: 'classification', classes, labels, probabilities },
      columns,
      shown:
        classes.length <= SHOWN.classes
          ? columns
          : besideKnown(test, test.labels, likeliestColumns(probabilities, names)),
      scored:
        rows.length === 0
          ? null
          : scoredClasses(
              pick(probabilities, rows),
              pick(truth, rows),
              names,
              unknown.size === 0 ? index : pick(truth, rows),
            ),
    };
  } finally {
    await model.dispose();
  }
}

/** With the part that could not be learnt from. */
async function fitted(
  { train, parts, options: { cv } }: Asked,
  part: number,
  fitting: Promise<unknown>,
): Promise<void> {
  await placed(fitting, train, parts[part].known).catch((error: Error) => {
    if (cv === undefined) throw error;
    const remedy = /at least 2/.test(error.message) ? ' Take more parts, or add rows.' : '';
    throw new Error(`--cv ${cv}: without part ${part + 1} of ${parts.length}: ${error.message}${remedy}`);
  });
}

/** What the library answers about some rows of a file; its errors name the file, and the row in it. */
const placed = <T>(answer: Promise<T>, { file, lines }: LabelledRows, rows: readonly number[]): Promise<T> =>
  answer.catch(({ message }: Error) => {
    const line = (row: string) => lines[rows[Number(row) - 1]] ?? row;
    throw new Error(
      message
        .replace(/^(fit|predict): /, `${file}: `)
        .replace(/\(row (\d+)\)/, (_, row: string) => `(row ${line(row)})`),
    );
  });

/** The position of a target; -1 where it is none. A number may be written in another way, as pandas writes 1 as 1.0 in a column with gaps. */
function classOf(target: string | null, classes: readonly Label[]): number {
  if (target === null) return -1;
  const at = classes.findIndex((label) => String(label) === target);
  if (at >= 0) return at;
  if (!isNumber(target)) return -1;
  return classes.findIndex((label) => isNumber(String(label)) && Number(label) === Number(target));
}

/** Of many classes the first ones of each row, and what is left for all others. */
function likeliestColumns(probabilities: readonly (readonly number[])[], names: readonly string[]): Column[] {
  const orders = probabilities.map((row) => [...row.keys()].sort((a, b) => row[b] - row[a]));
  const places = Array.from({ length: SHOWN.likeliest }, (_, place) => place);
  return [
    ...places.flatMap((place) => [
      { name: place === 0 ? 'prediction' : 'or', values: orders.map((order) => names[order[place]]) },
      { name: 'P', values: orders.map((order, i) => probabilities[i][order[place]]) },
    ]),
    {
      name: 'P(others)',
      values: orders.map((order, i) => 1 - places.reduce((sum, place) => sum + probabilities[i][order[place]], 0)),
    },
  ];
}

/** Classes as the file has them, `10 %` too; all of one type. */
function asWritten(classes: readonly Label[], { targets, labels }: TrainRows): readonly Label[] {
  if (targets.every((text, i) => text === labels[i])) return classes;
  const read: readonly Label[] = labelsOf(targets);
  const written = new Map(
    read.map((label, i) => [label, labels[i]] as const).toSorted(([, a], [, b]) => (a < b ? 1 : -1)),
  );
  return classes.map((label) => written.get(label) as string);
}

async function predictNumbers(asked: Asked): Promise<Predicted> {
  const { train, test, parts } = asked;
  const { TabularRegressor } = await import('../../infer/table/tabular.node.ts');
  const known = numericTargets(train, train.targets);
  const truth = test.targets === null ? null : numericTargets(test, test.targets);
  const model = await TabularRegressor.load(modelOptions(asked));
  try {
    const total = test.inputs.length;
    const answers: Summary[] = new Array(total);
    let done = 0;
    for (const [part, { known: rows, asked: all }] of parts.entries()) {
      await fitted(asked, part, model.fit(pick(train.inputs, rows), pick(known, rows)));
      for (let from = 0; from < all.length; from += ROWS_AT_A_TIME) {
        const to = all.slice(from, from + ROWS_AT_A_TIME);
        const onProgress = showProgress(asked, done / total, to.length / total);
        const distributions = await placed(model.predictDistribution(pick(test.inputs, to), { onProgress }), test, to);
        for (const [i, row] of to.entries()) answers[row] = summaryOf(distributions[i], truth?.[row]);
        done += to.length;
      }
    }
    const scored = answers.filter((answer) => answer.actual !== null);
    noteUnscored(asked, scored.length);
    const quantiles = Object.fromEntries(
      QUANTILES.map((level, at) => [String(level), answers.map((answer) => answer.quantiles[at])]),
    );
    const [mean, variance] = [answers.map((answer) => answer.mean), answers.map((answer) => answer.variance)];
    return {
      checkpoint: model.predictor.name,
      device: model.predictor.device,
      json: { task: 'regression', mean, variance, quantiles },
      columns: besideKnown(test, test.targets, [
        { name: 'mean', values: mean },
        { name: 'sd', values: variance.map(Math.sqrt) },
        ...QUANTILES.map((level) => ({
          name: quantileName(level),
          title: `${Math.round(100 * level)} %`,
          values: quantiles[String(level)],
        })),
      ]),
      scored: scored.length === 0 ? null : scoredNumbers(scored, train.target, known),
    };
  } finally {
    await model.dispose();
  }
}

function summaryOf(distribution: TargetDistribution, target: number | undefined): Summary {
  const actual = target === undefined || Number.isNaN(target) ? null : target;
  return {
    mean: distribution.mean,
    variance: distribution.variance,
    quantiles: QUANTILES.map(distribution.quantile),
    actual,
    logDensity: actual === null ? Number.NaN : distribution.logDensity(actual),
  };
}

/** Scores on rows that the model was given say little. */
function noteKnown({ train, test, options, terminal }: Asked): void {
  if (options.cv !== undefined || test.targets === null) return;
  const text = (rows: LabelledRows) =>
    rows.inputs.map((input, i) =>
      JSON.stringify([train.columns.map((name) => input[name]), rows.targets?.[i], rows.ids?.values[i]]),
    );
  const known = new Set(text(train));
  // Where rows repeat each other anyway, one that was there before says nothing.
  if (known.size < train.inputs.length / 2) return;
  const again = text(test).filter((row, i) => test.targets?.[i] !== null && known.has(row)).length;
  if (again > test.targets.filter((target) => target !== null).length / 2) {
    terminal.note(
      `${test.file}: ${again} of its rows are rows of ${train.file} too, so scores say little. --cv 5 scores on rows that are left out.`,
    );
  }
}

function noteUnscored({ test, options, terminal }: Asked, scored: number): void {
  const lacking = test.inputs.length - scored;
  if (test.targets === null || lacking === 0) return;
  terminal.note(
    options.cv === undefined
      ? `${test.file}: ${counted(lacking, 'row')} not scored, without a '${test.target}' that the model knows.`
      : `${test.file}: ${counted(lacking, 'row')} not scored, whose '${test.target}' is in no other part. Leave out such rows.`,
  );
}

/** Answers, after what the file says of the rows: what they are called, and their targets. Each column has a name of its own. */
function besideKnown({ target, ids }: LabelledRows, targets: LabelledRows['targets'], answers: Column[]): Column[] {
  const known = [...(ids === null ? [] : [ids]), ...(targets === null ? [] : [{ name: target, values: targets }])];
  const isTaken = (name: string) => answers.some((answer) => answer.name === name);
  return [...known.map(({ name, values }) => ({ name: isTaken(name) ? `${name} (known)` : name, values })), ...answers];
}

/** The first rows, and what all of them score. */
function previewText({ columns, shown = columns, scored }: Predicted, { inputs }: LabelledRows): string {
  const rows = inputs
    .slice(0, SHOWN.rows)
    .map((_, i) => [String(i + 1), ...shown.map(({ values }) => cellText(values[i]))]);
  const left = [
    ...(inputs.length > SHOWN.rows ? [counted(inputs.length - SHOWN.rows, 'more row')] : []),
    ...(shown === columns ? [] : ['the probabilities of all classes']),
  ];
  const table = textTable(['row', ...shown.map(({ name, title = name }) => title)], rows);
  const more = left.length === 0 ? '' : `\n... ${left.join(' and ')}: --out writes all`;
  if (scored === null) return table + more;
  return `${table}${more}\n\n${textTable([`scores of ${counted(scored.rows, 'row')}`, '', 'without inputs'], scoreRows(scored))}`;
}

const cellText = (value: Column['values'][number]): string =>
  value === null ? '' : typeof value === 'number' ? fourDigits(value) : String(value);

async function writePlot(path: string, { checkpoint, scored }: Predicted, asked: Asked): Promise<void> {
  if (scored === null) {
    asked.terminal.note(`no picture: no row of ${asked.test.file} could be scored`);
    return;
  }
  const { panelsHtml, panelsSvg } = await import('../plot/panel-plot.ts');
  const { train, test, options } = asked;
  const title = `${train.target}, predicted by ${checkpoint}`;
  const rows = counted(train.inputs.length, 'row');
  const subtitle =
    options.cv === undefined
      ? `${rows} to learn from, ${test.inputs.length} to predict`
      : `${rows}, each predicted from those of the other ${options.cv - 1} of ${options.cv} parts`;
  const { theme } = options;
  const table = {
    label: 'Scores',
    header: ['score', 'value', 'without inputs'],
    rows: scoreRows(scored),
  };
  const picture =
    kindOf(path) === 'html'
      ? await panelsHtml([scored.panel], table, { title, theme, caption: subtitle })
      : await panelsSvg([[scored.panel]], { title, subtitle, theme });
  writeFileAtomic(path, picture);
  asked.terminal.note(`wrote ${path}`);
}
