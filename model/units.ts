/**
 * The units that a context gives itself. With them an answer cannot depend on the units a user happens to write in: scale or
 * shift the steps or the values of a context, and what the network sees stays the same.
 *
 *   x  ->  (x - first) / (last - first)          the context spans 0..1, queries lie beyond
 *   y  ->  asinh((y - center) / scale)           center: median of the last three values; scale: their typical change from one
 *                                                row to the next. Near the center this is linear, far away logarithmic, so
 *                                                a first loss a thousand steps away stays in view.
 */
export interface ContextUnits {
  readonly first: number;
  /** last - first, > 0. */
  readonly span: number;
  readonly center: number;
  /** > 0. */
  readonly scale: number;
}

/** A context needs two rows to have units. */
export const MIN_CONTEXT = 2;

/** The fewest context rows of a model in these units. */
export const minContext = (units: 'own' | 'context' | 'table' | undefined): number =>
  units === 'context' || units === 'table' ? MIN_CONTEXT : 1;

/** Below this share of the mean change, the median change no longer counts: a curve that repeats itself has none. */
const LEAST_SHARE = 1e-3;

/**
 * Of N >= 2 rows with x rising; y finite and not so large that differences overflow. Where all y are equal, the scale is
 * `fallback`: such a context has no unit of its own.
 */
export function contextUnits(x: ArrayLike<number>, y: ArrayLike<number>, fallback = 1): ContextUnits {
  const last = y.length - 1;
  const changes = new Float64Array(last);
  let sum = 0;
  for (let i = 0; i < last; i++) {
    changes[i] = Math.abs(y[i + 1] - y[i]);
    sum += changes[i];
  }
  const scale = Math.max(median(changes), (LEAST_SHARE * sum) / last);
  const center = last < 2 ? y[last] : median(Float64Array.of(y[last - 2], y[last - 1], y[last]));
  return { first: x[0], span: x[last] - x[0] || 1, center, scale: scale > 0 ? scale : fallback };
}

export function toModelX({ first, span }: ContextUnits, x: number): number {
  return (x - first) / span;
}

export function toModelY({ center, scale }: ContextUnits, y: number): number {
  return Math.asinh((y - center) / scale);
}

/** Sorts the given values; the mean of the two in the middle where their number is even. */
function median(values: Float64Array): number {
  const sorted = values.sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
