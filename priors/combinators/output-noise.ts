/**
 * Output noise: more noise on the targets, normal or with heavy tails.
 *
 * Story    (x, y) ~ the inner prior; the target becomes y + scale e, with e drawn anew for each row,
 *
 *            e ~ N(0, 1)                     dof null
 *            e ~ Student-t, dof degrees      otherwise; its variance is dof / (dof - 2) for dof > 2, and infinite up to 2
 *
 * Source   Student-t noise for outliers: Lange et al., Robust Statistical Modeling Using the t Distribution (JASA 1989).
 * Units    scale has the unit of y.
 * Ranges   targets leave whatever range the inner prior has.
 * Not in   noise that depends on x, a scale that is itself random.
 * Output   as of the inner prior, whose targets must be real numbers. Noise is in context and query alike. A hyperparameter that is
 *          told is that of the inner prior: its noise, say, is without what is added here.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from '../checks.ts';
import { gamma } from '../distributions.ts';
import type { Prior, Random } from '../prior.ts';
import { normals } from '../random.ts';
import {
  type CreatePrior,
  INNER_ROWS,
  innerPrior,
  layoutOf,
  type PriorSource,
  refuseClasses,
  sourceOf,
} from './inner-prior.ts';

export interface OutputNoiseOptions {
  /** Its targets must be real numbers. Default: 'training-run'. */
  readonly prior?: PriorSource;
  /** Standard deviation of normal noise, scale parameter of Student-t noise; above 0. Default: 0.1. */
  readonly scale?: number;
  /** Degrees of freedom of Student-t noise, at least 1; null for normal noise. Default: null. */
  readonly dof?: number | null;
}

const NAME = 'output-noise';

export function outputNoise(options: OutputNoiseOptions, create: CreatePrior): Prior {
  const { prior: source = { name: 'training-run' }, scale = 0.1, dof = null, ...unknown } = options;
  refuseUnknown(NAME, ['prior', 'scale', 'dof'], unknown);
  if (!(scale > 0 && scale < Infinity)) throw new RangeError(`${NAME}: scale must be a number above 0, got ${scale}.`);
  if (dof !== null && !(dof >= 1 && dof < Infinity)) {
    throw new RangeError(`${NAME}: dof must be a number of at least 1, or null for normal noise, got ${dof}.`);
  }
  const inner = innerPrior(NAME, source, create);
  refuseClasses(NAME, inner);
  return {
    name: NAME,
    options: { prior: sourceOf(inner), scale, dof },
    ...layoutOf(inner),
    sample(random, shape) {
      checkRows(NAME, inner.maxRows, shape, INNER_ROWS);
      const { queryLaw: _, ...batch } = inner.sample(random, shape); // that of other targets
      const noise = dof === null ? normals(random) : studentT(random, dof);
      for (const targets of [batch.contextY, batch.queryY]) {
        for (let i = 0; i < targets.length; i++) targets[i] += scale * noise();
      }
      return batch;
    },
  };
}

/** Draws of a Student-t with mean 0 and scale 1: a normal whose variance is inverse gamma. */
function studentT(random: Random, dof: number): () => number {
  const gauss = normals(random);
  return () => gauss() / Math.sqrt(gamma(random, dof / 2, dof / 2));
}
