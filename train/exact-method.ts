/** How exactly the truth of a prior can be had: a hyperparameter that is told as a range is left to know, and MCMC has to find it. */
import { COLUMNS_PER_HYPERPARAMETER } from '../model/hyperparameters.ts';
import type { Batch, ExactPosterior, Given, Prior } from '../priors/prior.ts';

type Told = Pick<Prior, 'hyperparameters'>;

/** Of draws that are told this: MCMC as soon as one of them is told a range, as some are of what is not given. */
export function methodOfDraws({ method }: ExactPosterior, { hyperparameters = [] }: Told, given: Given = {}) {
  const isPoint = (value: Given[string] | undefined) =>
    typeof value === 'object' ? value[0] === value[1] : value !== undefined;
  const isFixed = hyperparameters.every(({ name, choices }) => choices !== undefined || isPoint(given[name]));
  return isFixed ? method : 'MCMC';
}

/** Of the first data set of a batch. */
export function methodOfDataset(
  { method }: ExactPosterior,
  { hyperparameters = [] }: Told,
  { numFeatures, queryX }: Pick<Batch, 'numFeatures' | 'queryX'>,
) {
  const first = numFeatures - COLUMNS_PER_HYPERPARAMETER * hyperparameters.length;
  const ends = hyperparameters.map((_, h) => first + COLUMNS_PER_HYPERPARAMETER * h);
  return ends.every((at) => queryX[at] === queryX[at + 1]) ? method : 'MCMC';
}
