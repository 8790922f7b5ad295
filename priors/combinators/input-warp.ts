/**
 * Input warp: functions that change fast in one part of the inputs and slowly in another.
 *
 * Story    (z, y) ~ the inner prior, with z in [0, 1]; the network sees x instead of z, for each feature
 *
 *            z = W(x) = 1 - (1 - x^a)^b      the distribution function of Kumaraswamy(a, b); W(0) = 0, W(1) = 1, W rises
 *            ln a, ln b ~ N(0, scale^2)      one pair for each data set and feature; a = b = 1 changes nothing
 *
 *          So y is a function of the inner prior at W(x), and x = W^-1(z) = (1 - (1 - z)^(1/b))^(1/a).
 *
 * Source   Input warping: Snoek et al., Input Warping for Bayesian Optimization of Non-Stationary Functions (ICML 2014). scale = 0.75
 *          is that of PFNs4BO (Müller et al., ICML 2023).
 * Units    x, like z, lies in [0, 1].
 * Not in   inputs outside of [0, 1]. Where PFNs4BO draws x uniformly and warps it, here z is what the inner prior draws: for
 *          uniform z, x has the density W', so that there are more rows where y changes faster.
 * Output   as of the inner prior, missing values included. Columns that tell hyperparameters stay as they are: length scales are
 *          those in z.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from '../checks.ts';
import type { Prior, Random } from '../prior.ts';
import { normals } from '../random.ts';
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

export interface InputWarpOptions {
  /** Its inputs must lie in [0, 1]. Default: 'training-run'. */
  readonly prior?: PriorSource;
  /** Standard deviation of ln a and ln b, above 0. Default: 0.75. */
  readonly scale?: number;
}

const NAME = 'input-warp';

export function inputWarp(options: InputWarpOptions, create: CreatePrior): Prior {
  const { prior: source = { name: 'training-run' }, scale = 0.75, ...unknown } = options;
  refuseUnknown(NAME, ['prior', 'scale'], unknown);
  if (!(scale > 0 && scale < Infinity)) throw new RangeError(`${NAME}: scale must be a number above 0, got ${scale}.`);
  const inner = innerPrior(NAME, source, create);
  const own = numOwnFeatures(inner);
  return {
    name: NAME,
    options: { prior: sourceOf(inner), scale },
    ...layoutOf(inner),
    sample(random, shape) {
      checkRows(NAME, inner.maxRows, shape, INNER_ROWS);
      const batch = inner.sample(random, shape);
      for (const { x } of datasetViews(batch)) {
        const unwarps = Array.from({ length: own }, () => drawUnwarp(random, scale));
        for (const rows of x) {
          for (let i = 0; i < rows.length; i++) {
            const feature = i % batch.numFeatures;
            if (feature < own) rows[i] = unwarps[feature](checkInput(rows[i], inner.name));
          }
        }
      }
      return batch;
    },
  };
}

/** W of random a and b the other way round. */
function drawUnwarp(random: Random, scale: number): (z: number) => number {
  const gauss = normals(random);
  return kumaraswamyQuantile(Math.exp(scale * gauss()), Math.exp(scale * gauss()));
}

/** The inverse of 1 - (1 - x^a)^b on [0, 1], to full precision also near 0. */
export function kumaraswamyQuantile(a: number, b: number): (z: number) => number {
  return (z) => (-Math.expm1(Math.log1p(-z) / b)) ** (1 / a);
}

function checkInput(z: number, name: string): number {
  if (!(z < 0 || z > 1)) return z; // so that a missing value, NaN, stays one
  throw new RangeError(`${NAME}: expected inputs of '${name}' in [0, 1], got ${z}. Choose a prior with such inputs.`);
}
