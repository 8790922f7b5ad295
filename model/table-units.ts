/**
 * The units that the context of a table gives to each of its columns: training and inference see a table through the same ones, so an
 * answer cannot depend on the units or the offset that a user's columns happen to have.
 *
 *   x  ->  squash((x - center) / scale)          mean and standard deviation of the column's context cells; NaN, which is a missing
 *                                                cell, stays NaN
 *   squash(z) = z up to 3 standard deviations, 3 + ln(|z| - 2) with the sign of z beyond: outliers keep their order, not their weight
 *
 * Targets of a regression are (y - center) / scale, not squashed.
 */
export interface ColumnUnits {
  readonly center: number;
  /** > 0. */
  readonly scale: number;
}

/** Beyond so many standard deviations a cell is an outlier. */
const OUTLIER = 3;

/** Of every `stride`-th of the values, from `offset` on; NaN is left out. A column that is constant or empty has scale 1. */
export function columnUnits(values: ArrayLike<number>, offset = 0, stride = 1): ColumnUnits {
  let count = 0;
  let center = 0;
  let squares = 0;
  // Welford's algorithm: columns may be far from zero.
  for (let i = offset; i < values.length; i += stride) {
    if (Number.isNaN(values[i])) continue;
    const difference = values[i] - center;
    center += difference / ++count;
    squares += difference * (values[i] - center);
  }
  const scale = Math.sqrt(squares / count);
  return { center, scale: scale > 1e-12 * Math.abs(center) ? scale : 1 };
}

/** A cell as the network sees it. */
export function toModelCell({ center, scale }: ColumnUnits, value: number): number {
  const z = (value - center) / scale;
  return Math.abs(z) > OUTLIER ? Math.sign(z) * (OUTLIER + Math.log(Math.abs(z) - OUTLIER + 1)) : z;
}
