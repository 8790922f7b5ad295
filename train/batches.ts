import { createBars } from '../model/bar-distribution.ts';
import { createPrior, type Prior } from '../priors/index.ts';
import { randomStream } from '../priors/random.ts';

/** What decides every batch of a run. Plain data, so that it can be sent to a worker. */
export interface BatchPlan {
  readonly prior: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly borders: Float64Array;
  readonly batchSize: number;
  readonly numRows: number;
  readonly seed: number;
}

export interface TrainingBatch {
  readonly step: number;
  readonly numDatasets: number;
  readonly numContext: number;
  readonly numQuery: number;
  readonly numFeatures: number;
  readonly contextX: Float32Array;
  readonly contextY: Float32Array;
  readonly queryX: Float32Array;
  /** The bar that each query target falls in, [B, M]. */
  readonly target: Int32Array;
  /** Mean log density of the query targets given their bars: mean log likelihood = this - cross entropy. */
  readonly logDensityWithin: number;
}

/** The batch of one step is a pure function of (seed, step). Context sizes are uniform over 1 .. numRows - 1. */
export function batchDrawer({
  prior: { name, options },
  borders,
  batchSize,
  numRows,
  seed,
}: BatchPlan): (step: number) => TrainingBatch {
  const prior = createPrior(name, options);
  const bars = createBars(borders);
  return (step) => {
    const random = randomStream(seed, 'batch', step);
    const numContext = 1 + Math.floor(random() * (numRows - 1));
    return { step, ...labelled(prior, bars, random, batchSize, numContext, numRows - numContext) };
  };
}

/** Draws data sets from a prior and looks up the bars of their query targets. */
export function labelled(
  prior: Prior,
  bars: ReturnType<typeof createBars>,
  random: () => number,
  numDatasets: number,
  numContext: number,
  numQuery: number,
) {
  const { queryY, ...batch } = prior.sample(random, { numDatasets, numContext, numQuery });
  const { bar, logDensityWithin } = bars.locate(queryY);
  let sum = 0;
  for (const value of logDensityWithin) sum += value;
  return { ...batch, target: bar, logDensityWithin: sum / queryY.length };
}
