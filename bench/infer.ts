// What a user waits for: one curve in process, a thousand at once, and the whole command. Times include the summaries
// (mean, variance, quantiles per step), not only the network.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as ort from 'onnxruntime-web';
import seedrandom from 'seedrandom';
import type { Curve } from '../infer/curve.ts';
import { LearningCurveModel } from '../infer/learning-curve.node.ts';
import { checkpointFolder } from '../infer/load.node.ts';
import { LearningCurveModel as BrowserModel } from '../infer/models.browser.ts';
import { type BenchOptions, median, milliseconds, quantile, type Report, seededIntegers, timings } from './harness.ts';

export const description = 'extrapolating one curve and 1000 curves in process, and the whole command';

const ONE_CURVE_CALLS = 300;
/** V8 compiles the summaries over the first dozens of calls. */
const ONE_CURVE_WARMUP = 100;
const HORIZON = 100;
const MANY_CURVES = 1000;
const PROCESS_RUNS = 11;
const [FEWEST_OBSERVED, MOST_OBSERVED] = [20, 80];

export async function run(options: BenchOptions): Promise<Report> {
  const parts = [await inProcess(options), await wholeCommand()];
  return {
    results: parts.flatMap(({ results }) => results),
    ratios: {},
    notes: parts.flatMap(({ notes }) => notes),
  };
}

async function inProcess(options: BenchOptions): Promise<Report> {
  const model = await LearningCurveModel.load(options.checkpoint, { device: 'cpu', threads: options.threads });
  const single = await oneByOne(model, options);
  const many = Array.from({ length: MANY_CURVES }, (_, i) =>
    risingCurve(options.seed + i, (FEWEST_OBSERVED + MOST_OBSERVED) / 2),
  );
  const manyTimes = await timings(() => model.extrapolate(many, { horizon: HORIZON }), 5, 1);
  await model.dispose();
  const folder = checkpointFolder(options.checkpoint);
  ort.env.wasm.numThreads = 1;
  const inBrowser = await BrowserModel.load({ ort, read: async (file) => readFileSync(join(folder, file)) });
  const wasm = await oneByOne(inBrowser, options);
  await inBrowser.dispose();
  return {
    results: [
      { name: 'one curve, p50', value: quantile(single, 0.5), unit: 'ms' },
      { name: 'one curve, p95', value: quantile(single, 0.95), unit: 'ms' },
      { name: `${MANY_CURVES} curves in one call, median`, value: median(manyTimes), unit: 'ms' },
      { name: 'one curve in WebAssembly, p50', value: quantile(wasm, 0.5), unit: 'ms' },
      { name: 'one curve in WebAssembly, p95', value: quantile(wasm, 0.95), unit: 'ms' },
    ],
    ratios: {},
    notes: [
      `one curve: ${ONE_CURVE_CALLS} calls, ${FEWEST_OBSERVED} to ${MOST_OBSERVED} of 100 steps observed, the rest predicted`,
      'in WebAssembly: pfnkit/browser on onnxruntime-web in Node.js, as a page computes on the CPU, one thread',
    ],
  };
}

/** Milliseconds of each call. */
async function oneByOne(model: LearningCurveModel, { seed }: BenchOptions): Promise<number[]> {
  const observed = seededIntegers(seed, ONE_CURVE_WARMUP + ONE_CURVE_CALLS, FEWEST_OBSERVED, MOST_OBSERVED);
  const times: number[] = [];
  for (const [i, count] of observed.entries()) {
    const curve = risingCurve(seed + i, count);
    times.push(await milliseconds(() => model.extrapolate(curve, { horizon: HORIZON })));
  }
  return times.slice(ONE_CURVE_WARMUP);
}

/** The first steps of a noisy power law towards 0.9. */
function risingCurve(seed: number, observed: number): Curve {
  const random = seedrandom(`curve ${seed}`);
  const steps = Array.from({ length: observed }, (_, i) => i + 1);
  const values = steps.map((step) => 0.9 - 0.6 * step ** -0.5 + 0.02 * (random() - 0.5));
  return { name: `curve ${seed}`, steps, values };
}

/** Wall time of `pfn extrapolate`, from starting node to its exit, for every example file of curves. */
async function wholeCommand(): Promise<Report> {
  const root = new URL('../', import.meta.url);
  const command = fileURLToPath(new URL('dist/cli/main.js', root));
  if (!existsSync(command)) {
    return { results: [], ratios: {}, notes: ['whole command: dist/ is missing; npm run build first: skipped'] };
  }
  const folder = new URL('examples/data/', root);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^imagenet.*\.csv$/.test(name)) : [];
  const results = [];
  for (const file of files) {
    const argv = [command, 'extrapolate', fileURLToPath(new URL(file, folder))];
    const times = await timings(() => promisify(execFile)(process.execPath, argv), PROCESS_RUNS, 1);
    results.push({ name: `pfn extrapolate ${file}, whole process, median`, value: median(times), unit: 'ms' });
  }
  return {
    results,
    ratios: {},
    notes: files.length > 0 ? [] : ['whole command: no examples/data/imagenet*.csv: skipped'],
  };
}
