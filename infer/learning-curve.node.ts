import { createLearningCurveModel, type LearningCurveModel as Model } from './learning-curve.ts';
import { loadPredictor } from './load.node.ts';
import { withPredictor } from './with-predictor.ts';

/** The shipped checkpoint for curves of any kind. */
export const DEFAULT_CURVE_CHECKPOINT = 'curves';

// Not an alias: declarations of those who use the package name this one, the other one has a path of its own.
export interface LearningCurveModel extends Model {}

/** `LearningCurveModel.load()` is where extrapolating learning curves begins. */
export const LearningCurveModel = {
  /** A checkpoint by name (`curves` and `lc` are shipped with the package) or from a folder. Throws for one of another kind. */
  load(
    nameOrFolder: string = DEFAULT_CURVE_CHECKPOINT,
    options: Parameters<typeof loadPredictor>[1] = {},
  ): Promise<LearningCurveModel> {
    return withPredictor(loadPredictor(nameOrFolder, options), createLearningCurveModel);
  },
} as const;
