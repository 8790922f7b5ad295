import { float32 } from '../engine/array.ts';
import type { Engine } from '../engine/engine.ts';
import { parameterCount } from '../model/parameters.ts';
import { minContext } from '../model/units.ts';
import { randomStream } from '../priors/random.ts';
import { datasetDrawer, fitting, splitBatch } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { batchFeeds, borderFeeds } from './feeds.ts';
import { lossFunction } from './step.ts';

/** Shares of a data set's rows that are context. */
const CONTEXT_SHARES = [0.1, 0.2, 0.4, 0.8];
const DATASETS = { rows: 2000, cells: 500 };
const DATASETS_PER_DRAW = { rows: 100, cells: 25 };
/** Bounds the memory of a draw of tables: a stream of 100 000 cells of width 128 is 50 MB, and there are some ten of them. */
const CELLS_PER_DRAW = 100_000;

export type HeldOut = {
  /** Mean log-likelihood, in nats, of the unseen rows, by number of context rows. */
  readonly heldOut: Readonly<Record<string, number>>;
  readonly heldOutDatasets: number;
};

/** Scores weights on held-out draws from the prior: the same ones for all runs of a prior and a seed with as many rows. */
export async function heldOut(
  engine: Engine,
  { training, seed }: Pick<Recipe, 'training' | 'seed'>,
  setup: Setup,
  weights: Float32Array,
  onProgress?: (done: number, total: number) => void,
): Promise<HeldOut> {
  const { model, prior, borders, numRows } = setup;
  const { layout = 'rows' } = model;
  const { fn, spec } = lossFunction(model);
  const feeds = { weights: float32(weights, [parameterCount(model)]), ...borderFeeds(setup, 'drawn') };
  const program = await engine.compile('loss', fn, spec);
  const draw = datasetDrawer({ prior, units: model.units, borders });
  const least = minContext(model.units);
  const sizes = CONTEXT_SHARES.map((share) => Math.min(numRows - 1, Math.max(least, Math.round(share * numRows))));
  const numContexts = [...new Set(sizes)];
  try {
    const results: Record<string, number> = {};
    const cells = numRows * (model.numFeatures + 1);
    const most = DATASETS_PER_DRAW[layout];
    const perDraw = layout === 'rows' ? most : fitting(most, CELLS_PER_DRAW, cells);
    // Where a step of few data sets fitted into memory, twice as many do without a backward pass.
    const parts = Math.ceil(perDraw / (2 * Math.ceil(training.batchSize / (training.accumulate ?? 1))));
    const batches = Math.ceil(DATASETS[layout] / perDraw);
    for (const [i, numContext] of numContexts.entries()) {
      let sum = 0;
      for (let batch = 0; batch < batches; batch++) {
        onProgress?.(i * batches + batch, numContexts.length * batches);
        const random = randomStream(seed, 'held-out', numContext, batch);
        const data = draw(random, perDraw, numContext, numRows - numContext);
        sum += data.logDensityWithin;
        for (const part of splitBatch(data, parts)) {
          const { loss } = await program.run({ ...feeds, ...batchFeeds(part, model, 'drawn') });
          sum -= (loss.data[0] * part.numDatasets) / data.numDatasets;
        }
      }
      results[numContext] = sum / batches;
    }
    return { heldOut: results, heldOutDatasets: batches * perDraw };
  } finally {
    await program.dispose();
  }
}
