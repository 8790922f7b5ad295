/** The recipes that `pfn train <name>` knows: those of the shipped checkpoints. See config.ts for the defaults. */
export const recipes: Readonly<Record<string, unknown>> = {
  lc: {
    prior: { name: 'learning-curve' },
    model: { numLayers: 4, xFeatures: ['linear', 'log', 'reciprocal-log'] },
    training: { steps: 3600, optimizer: 'muon', learningRate: 5e-3, beta1: 0.95 },
  },
};
