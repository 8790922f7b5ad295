import { z } from 'zod';
import { bordersFromDraws } from '../model/borders.ts';
import type { ModelConfig } from '../model/config.ts';
import { featureKinds, fitFeatures } from '../model/encoding.ts';
import { createPrior, type Prior } from '../priors/index.ts';
import { randomStream } from '../priors/random.ts';

/** A recipe: everything that decides a training run. Plain JSON; unknown keys are refused. */
const kinds = z
  .array(z.enum(featureKinds as [string, ...string[]]) as unknown as z.ZodType<(typeof featureKinds)[number]>)
  .min(1);
const count = z.number().int().positive();
const recipeSchema = z.strictObject({
  prior: z.strictObject({ name: z.string(), options: z.record(z.string(), z.unknown()).default({}) }),
  model: z
    .strictObject({
      numLayers: count.default(3),
      width: count.default(128),
      numHeads: count.default(4),
      hidden: count.default(256),
      activation: z.enum(['gelu', 'silu', 'squared-relu']).default('squared-relu'),
      numBars: count.min(3).default(1000),
      xFeatures: kinds.default(['linear']),
      yFeatures: kinds.default(['linear']),
    })
    .prefault({}),
  training: z.strictObject({
    steps: count,
    /** Data sets per step. */
    batchSize: count.default(100),
    /** Rows of one data set, context and query together; the prior's maximum when left out. */
    numRows: count.min(2).optional(),
    optimizer: z.enum(['adamw', 'muon']).default('adamw'),
    learningRate: z.number().positive().default(1e-3),
    /** Share of the steps over which the learning rate rises from 0; then it falls to 0 along a cosine. */
    warmup: z.number().min(0).max(1).default(0.05),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.98),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: z.number().min(0).default(0),
    clip: z.number().positive().default(1),
  }),
  seed: z.number().int().default(0),
});

export type Recipe = z.infer<typeof recipeSchema>;

/** A recipe with all defaults filled in. Throws one line that names the first field that is wrong. */
export function parseRecipe(json: unknown, source: string): Recipe {
  const result = recipeSchema.safeParse(json);
  if (result.success) {
    const { width, numHeads } = result.data.model;
    if (width % numHeads !== 0)
      throw new Error(
        `${source}: expected model.width to be a multiple of model.numHeads, got ${width} and ${numHeads}. Change one of them.`,
      );
    return result.data;
  }
  const [{ path, message }] = result.error.issues;
  throw new Error(
    `${source}: ${path.join('.') || 'recipe'}: ${message}. See docs/recipes.md for the fields of a recipe.`,
  );
}

/** How many draws of the prior the feature scales and the bar borders are fitted to. */
const FITTING_DATASETS = 4000;

export interface Setup {
  readonly prior: Prior;
  readonly model: ModelConfig;
  /** Of the bars: quantiles of targets drawn from the prior. */
  readonly borders: Float64Array;
  /** Rows of one data set, context and query together. */
  readonly numRows: number;
}

/** The prior and the model of a recipe; scales come from draws of the prior, decided by the seed. */
export function setUp({ prior: { name, options }, model, training, seed }: Recipe): Setup {
  const prior = createPrior(name, options);
  const numRows = training.numRows ?? prior.maxRows;
  const draws = prior.sample(randomStream(seed, 'fit'), {
    numDatasets: FITTING_DATASETS,
    numContext: numRows - 1,
    numQuery: 1,
  });
  const { numBars, xFeatures, yFeatures, ...size } = model;
  return {
    prior,
    model: {
      numFeatures: prior.numFeatures,
      xFeatures: fitFeatures(xFeatures, draws.contextX),
      yFeatures: fitFeatures(yFeatures, draws.contextY),
      ...size,
      head: 'bars',
      numOutputs: numBars,
    },
    borders: bordersFromDraws(draws.contextY, numBars),
    numRows,
  };
}
