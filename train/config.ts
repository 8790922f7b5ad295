import { z } from 'zod';
import { bordersFromDraws, equalLossBorders } from '../model/borders.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import type { ModelConfig } from '../model/config.ts';
import { fitFeatures } from '../model/encoding.ts';
import { featureKinds } from '../model/features.ts';
import { COLUMNS_PER_HYPERPARAMETER } from '../model/hyperparameters.ts';
import { OUTPUTS_PER_NORMAL } from '../model/normal-mixture.ts';
import { initialWeights, parameters, RIDGE_PARAMETERS, replaceWeights } from '../model/parameters.ts';
import { MIN_CONTEXT, minContext } from '../model/units.ts';
import type { Batch, BatchShape, Prior } from '../priors/prior.ts';
import { normals, randomStream } from '../priors/random.ts';
import { type BatchPlan, drawSizes, inContextUnits, inTableUnits } from './batches.ts';
import { loadPrior } from './load-prior.ts';
import type { Targets } from './step.ts';

/** A recipe: everything that decides a training run. Plain JSON; unknown keys are refused. */
const kinds = z.array(z.enum(featureKinds)).min(1);
const count = z.number().int().positive();
const recipeSchema = z.strictObject({
  prior: z.strictObject({
    name: z.string(),
    options: z.record(z.string(), z.unknown()).default({}),
    /** The file of a user's own prior; its code is run. */
    module: z.string().optional(),
    /** Of that file as the run began. */
    sha256: z.string().optional(),
  }),
  model: z
    .strictObject({
      /** A token per row, or a token per cell. Left out of recipes that do not say it, as it is of their checkpoints. */
      layout: z.enum(['rows', 'cells']).optional(),
      units: z.enum(['own', 'context', 'table']).default('own'),
      numLayers: count.default(3),
      width: count.default(128),
      numHeads: count.default(4),
      hidden: count.default(256),
      rowLayers: z.number().int().min(0).optional(),
      rowWidth: count.optional(),
      ridgePenalties: z.array(z.number().positive()).min(1).optional(),
      stem: z.boolean().default(false),
      sinks: z.boolean().default(false),
      kernels: z.number().int().min(0).default(0),
      kernelShapes: z
        .array(z.enum(['rbf', 'matern32', 'matern52']))
        .min(1)
        .optional(),
      corrections: z.boolean().optional(),
      bars: z.enum(['equal-mass', 'equal-loss']).default('equal-mass'),
      activation: z.enum(['gelu', 'silu', 'squared-relu']).default('squared-relu'),
      numBars: count.min(3).default(1000),
      xFeatures: kinds.default(['linear']),
      yFeatures: kinds.default(['linear']),
      /** Older recipes say it; there is nothing else any more. */
      normalCore: z
        .literal(false, 'expected false or nothing, since kernels answer by themselves now, got true. Leave it out')
        .optional(),
    })
    .transform(({ normalCore: _, ...model }) => model)
    .prefault({}),
  training: z.strictObject({
    steps: count,
    /** Data sets per step. */
    batchSize: count.default(100),
    /** Rows of one data set, context and query together, or a range of them; the prior's maximum when left out. */
    numRows: z.union([count.min(2), z.tuple([count.min(2), count.min(2)])]).optional(),
    /** How the number of context rows of a batch is drawn. */
    contextSizes: z.enum(['uniform', 'log-uniform']).default('uniform'),
    /** The most query rows of one data set; all rows that are not context when left out. */
    maxQueries: count.optional(),
    /** The most cells of all data sets of a step, targets included; a step with large data sets then has fewer of them. */
    maxCells: count.optional(),
    /** In how many parts a step's data sets go through the network: less memory, the same step but for rounding. One when left out. */
    accumulate: count.optional(),
    /** Whether the backward pass computes the inside of blocks again: less memory, the same step. Not when left out. */
    recompute: z.boolean().optional(),
    optimizer: z.enum(['adamw', 'muon']).default('adamw'),
    learningRate: z.number().positive().default(1e-3),
    /** Share of the steps over which the learning rate rises from 0; then it falls to 0 along a cosine. */
    warmup: z.number().min(0).max(1).default(0.05),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.98),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: z.number().min(0).default(0),
    clip: z.number().positive().default(1),
    /** Share of the steps after which the network may use its ridge regressions; all steps when left out. */
    ridgeFrom: z.number().min(0).lt(1).optional(),
  }),
  seed: z.number().int().default(0),
  /** The checkpoint whose weights, scales and borders a run starts from, and the sha256 of its weights. */
  startFrom: z.strictObject({ checkpoint: z.string(), sha256: z.string().optional() }).optional(),
});

export type Recipe = z.infer<typeof recipeSchema>;

/** A recipe with all defaults filled in. Throws one line that names the first field that is wrong. */
export function parseRecipe(json: unknown, source: string): Recipe {
  const result = recipeSchema.safeParse(json);
  if (result.success) {
    const { numHeads } = result.data.model;
    for (const key of ['width', 'rowWidth'] as const) {
      const width = result.data.model[key] ?? numHeads;
      if (width % numHeads === 0) continue;
      throw new Error(
        `${source}: expected model.${key} to be a multiple of model.numHeads, got ${width} and ${numHeads}. Change one of them.`,
      );
    }
    checkKernels(result.data, source);
    checkTable(result.data, source);
    return result.data;
  }
  const [{ path, message }] = result.error.issues;
  const got = path.reduce<unknown>(
    (value, key) => (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    json,
  );
  if (path.join('.') === 'training' && (json as { readonly training?: unknown }).training === undefined)
    throw new Error(
      `${source}: expected training with the number of steps at least, such as "training": {"steps": 2000}, got none. Add it, or tell --steps.`,
    );
  throw new Error(
    `${source}: ${path.join('.') || 'recipe'}: ${message}${isShort(got) && !message.includes(', got ') ? `, got ${JSON.stringify(got)}` : ''}. See docs/recipes.md for the fields of a recipe.`,
  );
}

/** Whether a value can be told in a message. */
const isShort = (value: unknown): boolean => value !== undefined && typeof value !== 'object';

/** What goes with kernels. */
function checkKernels({ model }: Recipe, source: string): void {
  const { kernels, units, yFeatures } = model;
  const extra = (['kernelShapes', 'corrections'] as const).find((key) => model[key]);
  if (kernels === 0 && extra)
    throw new Error(`${source}: model.${extra} is for networks with kernels. Set model.kernels, or leave it out.`);
  if (kernels > 0 && (units !== 'own' || yFeatures[0] !== 'linear'))
    throw new Error(
      `${source}: expected model.units 'own' and model.yFeatures that begin with 'linear' beside model.kernels, got '${units}' and ${JSON.stringify(yFeatures)}. Change them, or leave kernels out.`,
    );
}

/** What goes with a token per cell, and what with a range of rows. */
function checkTable(
  { model: { layout, units, ...model }, training: { numRows, ridgeFrom } }: Recipe,
  source: string,
): void {
  if ((layout === 'cells') !== (units === 'table')) {
    throw new Error(
      `${source}: expected model.layout 'cells' and model.units 'table' together, got '${layout ?? 'rows'}' and '${units}'. Set both or neither.`,
    );
  }
  const extra = (['stem', 'sinks', 'kernels'] as const).find((key) => model[key]);
  if (layout === 'cells' && extra)
    throw new Error(`${source}: model.${extra} is not for model.layout 'cells'. Leave it out.`);
  const rows = (['rowLayers', 'rowWidth', 'ridgePenalties'] as const).find((key) => model[key]);
  if (layout !== 'cells' && rows)
    throw new Error(`${source}: model.${rows} is for model.layout 'cells'. Leave it out.`);
  if (ridgeFrom !== undefined && !model.ridgePenalties)
    throw new Error(
      `${source}: training.ridgeFrom is for networks with model.ridgePenalties. Set these, or leave it out.`,
    );
  const [min, max] = typeof numRows === 'object' ? numRows : [numRows, numRows];
  const least = minContext(units) + 1;
  if (min !== undefined && max !== undefined && !(min >= least && min <= max)) {
    throw new Error(
      `${source}: expected training.numRows to be at least ${least}, and a range to rise, got ${JSON.stringify(numRows)}. Change it.`,
    );
  }
}

/** How many draws of the prior the feature scales and the bar borders are fitted to. */
const FITTING_DATASETS = 4000;
/** Of all of them, where they are long. */
const FITTING_ROWS = 4e6;

export interface Setup {
  readonly prior: Prior;
  readonly model: ModelConfig;
  /** Of the bars: quantiles of targets drawn from the prior; null where there are none. */
  readonly borders: Float64Array | null;
  /** Rows of one data set, context and query together; the most of them where they differ. */
  readonly numRows: number;
  readonly targets: Targets;
  /** All weights, one after the other: random ones decided by the seed, or those of the checkpoint to start from. */
  readonly startWeights: Float32Array;
}

/** The prior and the model of a recipe. Scales and borders come from draws of the prior, decided by the seed, or from the checkpoint to start from. */
export async function setUp(recipe: Recipe, start?: Checkpoint): Promise<Setup> {
  const own = await networkFor(recipe);
  if (start) return startedFrom(start, own, recipe.seed);
  return { ...own, startWeights: randomWeights(own.model, recipe.seed) };
}

type NetworkSetup = Omit<Setup, 'startWeights'>;

async function networkFor({ prior: source, model, training, seed }: Recipe): Promise<NetworkSetup> {
  const prior = await loadPrior(source);
  if (prior.numClasses !== undefined && model.kernels > 0)
    throw new Error(
      `${prior.name}: its targets are classes, and kernels answer with numbers. Leave model.kernels out.`,
    );
  if (model.layout === 'cells') checkTablePrior(prior);
  else if (prior.anyFeatures) {
    throw new Error(
      `${prior.name}: its data sets have any number of columns, which model.layout 'rows' cannot read. Set model.layout 'cells'.`,
    );
  }
  const { numRows: rows = prior.maxRows } = training;
  const numRows = typeof rows === 'number' ? rows : rows[1];
  if (numRows > prior.maxRows) {
    throw new Error(
      `recipe: expected training.numRows of at most ${prior.maxRows}, the maxRows of the prior ${prior.name}, got ${JSON.stringify(rows)}. Change one of them.`,
    );
  }
  const { numBars, bars, xFeatures, yFeatures, ...size } = model;
  const draws =
    model.units === 'table'
      ? tableDraws(prior, { ...training, numRows: rows }, seed)
      : fittingDraws(prior, model.units, numRows, seed);
  if (model.layout !== 'cells' && draws.x.some(Number.isNaN)) {
    throw new Error(
      `${prior.name}: its inputs can be missing, which model.layout 'rows' cannot read. Set model.layout 'cells' and model.units 'table'.`,
    );
  }
  return {
    prior,
    model: {
      numFeatures: prior.numFeatures,
      ...(prior.hyperparameters && { hyperparameters: prior.hyperparameters }),
      xFeatures: fitFeatures(xFeatures, draws.x),
      yFeatures: fitFeatures(yFeatures, draws.contextY),
      ...size,
      ...headOf(prior, model),
    },
    borders: headOf(prior, model).head === 'bars' ? bordersOf[bars](draws.targets, numBars) : null,
    numRows,
    targets: knowsLaw(prior, model.units) ? 'law' : 'drawn',
  };
}

/** What the network gives for a query. */
function headOf(
  { numClasses }: Prior,
  { kernels, numBars }: Recipe['model'],
): Pick<ModelConfig, 'head' | 'numOutputs'> {
  if (numClasses !== undefined) return { head: 'classes', numOutputs: numClasses };
  if (kernels > 0) return { head: 'normals', numOutputs: OUTPUTS_PER_NORMAL * kernels };
  return { head: 'bars', numOutputs: numBars };
}

/**
 * Weights, scales and borders of the checkpoint. Where one answers with classes and the other with numbers, only the weights between: what reads targets
 * and what gives answers is the recipe's. Ridge regressions may be new. Throws where the networks differ in more.
 */
function startedFrom(
  { config: { name, model: before }, weights: { tensors } }: Checkpoint,
  own: NetworkSetup,
  seed: number,
): Setup {
  const { ridgePenalties = own.model.ridgePenalties } = before;
  const model = { ...before, ...(ridgePenalties && { ridgePenalties }) };
  const isSameHead = model.head === own.model.head;
  const shapeOf = ({
    xFeatures,
    yFeatures,
    head,
    numOutputs,
    ...size
  }: ModelConfig): Readonly<Record<string, unknown>> => ({
    ...size,
    xFeatures: xFeatures.map(({ kind }) => kind),
    ...(isSameHead && { yFeatures: yFeatures.map(({ kind }) => kind), numOutputs }),
  });
  const [theirs, ours] = [shapeOf(model), shapeOf(own.model)];
  // What is off is not in the config of older checkpoints.
  const said = (value: unknown) => JSON.stringify(value || undefined);
  const differing = Object.keys({ ...theirs, ...ours }).find((key) => said(theirs[key]) !== said(ours[key]));
  if (differing !== undefined) {
    throw new Error(
      `startFrom: expected a checkpoint with model.${differing} ${said(ours[differing]) ?? 'none'} as in the recipe, but ${name} has ${said(theirs[differing]) ?? 'none'}. Change the recipe or take another checkpoint.`,
    );
  }
  const setup: NetworkSetup = isSameHead
    ? { ...own, model, borders: tensors.borders ? Float64Array.from(tensors.borders.data) : null }
    : { ...own, model: { ...own.model, xFeatures: model.xFeatures } };
  const lacking =
    isSameHead &&
    parameters(setup.model).find(
      (each) => !RIDGE_PARAMETERS.includes(each.name) && tensors[each.name]?.shape.join() !== each.shape.join(),
    );
  if (lacking) {
    throw new Error(
      `startFrom: expected a checkpoint with the weights ${lacking.name} [${lacking.shape}], but ${name} has ${tensors[lacking.name] ? `[${tensors[lacking.name].shape}]` : 'none'}: its network is of an older form. Train from the start or take another checkpoint.`,
    );
  }
  const startWeights = randomWeights(setup.model, seed);
  replaceWeights(setup.model, startWeights, tensors);
  return { ...setup, startWeights };
}

const randomWeights = (model: ModelConfig, seed: number): Float32Array =>
  initialWeights(model, normals(randomStream(seed, 'weights')));

function checkTablePrior(prior: Prior): void {
  const { name, hyperparameters = [] } = prior;
  if (hyperparameters.length > 0) {
    throw new Error(
      `${name}: expected a prior without hyperparameters for model.layout 'cells'. Use another prior, or model.layout 'rows'.`,
    );
  }
}

const bordersOf = {
  'equal-mass': bordersFromDraws,
  'equal-loss': (draws: ArrayLike<number>, numBars: number) => equalLossBorders(bordersFromDraws(draws, numBars)),
};

/** Whether the prior says how its query targets are distributed, in the units of the model. */
function knowsLaw(prior: Prior, units: ModelConfig['units']): boolean {
  const { queryLaw } = prior.sample(randomStream('trial'), { numDatasets: 1, numContext: 1, numQuery: 1 });
  return units !== 'context' && units !== 'table' && prior.numClasses === undefined && queryLaw !== undefined;
}

/** Inputs, context values and targets that feature scales and borders are fitted to. */
function fittingDraws(prior: Prior, units: ModelConfig['units'], numRows: number, seed: number) {
  const random = randomStream(seed, 'fit');
  if (units !== 'context') {
    const numDatasets = Math.max(1, Math.min(FITTING_DATASETS, Math.floor(FITTING_ROWS / numRows)));
    const shape = { numDatasets, numContext: numRows - 1, numQuery: 1 };
    const { contextX, contextY, queryX, queryY } = prior.sample(random, shape);
    const x = ownColumns(contextX, prior);
    const columns = prior.numFeatures - COLUMNS_PER_HYPERPARAMETER * (prior.hyperparameters?.length ?? 0);
    if (!lieElsewhere(queryY, contextY) && !lieElsewhere(ownColumns(queryX, prior), x, columns))
      return { x, contextY, targets: contextY };
    const all = drawsOfAllSizes(random, 1, numRows, (shape) => prior.sample(random, shape));
    return { ...all, x: ownColumns(Float32Array.from(all.x), prior), targets: [...all.contextY, ...all.targets] };
  }
  // What a context makes of x and y depends on its size.
  return drawsOfAllSizes(random, MIN_CONTEXT, numRows, (shape) => inContextUnits(prior.sample(random, shape)));
}

/** With contexts of all sizes, and targets that lie beyond the context. */
function drawsOfAllSizes(random: () => number, least: number, numRows: number, draw: (shape: BatchShape) => Batch) {
  const batches = Array.from({ length: FITTING_DATASETS / 20 }, () => {
    const numContext = least + Math.floor(random() * (numRows - least));
    return draw({ numDatasets: 20, numContext, numQuery: Math.min(20, numRows - numContext) });
  });
  const joined = (pick: (batch: Batch) => Float32Array) => batches.flatMap((batch) => Array.from(pick(batch)));
  return {
    x: [...joined(({ contextX }) => contextX), ...joined(({ queryX }) => queryX)],
    contextY: joined(({ contextY }) => contextY),
    targets: joined(({ queryY }) => queryY),
  };
}

/** A share of the queries that is no chance, and how far from the contexts, in parts of their range. */
const ELSEWHERE = { share: 0.01, reach: 0.1 };

/** Whether one of so many columns lies, in queries, outside of where it lies in contexts, as the time of a forecast does. */
function lieElsewhere(queries: Float32Array, contexts: Float32Array, columns = 1): boolean {
  return Array.from({ length: columns }, (_, column) => column).some((column) => {
    const own = (values: Float32Array) => values.filter((_, i) => i % columns === column);
    let [low, high] = [Infinity, -Infinity];
    for (const value of own(contexts)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    const reach = ELSEWHERE.reach * (high - low);
    const outside = own(queries).filter((value) => value < low - reach || value > high + reach);
    return outside.length > (ELSEWHERE.share * queries.length) / columns;
  });
}

/** The same in units of the table, for tables of the sizes that are trained on; missing cells have nothing to fit. */
function tableDraws(
  prior: Prior,
  { numRows, contextSizes }: Recipe['training'] & { readonly numRows: BatchPlan['numRows'] },
  seed: number,
) {
  const random = randomStream(seed, 'fit');
  const batches = Array.from({ length: FITTING_DATASETS / 20 }, () => {
    const sizes = drawSizes(random, { units: 'table', numRows, contextSizes, maxQueries: 20 });
    return inTableUnits(prior.sample(random, { numDatasets: 20, ...sizes }), prior.numClasses !== undefined);
  });
  const joined = (pick: (batch: Batch) => Float32Array) => batches.flatMap((batch) => Array.from(pick(batch)));
  return {
    x: joined(({ queryX }) => queryX.filter((value) => !Number.isNaN(value))),
    contextY: joined(({ contextY }) => contextY),
    targets: joined(({ queryY }) => queryY),
  };
}

/** x without the columns that tell hyperparameters, which are shown to the network as they are. */
function ownColumns(x: Float32Array, { numFeatures, hyperparameters = [] }: Prior): Float32Array {
  const own = numFeatures - COLUMNS_PER_HYPERPARAMETER * hyperparameters.length;
  return own === numFeatures ? x : x.filter((_, i) => i % numFeatures < own);
}
