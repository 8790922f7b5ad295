import { spreadEvenly } from './curve.ts';

/** A forecast has at most this many steps of its own choice. */
const MOST_STEPS = 100;
/** Epochs up to here are what most people plan. */
const USUAL_EPOCHS = 100;

/**
 * How far to look where nobody said: twice as far as was seen; where steps are counted (whole numbers from 0 or 1), at
 * least up to step 100.
 */
export function defaultHorizon(steps: readonly number[]): number {
  const first = steps[0];
  const last = steps[steps.length - 1];
  const twice = last + (last - first || 1);
  const isCounted = first >= 0 && first <= 1 && steps.every(Number.isInteger) && medianSpacing(steps) <= 2;
  return isCounted ? Math.max(twice, USUAL_EPOCHS) : twice;
}

/** Regular steps after `last` up to and including the horizon, spaced as the observed ones, at most 100. */
export function stepsUpTo(observed: readonly number[], horizon: number): number[] {
  const last = observed[observed.length - 1];
  const spacing = medianSpacing(observed);
  const count = Math.max(1, Math.min(Math.ceil((horizon - last) / spacing - 1e-9), Number.MAX_SAFE_INTEGER));
  // 0.6, not 0.6000000000000001.
  const steps = spreadEvenly(count, MOST_STEPS).map((i) => Number((last + (i + 1) * spacing).toPrecision(14)));
  // Where the spacing is near the precision of the steps, sums can round to the step before; and one that ends at the horizon can round to less.
  const end = horizon - 1e-9 * Math.min(spacing, horizon - last);
  const rising = steps.filter((step, i) => step > (i === 0 ? last : steps[i - 1]) && step < end);
  return [...rising, horizon].slice(-MOST_STEPS);
}

function medianSpacing(steps: readonly number[]): number {
  const gaps = steps.slice(1).map((step, i) => step - steps[i]);
  return gaps.sort((a, b) => a - b)[(gaps.length - 1) >> 1] ?? 1;
}
