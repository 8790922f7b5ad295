/** A uniform random number in [0, 1) at every call. Everything random in pfnkit takes one of these. */
export type Random = () => number;

/** Sizes of one batch: B data sets, each with N context rows and M query rows. */
export interface BatchShape {
  readonly numDatasets: number;
  readonly numContext: number;
  readonly numQuery: number;
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
}

/**
 * A prior over data sets, given by its sampler. `sample` is pure: the same stream and shape give the same batch.
 * Throws a RangeError where the shape asks for rows the prior does not have.
 */
export interface Prior {
  readonly name: string;
  /** Everything `createPrior(name, options)` needs to build this prior again, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly numFeatures: number;
  /** The most rows (context and query together) one data set can have. */
  readonly maxRows: number;
  readonly sample: (random: Random, shape: BatchShape) => Batch;
}
