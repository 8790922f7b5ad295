// Classification and regression of real tables: ours against scikit-learn and XGBoost, on the same rows.

import { checkpointFolder } from '../infer/load.node.ts';
import {
  CLASSIFIER_CHECKPOINT,
  REGRESSOR_CHECKPOINT,
  TabularClassifier,
  TabularRegressor,
} from '../infer/table/tabular.node.ts';
import { classScores, numberScores } from '../model/scores.ts';
import { randomStream } from '../priors/random.ts';
import { type BenchOptions, isSkipped, median, type Report, type Result, timings } from './harness.ts';
import { type MethodAnswer, runTabularPeers, type TabularRequest } from './peers/sklearn-tabular.ts';
import { type Dataset, peerTable, readDatasets, type Split, splitRows } from './tabular/data.ts';
import { type Metric, meanScores, type Scored, SECONDS, scoreTable } from './tabular/table.ts';

export const description =
  'real tables: ours against scikit-learn and XGBoost at their defaults; --steps: splits of each table (5)';

const OURS = 'pfnkit';
/** What main.ts says where no number is named; five splits are a full run. */
const UNNAMED_STEPS = 30;
const SPLITS = 5;
/** What main.ts says where no checkpoint is named: it is one of learning curves, which has no place here. */
const UNNAMED_CHECKPOINT = 'curves';
/** The size that a time is reported of. */
const TIMED = { context: 500, columns: 10, queries: 500, repeats: 5 };

const METRICS: Readonly<Record<Dataset['task'], readonly Metric[]>> = {
  classification: [
    { name: 'ROC AUC', isHigherBetter: true },
    { name: 'log loss', isHigherBetter: false },
    { name: 'ECE', isHigherBetter: false },
    { name: SECONDS, isHigherBetter: false },
  ],
  regression: [
    { name: 'R2', isHigherBetter: true },
    { name: 'log-likelihood', isHigherBetter: true },
    { name: SECONDS, isHigherBetter: false },
  ],
};

export async function run(options: BenchOptions): Promise<Report> {
  const datasets = readDatasets(options.data);
  if (datasets.length === 0) {
    return {
      results: [],
      ratios: {},
      notes: [`no tables in ${options.data}/tabular; --data names another folder: skipped`],
    };
  }
  const notes = new Set<string>();
  const results: Result[] = [];
  const tables: string[] = [];
  for (const task of ['classification', 'regression'] as const) {
    const scored: Scored[] = [];
    for (const dataset of datasets.filter((each) => each.task === task)) {
      for (let split = 0; split < (options.steps === UNNAMED_STEPS ? SPLITS : options.steps); split++) {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${dataset.name}, split ${split + 1}`);
        scored.push(...(await scoreSplit(dataset, splitRows(dataset, split, options.seed), options, notes)));
      }
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
    if (scored.length === 0) continue;
    const metrics = METRICS[task];
    tables.push(scoreTable(scored, metrics));
    const overall = meanScores(
      meanScores(scored, metrics).map((each) => ({ ...each, dataset: task })),
      metrics,
    );
    for (const { method, scores } of overall) {
      for (const { name } of metrics) {
        const value = scores[name];
        if (value !== null) results.push({ name: `${task}, ${method}, ${name}`, value, unit: '' });
      }
    }
  }
  results.push(...(await timed(options)));
  return {
    results,
    ratios: {},
    tables,
    notes: [
      ...notes,
      '--checkpoint takes the classifier and the regressor, parted by a comma',
      'half of at most 2000 rows of each table are learnt from, of each class where there are classes; the others are predicted',
      'ROC AUC: of more than two classes the mean of each against the rest; ECE: of the most probable class, ten slices',
      "'table: column': a column of numbers from the others, without the class; in units of its standard deviation",
      'seconds: preprocessing, fit and predict of one split; log-likelihood in nats per row, in the units of the target',
      'ridge and the forests have no densities: a normal one around the mean, as wide as their errors in five-fold cross-validation',
    ],
  };
}

/** The checkpoint of a task, or null with a note. `--checkpoint classifier,regressor` names others. */
function checkpointOf(task: Dataset['task'], { checkpoint }: BenchOptions, notes: Set<string>): string | null {
  const [classifier, regressor] =
    checkpoint === UNNAMED_CHECKPOINT ? [CLASSIFIER_CHECKPOINT, REGRESSOR_CHECKPOINT] : checkpoint.split(',');
  const name = task === 'classification' ? classifier : regressor;
  if (!name) return null;
  try {
    checkpointFolder(name);
    return name;
  } catch {
    notes.add(`${OURS}: the checkpoint ${name} is not there: skipped`);
    return null;
  }
}

async function scoreSplit(
  dataset: Dataset,
  split: Split,
  options: BenchOptions,
  notes: Set<string>,
): Promise<Scored[]> {
  const { train, test } = split;
  const { threads, seed } = options;
  const { name, task, rows, targets } = dataset;
  const truth = test.map((row) => targets[row]);
  const scoresOf = (answer: MethodAnswer, logDensities: readonly number[] | null) =>
    task === 'classification' ? ofClasses(answer, truth) : ofNumbers(answer, truth, logDensities);
  const { columns, rows: cells } = peerTable(rows);
  const request: TabularRequest = {
    task,
    seed,
    columns,
    train: train.map((row) => cells[row]),
    test: test.map((row) => cells[row]),
    targets: train.map((row) => targets[row]),
  };
  const found: Scored[] = [];
  const checkpoint = checkpointOf(task, options, notes);
  if (checkpoint !== null) {
    const ask = task === 'classification' ? ourClasses : ourNumbers;
    const { answer, logDensities } = await ask(dataset, split, { checkpoint, threads });
    found.push({ dataset: name, method: OURS, scores: scoresOf(answer, logDensities) });
  }
  const peers = await runTabularPeers(request, threads);
  if (isSkipped(peers)) {
    notes.add(peers.skipped);
    return found;
  }
  notes.add(
    `peers: ${Object.entries(peers.versions)
      .map(([who, version]) => `${who} ${version}`)
      .join(', ')}, ${threads} threads`,
  );
  for (const [method, reason] of Object.entries(peers.failed)) notes.add(`${method} on ${name}: ${reason}: skipped`);
  for (const [method, answer] of Object.entries(peers.answers)) {
    found.push({ dataset: name, method, scores: scoresOf(answer, normalLogDensities(answer, truth)) });
  }
  return found;
}

/** The checkpoint to load, and how. */
interface Which {
  readonly checkpoint: string;
  readonly threads: number;
}

interface Own {
  readonly answer: MethodAnswer;
  readonly logDensities: readonly number[] | null;
}

async function ourClasses({ rows, targets, classes }: Dataset, { train, test }: Split, which: Which): Promise<Own> {
  const model = await TabularClassifier.load(which);
  try {
    const start = performance.now();
    await model.fit(
      train.map((row) => rows.inputs[row]),
      train.map((row) => targets[row]),
    );
    const own = await model.predictProba(test.map((row) => rows.inputs[row]));
    const seconds = (performance.now() - start) / 1000;
    // A class that no training row has is given nothing.
    const probabilities = own.map((row) => classes.map((_, c) => row[model.classes.indexOf(c)] ?? 0));
    return { answer: { seconds, probabilities }, logDensities: null };
  } finally {
    await model.dispose();
  }
}

async function ourNumbers({ rows, targets }: Dataset, { train, test }: Split, which: Which): Promise<Own> {
  const model = await TabularRegressor.load(which);
  try {
    const start = performance.now();
    await model.fit(
      train.map((row) => rows.inputs[row]),
      train.map((row) => targets[row]),
    );
    const distributions = await model.predictDistribution(test.map((row) => rows.inputs[row]));
    const seconds = (performance.now() - start) / 1000;
    return {
      answer: { seconds, means: distributions.map(({ mean }) => mean) },
      logDensities: distributions.map((distribution, i) => distribution.logDensity(targets[test[i]])),
    };
  } finally {
    await model.dispose();
  }
}

function ofClasses({ seconds, probabilities = [] }: MethodAnswer, truth: readonly number[]): Scored['scores'] {
  const { rocAuc, logLoss, calibrationError } = classScores(probabilities, truth);
  return { 'ROC AUC': rocAuc, 'log loss': logLoss, ECE: calibrationError, [SECONDS]: seconds };
}

function ofNumbers(
  { seconds, means = [] }: MethodAnswer,
  truth: readonly number[],
  logDensities: readonly number[] | null,
): Scored['scores'] {
  const { r2, logLikelihood } = numberScores(means, truth, logDensities);
  return { R2: r2, 'log-likelihood': logLikelihood, [SECONDS]: seconds };
}

function normalLogDensities({ means, sds }: MethodAnswer, truth: readonly number[]): number[] | null {
  if (means === undefined || sds === undefined) return null;
  return truth.map(
    (target, i) => -0.5 * Math.log(2 * Math.PI) - Math.log(sds[i]) - 0.5 * ((target - means[i]) / sds[i]) ** 2,
  );
}

/** Fit and predict of one table of numbers, warmed: what a user waits for. */
async function timed(options: BenchOptions): Promise<Result[]> {
  const { threads, seed } = options;
  const checkpoint = checkpointOf('classification', options, new Set());
  if (checkpoint === null) return [];
  const { context, columns, queries, repeats } = TIMED;
  const random = randomStream('tabular time', seed);
  const rows = (count: number) => ({ data: Float64Array.from({ length: count * columns }, random), width: columns });
  const [X, test] = [rows(context), rows(queries)];
  const y = Array.from({ length: context }, (_, i) => X.data[i * columns] > 0.5);
  const results: Result[] = [];
  for (const nEstimators of [1, 8]) {
    const model = await TabularClassifier.load({ checkpoint, threads, nEstimators });
    const times = await timings(async () => (await model.fit(X, y)).predictProba(test), repeats, 1);
    await model.dispose();
    results.push({
      name: `fit and predict, ${context} x ${columns} rows, ${queries} queries, nEstimators ${nEstimators}`,
      value: median(times),
      unit: 'ms',
    });
  }
  return results;
}
