/**
 * Mixture: every data set is drawn from one of several priors.
 *
 * Story    part ~ Categorical(weight_1, weight_2, ..)      one for each data set; weights need not sum to 1
 *          data set ~ prior of that part                   all its rows, context and query alike
 *
 * Source   The usual mixture of distributions. TabPFN (Hollmann et al., ICLR 2023) mixes two priors so.
 * Units    those of the parts, which should mean the same by x and by y: nothing here rescales them.
 * Not in   the part is not told to the network; no data set mixes rows of two parts.
 *          Where parts say the law of their query targets, the mixture does not.
 * Output   as of the parts, which must agree on the features, the hyperparameters that are told, and the classes. maxRows is the
 *          smallest of them.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from '../checks.ts';
import type { Batch, BatchShape, Prior, Random } from '../prior.ts';
import {
  type CreatePrior,
  datasetViews,
  INNER_ROWS,
  innerPrior,
  layoutOf,
  type PriorSource,
  sourceOf,
} from './inner-prior.ts';

export interface MixturePart {
  readonly prior: PriorSource;
  /** How often, relative to the other parts; above 0. Default: 1. */
  readonly weight?: number;
}

export interface MixtureOptions {
  /** At least one. Default: training runs, a quarter of them with more noise. */
  readonly parts?: readonly MixturePart[];
}

const NAME = 'mixture';
const RUN = { name: 'training-run' };
const DEFAULT_PARTS: readonly MixturePart[] = [
  { prior: RUN, weight: 3 },
  { prior: { name: 'output-noise', options: { prior: RUN } }, weight: 1 },
];

interface Part {
  readonly prior: Prior;
  readonly weight: number;
}

export function mixture(options: MixtureOptions, create: CreatePrior): Prior {
  const { parts: sources = DEFAULT_PARTS, ...unknown } = options;
  refuseUnknown(NAME, ['parts'], unknown);
  if (!Array.isArray(sources) || sources.length === 0) {
    throw new TypeError(`${NAME}: parts must be a list of { prior, weight }, got ${JSON.stringify(sources)}.`);
  }
  const parts = sources.map((source: MixturePart) => createPart(source, create));
  const layout = layoutOf(parts[0].prior);
  for (const { prior } of parts) refuseAnyFeatures(prior);
  for (const { prior } of parts.slice(1)) checkAgreement(parts[0].prior, prior);
  const maxRows = Math.min(...parts.map(({ prior }) => prior.maxRows));
  return {
    name: NAME,
    options: { parts: parts.map(({ prior, weight }) => ({ prior: sourceOf(prior), weight })) },
    ...layout,
    maxRows,
    sample(random, shape) {
      checkRows(NAME, maxRows, shape, INNER_ROWS);
      return sampleBatch(random, shape, parts, layout.numFeatures);
    },
  };
}

function createPart(part: MixturePart, create: CreatePrior): Part {
  if (typeof part !== 'object' || part === null) {
    throw new TypeError(`${NAME}: expected each of parts to be an object with a prior, got ${JSON.stringify(part)}.`);
  }
  const { prior: source, weight = 1, ...unknown } = part;
  refuseUnknown(NAME, ['prior', 'weight'], unknown);
  if (!(weight > 0 && weight < Infinity)) {
    throw new RangeError(`${NAME}: weight must be a number above 0, got ${weight}.`);
  }
  return { prior: innerPrior(NAME, source, create), weight };
}

/** Parts draw a batch together, so each must have the same number of columns in every draw. */
function refuseAnyFeatures({ name, anyFeatures }: Prior): void {
  if (!anyFeatures) return;
  throw new RangeError(
    `${NAME}: expected parts with one number of columns, got '${name}', which draws it for each batch. Choose another prior.`,
  );
}

function checkAgreement(first: Prior, other: Prior): void {
  for (const key of ['numFeatures', 'numClasses', 'hyperparameters'] as const) {
    const [expected, got] = [first[key], other[key]].map((value) => JSON.stringify(value) ?? 'none');
    if (expected === got) continue;
    throw new RangeError(
      `${NAME}: expected parts with the same ${key}, got ${expected} of '${first.name}' and ${got} of '${other.name}'.`,
    );
  }
}

function sampleBatch(random: Random, shape: BatchShape, parts: readonly Part[], numFeatures: number): Batch {
  const { numDatasets, numContext, numQuery } = shape;
  const batch = {
    ...shape,
    numFeatures,
    contextX: new Float32Array(numDatasets * numContext * numFeatures), // [B, N, F]
    contextY: new Float32Array(numDatasets * numContext), // [B, N]
    queryX: new Float32Array(numDatasets * numQuery * numFeatures), // [B, M, F]
    queryY: new Float32Array(numDatasets * numQuery), // [B, M]
  };
  for (const { x, y } of datasetViews(batch)) {
    const { contextX, contextY, queryX, queryY } = pick(random, parts).prior.sample(random, {
      ...shape,
      numDatasets: 1,
    });
    x[0].set(contextX);
    x[1].set(queryX);
    y[0].set(contextY);
    y[1].set(queryY);
  }
  return batch;
}

/** A part by its weight. */
function pick(random: Random, parts: readonly Part[]): Part {
  let left = random() * parts.reduce((sum, { weight }) => sum + weight, 0);
  for (const part of parts) {
    left -= part.weight;
    if (left < 0) return part;
  }
  return parts[parts.length - 1]; // takes what rounding leaves
}
