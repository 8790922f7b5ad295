/** One line per prior of priors/index.ts, for people who choose one. */
export const PRIOR_SUMMARIES: Readonly<Record<string, string>> = {
  'learning-curve': 'rising, saturating learning curves (LC-PFN)',
  'training-run': 'metrics of training runs: plateaus, breaks, divergence, outliers',
  'gaussian-process': 'smooth, rough, periodic or linear functions with noise, by a kernel',
  'student-t-process': 'functions as of a Gaussian process, with heavier tails',
  'linear-regression': 'linear functions with noise, weights drawn at random',
  'state-space': 'time series whose level and slope drift',
  'beta-bernoulli': 'coin tosses with an unknown probability',
  'gamma-poisson': 'counts with an unknown rate',
  'neural-network': 'functions of a random neural network, with noise',
  'structural-causal': 'small tables: categories, missing cells, classes or a real target',
  classify: 'another prior, its targets cut into classes',
  'input-warp': 'another prior, its inputs stretched and squeezed',
  'missing-values': 'another prior, some of its inputs missing',
  mixture: 'every data set from one of several other priors',
  'output-noise': 'another prior, with more noise on the targets',
};
