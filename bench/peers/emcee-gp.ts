// The client of emcee_gp.py: Gaussian processes by MCMC over their hyperparameters, all data sets of a batch in one Python process.

import { fileURLToPath } from 'node:url';
import type { Batch } from '../../priors/prior.ts';
import type { BenchOptions, Skipped } from '../harness.ts';
import { type GpBounds, type GpDataset, gpDatasets } from './gp-request.ts';
import { askPython, readAnswer } from './python.ts';

/** Of two unknowns: as many walkers and kept samples as our own MCMC has, and a burn-in from draws of the prior. */
export const EMCEE_SWEEPS = { walkers: 40, burnIn: 200, steps: 600, thin: 20 } as const;

export interface EmceeOptions extends GpBounds {
  readonly seed: number;
}

/** What emcee_gp.py reads. */
export interface EmceeRequest extends EmceeOptions, Readonly<Record<keyof typeof EMCEE_SWEEPS, number>> {
  /** With the targets of the queries, [M], that densities are asked of. */
  readonly datasets: readonly (GpDataset & { readonly queryY: readonly number[] })[];
}

/** What emcee_gp.py prints. */
export interface EmceeAnswer {
  /** Of emcee. */
  readonly version: string;
  readonly datasets: readonly {
    /** Of the noisy query targets, [M] each. */
    readonly logDensities: readonly number[];
    readonly cdfs: readonly number[];
    /** Sampling and predicting. */
    readonly seconds: number;
  }[];
}

const SCRIPT = fileURLToPath(new URL('./emcee_gp.py', import.meta.url));

export function emceeRequest(batch: Batch, ownFeatures: number, options: EmceeOptions): EmceeRequest {
  const { numQuery, queryY } = batch;
  return {
    ...options,
    ...EMCEE_SWEEPS,
    datasets: gpDatasets(batch, ownFeatures).map((each, b) => ({
      ...each,
      queryY: Array.from(queryY.subarray(b * numQuery, (b + 1) * numQuery)),
    })),
  };
}

/** Reads what the script printed. Throws one line where that is no answer to the request. */
export function parseEmceeAnswer(printed: string, { datasets }: EmceeRequest): EmceeAnswer | Skipped {
  const answer = readAnswer<EmceeAnswer>(printed, 'emcee', 'python3-emcee');
  if ('skipped' in answer) return answer;
  if (answer.datasets.length !== datasets.length) {
    throw new Error(`emcee_gp.py: expected ${datasets.length} data sets, got ${answer.datasets.length}.`);
  }
  for (const [b, { logDensities, cdfs, seconds }] of answer.datasets.entries()) {
    const numQuery = datasets[b].queryY.length;
    const isRight =
      logDensities.length === numQuery &&
      logDensities.every(Number.isFinite) &&
      cdfs.length === numQuery &&
      cdfs.every((cdf) => cdf >= 0 && cdf <= 1);
    if (!isRight || !(seconds > 0)) {
      throw new Error(
        `emcee_gp.py: expected ${numQuery} finite log densities and cdfs, and seconds above 0, of data set ${b + 1}.`,
      );
    }
  }
  return answer;
}

/** Samples and predicts all data sets of the request, one after the other. */
export function runEmcee(
  request: EmceeRequest,
  { threads }: Pick<BenchOptions, 'threads'>,
): Promise<EmceeAnswer | Skipped> {
  return askPython('emcee', SCRIPT, request, threads, parseEmceeAnswer);
}
