// A training step on a device other than the CPU: does it compute what the CPU does, does all of it run there, and could its steps be timed.

import { PRECISIONS, type Precision } from '../engine/devices.ts';
import { placement } from '../engine/placement.node.ts';
import { probe } from '../engine/probe.node.ts';
import { type BenchDevice, type BenchOptions, type Report, type Result, seededIntegers } from './harness.ts';
import { openCompiled, recordedStep, stepGflop } from './peers/ours.ts';
import { casesOf, type StepSizes } from './step-sizes.ts';

/** The one whose nodes are placed, and which the small one below is taken from. */
const [[, { sizes: stepSizes }]] = casesOf('3/128');

/** Small enough for a driver in software. */
const AGREEMENT_SIZES: StepSizes = { ...stepSizes, width: 16, heads: 2, hidden: 32, bars: 50, datasets: 4, rows: 20 };
const AGREEMENT_STEPS = 20;
/** A device that needs longer for a step is not one to train on, and would take hours here. */
const MOST_SECONDS = 5;

export interface DeviceChecks {
  readonly report: Report;
  /** Those that the device has. */
  readonly precisions: readonly Precision[];
  /** Why steps of such sizes are not to be timed, if so. */
  readonly tooSlow: (sizes: StepSizes) => string | undefined;
}

export async function checkDevice(device: Exclude<BenchDevice, 'cpu'>, options: BenchOptions): Promise<DeviceChecks> {
  const probed = await probe(device, { float16: true });
  if (!probed.works) throw new Error(`device ${device}: ${probed.why}. ${probed.fix}.`);
  const { onDevice, shapes, fallen } = await placement(await recordedStep(stepSizes, device), device);
  const results: Result[] = [
    { name: `short matrix products on ${device}`, value: probed.gigaflops, unit: 'GFLOP/s' },
    { name: `nodes on ${device}`, value: onDevice, unit: '' },
    { name: 'nodes on the CPU that compute shapes', value: shapes, unit: '' },
    { name: 'nodes that fell to the CPU', value: fallen.length, unit: '' },
  ];
  const hasMixed = device === 'webgpu' && typeof probed.float16 === 'number';
  const precisions = PRECISIONS.filter((precision) => precision === 'float32' || hasMixed);
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
  return {
    report: { results, ratios: {}, notes },
    precisions,
    tooSlow(sizes) {
      const seconds = stepGflop(sizes, sizes.rows / 2) / probed.gigaflops;
      if (seconds <= MOST_SECONDS) return undefined;
      return `not timed: by its short matrix products, a step takes ${device} ${seconds.toFixed(0)} s or more`;
    },
  };
}

/** Of the same steps. */
async function lossesOn(
  device: BenchDevice,
  precision: Precision,
  { seed, threads }: BenchOptions,
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
