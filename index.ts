/** The public API of pfnkit in Node.js. What is not here, or in what is exported whole, is private. For browsers there is browser.ts. */

export * from './infer/anywhere.ts';
export { LearningCurveModel } from './infer/learning-curve.node.ts';
export { loadPredictor } from './infer/load.node.ts';
export { TabularClassifier, type TabularLoadOptions, TabularRegressor } from './infer/table/tabular.node.ts';
export { drawGivenRange, givenColumn, type HyperparameterForm } from './priors/distributions.ts';
export {
  type BetaBernoulliOptions,
  betaBernoulli,
  createPrior,
  type GammaPoissonOptions,
  type GaussianProcessOptions,
  gammaPoisson,
  gaussianProcess,
  gaussianProcessPresets,
  type LearningCurveOptions,
  type LinearRegressionOptions,
  learningCurve,
  linearRegression,
  type NeuralNetworkOptions,
  neuralNetwork,
  priors,
  randomStream,
  type StateSpaceOptions,
  type StructuralCausalOptions,
  type StudentTProcessOptions,
  stateSpace,
  structuralCausal,
  studentTProcess,
  type TrainingRunOptions,
  trainingRun,
} from './priors/index.ts';
export type {
  Batch,
  BatchShape,
  ExactPosterior,
  Hyperparameter,
  Observed,
  Predictive,
  Prior,
  QueryLaw,
  Random,
} from './priors/prior.ts';
