// One training step at a few sizes: ours against PyTorch on the same device, interleaved over the same context sizes, and on the CPU against tfjs wasm.

import type { Precision } from '../engine/devices.ts';
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
import { checkDevice, type DeviceChecks } from './step-device.ts';
import { casesOf, contextRounds, STEPS_PER_ROUND, type StepCase, type StepSizes } from './step-sizes.ts';

export const description =
  'one training step against PyTorch (interleaved) and tfjs wasm, and its share of the matmul rate; --device webgpu, cuda';

/** Eager wasm takes seconds per step; its times vary by a few per cent, so a few suffice. */
const WASM_STEPS = 3;

type Contender = Stepper | PytorchPeer | Skipped;

export async function run(options: BenchOptions): Promise<Report> {
  const { device } = options;
  const { report, precisions, tooSlow } = device === 'cpu' ? CPU : await checkDevice(device, options);
  const reports = [report];
  for (const [name, stepCase] of casesOf(options.size)) {
    const reason = tooSlow(stepCase.sizes);
    reports.push(reason ? note(`${name}: ${reason}`) : await runCase(name, stepCase, precisions, options));
  }
  return {
    results: reports.flatMap(({ results }) => results),
    ratios: Object.assign({}, ...reports.map(({ ratios }) => ratios)),
    notes: [...new Set(reports.flatMap(({ notes }) => notes))],
  };
}

const note = (...notes: string[]): Report => ({ results: [], ratios: {}, notes });

/** Nothing to check: it is what other devices are compared with. */
const CPU: DeviceChecks = { report: note(), precisions: ['float32'], tooSlow: () => undefined };

/** Ours comes first. */
async function openContenders(
  { sizes, hasSlowPeers }: StepCase,
  precisions: readonly Precision[],
  options: BenchOptions,
): Promise<Contender[]> {
  const { device, threads } = options;
  const contenders: Contender[] = [];
  for (const precision of precisions) contenders.push(await openCompiled(sizes, { threads, device, precision }));
  if (device === 'cpu') {
    contenders.push(await openPytorch('two-stream', sizes, { threads, device }));
    if (hasSlowPeers) contenders.push(await openPytorch('single-stream', sizes, { threads, device }));
    return contenders;
  }
  if (hasSlowPeers)
    contenders.push({ ...(await openCompiled(sizes, { threads, device: 'cpu' })), name: 'pfnkit on the CPU' });
  // PyTorch sees a GPU through CUDA, whatever we see it through.
  for (const dtype of ['float32', 'bfloat16'] as const)
    contenders.push(await openPytorch('two-stream', sizes, { threads, device: 'cuda', dtype }));
  return contenders;
}

async function runCase(
  size: string,
  stepCase: StepCase,
  precisions: readonly Precision[],
  options: BenchOptions,
): Promise<Report> {
  const { sizes, share: shareOfSteps, hasSlowPeers } = stepCase;
  const warmup = Math.ceil(options.warmup / STEPS_PER_ROUND);
  const timed = Math.ceil((shareOfSteps * options.steps) / STEPS_PER_ROUND);
  const rounds = contextRounds(options.seed, warmup + timed, sizes.rows);
  const ratios: Record<string, number> = {};

  const opened = await openContenders(stepCase, precisions, options);
  const notes = opened.filter(isSkipped).map(({ skipped }) => skipped);
  const steppers = opened.filter((one): one is Stepper | PytorchPeer => !isSkipped(one));
  const product = await openMatmul(options);
  const [productTimes, ...times] = await interleave([product, ...steppers], rounds, warmup);
  await Promise.all([product, ...steppers].map((stepper) => stepper.close()));

  const matmulRates = productTimes.map((ms) => product.gflop / (ms / 1000));
  const matmul = median(matmulRates);
  const results: Result[] = [{ name: `${size}: ${product.name}, median`, value: matmul, unit: 'GFLOP/s' }];

  const timedSizes = rounds.slice(warmup);
  const gflop = timedSizes.map((sizesOfRound) => mean(sizesOfRound.map((numContext) => stepGflop(sizes, numContext))));
  for (const [i, { name }] of steppers.entries()) {
    const rates = times[i].map((ms, j) => gflop[j] / (ms / 1000));
    // Round by round: rates of steps and of products move together, with the machine.
    const share = median(rates.map((rate, j) => rate / matmulRates[j]));
    results.push(
      { name: `${size}: ${name}, median`, value: median(times[i]), unit: 'ms' },
      { name: `${size}: ${name}, 10 % to 90 %`, value: quantile(times[i], 0.9) - quantile(times[i], 0.1), unit: 'ms' },
      // Always of the two-stream model's arithmetic: work that single-stream does on top does not count as achieved.
      { name: `${size}: ${name}, achieved`, value: median(rates), unit: 'GFLOP/s' },
      { name: `${size}: ${name}, share of the matmul rate`, value: 100 * share, unit: '%' },
    );
  }
  const [ours, ...others] = steppers.map(({ name }, i) => ({ name, ms: median(times[i]) }));
  for (const { name, ms } of others) ratios[`${size}: ${name} / ${ours.name}`] = ms / ours.ms;
  for (const one of steppers) if ('info' in one) notes.push(...libraryNotes(one, matmul));
  notes.push(`${size}: ${sizes.datasets} data sets of ${sizes.rows} rows, ${timed} rounds of ${STEPS_PER_ROUND} steps`);

  if (hasSlowPeers && options.device === 'cpu') {
    const wasm = await wasmMedian(sizes, Math.round(median(timedSizes.flat())));
    results.push({ name: `${size}: tfjs wasm (eager), median`, value: wasm, unit: 'ms' });
    ratios[`${size}: tfjs wasm / ${ours.name}`] = wasm / ours.ms;
    notes.push(`tfjs wasm: ${WASM_STEPS} steps at the median context size, one thread (Node gives it no more)`);
  }
  return { results, ratios, notes };
}

async function wasmMedian(sizes: StepSizes, numContext: number): Promise<number> {
  // A development dependency, which other devices do not need.
  const { onWasm } = await import('./peers/tfjs-wasm.ts');
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
function libraryNotes({ name, info: { torch, blas, device, matmulGflops } }: PytorchPeer, matmul: number): string[] {
  const library = device === 'cpu' ? (blas ?? 'an unknown BLAS') : device;
  const notes = [`${name}: torch ${torch}, matmul ${Math.round(matmulGflops)} GFLOP/s with ${library}`];
  if (device === 'cpu' && matmulGflops <= matmul / 2)
    notes.push(
      `${name}: this BLAS is slow, the ratio is NOT a fair one; apt-get install libopenblas0-openmp and repeat`,
    );
  return notes;
}
