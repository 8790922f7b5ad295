import { createLearningCurveModel, type LearningCurveModel } from './learning-curve.ts';
import { loadPredictor } from './load.node.ts';

/** Loads a learning-curve checkpoint by name (`lc` is shipped with the package) or from a folder. */
export async function loadLearningCurveModel(
  nameOrFolder = 'lc',
  options: Parameters<typeof loadPredictor>[1] = {},
): Promise<LearningCurveModel> {
  return createLearningCurveModel(await loadPredictor(nameOrFolder, options));
}
