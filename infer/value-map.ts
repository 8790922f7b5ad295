/** A strictly monotone map between the values y of a user and the model's z, and the hard bounds of y. */
export interface ValueMap {
  readonly toModel: (y: number) => number;
  readonly fromModel: (z: number) => number;
  /** ln |dz / dy| at y: what a density in z gains to become one in y. */
  readonly logSlope: (y: number) => number;
  /** Whether z rises with y; it falls where the metric is minimized. */
  readonly rising: boolean;
  /** No value can be below or above these; infinite where nothing is known. */
  readonly bounds: Bounds;
  /** [low, high] of the z that are values within the bounds. */
  readonly modelRange: readonly [low: number, high: number];
  /**
   * Values beyond the quantiles of `trim` and 1 - trim count as these quantiles in the mean and the variance. 0 where the
   * moments are exact; more where z grows with ln y, so that one part in 10^4 far away would be all of the mean.
   */
  readonly trim: number;
}

/** The hard bounds of a metric. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}
