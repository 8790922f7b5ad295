import { learningCurve } from './learning-curve.ts';
import type { Prior } from './prior.ts';
import { trainingRun } from './training-run.ts';

export { type LearningCurveOptions, learningCurve } from './learning-curve.ts';
export type { Batch, BatchShape, Prior, Random } from './prior.ts';
export { randomStream } from './random.ts';
export { type TrainingRunOptions, trainingRun } from './training-run.ts';

/** Every prior, by the name under which recipes and checkpoints know it. */
export const priors: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => Prior>> = {
  'learning-curve': learningCurve,
  'training-run': trainingRun,
};

/** The prior of that name. `createPrior(prior.name, prior.options)` builds the same prior again, also after JSON. */
export function createPrior(name: string, options: Readonly<Record<string, unknown>> = {}): Prior {
  if (!Object.hasOwn(priors, name)) {
    throw new RangeError(`createPrior: expected one of ${Object.keys(priors).join(', ')}, got '${name}'.`);
  }
  return priors[name](options);
}
