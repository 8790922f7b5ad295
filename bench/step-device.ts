// One training step on a device: does it compute what the CPU does, does all of it run there, and how fast.

import { PRECISIONS, type Precision } from '../engine/devices.ts';
import { placement } from '../engine/placement.node.ts';
import { probe } from '../engine/probe.node.ts';
import { type BenchOptions, interleave, median, type Report, type Result, seededIntegers } from './harness.ts';
import { openCompiled, recordedStep, stepGflop } from './peers/ours.ts';
import { casesOf, contextRounds, STEPS_PER_ROUND, type StepSizes } from './step-sizes.ts';

/** The smallest that is timed on the CPU. */
const [[, { sizes: stepSizes }]] = casesOf('3/128');

/** Small enough for a driver in software. */
const AGREEMENT_SIZES: StepSizes = { ...stepSizes, width: 16, heads: 2, hidden: 32, bars: 50, datasets: 4, rows: 20 };
const AGREEMENT_STEPS = 20;
/** A device that needs longer for a step is not one to train on, and would take hours here. */
const MOST_SECONDS = 5;

type Options = Omit<BenchOptions, 'device'>;

export async function run(options: Options, device: 'webgpu'): Promise<Report> {
  const probed = await probe(device, { float16: true });
  if (!probed.works) throw new Error(`device ${device}: ${probed.why}. ${probed.fix}.`);
  const { onDevice, shapes, fallen } = await placement(await recordedStep(stepSizes, device), device);
  const results: Result[] = [
    { name: `matmul rate, ${device}`, value: probed.gigaflops, unit: 'GFLOP/s' },
    { name: `nodes on ${device}`, value: onDevice, unit: '' },
    { name: 'nodes on the CPU that compute shapes', value: shapes, unit: '' },
    { name: 'nodes that fell to the CPU', value: fallen.length, unit: '' },
  ];
  const precisions = PRECISIONS.filter((precision) => precision === 'float32' || probed.float16);
  const onCpu = await lossesOn('cpu', 'float32', options);
  for (const precision of precisions) {
    const losses = await lossesOn(device, precision, options);
    const apart = Math.max(...onCpu.map((loss, step) => Math.abs(loss - losses[step])));
    const name = `loss, ${precision}, most apart from the CPU in ${AGREEMENT_STEPS} steps`;
    results.push({ name, value: apart, unit: 'nats' });
  }
  const notes = [
    ...(probed.adapters ? [`${device}: ${probed.adapters.join(', ')}`] : []),
    ...(fallen.length > 0 ? [`fell to the CPU: ${fallen.join(', ')}`] : []),
  ];
  const seconds = stepGflop(stepSizes, stepSizes.rows / 2) / probed.gigaflops;
  if (seconds > MOST_SECONDS) {
    notes.push(`steps of full size were not timed: at the rate above, one takes ${seconds.toFixed(0)} s or more`);
    return { results, ratios: {}, notes };
  }
  const [warmup, timed] = [options.warmup, options.steps].map((steps) => Math.ceil(steps / STEPS_PER_ROUND));
  const rounds = contextRounds(options.seed, warmup + timed, stepSizes.rows);
  const steppers = [await openCompiled(stepSizes, options)];
  for (const precision of precisions) steppers.push(await openCompiled(stepSizes, { ...options, device, precision }));
  const times = await interleave(steppers, rounds, warmup);
  await Promise.all(steppers.map((stepper) => stepper.close()));
  const [cpu, ...here] = times.map(median);
  results.push({ name: `step, CPU, ${options.threads} threads, median`, value: cpu, unit: 'ms' });
  const ratios: Record<string, number> = {};
  for (const [i, precision] of precisions.entries()) {
    results.push({ name: `step, ${device}, ${precision}, median`, value: here[i], unit: 'ms' });
    ratios[`CPU / ${device}, ${precision}`] = cpu / here[i];
  }
  return { results, ratios, notes };
}

/** Of the same steps. */
async function lossesOn(
  device: 'cpu' | 'webgpu',
  precision: Precision,
  { seed, threads }: Options,
): Promise<readonly number[]> {
  const contextSizes = seededIntegers(seed, AGREEMENT_STEPS, 1, AGREEMENT_SIZES.rows - 1);
  const stepper = await openCompiled(AGREEMENT_SIZES, { threads, device, precision });
  for (const [done, numContext] of contextSizes.entries()) {
    await stepper.run([numContext]);
    process.stderr.write(`\r${stepper.name}: step ${done + 1}/${AGREEMENT_STEPS}`);
  }
  process.stderr.write('\n');
  await stepper.close();
  return stepper.losses();
}
