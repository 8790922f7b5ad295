import { betaBernoulli } from './beta-bernoulli.ts';
import { classify } from './combinators/classify.ts';
import { inputWarp } from './combinators/input-warp.ts';
import { missingValues } from './combinators/missing-values.ts';
import { mixture } from './combinators/mixture.ts';
import { outputNoise } from './combinators/output-noise.ts';
import { gammaPoisson } from './gamma-poisson.ts';
import { gaussianProcess } from './gaussian-process.ts';
import { learningCurve } from './learning-curve.ts';
import { linearRegression } from './linear-regression.ts';
import { neuralNetwork } from './neural-network.ts';
import type { Prior } from './prior.ts';
import { stateSpace } from './state-space.ts';
import { structuralCausal } from './structural-causal.ts';
import { studentTProcess } from './student-t-process.ts';
import { trainingRun } from './training-run.ts';

export { type BetaBernoulliOptions, betaBernoulli } from './beta-bernoulli.ts';
export { type GammaPoissonOptions, gammaPoisson } from './gamma-poisson.ts';
export { type GaussianProcessOptions, gaussianProcess, gaussianProcessPresets } from './gaussian-process.ts';
export { type LearningCurveOptions, learningCurve } from './learning-curve.ts';
export { type LinearRegressionOptions, linearRegression } from './linear-regression.ts';
export { type NeuralNetworkOptions, neuralNetwork } from './neural-network.ts';
export type { Batch, BatchShape, Prior, Random } from './prior.ts';
export { randomStream } from './random.ts';
export { type StateSpaceOptions, stateSpace } from './state-space.ts';
export { type StructuralCausalOptions, structuralCausal } from './structural-causal.ts';
export { type StudentTProcessOptions, studentTProcess } from './student-t-process.ts';
export { type TrainingRunOptions, trainingRun } from './training-run.ts';

/** Every prior, by the name under which recipes and checkpoints know it. */
export const priors: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => Prior>> = {
  'learning-curve': learningCurve,
  'training-run': trainingRun,
  'gaussian-process': gaussianProcess,
  'student-t-process': studentTProcess,
  'linear-regression': linearRegression,
  'neural-network': neuralNetwork,
  'state-space': stateSpace,
  'beta-bernoulli': betaBernoulli,
  'gamma-poisson': gammaPoisson,
  'structural-causal': structuralCausal,
  // Priors from other priors, which are named in their options.
  classify: (options) => classify(options, createPrior),
  'input-warp': (options) => inputWarp(options, createPrior),
  'missing-values': (options) => missingValues(options, createPrior),
  mixture: (options) => mixture(options, createPrior),
  'output-noise': (options) => outputNoise(options, createPrior),
};

/** The prior of that name. `createPrior(prior.name, prior.options)` builds the same prior again, also after JSON. */
export function createPrior(name: string, options: Readonly<Record<string, unknown>> = {}): Prior {
  if (!Object.hasOwn(priors, name)) {
    throw new RangeError(`createPrior: expected one of ${Object.keys(priors).join(', ')}, got '${name}'.`);
  }
  return priors[name](options);
}
