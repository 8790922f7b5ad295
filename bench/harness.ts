// What every benchmark shares: its report, seeded inputs, interleaved timing and robust statistics.

import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import seedrandom from 'seedrandom';

export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What a benchmark returns. A ratio above 1 is in our favour unless its name says otherwise. */
export interface Report {
  readonly results: readonly Result[];
  readonly ratios: Readonly<Record<string, number>>;
  /** More than single figures: tables, ready to print. */
  readonly tables?: readonly string[];
  /** What was skipped and why, and what limits a number's meaning. */
  readonly notes: readonly string[];
}

export const BENCH_DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type BenchDevice = (typeof BENCH_DEVICES)[number];

export interface BenchOptions {
  /** Timed repetitions of the main loop. */
  readonly steps: number;
  readonly warmup: number;
  readonly threads: number;
  readonly seed: number;
  /** Folder of the real curves, for the benchmarks that need them. */
  readonly data: string;
  /** Where the training step runs, in the benchmark of that. */
  readonly device: BenchDevice;
  /** Of the extrapolating checkpoint. */
  readonly checkpoint: string;
  /** Networks of the step benchmark, as layers/width with commas between. */
  readonly size: string;
}

export interface Benchmark {
  readonly description: string;
  run(options: BenchOptions): Promise<Report>;
}

/** One implementation of the training step, ready to be timed. */
export interface Stepper {
  readonly name: string;
  /** Runs steps with so many context rows, one after the other; milliseconds of all of them, without drawing their batches. */
  run(contextSizes: readonly number[]): Promise<number>;
  close(): Promise<void>;
}

/** A competitor that cannot run here, with the reason a reader needs. */
export interface Skipped {
  readonly skipped: string;
}

export const isSkipped = (value: object): value is Skipped => 'skipped' in value;

/** The q-quantile by linear interpolation; throws on no values. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('quantile: expected at least one value, got none.');
  const sorted = values.toSorted((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** `count` integers, uniform in low..high inclusive, the same at every run. */
export function seededIntegers(seed: number, count: number, low: number, high: number): number[] {
  const random = seedrandom(`bench ${seed}`);
  return Array.from({ length: count }, () => low + Math.floor(random() * (high - low + 1)));
}

/** Milliseconds of one call, awaited. */
export async function milliseconds(action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** Times of `repeats` calls after `warmup` untimed ones. */
export async function timings(action: () => unknown, repeats: number, warmup: number): Promise<number[]> {
  for (let i = 0; i < warmup; i++) await action();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) times.push(await milliseconds(action));
  return times;
}

/** Thread pools spin for some milliseconds after their last work; the next competitor must not pay for that. */
const SETTLE_MS = 30;

/**
 * Runs all steppers over the same context sizes in turn, so that a change of the machine's speed meets all of them alike. A round is a few steps of
 * each; the first `warmup` rounds are not counted. The order rotates: nobody always runs after the same neighbour.
 * Returns the milliseconds per step of each stepper in each round, in the order given.
 */
export async function interleave(
  steppers: readonly Stepper[],
  rounds: readonly (readonly number[])[],
  warmup: number,
): Promise<number[][]> {
  const times: number[][] = steppers.map(() => []);
  for (const [round, contextSizes] of rounds.entries()) {
    for (let turn = 0; turn < steppers.length; turn++) {
      const who = (round + turn) % steppers.length;
      await sleep(SETTLE_MS);
      const ms = (await steppers[who].run(contextSizes)) / contextSizes.length;
      if (round >= warmup) times[who].push(ms);
    }
    process.stderr.write(`\rround ${round + 1}/${rounds.length}`);
  }
  process.stderr.write('\n');
  return times;
}

export function machine() {
  const cores = cpus();
  return {
    cpu: cores[0].model.trim(),
    cores: cores.length,
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** The one JSON document of `npm run bench -- <name> --json`. */
export const toJson = (report: Report): string => JSON.stringify({ machine: machine(), ...report }, null, 2);

/** The same for people: aligned names, four significant digits. */
export function toTable({ results, ratios, notes, tables = [] }: Report): string {
  const { cpu, cores, node } = machine();
  const rows = [
    ...results.map(({ name, value, unit }) => [name, digits(value), unit]),
    ...Object.entries(ratios).map(([name, value]) => [name, digits(value), 'x']),
  ];
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return [
    `${cpu}, ${cores} cores, node ${node}`,
    ...rows.map(([name, value, unit]) => `  ${name.padEnd(width)}  ${value.padStart(9)} ${unit}`),
    ...tables.map((table) => `\n${table}\n`),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

const digits = (value: number): string => String(Number(value.toPrecision(4)));
