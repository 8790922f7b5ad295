/** The part of the public API that needs no files: it is the same for Node.js and for browsers. */

export { type BarDistribution, type Bars, createBars, type Located } from '../model/bar-distribution.ts';
export type { CheckpointConfig } from '../model/checkpoint.ts';
export type { ModelConfig } from '../model/config.ts';
export type { Distribution } from '../model/distribution.ts';
export { type DistributionReader, distributionReader } from '../model/distribution-reader.ts';
export type { Curve } from './curve.ts';
export { type CurveForecaster, EarlyStopper, type EarlyStopperOptions } from './early-stopper.ts';
export type { Forecast, Quantiles, TargetForecast } from './forecast.ts';
export { chooseGoal, type Goal, type GoalChoice } from './goal.ts';
export type { CurveDraws, DrawOptions, ExtrapolateOptions } from './learning-curve.ts';
export {
  type Given,
  type PosteriorOptions,
  type PosteriorRows,
  posterior,
  posteriorClasses,
} from './posterior.ts';
export { type PosteriorDrawsOptions, posteriorDraws } from './posterior-draws.ts';
export type { Conditioned, Context, Predictor } from './predictor.ts';
export { adviseStop, type StopAdvice, type StopOptions } from './stopping.ts';
export type { CallEstimate } from './table/ask.ts';
export type { PredictOptions, TabularOptions } from './table/ensemble.ts';
export type { Label } from './table/labels.ts';
export type { Cell, Table } from './table/table.ts';
export type { TargetDistribution } from './table/target-distribution.ts';
export type { ValueDistribution } from './value-distribution.ts';
