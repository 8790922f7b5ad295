// The client of sklearn_gp.py: Gaussian processes fitted by MLE-II, all data sets of a batch in one Python process.

import { fileURLToPath } from 'node:url';
import type { Batch } from '../../priors/prior.ts';
import type { BenchOptions, Skipped } from '../harness.ts';
import { askPython } from './python.ts';

export interface Mle2Options {
  /** Standard deviation of the function, fixed. */
  readonly outputScale: number;
  /** Bounds of the length scale. */
  readonly lengthScale: readonly [low: number, high: number];
  /** Bounds of the noise, a standard deviation. */
  readonly noise: readonly [low: number, high: number];
  /** Starts of the optimiser after its first. */
  readonly restarts: number;
  readonly seed: number;
}

/** What sklearn_gp.py reads. */
export interface Mle2Request extends Mle2Options {
  readonly datasets: readonly {
    /** [N][F] */
    readonly contextX: readonly (readonly number[])[];
    /** [N] */
    readonly contextY: readonly number[];
    /** [M][F] */
    readonly queryX: readonly (readonly number[])[];
  }[];
}

/** What sklearn_gp.py prints. */
export interface Mle2Answer {
  /** Of scikit-learn. */
  readonly version: string;
  readonly datasets: readonly {
    /** Means and standard deviations of the noisy query targets, [M] each. */
    readonly means: readonly number[];
    readonly sds: readonly number[];
    /** Fit and predict. */
    readonly seconds: number;
    /** The fitted values; noise is a standard deviation. */
    readonly lengthScale: number;
    readonly noise: number;
  }[];
}

const SCRIPT = fileURLToPath(new URL('./sklearn_gp.py', import.meta.url));

/** The data sets of a batch as JSON, with the first `ownFeatures` columns of x: the others tell hyperparameters. */
export function mle2Request(batch: Batch, ownFeatures: number, options: Mle2Options): Mle2Request {
  const { numDatasets, numContext, numQuery, numFeatures, contextX, contextY, queryX } = batch;
  const rows = (x: Float32Array, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const at = (first + i) * numFeatures;
      return Array.from(x.subarray(at, at + ownFeatures));
    });
  return {
    ...options,
    datasets: Array.from({ length: numDatasets }, (_, b) => ({
      contextX: rows(contextX, b * numContext, numContext),
      contextY: Array.from(contextY.subarray(b * numContext, (b + 1) * numContext)),
      queryX: rows(queryX, b * numQuery, numQuery),
    })),
  };
}

/** Reads what the script printed. Throws one line where that is no answer to the request. */
export function parseMle2Answer(printed: string, { datasets }: Mle2Request): Mle2Answer | Skipped {
  const answer = JSON.parse(printed) as Mle2Answer | { readonly unavailable: string };
  if ('unavailable' in answer) {
    const { unavailable } = answer;
    const missing = unavailable.includes('No module named');
    return { skipped: `MLE-II: ${missing ? 'python3-sklearn not installed' : unavailable}: skipped` };
  }
  if (answer.datasets.length !== datasets.length) {
    throw new Error(`sklearn_gp.py: expected ${datasets.length} data sets, got ${answer.datasets.length}.`);
  }
  for (const [b, { means, sds, seconds }] of answer.datasets.entries()) {
    const numQuery = datasets[b].queryX.length;
    if (means.length !== numQuery || sds.length !== numQuery) {
      throw new Error(
        `sklearn_gp.py: expected ${numQuery} means and sds of data set ${b + 1}, ` +
          `got ${means.length} and ${sds.length}.`,
      );
    }
    if (!(seconds > 0 && means.every(Number.isFinite) && sds.every((sd) => sd > 0 && Number.isFinite(sd)))) {
      throw new Error(`sklearn_gp.py: expected finite means, sds and seconds above 0 of data set ${b + 1}.`);
    }
  }
  return answer;
}

/** Fits and predicts all data sets of the request, one after the other. */
export async function runMle2(
  request: Mle2Request,
  { threads }: Pick<BenchOptions, 'threads'>,
): Promise<Mle2Answer | Skipped> {
  const printed = await askPython('MLE-II', SCRIPT, request, threads);
  if (typeof printed !== 'string') return printed;
  return parseMle2Answer(printed, request);
}
