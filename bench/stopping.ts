// Hyperparameter search with early stopping, replayed on recorded runs: how many epochs until the best loss of all is reached.

import { mkdirSync } from 'node:fs';
import { textTable } from '../cli/text-table.ts';
import { LearningCurveModel } from '../infer/learning-curve.node.ts';
import { randomStream } from '../priors/random.ts';
import { writeFileAtomic } from '../train/write-file.ts';
import { type DataSet, readDataSets } from './curves/data.ts';
import { stoppingPicture } from './curves/stopping-picture.ts';
import type { BenchOptions, Report } from './harness.ts';

export const description = 'epochs to the best loss of the Taskset runs: LC-PFN rule, patience, no stopping';

const ORDERINGS = 1000;
const CONFIDENCE = 0.95;
/** As `pfn watch` and EarlyStopper do by default, no run is judged by fewer values. */
const MIN_OBSERVED = 5;
const PATIENCES = [5, 10, 20];

/** Whether to stop a run after `observed` of its values, given the best value of all runs so far. */
type Rule = (run: number, observed: number, best: number) => boolean;

export async function run({ threads, data, checkpoint, seed }: BenchOptions): Promise<Report> {
  const sets = readDataSets(`${data}/curves`).filter(({ name }) => name.startsWith('Taskset'));
  if (sets.length === 0) throw new Error(`no Taskset curves in ${data}/curves; name the folder with --data.`);
  const model = await LearningCurveModel.load(checkpoint, { device: 'cpu', threads });
  const rows: string[][] = [];
  const speedups: number[] = [];
  const pictures = [];
  for (const set of sets) {
    const runs = set.curves.map(({ values }) => values);
    const rules: Record<string, Rule> = { 'no stopping': () => false, [checkpoint]: await ourRule(model, set) };
    for (const patience of PATIENCES) rules[`patience ${patience}`] = patienceRule(runs, patience);
    const results = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, simulate(runs, rule, seed)]));
    const ours = results[checkpoint].epochs;
    for (const [name, { epochs, reached, total }] of Object.entries(results)) {
      rows.push([
        name === 'no stopping' ? `${set.name}, ${runs.length} runs` : '',
        name,
        epochs.toFixed(0),
        name === checkpoint ? '' : `${(epochs / ours).toFixed(2)}x`,
        `${(100 * reached).toFixed(1)} %`,
        total.toFixed(0),
      ]);
      if (name !== checkpoint) speedups.push(epochs / ours);
    }
    pictures.push({ name: set.name, lines: Object.entries(results).map(([rule, { best }]) => ({ rule, best })) });
  }
  await model.dispose();
  mkdirSync('docs', { recursive: true });
  writeFileAtomic('docs/taskset-stopping.svg', await stoppingPicture(pictures));
  return {
    results: [{ name: 'smallest gain over all rules and files', value: Math.min(...speedups), unit: 'x' }],
    ratios: {},
    tables: [textTable(['', 'rule', 'epochs to best', 'ours needs less', 'reached', 'epochs in all'], rows)],
    notes: [
      `${ORDERINGS} random orders of the runs, one after the other; a run is stopped when the rule says so at an epoch, else after its last`,
      'epochs to best: until the lowest loss of all runs is seen; where a rule stopped that run too early, all its epochs and then those of a search without stopping are counted',
      'wrote docs/taskset-stopping.svg',
    ],
  };
}

/**
 * P(loss < best) <= 5 % at every later epoch, which is: the lowest 5 % quantile of the later epochs is not below best. That one
 * number per run and epoch decides for every order of the runs.
 */
async function ourRule(model: LearningCurveModel, set: DataSet): Promise<Rule> {
  const lowest: Float64Array[] = set.curves.map(({ values }) => new Float64Array(values.length + 1).fill(-Infinity));
  const tail = 1 - CONFIDENCE;
  const longest = Math.max(...set.curves.map(({ values }) => values.length));
  for (let observed = MIN_OBSERVED; observed < longest; observed++) {
    const running = set.curves.flatMap((curve, index) => (observed < curve.values.length ? [{ curve, index }] : []));
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${set.name}, epoch ${observed} of ${longest}`);
    const forecasts = await model.extrapolate(
      running.map(({ curve }) => curve),
      { goal: set.goal, lower: set.lower, upper: set.upper, observed, quantiles: [tail], keepDistributions: false },
    );
    forecasts.forEach(({ quantiles }, i) => {
      lowest[running[i].index][observed] = Math.min(...quantiles[String(tail)]);
    });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  return (index, observed, best) => lowest[index][observed] >= best;
}

/** Stop when the last `patience` values brought no new lowest loss of the run. */
function patienceRule(runs: readonly (readonly number[])[], patience: number): Rule {
  const sinceBest = runs.map((values) => {
    let best = Infinity;
    let at = 0;
    return values.map((value, i) => {
      if (value < best) [best, at] = [value, i];
      return i - at;
    });
  });
  return (index, observed) => sinceBest[index][observed - 1] >= patience;
}

interface Result {
  /** Mean number of epochs until the lowest loss. */
  readonly epochs: number;
  /** Share of the orders in which it was reached before the runs were over. */
  readonly reached: number;
  /** Mean number of epochs until all runs were over. */
  readonly total: number;
  /** Mean over orders of the lowest loss after each epoch of the search, normalized: 1 at the first run's first, 0 at the lowest. */
  readonly best: readonly number[];
}

function simulate(runs: readonly (readonly number[])[], rule: Rule, seed: number): Result {
  const lowest = Math.min(...runs.flat());
  const highest = median(runs.map(([first]) => first));
  // The first value is the untrained network: an epoch lies between two values.
  const allEpochs = runs.reduce((sum, { length }) => sum + length - 1, 0);
  const best = new Float64Array(allEpochs + 1);
  let [epochs, reachedOrders, total] = [0, 0, 0];
  for (let order = 0; order < ORDERINGS; order++) {
    const queue = shuffled(runs.length, randomStream(seed, 'order', order));
    let used = 0;
    let bestSoFar = Infinity;
    let reachedAt: number | undefined;
    const reach: number[] = [];
    for (const index of queue) {
      const values = runs[index];
      for (let observed = 1; observed <= values.length; observed++) {
        if (observed > 1) used++;
        bestSoFar = Math.min(bestSoFar, values[observed - 1]);
        reach[used] = bestSoFar;
        if (bestSoFar <= lowest) reachedAt ??= used;
        if (rule(index, observed, bestSoFar)) break;
      }
    }
    for (let i = 0; i <= allEpochs; i++)
      best[i] += (reach[Math.min(i, used)] - lowest) / (highest - lowest) / ORDERINGS;
    total += used / ORDERINGS;
    reachedOrders += reachedAt === undefined ? 0 : 1 / ORDERINGS;
    epochs += (reachedAt ?? used + epochsWithoutStopping(runs, queue, lowest)) / ORDERINGS;
  }
  return { epochs, reached: reachedOrders, total, best: Array.from(best) };
}

function epochsWithoutStopping(runs: readonly (readonly number[])[], queue: readonly number[], lowest: number): number {
  let used = 0;
  for (const index of queue) {
    const at = runs[index].findIndex((value) => value <= lowest);
    if (at >= 0) return used + at;
    used += runs[index].length - 1;
  }
  return used;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

function shuffled(length: number, random: () => number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
