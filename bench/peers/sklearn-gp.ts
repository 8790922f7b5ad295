// The client of sklearn_gp.py: Gaussian processes fitted by MLE-II, all data sets of a batch in one Python process.

import { fileURLToPath } from 'node:url';
import type { Batch } from '../../priors/prior.ts';
import type { BenchOptions, Skipped } from '../harness.ts';
import { type GpBounds, type GpDataset, gpDatasets } from './gp-request.ts';
import { askPython, readAnswer } from './python.ts';

export interface Mle2Options extends GpBounds {
  /** Starts of the optimiser after its first. */
  readonly restarts: number;
  readonly seed: number;
}

/** What sklearn_gp.py reads. */
export interface Mle2Request extends Mle2Options {
  readonly datasets: readonly GpDataset[];
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

export const mle2Request = (batch: Batch, ownFeatures: number, options: Mle2Options): Mle2Request => ({
  ...options,
  datasets: gpDatasets(batch, ownFeatures),
});

/** Reads what the script printed. Throws one line where that is no answer to the request. */
export function parseMle2Answer(printed: string, { datasets }: Mle2Request): Mle2Answer | Skipped {
  const answer = readAnswer<Mle2Answer>(printed, 'MLE-II', 'python3-sklearn');
  if ('skipped' in answer) return answer;
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
export function runMle2(
  request: Mle2Request,
  { threads }: Pick<BenchOptions, 'threads'>,
): Promise<Mle2Answer | Skipped> {
  return askPython('MLE-II', SCRIPT, request, threads, parseMle2Answer);
}
