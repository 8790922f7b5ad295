/** The public API of pfnkit. What is not here is private. */

export type { Curve } from './infer/curve.ts';
export { EarlyStopper, type EarlyStopperOptions } from './infer/early-stopper.ts';
export type { Forecast } from './infer/forecast.ts';
export { chooseGoal, type Goal, type GoalChoice } from './infer/goal.ts';
export { LearningCurveModel } from './infer/learning-curve.node.ts';
export type { CurveDraws, DrawOptions, ExtrapolateOptions } from './infer/learning-curve.ts';
export { loadPredictor } from './infer/load.node.ts';
export {
  type Given,
  type PosteriorOptions,
  type PosteriorRows,
  posterior,
  posteriorClasses,
} from './infer/posterior.ts';
export { type PosteriorDrawsOptions, posteriorDraws } from './infer/posterior-draws.ts';
export type { Conditioned, Context, Predictor } from './infer/predictor.ts';
export { adviseStop, type StopAdvice, type StopOptions } from './infer/stopping.ts';
export type { CallEstimate } from './infer/table/ask.ts';
export type { PredictOptions, TabularOptions } from './infer/table/ensemble.ts';
export type { Label } from './infer/table/labels.ts';
export type { Cell, Table } from './infer/table/table.ts';
export { TabularClassifier, type TabularLoadOptions, TabularRegressor } from './infer/table/tabular.node.ts';
export type { TargetDistribution } from './infer/table/target-distribution.ts';
export type { ValueDistribution } from './infer/value-distribution.ts';
export { type BarDistribution, type Bars, createBars } from './model/bar-distribution.ts';
export type { CheckpointConfig } from './model/checkpoint.ts';
export {
  betaBernoulli,
  createPrior,
  gammaPoisson,
  gaussianProcess,
  gaussianProcessPresets,
  learningCurve,
  linearRegression,
  neuralNetwork,
  priors,
  randomStream,
  stateSpace,
  studentTProcess,
  trainingRun,
} from './priors/index.ts';
export type { Batch, BatchShape, ExactPosterior, Observed, Predictive, Prior, Random } from './priors/prior.ts';
