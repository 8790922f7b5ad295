import { parameterCount } from '../model/parameters.ts';
import { randomStream } from '../priors/random.ts';
import { drawSizes, fitting } from './batches.ts';
import type { Recipe, Setup } from './config.ts';
import { type StepShape, stepBytes, stepFlop } from './cost.ts';
import { planBatches } from './train.ts';

/** What a step of a run costs, by the cost model, over sizes of its batches as they will be drawn. */
export interface RunCost {
  readonly parameters: number;
  /** Floating-point operations, on average. */
  readonly flop: number;
  /** Memory at the peak of the largest step, beyond what the process takes before. */
  readonly bytes: number;
  /** Parts of a step. */
  readonly accumulate: number;
}

/** Sizes drawn: the largest of so many is close to the largest there is. */
const DRAWS = 200;

export function runCost(recipe: Recipe, setup: Setup): RunCost {
  const { model } = setup;
  const { optimizer, recompute, accumulate = 1 } = recipe.training;
  const shapes = drawShapes(recipe, setup);
  const flops = shapes.map((shape) => stepFlop(model, shape, { optimizer, recompute }));
  const bytes = shapes.map((shape) => stepBytes(model, shape, { optimizer, recompute, accumulate }));
  return {
    parameters: parameterCount(model),
    flop: flops.reduce((a, b) => a + b, 0) / DRAWS,
    bytes: Math.max(...bytes),
    accumulate,
  };
}

/** As batchDrawer draws them, but without the data. */
function drawShapes(recipe: Recipe, setup: Setup): StepShape[] {
  const plan = planBatches(recipe, setup);
  const { prior } = setup;
  const random = randomStream(recipe.seed, 'cost');
  return Array.from({ length: DRAWS }, () => {
    const { numContext, numQuery } = drawSizes(random, plan);
    // A prior of any number of columns decides on it as it draws; the smallest draw tells.
    const { numFeatures } = prior.anyFeatures
      ? prior.sample(random, { numDatasets: 1, numContext: 2, numQuery: 1 })
      : prior;
    const cells = (numContext + numQuery) * (numFeatures + 1);
    const numDatasets = fitting(plan.batchSize, plan.maxCells ?? Number.POSITIVE_INFINITY, cells);
    return { numDatasets, numContext, numQuery, numFeatures };
  });
}
