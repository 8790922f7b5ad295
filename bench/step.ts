// One training step at a few sizes: ours against PyTorch, interleaved over the same context sizes, and against tfjs wasm.

import {
  type BenchOptions,
  interleave,
  isSkipped,
  mean,
  median,
  quantile,
  type Report,
  type Result,
  type Skipped,
  type Stepper,
} from './harness.ts';
import { openMatmul } from './matmul.ts';
import { eagerStep, openCompiled, stepGflop } from './peers/ours.ts';
import { openPytorch, type PytorchPeer } from './peers/pytorch.ts';
import { onWasm } from './peers/tfjs-wasm.ts';
import { casesOf, contextRounds, STEPS_PER_ROUND, type StepCase, type StepSizes } from './step-sizes.ts';

export const description =
  'one training step against PyTorch (interleaved) and tfjs wasm, and its share of the matmul rate';

/** Eager wasm takes seconds per step; its times vary by a few per cent, so a few suffice. */
const WASM_STEPS = 3;

export async function run({ device, ...options }: BenchOptions): Promise<Report> {
  if (device !== 'cpu') return (await import('./step-device.ts')).run(options, device);
  const reports: Report[] = [];
  for (const [name, stepCase] of casesOf(options.size)) reports.push(await runCase(name, stepCase, options));
  return {
    results: reports.flatMap(({ results }) => results),
    ratios: Object.assign({}, ...reports.map(({ ratios }) => ratios)),
    notes: reports.flatMap(({ notes }) => notes),
  };
}

async function runCase(
  size: string,
  { sizes, share, hasSlowPeers }: StepCase,
  { steps, ...options }: Omit<BenchOptions, 'device'>,
): Promise<Report> {
  const warmup = Math.ceil(options.warmup / STEPS_PER_ROUND);
  const timed = Math.ceil((share * steps) / STEPS_PER_ROUND);
  const rounds = contextRounds(options.seed, warmup + timed, sizes.rows);
  const ratios: Record<string, number> = {};

  const opened: (Stepper | PytorchPeer | Skipped)[] = [
    await openCompiled(sizes, options),
    await openPytorch('two-stream', sizes, options),
    ...(hasSlowPeers ? [await openPytorch('single-stream', sizes, options)] : []),
  ];
  const notes = opened.filter(isSkipped).map(({ skipped }) => skipped);
  const steppers = opened.filter((one): one is Stepper | PytorchPeer => !isSkipped(one));
  const product = await openMatmul(options.threads);
  const [productTimes, ...times] = await interleave([product, ...steppers], rounds, warmup);
  await Promise.all([product, ...steppers].map((stepper) => stepper.close()));

  const matmulRates = productTimes.map((ms) => product.gflop / (ms / 1000));
  const matmul = median(matmulRates);
  const results: Result[] = [
    { name: `${size}: matmul rate, ${options.threads} threads, median`, value: matmul, unit: 'GFLOP/s' },
  ];

  const timedSizes = rounds.slice(warmup);
  const gflop = timedSizes.map((sizesOfRound) => mean(sizesOfRound.map((numContext) => stepGflop(sizes, numContext))));
  const medians: Record<string, number> = {};
  for (const [i, { name }] of steppers.entries()) {
    const rates = times[i].map((ms, j) => gflop[j] / (ms / 1000));
    // Round by round: rates of steps and of products move together, with the machine.
    const share = median(rates.map((rate, j) => rate / matmulRates[j]));
    medians[name] = median(times[i]);
    results.push(
      { name: `${size}: ${name}, median`, value: median(times[i]), unit: 'ms' },
      { name: `${size}: ${name}, 10 % to 90 %`, value: quantile(times[i], 0.9) - quantile(times[i], 0.1), unit: 'ms' },
      // Always of the two-stream model's arithmetic: work that single-stream does on top does not count as achieved.
      { name: `${size}: ${name}, achieved`, value: median(rates), unit: 'GFLOP/s' },
      { name: `${size}: ${name}, share of the matmul rate`, value: 100 * share, unit: '%' },
    );
  }
  const { pfnkit: ours, ...others } = medians;
  for (const [name, ms] of Object.entries(others)) ratios[`${size}: ${name} / pfnkit`] = ms / ours;
  for (const one of steppers) if ('info' in one) notes.push(...blasNotes(one, matmul));
  notes.push(`${size}: ${sizes.datasets} data sets of ${sizes.rows} rows, ${timed} rounds of ${STEPS_PER_ROUND} steps`);

  if (hasSlowPeers) {
    const wasm = await wasmMedian(sizes, Math.round(median(timedSizes.flat())));
    results.push({ name: `${size}: tfjs wasm (eager), median`, value: wasm, unit: 'ms' });
    ratios[`${size}: tfjs wasm / pfnkit`] = wasm / ours;
    notes.push(`tfjs wasm: ${WASM_STEPS} steps at the median context size, one thread (Node gives it no more)`);
  }
  return { results, ratios, notes };
}

async function wasmMedian(sizes: StepSizes, numContext: number): Promise<number> {
  return onWasm(async (time) => {
    const step = eagerStep(sizes, numContext);
    await time(step);
    const times: number[] = [];
    for (let i = 0; i < WASM_STEPS; i++) times.push(await time(step));
    return median(times);
  });
}

/**
 * Debian installs python3-torch with the reference BLAS, some 50 times slower than a tuned one: winning against that says
 * nothing. Half of our own matrix-product rate is where such a library shows without doubt.
 */
function blasNotes({ name, info: { torch, blas, matmulGflops } }: PytorchPeer, matmul: number): string[] {
  const library = `${name}: torch ${torch}, matmul ${Math.round(matmulGflops)} GFLOP/s with ${blas ?? 'an unknown BLAS'}`;
  if (matmulGflops > matmul / 2) return [library];
  return [
    library,
    `${name}: this BLAS is slow, the ratio is NOT a fair one; apt-get install libopenblas0-openmp and repeat`,
  ];
}
