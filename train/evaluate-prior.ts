import type { ModelConfig } from '../model/config.ts';
import type { Batch, ExactPosterior, Given, Prior } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import { inModelUnits } from './batches.ts';
import { methodOfDraws } from './exact-method.ts';
import {
  classScorer,
  numberScorer,
  type QueryScorer,
  type ScoresOfClasses,
  type ScoresOfNumbers,
} from './query-scores.ts';

/** What is scored: a predictor, or anything that answers as one. */
export interface Answering {
  readonly borders: Float64Array;
  readonly config: { readonly name: string; readonly model: ModelConfig };
  condition(context: {
    readonly numDatasets: number;
    readonly numContext: number;
    readonly numFeatures?: number;
    readonly x: Float32Array;
    readonly y: Float32Array;
  }): Promise<{ predict(queries: { readonly numQuery: number; readonly x: Float32Array }): Promise<Float32Array> }>;
}

/** A mean over data sets and its standard error (the queries of one data set are not independent). */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

export interface CommonScores {
  /** Log density of the query targets, or log probability of their classes, in nats. */
  readonly logLikelihood: Estimate;
  /** Time in the network (condition and predict) per data set. */
  readonly secondsPerDataset: number;
  /** Null where the prior has no exact posterior. */
  readonly exact: ExactScores | null;
}

export interface ExactScores {
  readonly method: ExactPosterior['method'];
  /** How many of the data sets were answered exactly. */
  readonly datasets: number;
  readonly logLikelihood: Estimate;
  /** Log-likelihood of the exact posterior less that of the network, on the same targets. */
  readonly gap: Estimate;
  /** KL divergence of the network's predictive from the exact one, in nats per query. */
  readonly kl: Estimate;
  readonly secondsPerDataset: number;
}

interface Evaluation<Targets, Scores> {
  readonly prior: string;
  readonly targets: Targets;
  readonly datasets: number;
  readonly queriesPerDataset: number;
  /** By number of context rows. */
  readonly contexts: Readonly<Record<string, CommonScores & Scores>>;
}

export type NumberEvaluation = Evaluation<'numbers', ScoresOfNumbers>;
export type ClassEvaluation = Evaluation<'classes', ScoresOfClasses>;
export type PriorEvaluation = NumberEvaluation | ClassEvaluation;

export interface EvaluatePriorOptions {
  readonly contextSizes: readonly number[];
  readonly datasets?: number;
  readonly queriesPerDataset?: number;
  /** Data sets, the first ones, that are answered exactly too. Default: all where `given` leaves a closed form, else 20. */
  readonly exactDatasets?: number;
  /** Fixes or narrows hyperparameters of the prior. */
  readonly given?: Given;
  readonly seed?: number;
  /** Called after each data set. */
  readonly onProgress?: (done: number, total: number) => void;
}

const DATASETS_PER_CALL = 50;
const MCMC_DATASETS = 20;

/** Scores a network on held-out draws from a prior, per number of context rows, and against the exact posterior where there is one. */
export async function evaluatePrior(
  network: Answering,
  prior: Prior,
  { contextSizes, datasets = 500, queriesPerDataset = 20, seed = 0, onProgress, ...options }: EvaluatePriorOptions,
): Promise<PriorEvaluation> {
  const { name, model } = network.config;
  if (model.numFeatures !== prior.numFeatures) {
    throw new RangeError(
      `evaluate: ${name} sees ${model.numFeatures} columns of x, the prior ${prior.name} draws ${prior.numFeatures}. Give its own prior.`,
    );
  }
  const classes = model.head === 'classes' ? model.numOutputs : undefined;
  if (classes !== prior.numClasses) {
    const kind = (count?: number) => (count === undefined ? 'real numbers' : `${count} classes`);
    throw new RangeError(
      `evaluate: ${name} answers with ${kind(classes)}, the prior ${prior.name} draws ${kind(prior.numClasses)}. Give its own prior.`,
    );
  }
  const total = contextSizes.length * datasets;
  let done = 0;
  const scoreContexts = async <Scores>(openScorer: () => QueryScorer<Scores>) => {
    const contexts: Record<string, CommonScores & Scores> = {};
    for (const numContext of contextSizes) {
      const scorer = datasetScorer(network, prior, openScorer(), options);
      for (let start = 0; start < datasets; start += DATASETS_PER_CALL) {
        const numDatasets = Math.min(DATASETS_PER_CALL, datasets - start);
        const random = randomStream(seed, 'evaluate', numContext, start);
        const shape = { numDatasets, numContext, numQuery: queriesPerDataset, given: options.given };
        await scorer.add(prior.sample(random, shape), random, () => onProgress?.(++done, total));
      }
      contexts[numContext] = scorer.scores();
    }
    return contexts;
  };
  const about = { prior: prior.name, datasets, queriesPerDataset };
  return model.head === 'classes'
    ? { ...about, targets: 'classes', contexts: await scoreContexts(() => classScorer(model)) }
    : { ...about, targets: 'numbers', contexts: await scoreContexts(() => numberScorer(model, network.borders)) };
}

function datasetScorer<Scores>(
  network: Answering,
  prior: Prior,
  queryScorer: QueryScorer<Scores>,
  { exactDatasets, given }: Pick<EvaluatePriorOptions, 'exactDatasets' | 'given'>,
) {
  const { units = 'own' } = network.config.model;
  const inOwnUnits = units === 'own';
  const exact = inOwnUnits ? prior.exact : undefined;
  const method = exact && methodOfDraws(exact, prior, given);
  const numExact = exactDatasets ?? (method === 'MCMC' ? MCMC_DATASETS : Infinity);
  const logLikelihoods: number[] = [];
  const truth = { logLikelihoods: [] as number[], gaps: [] as number[], kls: [] as number[], seconds: 0 };
  let seconds = 0;

  async function add(drawn: Batch, random: () => number, onDataset: () => void): Promise<void> {
    const batch = inModelUnits(drawn, units, prior);
    const { numDatasets, numContext, numQuery, numFeatures, contextX, contextY, queryX, queryY } = batch;
    const start = performance.now();
    const conditioned = await network.condition({ numDatasets, numContext, numFeatures, x: contextX, y: contextY });
    const outputs = await conditioned.predict({ numQuery, x: queryX }); // [B, M, K]
    seconds += (performance.now() - start) / 1000;
    for (let b = 0; b < numDatasets; b++) {
      const targets = queryY.subarray(b * numQuery, (b + 1) * numQuery);
      const scored = Array.from(targets, (target, i) => queryScorer.score(outputs, b * numQuery + i, target));
      const own = mean(scored.map(({ logDensity }) => logDensity));
      logLikelihoods.push(own);
      if (exact !== undefined && truth.kls.length < numExact) {
        const begun = performance.now();
        const answers = exact.predict(observedRows(batch, b), random);
        truth.seconds += (performance.now() - begun) / 1000;
        const exactly = mean(answers.map(({ logDensity }, i) => logDensity(targets[i])));
        truth.logLikelihoods.push(exactly);
        truth.gaps.push(exactly - own);
        truth.kls.push(mean(answers.map((answer, i) => scored[i].divergenceFrom(answer))));
      }
      onDataset();
    }
  }

  const scores = (): CommonScores & Scores => ({
    logLikelihood: estimate(logLikelihoods),
    secondsPerDataset: seconds / logLikelihoods.length,
    exact:
      method === undefined
        ? null
        : {
            method,
            datasets: truth.kls.length,
            logLikelihood: estimate(truth.logLikelihoods),
            gap: estimate(truth.gaps),
            kl: estimate(truth.kls),
            secondsPerDataset: truth.seconds / truth.kls.length,
          },
    ...queryScorer.scores(),
  });
  return { add, scores };
}

/** One data set of a batch, as an exact posterior takes it. */
export function observedRows(
  { numContext: N, numQuery: M, numFeatures: F, contextX, contextY, queryX }: Batch,
  b: number,
) {
  return {
    numContext: N,
    numQuery: M,
    contextX: contextX.subarray(b * N * F, (b + 1) * N * F),
    contextY: contextY.subarray(b * N, (b + 1) * N),
    queryX: queryX.subarray(b * M * F, (b + 1) * M * F),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function estimate(values: readonly number[]): Estimate {
  const center = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean: center, standardError: Math.sqrt(variance / values.length) };
}
