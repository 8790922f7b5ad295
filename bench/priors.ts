// How fast priors are drawn from: data sets per second on one core, for the time of training that a worker thread must keep up with.

import { createPrior, priors } from '../priors/index.ts';
import type { Prior } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import { type BenchOptions, median, type Report, type Result } from './harness.ts';

export const description = 'data sets per second that each prior draws on one core';

const ROWS = 150;
const DATASETS = 50;
/** More than the defaults: tables of a few columns, and of many rows and columns. */
const SIZES = [
  { maxFeatures: 5, rows: ROWS },
  { maxFeatures: 20, rows: ROWS },
  { maxFeatures: 50, rows: ROWS },
  { maxFeatures: 20, rows: 1024 },
];

export async function run({ steps, warmup, seed }: BenchOptions): Promise<Report> {
  const measure = (prior: Prior, name: string, rows: number): Result => {
    const numContext = Math.floor(rows / 2);
    const shape = { numDatasets: DATASETS, numContext, numQuery: rows - numContext };
    const times = Array.from({ length: warmup + steps }, (_, i) => {
      const start = process.cpuUsage();
      prior.sample(randomStream(seed, name, i), shape);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1e6;
    });
    return { name: `${name}, ${rows} rows`, value: DATASETS / median(times.slice(warmup)), unit: '/s' };
  };
  const others = Object.keys(priors).filter((name) => name !== 'structural-causal');
  const results = others.map((name) => {
    const prior = createPrior(name);
    return measure(prior, name, Math.min(ROWS, prior.maxRows));
  });
  for (const task of ['classification', 'regression']) {
    for (const { maxFeatures, rows } of SIZES) {
      const prior = createPrior('structural-causal', { task, minFeatures: maxFeatures, maxFeatures });
      results.push(measure(prior, `structural-causal, ${task}, ${maxFeatures} columns`, rows));
    }
  }
  return {
    results,
    ratios: {},
    notes: [
      `medians of ${steps} batches of ${DATASETS} data sets, options as by default or as said; time of the processor, so that a busy machine counts less`,
    ],
  };
}
