/** A learning curve as its file has it. */
export interface FileCurve {
  readonly name: string;
  /** Strictly rising finite numbers in the file's own unit. */
  readonly steps: readonly number[];
  /** One finite number per step, of any sign. */
  readonly values: readonly number[];
  /** The step from which on NaN and infinities alone were logged; see `divergedTail`. */
  readonly diverged?: number;
}

export interface CurveFile {
  /** At least one, each with at least one point. */
  readonly curves: readonly FileCurve[];
  /** What the columns, keys or tags are called, for axis titles. */
  readonly stepTitle: string;
  readonly valueTitle: string;
  /** Whether each curve is a column of its own, which may be a metric and not a run. */
  readonly areColumns?: boolean;
  /** Whether names begin with that of a file, of several. */
  readonly areOfFiles?: boolean;
  /** Whether names end with that of a metric, which `--value-key` takes. */
  readonly hasMetricColumn?: boolean;
  /** Whether curves share rows, so that one may end in NaN for want of more values. */
  readonly mayBePadded?: boolean;
  /** Whether the curves are the metrics of one run, which a log tells by its keys or tags. */
  readonly areMetrics?: boolean;
  /** Whether `stepTitle` is what all curves count; left out where it is. */
  readonly areStepsAlike?: boolean;
  /** The last step that is planned, where the file says so. */
  readonly end?: number;
  /** What that run is called. */
  readonly run?: string;
  /** What was assumed about the file, one line each. */
  readonly notes: readonly string[];
}

/** The step from which on a run has logged nothing but NaN or infinities; undefined where it goes on, or may have ended. */
export const divergedAt = ({ mayBePadded }: CurveFile, { diverged }: FileCurve): number | undefined =>
  mayBePadded ? undefined : diverged;

/** Which columns (CSV), keys (JSON; dots reach into objects) or tag (event files) to read; by default they are found by name. */
export interface ReadCurvesOptions {
  readonly stepKey?: string;
  readonly valueKey?: string;
  readonly curveKey?: string;
}
