import type { Prior } from '../priors/prior.ts';
import type { PriorSource } from './load-prior.ts';

/** The most rows of the tables that are trained on. */
const TABLE_ROWS = 300;

/** Of a network that reads tables. With 20 columns steps have 12 600 cells on average. */
const tables = {
  model: {
    layout: 'cells',
    units: 'table',
    numLayers: 3,
    width: 96,
    hidden: 192,
    rowLayers: 6,
    rowWidth: 192,
    ridgePenalties: [1, 10, 100],
  },
  training: {
    batchSize: 32,
    numRows: [30, TABLE_ROWS],
    maxQueries: 60,
    maxCells: 18_000,
    optimizer: 'muon',
    learningRate: 4e-3,
    beta1: 0.95,
  },
};

const tabular = (task: 'classification' | 'regression') => ({
  prior: { name: 'structural-causal', options: { task, maxRows: TABLE_ROWS, maxFeatures: 20 } },
  ...tables,
  training: { ...tables.training, steps: 10_000, ridgeFrom: 0.6 },
});

/** Of networks whose answers are those of Gaussian processes, or close to them. */
const kernelTraining = {
  batchSize: 50,
  maxQueries: 12,
  contextSizes: 'log-uniform',
  optimizer: 'muon',
  learningRate: 3e-3,
  beta1: 0.95,
};

/** The recipes that `pfn train <name>` knows, those of the shipped checkpoints among them. See config.ts for the defaults. */
export const recipes: Readonly<Record<string, unknown>> = {
  bnn: {
    prior: { name: 'neural-network', options: { maxRows: 80 } },
    model: {
      numLayers: 6,
      width: 96,
      hidden: 192,
      stem: true,
      sinks: true,
      kernels: 6,
      kernelShapes: ['rbf', 'matern32'],
      corrections: true,
      xFeatures: ['linear'],
    },
    training: { ...kernelTraining, steps: 32_000 },
  },
  curves: {
    prior: { name: 'training-run' },
    model: { units: 'context', numLayers: 4, xFeatures: ['from-start', 'from-end'] },
    training: {
      steps: 9000,
      batchSize: 160,
      maxQueries: 16,
      contextSizes: 'log-uniform',
      optimizer: 'muon',
      learningRate: 5e-3,
      beta1: 0.95,
    },
  },
  gp: {
    prior: {
      name: 'gaussian-process',
      options: {
        numFeatures: 5,
        anyNumInputs: true,
        maxRows: 120,
        kernel: { kernel: 'rbf', lengthScale: { given: [0.05, 2] }, outputScale: 1 },
        kernels: ['rbf', 'matern32', 'matern52'],
        noise: { given: [0.01, 0.5] },
      },
    },
    // The kernels answer; one narrow layer is enough to find them.
    model: {
      numLayers: 1,
      width: 64,
      hidden: 128,
      sinks: true,
      kernels: 12,
      kernelShapes: ['rbf', 'matern32', 'matern52'],
      xFeatures: ['linear', 'waves'],
    },
    training: { ...kernelTraining, steps: 10_000 },
  },
  lc: {
    prior: { name: 'learning-curve' },
    model: { numLayers: 4, xFeatures: ['linear', 'log', 'reciprocal-log'] },
    training: { steps: 5600, batchSize: 160, maxQueries: 24, optimizer: 'muon', learningRate: 5e-3, beta1: 0.95 },
  },
  'tabular-classifier': tabular('classification'),
  'tabular-regressor': tabular('regression'),
};

/** Rows of all data sets of one step, so that steps take alike for small and for large data sets. */
const ROWS_PER_STEP = 10_000;

/** How many steps a user's own prior is trained for, unless another recipe says so. */
const OWN_STEPS = 1500;

/** A recipe that gives a first useful model of a user's own prior within minutes. The size of a step comes from the size of its data sets. */
export function recipeForPrior(source: PriorSource, prior: Prior): unknown {
  const { maxRows, anyFeatures } = prior;
  if (anyFeatures) {
    const numRows = [Math.min(30, maxRows), Math.min(TABLE_ROWS, maxRows)];
    return { prior: source, ...tables, training: { ...tables.training, steps: OWN_STEPS, numRows } };
  }
  const maxQueries = Math.min(24, Math.max(1, Math.floor(maxRows / 2)));
  return {
    prior: source,
    model: { numLayers: 4, xFeatures: ['linear', 'waves'] },
    training: {
      steps: OWN_STEPS,
      batchSize: Math.min(200, Math.max(10, Math.round(ROWS_PER_STEP / maxRows))),
      maxQueries,
      optimizer: 'muon',
      learningRate: 5e-3,
      beta1: 0.95,
    },
  };
}
