import { createLearningCurveModel, type LearningCurveModel, MAX_STEP } from './learning-curve.ts';
import { loadPredictor } from './load.node.ts';

/** Loads a learning-curve checkpoint by name (`lc` is shipped with the package) or from a folder. */
export async function loadLearningCurveModel(
  nameOrFolder = 'lc',
  options: Parameters<typeof loadPredictor>[1] = {},
): Promise<LearningCurveModel> {
  const predictor = await loadPredictor(nameOrFolder, options);
  const { name, options: prior } = predictor.config.prior;
  if (name === 'learning-curve' && prior.numSteps === MAX_STEP) return createLearningCurveModel(predictor);
  await predictor.dispose();
  throw new Error(
    `${nameOrFolder}: expected a checkpoint of the prior 'learning-curve' with numSteps ${MAX_STEP}, got '${name}' ${JSON.stringify(prior)}. Use another checkpoint.`,
  );
}
