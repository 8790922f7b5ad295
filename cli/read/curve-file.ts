/** A learning curve as its file has it. */
export interface FileCurve {
  readonly name: string;
  /** Strictly rising finite numbers in the file's own unit. */
  readonly steps: readonly number[];
  /** One finite number per step, of any sign. */
  readonly values: readonly number[];
}

export interface CurveFile {
  /** At least one, each with at least one point. */
  readonly curves: readonly FileCurve[];
  /** What the columns, keys or tags are called, for axis titles. */
  readonly stepTitle: string;
  readonly valueTitle: string;
  /** Whether each curve is a column of its own, which may be a metric and not a run. */
  readonly areColumns?: boolean;
  /** Whether the curves are the metrics of one run, which a log tells by its keys or tags. */
  readonly areMetrics?: boolean;
  /** What that run is called. */
  readonly run?: string;
  /** What was assumed about the file, one line each. */
  readonly notes: readonly string[];
}

/** Which columns (CSV), keys (JSON; dots reach into objects) or tag (event files) to read; by default they are found by name. */
export interface ReadCurvesOptions {
  readonly stepKey?: string;
  readonly valueKey?: string;
  readonly curveKey?: string;
}
