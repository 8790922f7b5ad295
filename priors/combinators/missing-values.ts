/**
 * Missing values: some inputs are not known.
 *
 * Story    (x, y) ~ the inner prior; in each data set
 *
 *            share ~ U(0, maxShare)
 *            each value of x is NaN with probability share, each by itself, in context and query rows alike
 *
 * Source   Values missing completely at random: Rubin, Inference and Missing Data (Biometrika 1976).
 * Units    those of the inner prior.
 * Not in   values whose absence says something, missing targets, whole columns that are missing.
 * Output   as of the inner prior, with NaN in x: only for a model that reads NaN. One that cannot answers NaN. Columns that tell
 *          hyperparameters are never missing.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from '../checks.ts';
import type { Prior } from '../prior.ts';
import { uniform } from '../random.ts';
import {
  type CreatePrior,
  datasetViews,
  INNER_ROWS,
  innerPrior,
  layoutOf,
  numOwnFeatures,
  type PriorSource,
  sourceOf,
} from './inner-prior.ts';

export interface MissingValuesOptions {
  /** Default: 'training-run'. */
  readonly prior?: PriorSource;
  /** The largest share of values that a data set lacks, in (0, 1]. Default: 0.5. */
  readonly maxShare?: number;
}

const NAME = 'missing-values';

export function missingValues(options: MissingValuesOptions, create: CreatePrior): Prior {
  const { prior: source = { name: 'training-run' }, maxShare = 0.5, ...unknown } = options;
  refuseUnknown(NAME, ['prior', 'maxShare'], unknown);
  if (!(maxShare > 0 && maxShare <= 1)) {
    throw new RangeError(`${NAME}: maxShare must be a number above 0 and at most 1, got ${maxShare}.`);
  }
  const inner = innerPrior(NAME, source, create);
  const own = numOwnFeatures(inner);
  return {
    name: NAME,
    options: { prior: sourceOf(inner), maxShare },
    ...layoutOf(inner),
    sample(random, shape) {
      checkRows(NAME, inner.maxRows, shape, INNER_ROWS);
      const batch = inner.sample(random, shape);
      for (const { x } of datasetViews(batch)) {
        const share = uniform(random, 0, maxShare);
        for (const rows of x) {
          for (let i = 0; i < rows.length; i++) {
            if (i % batch.numFeatures < own && random() < share) rows[i] = Number.NaN;
          }
        }
      }
      return batch;
    },
  };
}
