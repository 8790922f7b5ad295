import { chooseTask, labelsOf, type TaskChoice } from '../../infer/table/choose-task.ts';
import type { Label } from '../../infer/table/labels.ts';
import type { TargetDistribution } from '../../infer/table/target-distribution.ts';
import { argmax, calibrationCurve, classScores, numberScores } from '../../model/scores.ts';
import { progressBar } from '../../train/log.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import type { Command } from '../command.ts';
import { type CsvColumn, csvText, quantileName } from '../csv-text.ts';
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
import type { Panel } from '../plot/panel-plot.ts';
import { actualPanel, calibrationPanel } from '../plot/prediction-panels.ts';
import { type LabelledRows, numericTargets, readTest, readTrain, type TrainRows } from '../read/read-labelled.ts';
import { isStandardInput } from '../read/read-text.ts';
import { fourDigits } from '../stop-options.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { counted } from '../wording.ts';

interface Options {
  readonly train?: string;
  readonly target?: string;
  readonly test?: string;
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
const SHOWN = { rows: 10, classes: 6 };

export const command: Command<Options> = {
  arguments: [],
  options: [
    { flags: '--train <file>', description: 'the rows to learn from: CSV with a header' },
    { flags: '--target <name>', description: 'the column to predict' },
    { flags: '--test <file>', description: 'the rows to predict; where they have the target too, it is scored' },
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
      description: 'of what differs by chance between them',
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
      description: 'draw calibration, or predicted by actual, into an .svg or .html file; needs targets in --test',
      parse: fileOf('--plot', 'svg', 'html'),
    },
    THEME_OPTION,
    JSON_OPTION,
    ...INFERENCE_DEVICE_OPTIONS,
  ],
  examples: [
    'predict --train patients.csv --target outcome --test new-patients.csv',
    'predict --train houses.csv --target price --test held-out.csv --plot prices.svg --out prices.csv',
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
  /** A column per figure: of the table, and of the CSV. */
  readonly columns: readonly Column[];
  /** Of the rows whose target is known; null where there are none. */
  readonly scored: { readonly rows: number; readonly scores: readonly Score[]; readonly panel: Panel } | null;
}

/** Of the CSV, with another title in the table where its name says less. */
type Column = CsvColumn & { readonly title?: string };

/** A name and a value, null where it is not known. */
type Score = readonly [name: string, value: number | null];

interface Asked {
  readonly train: TrainRows;
  readonly test: LabelledRows;
  readonly options: Options;
  readonly terminal: Terminal;
}

async function run(_: readonly string[], options: Options, terminal: Terminal): Promise<void> {
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
  const predicted = await predict({ train, test, options, terminal }).finally(() => terminal.progress(''));
  const seconds = (performance.now() - start) / 1000;
  const { checkpoint, device, json, columns } = predicted;
  if (options.out !== undefined) {
    writeFileAtomic(options.out, csvText(columns));
    terminal.note(`wrote ${options.out}: ${counted(test.inputs.length, 'row')}`);
  }
  if (options.plot !== undefined) await writePlot(options.plot, predicted, { train, test, options, terminal });
  if (options.json) {
    terminal.out(JSON.stringify({ checkpoint, device, seconds, ...(test.ids && { ids: test.ids }), ...json }));
    return;
  }
  terminal.out(previewText(predicted, test));
  terminal.out(`\n${checkpoint} on ${device.name} (${device.reason}), ${seconds.toFixed(3)} s`);
}

function readFiles({ train: path, target, test, task, id, drop }: Options) {
  if (path === undefined) {
    throw new UsageError('--train is missing. Name the file of the rows to learn from: --train known.csv.');
  }
  if (isStandardInput(path) && isStandardInput(test)) {
    throw new UsageError('--train and --test cannot both be standard input. Name a file for one of them.');
  }
  const train = readTrain(path, target, { task, id, drop });
  if (test === undefined) {
    throw new UsageError(
      '--test is missing. Name the file of the rows to predict: --test new.csv. To score, put some rows with known targets there.',
    );
  }
  return { train, test: readTest(test, train) };
}

const taskOf = ({ targets }: TrainRows, { task }: Options): TaskChoice =>
  task === 'auto' ? chooseTask(targets) : { task, reason: 'asked for' };

/** What both models are loaded with. */
const modelOptions = ({ options, terminal }: Asked) => ({
  ...loadOptions(options),
  checkpoint: options.checkpoint,
  nEstimators: options.nEstimators,
  seed: options.seed,
  onNote: terminal.note,
});

const showProgress =
  ({ terminal }: Asked, done: number, part: number) =>
  (share: number): void => {
    const all = done + share * part;
    terminal.progress(`${progressBar(all)} ${Math.round(100 * all)} %`);
  };

async function predictClasses(asked: Asked): Promise<Predicted> {
  const { train, test } = asked;
  const { TabularClassifier } = await import('../../infer/table/tabular.node.ts');
  const known = labelsOf(train.targets);
  const model = await TabularClassifier.load(modelOptions(asked));
  try {
    await model.fit(train.inputs, known);
    const probabilities = await model.predictProba(test.inputs, { onProgress: showProgress(asked, 0, 1) });
    const read = model.classes.map(String);
    const truth = test.targets?.map((target) => (target === null ? -1 : read.indexOf(target))) ?? [];
    const classes = asWritten(model.classes, train);
    const labels = probabilities.map((row) => classes[argmax(row)]);
    const names = classes.map(String);
    const rows = truth.flatMap((label, i) => (label < 0 ? [] : [i]));
    noteUnscored(asked, rows.length);
    return {
      checkpoint: model.predictor.name,
      device: model.predictor.device,
      json: { task: 'classification', classes, labels, probabilities },
      columns: [
        ...knownColumns(test, asked.options.id, test.labels),
        { name: 'prediction', values: labels },
        ...names.map((name, c) => ({ name: `P(${name})`, values: probabilities.map((row) => row[c]) })),
      ],
      scored:
        rows.length === 0
          ? null
          : scoredClasses(
              rows.map((i) => probabilities[i]),
              rows.map((i) => truth[i]),
              names,
            ),
    };
  } finally {
    await model.dispose();
  }
}

/** Classes as the file has them, `10 %` too; all of one type. */
function asWritten(classes: readonly Label[], { targets, labels }: TrainRows): readonly Label[] {
  if (targets.every((text, i) => text === labels[i])) return classes;
  const written = new Map(
    targets.map((text, i) => [text, labels[i]] as const).toSorted(([, a], [, b]) => (a < b ? 1 : -1)),
  );
  return classes.map((label) => written.get(String(label)) ?? String(label));
}

function scoredClasses(
  probabilities: readonly (readonly number[])[],
  truth: readonly number[],
  names: readonly string[],
): Predicted['scored'] {
  const { accuracy, rocAuc, logLoss, calibrationError } = classScores(probabilities, truth);
  const what = names.length === 2 ? `P(${names[1]})` : `probabilities of ${names.length} classes`;
  return {
    rows: truth.length,
    scores: [
      ['accuracy', accuracy],
      [names.length === 2 ? 'ROC AUC' : 'ROC AUC (one class against the rest, mean)', rocAuc],
      ['log loss', logLoss],
      ['calibration error', calibrationError],
    ],
    panel: calibrationPanel(calibrationCurve(probabilities, truth), `${what}, ${counted(truth.length, 'row')}`),
  };
}

async function predictNumbers(asked: Asked): Promise<Predicted> {
  const { train, test } = asked;
  const { TabularRegressor } = await import('../../infer/table/tabular.node.ts');
  const known = numericTargets(train, train.targets);
  const truth = test.targets === null ? null : numericTargets(test, test.targets);
  const model = await TabularRegressor.load(modelOptions(asked));
  try {
    await model.fit(train.inputs, known);
    const answers: Summary[] = [];
    const total = test.inputs.length;
    for (let from = 0; from < total; from += ROWS_AT_A_TIME) {
      const rows = test.inputs.slice(from, from + ROWS_AT_A_TIME);
      const onProgress = showProgress(asked, from / total, rows.length / total);
      const distributions = await model.predictDistribution(rows, { onProgress });
      for (const [i, distribution] of distributions.entries()) answers.push(summaryOf(distribution, truth?.[from + i]));
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
      columns: [
        ...knownColumns(test, asked.options.id, test.targets),
        { name: 'mean', values: mean },
        { name: 'sd', values: variance.map(Math.sqrt) },
        ...QUANTILES.map((level) => ({
          name: quantileName(level),
          title: `${Math.round(100 * level)} %`,
          values: quantiles[String(level)],
        })),
      ],
      scored: scored.length === 0 ? null : scoredNumbers(scored, train.target),
    };
  } finally {
    await model.dispose();
  }
}

interface Summary {
  readonly mean: number;
  readonly variance: number;
  readonly quantiles: readonly number[];
  /** The target and its log density, where it is known. */
  readonly actual: number | null;
  readonly logDensity: number;
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

function scoredNumbers(answers: readonly Summary[], target: string): Predicted['scored'] {
  const actual = answers.map((answer) => Number(answer.actual));
  const { rmse, r2, logLikelihood } = numberScores(
    answers.map(({ mean }) => mean),
    actual,
    answers.map(({ logDensity }) => logDensity),
  );
  const rows = answers.map(({ quantiles: [low, , median, , high] }, i) => ({ actual: actual[i], median, low, high }));
  return {
    rows: answers.length,
    scores: [
      ['RMSE', rmse],
      ['R2', r2],
      ['log-likelihood (nats)', logLikelihood],
    ],
    panel: actualPanel(rows, target),
  };
}

function noteUnscored({ test, terminal }: Asked, scored: number): void {
  const lacking = test.inputs.length - scored;
  if (test.targets === null || lacking === 0) return;
  terminal.note(
    `${test.file}: ${counted(lacking, 'row')} not scored, without a '${test.target}' that the model knows.`,
  );
}

/** What the file says of the rows: what they are called, and their targets. */
const knownColumns = (
  { target, ids }: LabelledRows,
  id: string | undefined,
  targets: LabelledRows['targets'],
): Column[] => [
  ...(ids === null ? [] : [{ name: String(id), values: ids }]),
  ...(targets === null ? [] : [{ name: target, values: targets }]),
];

/** The first rows, and what all of them score. */
function previewText({ columns, scored }: Predicted, { inputs }: LabelledRows): string {
  const most = columns.findIndex(({ name }) => name.startsWith('P(')) + SHOWN.classes;
  const isCut = most >= SHOWN.classes && columns.length > most;
  const shown = isCut ? columns.slice(0, most) : columns;
  const rows = inputs
    .slice(0, SHOWN.rows)
    .map((_, i) => [String(i + 1), ...shown.map(({ values }) => cellText(values[i]))]);
  const left = [
    ...(inputs.length > SHOWN.rows ? [counted(inputs.length - SHOWN.rows, 'more row')] : []),
    ...(isCut ? [`${columns.length - most} more classes`] : []),
  ];
  const table = textTable(['row', ...shown.map(({ name, title = name }) => title)], rows);
  const more = left.length === 0 ? '' : `\n... ${left.join(' and ')}: --out writes all`;
  if (scored === null) return table + more;
  const scores = scored.scores.map(([name, value]) => [name, value === null ? 'not known' : fourDigits(value)]);
  return `${table}${more}\n\n${textTable([`scores of ${counted(scored.rows, 'row')}`, ''], scores)}`;
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
  const subtitle = `${counted(train.inputs.length, 'row')} to learn from, ${test.inputs.length} to predict`;
  const { theme } = options;
  const table = {
    label: 'Scores',
    header: ['score', 'value'],
    rows: scored.scores.map(([name, value]) => [name, value === null ? 'not known' : fourDigits(value)]),
  };
  const picture =
    kindOf(path) === 'html'
      ? await panelsHtml([scored.panel], table, { title, theme, caption: subtitle })
      : await panelsSvg([[scored.panel]], { title, subtitle, theme });
  writeFileAtomic(path, picture);
  asked.terminal.note(`wrote ${path}`);
}
