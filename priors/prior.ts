/** A uniform random number in [0, 1) at every call. Everything random in pfnkit takes one of these. */
export type Random = () => number;

/** What is known of hyperparameters, by name: a value, a range [low, high], or one of its choices. */
export type Given = Readonly<Record<string, number | readonly [low: number, high: number] | string>>;

/** Sizes of one batch: B data sets, each with N context rows and M query rows. */
export interface BatchShape {
  readonly numDatasets: number;
  readonly numContext: number;
  readonly numQuery: number;
  /** Hyperparameters that are told alike to all data sets. Those left out are told at random. Default: none. */
  readonly given?: Given;
}

/** B data sets drawn from a prior, row-major. Targets are noisy, in context and query alike. */
export interface Batch extends BatchShape {
  readonly numFeatures: number;
  /** [B, N, F] */
  readonly contextX: Float32Array;
  /** [B, N] */
  readonly contextY: Float32Array;
  /** [B, M, F] */
  readonly queryX: Float32Array;
  /** [B, M] */
  readonly queryY: Float32Array;
  /** Where it is normal; see QueryLaw. */
  readonly queryLaw?: QueryLaw;
}

/**
 * N(mean, sd^2), the distribution of each query target given the context of its data set and whatever else the prior drew for it, such as
 * hyperparameters; both [B, M]. A network that is trained on it instead of on `queryY` learns the same posterior (the expected loss is
 * the same, by the tower property) from far fewer data sets, because the chance of the drawn targets is gone from its gradients.
 */
export interface QueryLaw {
  readonly mean: Float32Array;
  /** > 0. */
  readonly sd: Float32Array;
}

/** The rows of one data set that a posterior sees, row-major. */
export interface Observed {
  readonly numContext: number;
  readonly numQuery: number;
  /** [N, F] */
  readonly contextX: ArrayLike<number>;
  /** [N] */
  readonly contextY: ArrayLike<number>;
  /** [M, F] */
  readonly queryX: ArrayLike<number>;
}

/** The predictive distribution of one noisy target. */
export interface Predictive {
  readonly mean: number;
  readonly variance: number;
  /** Log density at y, in nats; the log probability where targets are classes. */
  readonly logDensity: (y: number) => number;
  /** P(Y <= y). */
  readonly cdf: (y: number) => number;
  /** The y with cdf(y) = p, for p in [0, 1]. */
  readonly quantile: (p: number) => number;
}

/** The true answer of a prior, to compare a network with. */
export interface ExactPosterior {
  /** 'MCMC' has Monte Carlo error and takes seconds; the others are exact to rounding, where no hyperparameter is told as a range. */
  readonly method: 'closed form' | 'MCMC';
  /** The predictive of the noisy target at each of the M query rows, each row by itself. `random` is read by MCMC only. */
  readonly predict: (observed: Observed, random: Random) => readonly Predictive[];
}

/**
 * A positive hyperparameter that the network is told: somewhere in [low, high], log-uniform. It is two columns of x, the same in
 * all rows of a data set: ln low and ln high, moved to -1 .. 1 over the widest range.
 */
export interface Hyperparameter {
  readonly name: string;
  /** The widest range that can be given, 0 < low < high; also what is meant when nothing is given. */
  readonly low: number;
  readonly high: number;
  /**
   * Where it is one of a few things, such as kernels: their names. Choice i is the value i + 1; low is 1, high is their number. One of
   * them is always told, by default the first.
   */
  readonly choices?: readonly string[];
}

/**
 * A prior over data sets, given by its sampler. `sample` is pure: the same stream and shape give the same batch.
 * Throws a RangeError where the shape asks for rows the prior does not have.
 */
export interface Prior {
  readonly name: string;
  /** Everything `createPrior(name, options)` needs to build this prior again, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Columns of x, those of the hyperparameters included. */
  readonly numFeatures: number;
  /**
   * Batches have any number of columns up to numFeatures, one number for all data sets of a batch; drawn by sample. Default: every batch
   * has numFeatures.
   */
  readonly anyFeatures?: true;
  /** Told to the network by the last 2 columns of x each, in this order. Default: none. */
  readonly hyperparameters?: readonly Hyperparameter[];
  /** Targets are the classes 0 .. numClasses - 1. Default: targets are real numbers. */
  readonly numClasses?: number;
  /** Where the truth can be computed. */
  readonly exact?: ExactPosterior;
  /** The most rows (context and query together) one data set can have. */
  readonly maxRows: number;
  readonly sample: (random: Random, shape: BatchShape) => Batch;
}
