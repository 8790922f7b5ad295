import { type LearningCurveModel as CurveModel, createLearningCurveModel } from './learning-curve.ts';
import { type BrowserLoadOptions, loadPredictor } from './load.browser.ts';
import type { Predictor } from './predictor.ts';
import { type TabularClassifier as Classifier, createTabularClassifier } from './table/classifier.ts';
import type { TabularOptions } from './table/ensemble.ts';
import { createTabularRegressor, type TabularRegressor as Regressor } from './table/regressor.ts';
import { withPredictor } from './with-predictor.ts';

export type BrowserTabularOptions = BrowserLoadOptions & TabularOptions;

// Not aliases, as in learning-curve.node.ts.
export interface LearningCurveModel extends CurveModel {}
export interface TabularClassifier extends Classifier {}
export interface TabularRegressor extends Regressor {}

/** Of the files of a checkpoint like `curves` and `lc`. Throws one line for one of another kind, as the others here do. */
export const LearningCurveModel = {
  load: (options: BrowserLoadOptions): Promise<LearningCurveModel> =>
    withPredictor(loadPredictor(options), createLearningCurveModel),
} as const;

/** Of the files of a checkpoint like `tabular-classifier`. */
export const TabularClassifier = {
  load: (options: BrowserTabularOptions): Promise<TabularClassifier> => load(options, createTabularClassifier),
} as const;

/** Of the files of a checkpoint like `tabular-regressor`. */
export const TabularRegressor = {
  load: (options: BrowserTabularOptions): Promise<TabularRegressor> => load(options, createTabularRegressor),
} as const;

const load = <Model>(
  { ort, read, device, ...options }: BrowserTabularOptions,
  create: (predictor: Predictor, options: TabularOptions) => Model,
): Promise<Model> => withPredictor(loadPredictor({ ort, read, device }), (predictor) => create(predictor, options));
