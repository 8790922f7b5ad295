// One line of the Bayes benchmark: how a method answers data sets of one kind. Tables and ratios come from these.

import { textTable } from '../../cli/text-table.ts';
import type { Given } from '../../priors/prior.ts';
import type { Estimate } from '../../train/evaluate-prior.ts';
import type { ScoresOfNumbers } from '../../train/query-scores.ts';

type Coverage = ScoresOfNumbers['coverage'];

export interface Row {
  readonly checkpoint: string;
  /** What the data sets are told of hyperparameters; empty where the prior has none. */
  readonly given: Given;
  /** Columns of x, those that tell hyperparameters not counted. */
  readonly inputs: number;
  readonly context: number;
  readonly method: string;
  readonly datasets: number;
  /** Mean log density of a query target, in nats. */
  readonly logLikelihood: Estimate;
  /** Log-likelihood of the true posterior less this one, on the same targets. Null for the truth itself. */
  readonly gap: Estimate | null;
  /** KL divergence from the true posterior, in nats per query. Null where it was not computed. */
  readonly kl: Estimate | null;
  /** Share of the query targets inside the central intervals. */
  readonly coverage: Coverage;
  /** Per data set, each by itself; null where that was not timed. */
  readonly seconds: number | null;
  /** Per data set, many in one call; null where the method takes one at a time. */
  readonly secondsBatched: number | null;
}

export const NETWORK = 'network';

/** The mean over data sets and its standard error, 0 for one data set. */
export function estimate(values: readonly number[]): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}

/** The rows as lines of text, a column per figure. */
export function rowTable(rows: readonly Row[]): string {
  const header = ['checkpoint, told', 'inputs', 'context', 'method', 'sets', 'nats', 'gap', 'KL'];
  const levels = ['50', '80', '90', '95'] as const;
  return textTable(
    [...header, ...levels.map((level) => `${level} %`), 'ms', 'ms batched'],
    rows.map((row) => [
      [row.checkpoint, givenText(row.given)].filter(Boolean).join(', '),
      String(row.inputs),
      String(row.context),
      row.method,
      String(row.datasets),
      withError(row.logLikelihood, 3),
      withError(row.gap, 4),
      withError(row.kl, 4),
      ...levels.map((level) => (100 * row.coverage[level]).toFixed(1)),
      milliseconds(row.seconds),
      milliseconds(row.secondsBatched),
    ]),
  );
}

/** Such as `lengthScale 0.1, noise 0.01..0.5`. */
export const givenText = (given: Given): string =>
  Object.entries(given)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? value.join('..') : value}`)
    .join(', ');

const withError = (value: Estimate | null, digits: number): string =>
  value === null ? '' : `${value.mean.toFixed(digits)} ± ${value.standardError.toFixed(digits)}`;

const milliseconds = (seconds: number | null): string =>
  seconds === null ? '' : String(Number((1000 * seconds).toPrecision(3)));

/**
 * How many times as long the other methods take per data set as the network, on the same data sets: each by itself, and
 * with the network's data sets in one call.
 */
export function timeRatios(rows: readonly Row[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const { method, seconds, checkpoint, context } of rows) {
    const network = rows.find(
      (row) => row.method === NETWORK && row.checkpoint === checkpoint && row.context === context && row.seconds,
    );
    if (method === NETWORK || seconds === null || !network?.seconds) continue;
    const where = `${checkpoint}, ${context} rows: ${method}`;
    ratios[`${where} / network`] = seconds / network.seconds;
    if (network.secondsBatched) ratios[`${where} / network, batched`] = seconds / network.secondsBatched;
  }
  return ratios;
}
