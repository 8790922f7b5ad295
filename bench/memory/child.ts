// A process of its own for one case: prints what it says of its memory, in bytes, before the first step and at its peak.

import { type NdArray, sizeOf } from '../../engine/array.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import type { InputSpec, Resident } from '../../engine/engine.ts';
import { compileResidentLoop } from '../../engine/resident.ts';
import { parameterCount } from '../../model/parameters.ts';
import type { StepShape } from '../../train/cost.ts';
import { STEP_LOOP, trainStep } from '../../train/step.ts';
import { cases } from './cases.ts';

const [name, threads] = process.argv.slice(2);
const { config, optimizer, recompute, shapes } = cases[name];
const adamw = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, clip: 1 };
const { fn, spec } = trainStep(config, { ...adamw, optimizer, recompute });
const engine = compiledEngine({ threads: Number(threads) });
const program = await compileResidentLoop(engine, 'step', fn, spec, STEP_LOOP);
const before = process.memoryUsage.rss();
const P = parameterCount(config);
let state: Record<string, NdArray | Resident> = {};
for (const name of ['weights', 'first', 'second']) {
  // Positive, as second moments are.
  const data = Float32Array.from({ length: P }, (_, i) => 0.01 * (1 + Math.sin(i)));
  state[name] = { dtype: 'float32', shape: [P], data };
}
const isOfStep = ([name]: readonly [string, unknown]) =>
  !Object.hasOwn(STEP_LOOP.carried, name) && !STEP_LOOP.shared.includes(name);
const perStep = Object.fromEntries(Object.entries(spec).filter(isOfStep));
const shared = Object.fromEntries(Object.entries(spec).filter(([name]) => STEP_LOOP.shared.includes(name)));
const sharedFeeds = feeds(shared, shapes[0]);
for (let from = 0; from < shapes.length; from += program.stepsPerRun) {
  const steps = shapes.slice(from, from + program.stepsPerRun).map((shape) => feeds(perStep, shape));
  const { nextWeights, nextFirst, nextSecond } = await program.run({ ...state, ...sharedFeeds }, steps);
  state = { weights: nextWeights, first: nextFirst, second: nextSecond };
}
await program.dispose();
// maxRSS is in kibibytes.
process.stdout.write(JSON.stringify({ before, peak: 1024 * process.resourceUsage().maxRSS }));

/** Memory does not depend on values: small floats, and the first of all bars. */
function feeds(
  inputs: InputSpec,
  { numDatasets, numContext, numQuery, numFeatures }: StepShape,
): Record<string, NdArray> {
  const sizes: Record<string, number> = {
    batch: numDatasets,
    context: numContext,
    query: numQuery,
    'cell-1': numFeatures,
  };
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, shape }]) => {
      const concrete = shape.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]));
      const length = sizeOf(concrete);
      const data =
        dtype === 'int32' ? new Int32Array(length) : Float32Array.from({ length }, (_, i) => 1e-3 * (i % 1000));
      return [name, { dtype, shape: concrete, data }];
    }),
  );
}
