// A process of its own for one case: prints what it says of its memory, in bytes, before the first step and at its peak.

import { type NdArray, sizeOf } from '../../engine/array.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import type { InputSpec } from '../../engine/engine.ts';
import { parameterCount } from '../../model/parameters.ts';
import type { StepShape } from '../../train/cost.ts';
import { trainStep } from '../../train/step.ts';
import { cases } from './cases.ts';

const [name, threads] = process.argv.slice(2);
const { config, optimizer, recompute, shapes } = cases[name];
const adamw = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, clip: 1 };
const { fn, spec } = trainStep(config, { ...adamw, optimizer, recompute });
const program = await compiledEngine({ threads: Number(threads) }).compile('step', fn, spec);
const before = process.memoryUsage.rss();
const P = parameterCount(config);
let state: Record<string, NdArray> = {};
for (const name of ['weights', 'first', 'second']) {
  // Positive, as second moments are.
  const data = Float32Array.from({ length: P }, (_, i) => 0.01 * (1 + Math.sin(i)));
  state[name] = { dtype: 'float32', shape: [P], data };
}
for (const shape of shapes) {
  const { nextWeights, nextFirst, nextSecond } = await program.run({ ...feeds(spec, shape), ...state });
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
