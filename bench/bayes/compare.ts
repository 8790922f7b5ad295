// The network and slower methods on the same data sets and the same query targets, scored and timed alike.

import type { Predictor } from '../../infer/predictor.ts';
import { distributionReader } from '../../model/distribution-reader.ts';
import { normalMixture } from '../../priors/exact/normal-mixture.ts';
import type { Batch, ExactPosterior, Predictive } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';
import { observedRows } from '../../train/evaluate-prior.ts';
import { type BenchOptions, isSkipped, mean, median, type Skipped } from '../harness.ts';
import { type EmceeOptions, emceeRequest, runEmcee } from '../peers/emcee-gp.ts';
import { type Mle2Options, mle2Request, runMle2 } from '../peers/sklearn-gp.ts';
import { estimate, NETWORK, type Row } from './row.ts';

/** One call is soon over, and the first ones allocate, so its time is a median. */
const BATCHED_CALLS = 15;

/** What a method says of the queries of a batch. */
export interface Answers {
  readonly method: string;
  /** [B][M] */
  readonly predictives: readonly (readonly Pick<Predictive, 'logDensity' | 'cdf'>[])[];
  /** Seconds per data set, see Row. */
  readonly seconds: number | null;
  readonly secondsBatched: number | null;
}

/** One row per method. The last method is the truth that the gaps of the others are measured from. */
export function compare(
  where: Pick<Row, 'checkpoint' | 'given' | 'inputs'>,
  { numDatasets, numContext, numQuery, queryY }: Pick<Batch, 'numDatasets' | 'numContext' | 'numQuery' | 'queryY'>,
  answers: readonly Answers[],
): Row[] {
  const target = (b: number, i: number) => queryY[b * numQuery + i];
  const logLikelihoods = answers.map(({ predictives }) =>
    predictives.map((each, b) => mean(each.map(({ logDensity }, i) => logDensity(target(b, i))))),
  );
  const truth = logLikelihoods[answers.length - 1];
  return answers.map(({ method, predictives, seconds, secondsBatched }, k) => {
    const pits = predictives.flatMap((each, b) => each.map(({ cdf }, i) => cdf(target(b, i))));
    const covered = (level: number) => mean(pits.map((pit) => (Math.abs(pit - 0.5) <= level / 200 ? 1 : 0)));
    return {
      ...where,
      context: numContext,
      method,
      datasets: numDatasets,
      logLikelihood: estimate(logLikelihoods[k]),
      gap: k === answers.length - 1 ? null : estimate(truth.map((exact, b) => exact - logLikelihoods[k][b])),
      kl: null,
      coverage: { 50: covered(50), 80: covered(80), 90: covered(90), 95: covered(95) },
      seconds,
      secondsBatched,
    };
  });
}

/** The network's answers, timed from context rows to outputs [B, M, K]: one data set at a time, then all in one call, several times. */
export async function byNetwork(predictor: Predictor, batch: Batch): Promise<Answers> {
  const { numDatasets, numContext, numQuery, contextX, contextY, queryX } = batch;
  const ask = async (datasets: number, rows: Pick<Batch, 'contextX' | 'contextY' | 'queryX'>) => {
    const context = { numDatasets: datasets, numContext, x: rows.contextX, y: rows.contextY };
    return (await predictor.condition(context)).predict({ numQuery, x: rows.queryX });
  };
  const one = (b: number) => {
    const F = batch.numFeatures;
    return ask(1, {
      contextX: contextX.subarray(b * numContext * F, (b + 1) * numContext * F),
      contextY: contextY.subarray(b * numContext, (b + 1) * numContext),
      queryX: queryX.subarray(b * numQuery * F, (b + 1) * numQuery * F),
    });
  };
  // The first call of a shape allocates: not timed.
  await one(0);
  const start = performance.now();
  for (let b = 0; b < numDatasets; b++) await one(b);
  const seconds = secondsSince(start) / numDatasets;
  const outputs = await ask(numDatasets, { contextX, contextY, queryX }); // [B, M, K]
  const times: number[] = [];
  for (let i = 0; i < BATCHED_CALLS; i++) {
    const startBatched = performance.now();
    await ask(numDatasets, { contextX, contextY, queryX });
    times.push(secondsSince(startBatched));
  }
  const secondsBatched = median(times) / numDatasets;
  const read = distributionReader(predictor.config.model, predictor.borders);
  const predictives = Array.from({ length: numDatasets }, (_, b) =>
    Array.from({ length: numQuery }, (_, i) => {
      const distribution = read(outputs, b * numQuery + i);
      return {
        logDensity: (y: number) => distribution.logDensity(y),
        cdf: (y: number) => distribution.cdf(y),
      };
    }),
  );
  return { method: NETWORK, predictives, seconds, secondsBatched };
}

/** The answers of the prior's own posterior, by MCMC. */
export function byPosterior(
  { method, predict }: ExactPosterior,
  batch: Batch,
  seed: number,
  onProgress: (done: number) => void,
): Answers {
  let seconds = 0;
  const predictives = Array.from({ length: batch.numDatasets }, (_, b) => {
    const observed = observedRows(batch, b);
    const start = performance.now();
    const predicted = predict(observed, randomStream(seed, 'posterior', batch.numContext, b));
    seconds += secondsSince(start) / batch.numDatasets;
    onProgress(b + 1);
    return predicted;
  });
  return { method, predictives, seconds, secondsBatched: null };
}

type PeerAnswers = Answers & { readonly version: string };

/** What a peer answered of each data set, with its own times. */
const timedThere = <Dataset extends { readonly seconds: number }>(
  method: string,
  { version, datasets }: { readonly version: string; readonly datasets: readonly Dataset[] },
  predictivesOf: (dataset: Dataset) => Answers['predictives'][number],
): PeerAnswers => ({
  method,
  version,
  predictives: datasets.map(predictivesOf),
  seconds: mean(datasets.map(({ seconds }) => seconds)),
  secondsBatched: null,
});

/** The answers of a Gaussian process fitted by MLE-II in scikit-learn, timed there. */
export async function byMle2(
  batch: Batch,
  ownFeatures: number,
  options: Mle2Options,
  threads: Pick<BenchOptions, 'threads'>,
): Promise<PeerAnswers | Skipped> {
  const answer = await runMle2(mle2Request(batch, ownFeatures, options), threads);
  if (isSkipped(answer)) return answer;
  return timedThere('MLE-II', answer, ({ means, sds }) =>
    means.map((center, i) => normalMixture(Float64Array.of(center), Float64Array.of(sds[i]))),
  );
}

/** The answers of MCMC over the hyperparameters by emcee, timed there; they tell of the query targets only. */
export async function byEmcee(
  batch: Batch,
  ownFeatures: number,
  options: EmceeOptions,
  threads: Pick<BenchOptions, 'threads'>,
): Promise<PeerAnswers | Skipped> {
  const answer = await runEmcee(emceeRequest(batch, ownFeatures, options), threads);
  if (isSkipped(answer)) return answer;
  return timedThere('emcee', answer, ({ logDensities, cdfs }) =>
    logDensities.map((logDensity, i) => ({ logDensity: () => logDensity, cdf: () => cdfs[i] })),
  );
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;
