/**
 * Gaussian process: smooth, rough, periodic or linear functions, by the kernel, with noise.
 *
 * Story    For each data set the hyperparameters are drawn, each from its form (priors/distributions.ts), then
 *
 *            f ~ GP(0, k)        k is the kernel (priors/kernels.ts)
 *            y = f(x) + s e      e ~ N(0, 1); s is `noise`, a standard deviation, at least 1e-4
 *            x ~ U(0, 1) in every column (inputs 'uniform') or ~ N(0, 1) ('normal').
 *            With probability `unused` a column is not used by f, each by itself. With `ard` each column has a length scale of
 *            its own.
 *
 *          With `kernels` each data set has one of them in place of kernel.kernel, and with `anyNumInputs` it has 1 .. numFeatures
 *          columns, the others being 0; which and how many is told. Half of the data sets have the first choice (the first kernel,
 *          one column), the other half any choice, each as likely as the other.
 *
 *          A hyperparameter { given: [low, high] } is told to the network as a range [a, b] within [low, high], and is log-uniform in
 *          it. Half of the data sets are told the value itself (a = b, log-uniform over [low, high]), a quarter the range of two
 *          such values, a quarter all of [low, high].
 *
 * Source   Müller et al., Transformers Can Do Bayesian Inference (ICLR 2022), section 4; Müller et al., PFNs4BO (ICML 2023), for columns
 *          that are not used. Ranges that are told: ours.
 * Units    x and length scales share one unit, y, outputScale and noise another.
 * Not in   a mean other than 0, noise that depends on x, input warping.
 * Output   all rows of a data set are exchangeable. The last 2 columns per hyperparameter that is told are ln a and ln b, moved to
 *          -1 .. 1 over [low, high]; F counts them.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import {
  drawGivenRange,
  drawLogValue,
  givenColumn,
  givenValue,
  type HyperparameterForm,
  logDensityOfValue,
  parseForm,
  toldForm,
} from './distributions.ts';
import { annealedStart } from './exact/annealed-start.ts';
import { ensembleSampler } from './exact/ensemble-sampler.ts';
import { normalCdf } from './exact/normal-cdf.ts';
import { normalMixture } from './exact/normal-mixture.ts';
import { createKernel, freeName, type Kernel, type KernelParameter, type KernelSpec, parseKernel } from './kernels.ts';
import {
  cholesky,
  conditionalOfLast,
  conditionNormal,
  logDeterminant,
  multiplyLower,
  solveLower,
} from './linear-algebra.ts';
import type {
  Batch,
  BatchShape,
  Given,
  Hyperparameter,
  Observed,
  Predictive,
  Prior,
  QueryLaw,
  Random,
} from './prior.ts';
import { normals } from './random.ts';

export interface GaussianProcessOptions {
  /** Columns of x, 1 .. 10, not counting those that tell hyperparameters. */
  readonly numFeatures?: number;
  /** The most rows of one data set, context and query together, up to 500. */
  readonly maxRows?: number;
  readonly kernel?: KernelSpec;
  /** Names of kernels that take the place of kernel.kernel, one for each data set; told as `kernel`. None: the kernel as it is. */
  readonly kernels?: readonly string[];
  /** Whether data sets have 1 to numFeatures columns, the others being 0; told as `numInputs`. */
  readonly anyNumInputs?: boolean;
  /** Standard deviation of the noise. */
  readonly noise?: HyperparameterForm;
  readonly inputs?: 'uniform' | 'normal';
  /** One length scale for each column of x instead of one for all. */
  readonly ard?: boolean;
  /** Probability that f does not use a column of x, in [0, 1). */
  readonly unused?: number;
}

/**
 * Options of priors from the literature. The papers state gamma and log-normal distributions of variances (the noise and output
 * scale of GPyTorch); here they are those of the standard deviations.
 *
 *   matern-hyperprior  Müller et al. (2022): variance of the noise ~ Gamma(1e-4, rate 1), which is less than the least noise here in
 *                      99.8 % of the data sets; output variance ~ Gamma(2, 0.15), length scales ~ Gamma(3, 6)
 *   hebo               PFNs4BO (2023), HEBO+: length scales ~ Gamma(1.21, 1.52), output variance ~ Gamma(0.845, 0.399), variance of the
 *                      noise ~ LogNormal(-4.63, 0.5^2), 30 % of the columns unused; without the optional input warping
 */
export const gaussianProcessPresets = {
  'matern-hyperprior': {
    kernel: { kernel: 'matern52', lengthScale: { gamma: [3, 6] }, outputScale: { sqrtGamma: [2, 0.15] } },
    noise: { sqrtGamma: [1e-4, 1] },
    ard: true,
  },
  hebo: {
    kernel: { kernel: 'matern32', lengthScale: { gamma: [1.21, 1.52] }, outputScale: { sqrtGamma: [0.845, 0.399] } },
    noise: { logNormal: [-4.63 / 2, 0.25] },
    ard: true,
    unused: 0.3,
  },
} as const satisfies Readonly<Record<string, GaussianProcessOptions>>;

const NAME = 'gaussian-process';
const MAX_FEATURES = 10;
const MOST_ROWS = 500;
/** Less noise than this, as a standard deviation, is raised to it: covariances of smooth functions have no Cholesky factor without. */
const LEAST_NOISE = 1e-4;
/** Less than this is raised to it, so that rows in length scales stay finite. */
const LEAST_VALUE = 1e-100;
const COLUMNS_PER_HYPERPARAMETER = 2;

/** What the options come to. */
interface Model {
  /** Columns of x without those that tell hyperparameters. */
  readonly numFeatures: number;
  readonly maxRows: number;
  readonly inputs: 'uniform' | 'normal';
  readonly unused: number;
  /** One, or those to choose from, all with the same parameters. */
  readonly kernels: readonly Kernel[];
  /** Those of the kernel, then the noise; [P]. */
  readonly parameters: readonly KernelParameter[];
  /** Those of the parameters that are told, in their order, then `kernel`, then `numInputs`. */
  readonly hyperparameters: readonly Hyperparameter[];
}

type Range = readonly [low: number, high: number];

export function gaussianProcess(options: GaussianProcessOptions = {}): Prior {
  const complete = checkOptions(options);
  const model = createModel(complete);
  const { hyperparameters } = model;
  const isClosed =
    model.unused === 0 && model.parameters.every(({ form }) => typeof form === 'number' || 'given' in form);
  return {
    name: NAME,
    options: complete,
    numFeatures: allColumns(model),
    ...(hyperparameters.length > 0 && { hyperparameters }),
    maxRows: complete.maxRows,
    exact: {
      // Data sets that are told a range, not a point, take MCMC over what is left to know.
      method: isClosed ? 'closed form' : 'MCMC',
      predict: (observed, random) => predict(observed, random, model),
    },
    sample: (random, shape) => sampleBatch(random, shape, model),
  };
}

function checkOptions(options: GaussianProcessOptions) {
  const {
    numFeatures = 1,
    maxRows = 110,
    kernel = { kernel: 'rbf', lengthScale: 0.3, outputScale: 1 },
    kernels = [],
    anyNumInputs = false,
    noise = 0.1,
    inputs = 'uniform',
    ard = false,
    unused = 0,
    ...unknown
  } = options;
  refuseUnknown(
    NAME,
    ['numFeatures', 'maxRows', 'kernel', 'kernels', 'anyNumInputs', 'noise', 'inputs', 'ard', 'unused'],
    unknown,
  );
  checkWhole('numFeatures', numFeatures, 1, MAX_FEATURES);
  checkWhole('maxRows', maxRows, 1, MOST_ROWS);
  if (inputs !== 'uniform' && inputs !== 'normal') {
    throw new TypeError(`${NAME}: inputs must be 'uniform' or 'normal', got ${JSON.stringify(inputs)}.`);
  }
  for (const [name, value] of Object.entries({ ard, anyNumInputs })) {
    if (typeof value !== 'boolean') {
      throw new TypeError(`${NAME}: ${name} must be true or false, got ${JSON.stringify(value)}.`);
    }
  }
  if (!Array.isArray(kernels) || kernels.length === 1) {
    throw new TypeError(
      `${NAME}: kernels must be a list of at least two names of kernels, got ${JSON.stringify(kernels)}. Name a single one in kernel.`,
    );
  }
  if (anyNumInputs && numFeatures === 1) {
    throw new TypeError(
      `${NAME}: anyNumInputs chooses from 1 to numFeatures inputs, which is 1. Raise it, or leave anyNumInputs out.`,
    );
  }
  if (!(unused >= 0 && unused < 1)) throw new RangeError(`${NAME}: unused must be a number in [0, 1), got ${unused}.`);
  return {
    numFeatures,
    maxRows,
    kernel: parseKernel(`${NAME}: kernel`, kernel),
    kernels,
    anyNumInputs,
    noise: parseForm(`${NAME}: noise`, noise),
    inputs,
    ard,
    unused,
  };
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${NAME}: ${name} must be a whole number from ${least} to ${most}, got ${value}.`);
}

function createModel(options: Required<GaussianProcessOptions>): Model {
  const { numFeatures, maxRows, inputs, unused, ard } = options;
  const specs = options.kernels.map((kernel) => parseKernel(`${NAME}: kernels`, { ...options.kernel, kernel }));
  const kernels = (specs.length > 0 ? specs : [options.kernel]).map((spec) => createKernel(spec, numFeatures, ard));
  const [{ parameters: ofKernel }] = kernels;
  const parameters = [...ofKernel, { name: freeName('noise', ofKernel), form: options.noise }];
  const told = parameters.flatMap(({ name, form }) =>
    typeof form === 'object' && 'given' in form ? [{ name, low: form.given[0], high: form.given[1] }] : [],
  );
  const hyperparameters = [
    ...told,
    ...(options.kernels.length > 0 ? [choice(KERNEL, options.kernels)] : []),
    ...(options.anyNumInputs
      ? [
          choice(
            NUM_INPUTS,
            Array.from({ length: numFeatures }, (_, i) => `${i + 1}`),
          ),
        ]
      : []),
  ];
  return { numFeatures, maxRows, inputs, unused, kernels, parameters, hyperparameters };
}

/** The hyperparameter that tells which of several kernels. */
export const KERNEL = 'kernel';
const NUM_INPUTS = 'numInputs';

const choice = (name: string, choices: readonly string[]): Hyperparameter => ({
  name,
  low: 1,
  high: choices.length,
  choices,
});

/** What is told of a choice: 1, 2, ..; by default the fallback. */
function toldChoice({ hyperparameters }: Model, ranges: readonly Range[], name: string, fallback: number): number {
  const told = hyperparameters.findIndex((each) => each.name === name);
  return told < 0 ? fallback : Math.round(ranges[told][0]);
}

const toldKernel = (model: Model, ranges: readonly Range[]): Kernel =>
  model.kernels[toldChoice(model, ranges, KERNEL, 1) - 1];

/** Columns of x, those that tell hyperparameters included. */
const allColumns = ({ numFeatures, hyperparameters }: Model) =>
  numFeatures + COLUMNS_PER_HYPERPARAMETER * hyperparameters.length;

/** The forms of the parameters once ranges are told. */
function toldForms({ parameters, hyperparameters }: Model, ranges: readonly Range[]): HyperparameterForm[] {
  return parameters.map(({ name, form }) => {
    const told = hyperparameters.findIndex((hyperparameter) => hyperparameter.name === name);
    return told < 0 ? form : toldForm(ranges[told]);
  });
}

/** A value from its logarithm. */
const fromLog = (logValue: number) => Math.max(LEAST_VALUE, Math.exp(logValue));

function sampleBatch(random: Random, shape: BatchShape, model: Model): Batch {
  const { numDatasets, numContext, numQuery, given = {} } = shape;
  const { maxRows, numFeatures, hyperparameters } = model;
  checkRows(NAME, maxRows, shape);
  const fixedRanges = givenRanges(hyperparameters, given);
  const numColumns = allColumns(model);
  const contextX = new Float32Array(numDatasets * numContext * numColumns); // [B, N, F]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery * numColumns); // [B, M, F]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  const queryLaw = { mean: new Float32Array(queryY.length), sd: new Float32Array(queryY.length) }; // [B, M]
  const covariance = new Float64Array((numContext + numQuery) ** 2);
  for (let b = 0; b < numDatasets; b++) {
    const ranges = hyperparameters.map((each, h) => fixedRanges[h] ?? drawGivenRange(random, each));
    const { x, y, law } = drawDataset(random, shape, ranges, model, covariance);
    queryLaw.mean.set(law.mean, b * numQuery);
    queryLaw.sd.set(law.sd, b * numQuery);
    const told = hyperparameters.flatMap((each, h) => ranges[h].map((end) => givenColumn(each, end)));
    for (let i = 0; i < y.length; i++) {
      const isContext = i < numContext;
      const row = isContext ? b * numContext + i : b * numQuery + i - numContext;
      const rows = isContext ? contextX : queryX;
      rows.set(x.subarray(i * numFeatures, (i + 1) * numFeatures), row * numColumns);
      rows.set(told, row * numColumns + numFeatures);
      (isContext ? contextY : queryY)[row] = y[i];
    }
  }
  return { ...shape, numFeatures: numColumns, contextX, contextY, queryX, queryY, queryLaw };
}

/** The ranges that a batch gives, undefined for those left out. Throws a RangeError that names what is unknown or out of range. */
function givenRanges(hyperparameters: readonly Hyperparameter[], given: Given): (Range | undefined)[] {
  const names = hyperparameters.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`${NAME}: expected ${names.join(', ') || 'no hyperparameters'} in given, got '${unknown}'.`);
  }
  return hyperparameters.map(({ name, low, high, choices }) => {
    const value = given[name];
    if (value === undefined) return undefined;
    if (choices !== undefined) {
      const at = choices.indexOf(String(value)) + 1;
      if (at > 0) return [at, at];
      throw new RangeError(
        `${NAME}: expected ${name} in given to be one of ${choices.join(', ')}, got ${JSON.stringify(value)}.`,
      );
    }
    const [from, to] = typeof value === 'object' ? value : [Number(value), Number(value)];
    if (from >= low && from <= to && to <= high) return [from, to];
    throw new RangeError(
      `${NAME}: expected ${name} in given to lie within ${low}..${high}, got ${JSON.stringify(value)}.`,
    );
  });
}

/** Rows x [R, F], without told columns, context first, their noisy targets y [R], and the law of those of the queries. Overwrites `covariance` [R, R]. */
function drawDataset(
  random: Random,
  { numContext, numQuery }: BatchShape,
  ranges: readonly Range[],
  model: Model,
  covariance: Float64Array,
): { x: Float64Array; y: Float64Array; law: QueryLaw } {
  const { numFeatures, unused } = model;
  const numRows = numContext + numQuery;
  const gauss = normals(random);
  const values = toldForms(model, ranges).map((form) => fromLog(drawLogValue(random, form)));
  const numInputs = toldChoice(model, ranges, NUM_INPUTS, numFeatures);
  const isUsed = Array.from({ length: numFeatures }, () => unused === 0 || random() >= unused);
  const drawX = model.inputs === 'uniform' ? random : gauss;
  // As the batch holds them, so that the exact posterior sees what the targets were drawn with.
  const x = Float64Array.from({ length: numRows * numFeatures }, (_, i) =>
    i % numFeatures < numInputs ? Math.fround(drawX()) : 0,
  );
  const y = Float64Array.from({ length: numRows }, gauss);
  fillNoisyCovariance(covariance, usedColumns(x, isUsed), numRows, values, toldKernel(model, ranges));
  cholesky(covariance, numRows);
  const law = conditionalOfLast(covariance, y, numContext, numRows);
  multiplyLower(covariance, y, numRows);
  return { x, y, law };
}

/** x [R, F] with 0 in columns that are not used: every kernel is then the one of the other columns. */
function usedColumns(x: Float64Array, isUsed: readonly boolean[]): Float64Array {
  return isUsed.every(Boolean) ? x : x.map((value, i) => (isUsed[i % isUsed.length] ? value : 0));
}

/** Lower triangle of the covariance [R, R] of noisy targets. `values` are those of the kernel, then the noise. */
function fillNoisyCovariance(
  covariance: Float64Array,
  x: Float64Array,
  numRows: number,
  values: readonly number[],
  kernel: Kernel,
): void {
  kernel.fill(covariance, x, numRows, values);
  const noise = Math.max(LEAST_NOISE, values[values.length - 1]);
  for (let i = 0; i < numRows; i++) covariance[i * numRows + i] += noise * noise;
}

/** One possible truth: values of all parameters, and the columns that f uses. */
interface Sample {
  readonly values: readonly number[];
  readonly isUsed: readonly boolean[];
}

function predict(observed: Observed, random: Random, model: Model): Predictive[] {
  const { numContext, numQuery } = observed;
  if (numQuery === 0) return [];
  const ranges = toldRanges(observed, model);
  const forms = toldForms(model, ranges);
  const kernel = toldKernel(model, ranges);
  const x = ownColumns(observed, model);
  const y = Float64Array.from({ length: numContext }, (_, i) => observed.contextY[i]);
  const numRows = numContext + numQuery;
  const samples = posteriorSamples(x.subarray(0, numContext * model.numFeatures), y, forms, kernel, model, random);
  const covariance = new Float64Array(numRows * numRows);
  const conditionals = samples.map(({ values, isUsed }) => {
    fillNoisyCovariance(covariance, usedColumns(x, isUsed), numRows, values, kernel);
    return conditionNormal(covariance, numRows, y);
  });
  return Array.from({ length: numQuery }, (_, q) =>
    normalMixture(
      Float64Array.from(conditionals, ({ means }) => means[q]),
      Float64Array.from(conditionals, ({ variances }) => Math.sqrt(variances[q])),
    ),
  );
}

/** The ranges that a data set is told, from the last columns of a row; all rows tell the same. */
function toldRanges({ queryX }: Observed, { numFeatures, hyperparameters }: Model): Range[] {
  return hyperparameters.map((each, h) => {
    const at = numFeatures + COLUMNS_PER_HYPERPARAMETER * h;
    return [givenValue(each, queryX[at]), givenValue(each, queryX[at + 1])];
  });
}

/** [N + M, F], context rows first, without told columns. */
function ownColumns({ numContext, numQuery, contextX, queryX }: Observed, model: Model): Float64Array {
  const { numFeatures } = model;
  const numColumns = allColumns(model);
  return Float64Array.from({ length: (numContext + numQuery) * numFeatures }, (_, i) => {
    const row = Math.floor(i / numFeatures);
    const column = i % numFeatures;
    return row < numContext ? contextX[row * numColumns + column] : queryX[(row - numContext) * numColumns + column];
  });
}

/**
 * Sweeps of the walkers: at each power of the likelihood, before samples are kept, while they are, and between two that are. With
 * 50 rows and 12 unknowns that takes some ten seconds, and means of two runs differ by up to 0.15 standard deviations.
 */
const SWEEPS = { annealing: 40, burnIn: 50, steps: 600, thin: 20 } as const;
const LEAST_WALKERS = 40;
const WALKERS_PER_UNKNOWN = 6;
const NUM_PRIOR_SAMPLES = 1000;

/**
 * Samples from the posterior of what is not known, by MCMC; the one possible truth where all is known; independent draws from
 * the prior where nothing is observed. Coordinates: the logarithms of parameters that are not fixed and, where columns may be unused, a
 * standard normal z for each column, which is used where P(Z <= z) >= unused.
 */
function posteriorSamples(
  x: Float64Array,
  y: Float64Array,
  forms: readonly HyperparameterForm[],
  kernel: Kernel,
  { numFeatures, unused }: Model,
  random: Random,
): Sample[] {
  const free = forms.flatMap((form, p) => (typeof form === 'number' ? [] : [p]));
  const numMasks = unused > 0 ? numFeatures : 0;
  const size = free.length + numMasks;
  const fixed = forms.map((form) => (typeof form === 'number' ? form : Number.NaN));

  const sampleAt = (coordinates: ArrayLike<number>): Sample => {
    const values = [...fixed];
    for (let k = 0; k < free.length; k++) values[free[k]] = fromLog(coordinates[k]);
    const isUsed = Array.from({ length: numFeatures }, (_, f) => {
      return numMasks === 0 || normalCdf(coordinates[free.length + f]) >= unused;
    });
    return { values, isUsed };
  };
  const draw = (): Float64Array => {
    const gauss = normals(random);
    return Float64Array.from({ length: size }, (_, k) =>
      k < free.length ? drawLogValue(random, forms[free[k]]) : gauss(),
    );
  };
  const logLikelihood = logLikelihoodOf(x, y, kernel);
  const logDensity = (coordinates: Float64Array, power: number): number => {
    let log = 0;
    for (let k = 0; k < free.length; k++) log += logDensityOfValue(forms[free[k]], coordinates[k]);
    for (let k = free.length; k < size; k++) log -= coordinates[k] ** 2 / 2;
    return power === 0 || log === -Infinity ? log : log + power * logLikelihood(sampleAt(coordinates));
  };

  if (size === 0) return [sampleAt([])];
  if (y.length === 0) return Array.from({ length: NUM_PRIOR_SAMPLES }, () => sampleAt(draw()));
  const start = annealedStart({
    logDensity,
    start: Array.from({ length: Math.max(LEAST_WALKERS, WALKERS_PER_UNKNOWN * size) }, draw),
    sweeps: SWEEPS.annealing,
    random,
  });
  const { samples } = ensembleSampler({ logDensity: (at) => logDensity(at, 1), start, ...SWEEPS, random });
  return samples.map(sampleAt);
}

/** Log density of y [N] at x [N, F], up to a constant; -Infinity where the covariance has no Cholesky factor. */
function logLikelihoodOf(x: Float64Array, y: Float64Array, kernel: Kernel): (sample: Sample) => number {
  const size = y.length;
  const covariance = new Float64Array(size * size);
  const whitened = new Float64Array(size);
  return ({ values, isUsed }) => {
    fillNoisyCovariance(covariance, usedColumns(x, isUsed), size, values, kernel);
    try {
      cholesky(covariance, size);
    } catch {
      return -Infinity;
    }
    whitened.set(y);
    solveLower(covariance, whitened, size);
    return -(logDeterminant(covariance, size) + whitened.reduce((sum, each) => sum + each * each, 0)) / 2;
  };
}
