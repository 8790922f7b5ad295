// What was measured as text: a line per data set and method, means over data sets, and ranks.

import { textTable } from '../../cli/text-table.ts';

/** What a method scores on one split; null where that is not known. */
export interface Scored {
  readonly dataset: string;
  readonly method: string;
  /** By metric. */
  readonly scores: Readonly<Record<string, number | null>>;
}

/** A metric, and whether more of it is better. */
export interface Metric {
  readonly name: string;
  readonly isHigherBetter: boolean;
}

/** The mean of each metric over the splits of a data set with a method; null where it is never known. */
export function meanScores(scored: readonly Scored[], metrics: readonly Metric[]): Scored[] {
  const groups = grouped(scored, ({ dataset, method }) => JSON.stringify([dataset, method]));
  return groups.map((own) => ({
    dataset: own[0].dataset,
    method: own[0].method,
    scores: Object.fromEntries(
      metrics.map(({ name }) => [name, mean(own.flatMap(({ scores }) => scores[name] ?? []))]),
    ),
  }));
}

/** The mean rank of each method over the data sets that all methods have a value of; ties have the middle of theirs. */
export function meanRanks(means: readonly Scored[], { name, isHigherBetter }: Metric): Record<string, number | null> {
  const methods = [...new Set(means.map(({ method }) => method))];
  const ranks = Object.fromEntries(methods.map((method) => [method, [] as number[]]));
  for (const own of grouped(means, ({ dataset }) => dataset)) {
    const values = own.flatMap(({ method, scores }) =>
      scores[name] === null ? [] : [{ method, value: Number(scores[name]) }],
    );
    if (values.length < methods.length) continue;
    for (const { method, value } of values) {
      const better = values.filter((other) => (isHigherBetter ? other.value > value : other.value < value)).length;
      const equal = values.filter((other) => other.value === value).length;
      ranks[method].push(better + (equal + 1) / 2);
    }
  }
  return Object.fromEntries(methods.map((method) => [method, mean(ranks[method])]));
}

function grouped(scored: readonly Scored[], key: (each: Scored) => string): Scored[][] {
  const groups = new Map<string, Scored[]>();
  for (const each of scored) groups.set(key(each), [...(groups.get(key(each)) ?? []), each]);
  return [...groups.values()];
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** A line per data set and method, then one per method with the means over data sets and the ranks by every metric but the time. */
export function scoreTable(scored: readonly Scored[], metrics: readonly Metric[]): string {
  const means = meanScores(scored, metrics);
  const line = ({ dataset, method, scores }: Scored) => [
    dataset,
    method,
    ...metrics.map(({ name }) => shown(scores[name])),
  ];
  const ranked = metrics.filter(({ name }) => name !== SECONDS);
  const ranks = ranked.map((metric) => meanRanks(means, metric));
  const overall = meanScores(
    means.map((each) => ({ ...each, dataset: 'mean' })),
    metrics,
  );
  const header = metrics.map(({ name }) => name);
  return [
    textTable(['data set', 'method', ...header], [...means.map(line), ...overall.map(line)]),
    textTable(
      ['mean rank', ...ranked.map(({ name }) => name)],
      overall.map(({ method }) => [method, ...ranks.map((rank) => shown(rank[method], 2))]),
    ),
  ].join('\n\n');
}

export const SECONDS = 'seconds';

const shown = (value: number | null, digits = 4): string => (value === null ? '-' : value.toFixed(digits));
