/**
 * Classify: real targets cut into classes.
 *
 * Story    (x, y) ~ the inner prior; in each data set
 *
 *            t_1 .. t_(K-1)    targets of rows of the data set, context or query, drawn with replacement; K = numClasses
 *            rank = number of thresholds t_k < y
 *            class = rank, or pi(rank) with permuteLabels, pi a random permutation of 0 .. K - 1
 *
 *          Thresholds are random quantiles of the data set's own targets, so classes have uneven sizes. A data set can lack classes:
 *          thresholds can be equal, and none lies below the smallest target.
 *
 * Source   How TabPFN makes classes (Hollmann et al., ICLR 2023); there the number of classes is random as well, and some of the data
 *          sets keep the order of their classes.
 * Units    targets are whole numbers 0 .. K - 1.
 * Not in   a random number of classes, classes that y does not order (before the permutation).
 * Output   as of the inner prior, whose targets must be real numbers. Hyperparameters that are told stay those of the inner prior.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from '../checks.ts';
import type { Prior, Random } from '../prior.ts';
import {
  type CreatePrior,
  type DatasetView,
  datasetViews,
  INNER_ROWS,
  innerPrior,
  layoutOf,
  type PriorSource,
  refuseClasses,
  sourceOf,
} from './inner-prior.ts';

export interface ClassifyOptions {
  /** Its targets must be real numbers. Default: 'training-run'. */
  readonly prior?: PriorSource;
  /** K, at least 2. Default: 3. */
  readonly numClasses?: number;
  /** Whether the classes of a data set get their numbers at random, instead of in the order of their targets. Default: true. */
  readonly permuteLabels?: boolean;
}

const NAME = 'classify';

export function classify(options: ClassifyOptions, create: CreatePrior): Prior {
  const { prior: source = { name: 'training-run' }, numClasses = 3, permuteLabels = true, ...unknown } = options;
  refuseUnknown(NAME, ['prior', 'numClasses', 'permuteLabels'], unknown);
  if (!Number.isInteger(numClasses) || numClasses < 2) {
    throw new RangeError(`${NAME}: numClasses must be a whole number of at least 2, got ${numClasses}.`);
  }
  if (typeof permuteLabels !== 'boolean') {
    throw new TypeError(`${NAME}: permuteLabels must be true or false, got ${JSON.stringify(permuteLabels)}.`);
  }
  const inner = innerPrior(NAME, source, create);
  refuseClasses(NAME, inner);
  return {
    name: NAME,
    options: { prior: sourceOf(inner), numClasses, permuteLabels },
    ...layoutOf(inner),
    numClasses,
    sample(random, shape) {
      checkRows(NAME, inner.maxRows, shape, INNER_ROWS);
      const { queryLaw: _, ...batch } = inner.sample(random, shape); // that of other targets
      for (const { y } of datasetViews(batch)) {
        const thresholds = drawThresholds(random, y, numClasses - 1);
        const labels = Array.from({ length: numClasses }, (_, k) => k);
        if (permuteLabels) shuffle(random, labels);
        for (const targets of y) {
          for (let i = 0; i < targets.length; i++) targets[i] = labels[rankAmong(thresholds, targets[i])];
        }
      }
      return batch;
    },
  };
}

/** Targets of random rows. */
function drawThresholds(random: Random, [context, query]: DatasetView['y'], count: number): number[] {
  return Array.from({ length: count }, () => {
    const row = Math.floor(random() * (context.length + query.length));
    return row < context.length ? context[row] : query[row - context.length];
  });
}

function rankAmong(thresholds: readonly number[], y: number): number {
  let rank = 0;
  for (const threshold of thresholds) if (threshold < y) rank++;
  return rank;
}

/** Fisher and Yates: every order is equally likely. */
function shuffle(random: Random, values: number[]): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
}
