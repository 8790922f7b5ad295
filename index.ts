/** The public API of pfnkit. What is not here is private. */

export { loadLearningCurveModel } from './infer/learning-curve.node.ts';
export type { Curve, ExtrapolateOptions, Forecast, LearningCurveModel } from './infer/learning-curve.ts';
export { loadPredictor } from './infer/load.node.ts';
export type { Conditioned, Context, Predictor } from './infer/predictor.ts';
export { type BarDistribution, type Bars, createBars } from './model/bar-distribution.ts';
export type { CheckpointConfig } from './model/checkpoint.ts';
export { createPrior, learningCurve, priors, randomStream } from './priors/index.ts';
export type { Batch, BatchShape, Prior, Random } from './priors/prior.ts';
