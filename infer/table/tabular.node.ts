import { type LoadOptions, loadPredictor } from '../load.node.ts';
import type { Predictor } from '../predictor.ts';
import { withPredictor } from '../with-predictor.ts';
import { type TabularClassifier as Classifier, createTabularClassifier } from './classifier.ts';
import type { TabularOptions } from './ensemble.ts';
import { createTabularRegressor, type TabularRegressor as Regressor } from './regressor.ts';

/** The shipped checkpoints. */
export const CLASSIFIER_CHECKPOINT = 'tabular-classifier';
export const REGRESSOR_CHECKPOINT = 'tabular-regressor';

export interface TabularLoadOptions extends TabularOptions, LoadOptions {
  /** Name of a shipped checkpoint, or a folder. */
  readonly checkpoint?: string;
}

// Not aliases, as in learning-curve.node.ts.
export interface TabularClassifier extends Classifier {}
export interface TabularRegressor extends Regressor {}

/** `TabularClassifier.load()` is where classifying tables begins. */
export const TabularClassifier = {
  load: (options: TabularLoadOptions = {}): Promise<TabularClassifier> =>
    load(CLASSIFIER_CHECKPOINT, options, createTabularClassifier),
} as const;

/** `TabularRegressor.load()` is where regression of tables begins. */
export const TabularRegressor = {
  load: (options: TabularLoadOptions = {}): Promise<TabularRegressor> =>
    load(REGRESSOR_CHECKPOINT, options, createTabularRegressor),
} as const;

/** Throws one line for a checkpoint that is missing, damaged or of another kind. */
function load<Model>(
  shipped: string,
  { checkpoint = shipped, device, threads, reason, ...options }: TabularLoadOptions,
  create: (predictor: Predictor, options: TabularOptions) => Model,
): Promise<Model> {
  return withPredictor(loadPredictor(checkpoint, { device, threads, reason }), (predictor) =>
    create(predictor, options),
  );
}
