/** The recipes that `pfn train <name>` knows: those of the shipped checkpoints. See config.ts for the defaults. */
export const recipes: Readonly<Record<string, unknown>> = {
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
  lc: {
    prior: { name: 'learning-curve' },
    model: { numLayers: 4, xFeatures: ['linear', 'log', 'reciprocal-log'] },
    training: { steps: 3600, optimizer: 'muon', learningRate: 5e-3, beta1: 0.95 },
  },
};
