// What is demanded of the network where the true posterior is known in closed form, and how the rows come out.

import { mean, type Result } from '../harness.ts';
import { NETWORK, type Row } from './row.ts';

/** The most KL divergence per query, in nats, by number of inputs and noise sd, of every kernel. Others are told without a target. */
const MOST_KL: Readonly<Record<string, number>> = {
  '1 input, noise 0.1': 0.01,
  '1 input, noise 0.03': 0.03,
  '5 inputs, noise 0.1': 0.03,
};
/** Between the share of targets inside an interval and its level, in per cent of all targets. */
const MOST_COVERAGE_ERROR = 1;
const LEVELS = ['50', '80', '90', '95'] as const;

/**
 * Of the network's rows with a KL divergence, by checkpoint, kernel, inputs and noise: the mean and the worst divergence, and
 * the coverage error, the largest of four levels once the coverage is averaged over the rows (that of one row is mostly
 * chance).
 */
export function targetResults(rows: readonly Row[]): Result[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.method !== NETWORK || row.kl === null || typeof row.given.noise !== 'number') continue;
    const key = `${row.checkpoint}: ${[row.given.kernel, settingOf(row)].filter(Boolean).join(', ')}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].flatMap(([key, members]) => {
    const divergences = members.flatMap(({ kl }) => kl?.mean ?? []);
    const errors = LEVELS.map((level) =>
      Math.abs(100 * mean(members.map(({ coverage }) => coverage[level])) - Number(level)),
    );
    const mostKl = MOST_KL[settingOf(members[0])];
    const target = mostKl === undefined ? 'no target' : `target ${mostKl}`;
    const count = members.length === 1 ? '1 row' : `${members.length} rows`;
    return [
      { name: `${key}, KL, mean of ${count} (${target})`, value: mean(divergences), unit: 'nats' },
      { name: `${key}, KL, worst row (${target})`, value: Math.max(...divergences), unit: 'nats' },
      { name: `${key}, coverage error (target ${MOST_COVERAGE_ERROR})`, value: Math.max(...errors), unit: '%' },
    ];
  });
}

/** Such as `1 input, noise 0.1`. */
const settingOf = ({ inputs, given }: Row): string => `${inputs} input${inputs === 1 ? '' : 's'}, noise ${given.noise}`;
