// A process of its own for one case: prints what it says of its memory, in bytes, before the first step and at its peak.

import { float32, type Resident } from '../../engine/array.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import { parameterCount } from '../../model/parameters.ts';
import type { TrainingBatch } from '../../train/batches.ts';
import type { Recipe, Setup } from '../../train/config.ts';
import type { StepShape } from '../../train/cost.ts';
import { openStepper } from '../../train/stepper.ts';
import { LAW_DRAWS } from '../../train/train.ts';
import { cases } from './cases.ts';

const [name, threads] = process.argv.slice(2);
const { config, optimizer, recompute, accumulate, shapes } = cases[name];
const adamw = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, clip: 1 };
const training = { ...adamw, optimizer, recompute, accumulate } as Recipe['training'];
const setup = { model: config, targets: 'drawn', borders: null } as Setup;
const stepper = await openStepper(compiledEngine({ threads: Number(threads) }), setup, training);

const before = process.memoryUsage.rss();
const P = parameterCount(config);
// Positive, as second moments are.
const vector = () =>
  float32(
    Float32Array.from({ length: P }, (_, i) => 0.01 * (1 + Math.sin(i))),
    [P],
  );
let state: Record<string, Resident> = await stepper.upload({ weights: vector(), first: vector(), second: vector() });
const one = float32([1], []);
const numbers = { learningRate: one, debiasFirst: one, debiasSecond: one };
for (let from = 0; from < shapes.length; from += stepper.stepsPerRun) {
  const own = shapes.slice(from, from + stepper.stepsPerRun);
  const steps = await Promise.all(
    own.map(async (shape) => ({ numbers, parts: await stepper.prepare(batchOf(shape)) })),
  );
  const { nextWeights, nextFirst, nextSecond } = await stepper.run(state, steps);
  state = { weights: nextWeights, first: nextFirst, second: nextSecond };
}
await stepper.dispose();
// maxRSS is in kibibytes.
process.stdout.write(JSON.stringify({ before, peak: 1024 * process.resourceUsage().maxRSS }));

/** Memory does not depend on values: small floats, and the first of all bars or classes. */
function batchOf({ numDatasets: B, numContext: N, numQuery: M, numFeatures: F }: StepShape): TrainingBatch {
  const floats = (length: number) => Float32Array.from({ length }, (_, i) => 1e-3 * (i % 1000));
  return {
    step: 0,
    numDatasets: B,
    numContext: N,
    numQuery: M,
    numFeatures: F,
    contextX: floats(B * N * F),
    contextY: floats(B * N),
    queryX: floats(B * M * F),
    target: config.head === 'normals' ? floats(LAW_DRAWS * B * M) : new Int32Array(B * M),
    logDensityWithin: 0,
  };
}
