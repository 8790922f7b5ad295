import { float32 } from '../engine/array.ts';
import type { Engine } from '../engine/engine.ts';
import { createBars } from '../model/bar-distribution.ts';
import type { ModelConfig } from '../model/config.ts';
import { parameterCount } from '../model/parameters.ts';
import type { Prior } from '../priors/index.ts';
import { randomStream } from '../priors/random.ts';
import { labelled } from './batches.ts';
import { lossFunction } from './step.ts';
import { batchFeeds } from './train.ts';

/** Mean log-likelihood, in nats, of the unseen rows of held-out draws from the prior, by number of context rows. */
export async function heldOut(
  engine: Engine,
  model: ModelConfig,
  weights: Float32Array,
  prior: Prior,
  borders: Float64Array,
  {
    numContexts,
    numRows,
    numDatasets = 1000,
    seed,
  }: {
    readonly numContexts: readonly number[];
    readonly numRows: number;
    readonly numDatasets?: number;
    readonly seed: number;
  },
): Promise<Record<string, number>> {
  const { fn, spec } = lossFunction(model);
  const program = await engine.compile('loss', fn, spec);
  const bars = createBars(borders);
  const BATCH = 100;
  try {
    const results: Record<string, number> = {};
    for (const numContext of numContexts) {
      let sum = 0;
      const batches = Math.ceil(numDatasets / BATCH);
      for (let batch = 0; batch < batches; batch++) {
        const random = randomStream(seed, 'held-out', numContext, batch);
        const data = labelled(prior, bars, random, BATCH, numContext, numRows - numContext);
        const { loss } = await program.run({ weights: float32(weights, [parameterCount(model)]), ...batchFeeds(data) });
        sum += data.logDensityWithin - loss.data[0];
      }
      results[numContext] = sum / batches;
    }
    return results;
  } finally {
    await program.dispose();
  }
}
