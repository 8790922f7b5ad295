// How close the networks come to Bayes: the exact Gaussian process where its hyperparameters are known; MCMC and MLE-II
// where they are not; and MCMC over the weights of a Bayesian neural network.

import { existsSync } from 'node:fs';
import { checkpointFolder, loadPredictor } from '../infer/load.node.ts';
import { ownFeatures } from '../infer/posterior.ts';
import type { Predictor } from '../infer/predictor.ts';
import { NUM_INPUTS } from '../model/hyperparameters.ts';
import { KERNEL } from '../priors/gaussian-process.ts';
import type { KernelSpec } from '../priors/kernels.ts';
import type { Batch, Given, Hyperparameter, Prior } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import { evaluatePrior } from '../train/evaluate-prior.ts';
import { loadPrior } from '../train/load-prior.ts';
import { type Answers, byEmcee, byMle2, byNetwork, byPosterior, compare } from './bayes/compare.ts';
import { givenText, NETWORK, type Row, rowTable, timeRatios } from './bayes/row.ts';
import { targetResults } from './bayes/targets.ts';
import { type BenchOptions, isSkipped, type Report, type Skipped } from './harness.ts';
import { EMCEE_SWEEPS } from './peers/emcee-gp.ts';
import type { GpBounds } from './peers/gp-request.ts';

export const description = 'Gaussian processes and Bayesian neural networks against exact posteriors, MCMC and MLE-II';

const LENGTH_SCALES = [0.1, 0.3, 1];
const NOISES = [0.01, 0.03, 0.1, 0.3];
const CONTEXT_SIZES = [1, 2, 5, 10, 20, 50, 100];
const QUERIES = 10;
const DEFAULT_STEPS = 30;
/** Data sets per row of the table at the default --steps, in proportion at others. */
const DATASETS = 300;
/** Of these, the first ones, that the KL divergence is computed of: 30 ms each. */
const KL_DATASETS = 30;
/** By number of context rows, where MCMC answers them: 0.1, 0.3 and 2 s each. So many that gaps are known to a hundredth of a nat. */
const HYPERPRIOR_DATASETS = { 5: 300, 20: 150, 50: 60 };
/** The same for weights of a neural network: 0.2, 1.3 and 5 s each. */
const NETWORK_DATASETS = { 5: 200, 20: 100, 50: 100 };
/** Of scikit-learn's optimiser, after its first start. */
const RESTARTS = 5;
const CHECKPOINTS = ['gp', 'bnn'];
/** What main.ts says where no checkpoint is named: it is one of learning curves, which has no place here. */
const UNNAMED = 'curves';

/** Rows, and notes on what was skipped. */
type Part = (predictor: Predictor, prior: Prior, options: BenchOptions) => Promise<readonly (Row | string)[]>;

export async function run(options: BenchOptions): Promise<Report & { readonly rows: readonly Row[] }> {
  const { checkpoint } = options;
  const found: (Row | string)[] = [];
  for (const name of checkpoint === UNNAMED ? CHECKPOINTS : checkpoint.split(',')) {
    found.push(...(await measure(name, options)));
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  const rows = found.filter((each) => typeof each !== 'string');
  return {
    results: targetResults(rows),
    ratios: timeRatios(rows),
    tables: rows.length === 0 ? [] : [rowTable(rows)],
    notes: [
      ...new Set(found.filter((each) => typeof each === 'string')),
      `nats: mean log density of a query target, ${QUERIES} of each data set; ±: standard errors over data sets`,
      'gap: nats of the exact posterior or MCMC less these; KL: from the exact posterior, per query',
      `where values are told, KL and gap are of the first ${scaled(KL_DATASETS, options)} data sets`,
      'ms: per data set, each by itself; batched: 50 in one call against the exact posterior, all of the row otherwise (the median of some calls)',
      'MLE-II: GaussianProcessRegressor with an RBF and a WhiteKernel, bounds and amplitude those of the prior, ' +
        `n_restarts_optimizer=${RESTARTS}, normalize_y=False, timed around fit and predict`,
      `emcee: MCMC over length scale and noise in numpy, ${EMCEE_SWEEPS.walkers} walkers that move in two calls a sweep, ` +
        `${EMCEE_SWEEPS.burnIn} sweeps of burn-in, ${EMCEE_SWEEPS.steps} kept, timed around sampling and predicting`,
      `--steps ${DEFAULT_STEPS} is a full run; data sets are in proportion`,
      '--checkpoint takes names or folders, parted by commas',
    ],
    rows,
  };
}

/** At least 2, so that there is a standard error. */
const scaled = (datasets: number, { steps }: BenchOptions): number =>
  Math.max(2, Math.round((datasets * steps) / DEFAULT_STEPS));

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
};

const fitting = (sizes: readonly number[], { maxRows }: Prior): number[] =>
  sizes.filter((size) => size + QUERIES <= maxRows);

/** Numbers of context rows that the prior has, each with its number of data sets. */
const sizes = (datasets: Readonly<Record<number, number>>, prior: Prior, options: BenchOptions): [number, number][] =>
  fitting(Object.keys(datasets).map(Number), prior).map((size) => [size, scaled(datasets[size], options)]);

/** Hyperparameters given as values: the exact posterior is in closed form. Every kernel, and with more inputs than one at noise 0.1. */
const gridPart: Part = async (predictor, prior, options) => {
  const { name } = predictor;
  const { ranged, choices } = toldBy(prior);
  const settings = inputsOf(predictor, prior).flatMap((inputs) =>
    kernelsOf(prior).flatMap((kernel) =>
      (inputs === 1 ? NOISES : [0.1]).flatMap((noise) =>
        LENGTH_SCALES.map((lengthScale) => ({
          values: { lengthScale, noise } as Record<string, number>,
          inputs,
          kernel,
        })),
      ),
    ),
  );
  const told = ranged.map((each) => each.name).toSorted();
  if (told.join() !== 'lengthScale,noise') {
    const got = told.join(', ') || 'nothing';
    return [`${name}: expected a prior that tells lengthScale and noise, got ${got}: skipped`];
  }
  const contextSizes = fitting(CONTEXT_SIZES, prior);
  const found: (Row | string)[] = CONTEXT_SIZES.filter((size) => !contextSizes.includes(size)).map(
    (size) => `${name}: ${size} + ${QUERIES} rows are more than the ${prior.maxRows} of its prior: skipped`,
  );
  for (const [index, { inputs, kernel, values }] of settings.entries()) {
    const outside = ranged.find((each) => values[each.name] < each.low || values[each.name] > each.high);
    if (outside !== undefined) {
      const range = rangeOf(outside).join('..');
      found.push(`${name}: ${outside.name} ${values[outside.name]} is not within the ${range} of its prior: skipped`);
      continue;
    }
    const given = { ...values, ...choices(inputs, kernel) };
    const { contexts, datasets } = await evaluatePrior(predictor, prior, {
      contextSizes,
      datasets: scaled(DATASETS, options),
      exactDatasets: scaled(KL_DATASETS, options),
      queriesPerDataset: QUERIES,
      given,
      // Settings of one random stream would share their luck, which means over them could not average out.
      seed: 1000 * options.seed + index,
      onProgress: (done, total) => progress(`${name}, ${givenText(given)}: ${done} of ${total} data sets`),
    });
    for (const [context, { logLikelihood, coverage, secondsPerDataset, exact }] of Object.entries(contexts)) {
      found.push({
        checkpoint: name,
        given,
        inputs,
        context: Number(context),
        method: NETWORK,
        datasets,
        logLikelihood,
        gap: exact?.gap ?? null,
        kl: exact?.kl ?? null,
        coverage,
        seconds: null,
        secondsBatched: secondsPerDataset,
      });
    }
  }
  return found;
};

/** All of every range told: hyperparameters are integrated over, which takes MCMC, or fitted, which is MLE-II. */
const hyperpriorPart: Part = async (predictor, prior, options) => {
  const { name } = predictor;
  const { exact } = prior;
  const { ranged, choices } = toldBy(prior);
  if (ranged.length === 0 || exact === undefined) {
    return [`${name}: tells no hyperparameters, so that there are none to integrate over: skipped`];
  }
  const bounds = rbfBounds(prior);
  const [inputs] = inputsOf(predictor, prior);
  const given = { ...Object.fromEntries(ranged.map((each) => [each.name, rangeOf(each)])), ...choices(inputs) };
  const found: (Row | string)[] = [];
  for (const [numContext, numDatasets] of sizes(HYPERPRIOR_DATASETS, prior, options)) {
    const shape = { numDatasets, numContext, numQuery: QUERIES, given };
    const batch = prior.sample(randomStream(options.seed, 'bayes', numContext), shape);
    const answers: Answers[] = [await byNetwork(predictor, batch)];
    for (const { peer, library, ask } of rbfPeers) {
      progress(`${name}, ${numContext} rows: ${peer}`);
      const answer = isSkipped(bounds) ? bounds : await ask(batch, inputs, bounds, options);
      if (isSkipped(answer)) found.push(`${name}: ${answer.skipped}`);
      else {
        answers.push(answer);
        found.push(`${peer}: ${library} ${answer.version}`);
      }
    }
    const onProgress = (done: number) => progress(`${name}, ${numContext} rows: MCMC ${done} of ${numDatasets}`);
    answers.push({ ...byPosterior(exact, batch, options.seed, onProgress), method: 'MCMC' });
    found.push(...compare({ checkpoint: name, given, inputs }, batch, answers));
  }
  return found;
};

const rangeOf = ({ low, high }: Hyperparameter): readonly [number, number] => [low, high];

/** Hyperparameters with a range, and what is given of those with choices: so many inputs, the kernel, and otherwise the first one. */
function toldBy({ hyperparameters = [] }: Prior) {
  const chosen = hyperparameters.flatMap(({ name, choices }) => (choices === undefined ? [] : [{ name, choices }]));
  return {
    ranged: hyperparameters.filter(({ choices }) => choices === undefined),
    choices: (inputs: number, kernel?: string): Given => {
      const told: Readonly<Record<string, string | undefined>> = { [NUM_INPUTS]: `${inputs}`, [KERNEL]: kernel };
      return Object.fromEntries(chosen.map(({ name, choices }) => [name, told[name] ?? choices[0]]));
    },
  };
}

/** Those that can be told; no name where there is but one. */
const kernelsOf = ({ hyperparameters = [] }: Prior): readonly (string | undefined)[] =>
  hyperparameters.find(({ name }) => name === KERNEL)?.choices ?? [undefined];

/** One input and all of them, where a data set may have any number. */
function inputsOf(predictor: Predictor, { hyperparameters = [] }: Prior): number[] {
  const own = ownFeatures(predictor);
  return hyperparameters.some(({ name }) => name === NUM_INPUTS) && own > 1 ? [1, own] : [own];
}

/** What others do where length scale and noise are left open. */
const rbfPeers = [
  {
    peer: 'MLE-II',
    library: 'scikit-learn',
    ask: (batch: Batch, inputs: number, bounds: GpBounds, options: BenchOptions) =>
      byMle2(batch, inputs, { ...bounds, restarts: RESTARTS, seed: options.seed }, options),
  },
  {
    peer: 'emcee',
    library: 'emcee',
    ask: (batch: Batch, inputs: number, bounds: GpBounds, options: BenchOptions) =>
      byEmcee(batch, inputs, { ...bounds, seed: options.seed }, options),
  },
];

/** The bounds of what these fit or sample, which are those of the prior, or why they do not know this prior. */
function rbfBounds(prior: Prior): GpBounds | Skipped {
  const { options } = prior;
  const { ranged } = toldBy(prior);
  const kernel = options.kernel as KernelSpec;
  const range = (name: string) => ranged.find((each) => each.name === name);
  const [lengthScale, noise] = [range('lengthScale'), range('noise')];
  const isRbf = 'kernel' in kernel && kernel.kernel === 'rbf' && typeof kernel.outputScale === 'number';
  if (!isRbf || !lengthScale || !noise || ranged.length > 2 || options.unused !== 0) {
    return { skipped: 'MLE-II and emcee: know the length scale and the noise of an rbf kernel only: skipped' };
  }
  return { outputScale: kernel.outputScale as number, lengthScale: rangeOf(lengthScale), noise: rangeOf(noise) };
}

/** A Bayesian neural network, whose prior answers by MCMC over the weights. */
const networkPart: Part = async (predictor, prior, options) => {
  const { name } = predictor;
  const { exact } = prior;
  if (exact === undefined) return [`${name}: its prior has no posterior to compare with: skipped`];
  const inputs = ownFeatures(predictor);
  const rows: Row[] = [];
  for (const [numContext, numDatasets] of sizes(NETWORK_DATASETS, prior, options)) {
    const batch = prior.sample(randomStream(options.seed, 'bayes', numContext), {
      numDatasets,
      numContext,
      numQuery: QUERIES,
    });
    const answers = [
      await byNetwork(predictor, batch),
      byPosterior(exact, batch, options.seed, (done) =>
        progress(`${name}, ${numContext} rows: MCMC ${done} of ${numDatasets}`),
      ),
    ];
    rows.push(...compare({ checkpoint: name, given: {}, inputs }, batch, answers));
  }
  return rows;
};

/** What is measured on a checkpoint, by the name of its prior. */
const parts: Readonly<Record<string, readonly Part[]>> = {
  'gaussian-process': [gridPart, hyperpriorPart],
  'neural-network': [networkPart],
};

/** All parts on one checkpoint, or the reason why it cannot take them. */
async function measure(name: string, options: BenchOptions): Promise<(Row | string)[]> {
  if (!existsAsCheckpoint(name)) return [`${name}: no shipped checkpoint or folder of that name: skipped`];
  const predictor = await loadPredictor(name, { device: 'cpu', threads: options.threads });
  try {
    const source = predictor.config.prior;
    if (!Object.hasOwn(parts, source.name)) {
      const known = Object.keys(parts).join(' or ');
      return [`${name}: expected the prior ${known}, got ${source.name}: skipped`];
    }
    const prior = await loadPrior(source);
    const found: (Row | string)[] = [];
    for (const part of parts[source.name]) found.push(...(await part(predictor, prior, options)));
    return found;
  } finally {
    await predictor.dispose();
  }
}

function existsAsCheckpoint(name: string): boolean {
  try {
    return existsSync(checkpointFolder(name));
  } catch {
    return false;
  }
}
