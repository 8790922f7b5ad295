/** The public API of pfnkit in browsers, `pfnkit/browser`: what answers, without commands, training and priors. docs/browser.md */

export * from './infer/anywhere.ts';
export { type BrowserLoadOptions, loadPredictor } from './infer/load.browser.ts';
export {
  type BrowserTabularOptions,
  LearningCurveModel,
  TabularClassifier,
  TabularRegressor,
} from './infer/models.browser.ts';
