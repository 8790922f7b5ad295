import type { Forecast } from './forecast.ts';
import type { Goal } from './goal.ts';
import { fourDigits, percent, stepText } from './number-text.ts';

export const DEFAULT_CONFIDENCE = 0.95;

export interface StopOptions {
  /** Stop where the run will not beat the best with at least this probability. Default: 0.95. */
  readonly confidence?: number;
  /** Only values that are better by more than this count as better, in the metric's unit. Default: 0. */
  readonly minDelta?: number;
}

export interface StopAdvice {
  readonly stop: boolean;
  /** The value to beat. */
  readonly best: number;
  /** The largest over the predicted steps of P(value is better than best), and the step where it is largest. */
  readonly probability: number;
  readonly step: number;
  /** P(value is better than best) at the last predicted step. */
  readonly probabilityFinalBeats: number;
  /** For people. */
  readonly reason: string;
}

/**
 * The rule of Adriaensen et al. (NeurIPS 2023), section 5: stop a run where P(value is better than `best`) <= 1 - confidence at
 * every predicted step. `best` is the best value of all runs so far, this one included; what is better follows the forecast's
 * goal. The forecast must reach to the step where the run would end, and keep its distributions. Throws RangeError.
 */
export function adviseStop(
  forecast: Pick<Forecast, 'goal' | 'steps' | 'probabilityAbove'>,
  best: number,
  { confidence = DEFAULT_CONFIDENCE, minDelta = 0 }: StopOptions = {},
): StopAdvice {
  checkStopOptions({ confidence, minDelta });
  if (!Number.isFinite(best)) throw new RangeError(`adviseStop: best must be a finite number, got ${best}.`);
  const { goal, steps } = forecast;
  const beats =
    goal.goal === 'maximize'
      ? forecast.probabilityAbove(best + minDelta)
      : forecast.probabilityAbove(justBelow(best - minDelta)).map((probability) => 1 - probability);
  const largest = beats.reduce((most, probability, i) => (probability > beats[most] ? i : most), 0);
  const [probability, step, end] = [beats[largest], steps[largest], steps[steps.length - 1]];
  // 1 - 0.95 is a little more than 0.05 in binary, 1 - 0.9 a little less than 0.1.
  const stop = probability <= 1 - confidence + 1e-12;
  const chance = `${percent(probability)} chance to beat ${fourDigits(best)}`;
  return {
    stop,
    best,
    probability,
    step,
    probabilityFinalBeats: beats[beats.length - 1],
    reason: stop
      ? `at most ${chance} at any step up to ${stepText(end)}`
      : `${chance} at step ${stepText(step)}, more than ${percent(1 - confidence)}`,
  };
}

/** Fewer in a row may be a hiccup. */
const LEAST_TAIL = 2;
/** So many in a row are no gap between two validations. */
const LONG_TAIL = 20;

/**
 * How many values at the end are not finite, where a training has diverged: two or more, and more than ever came in a row before. Some logs have NaN wherever a metric was
 * not computed: where no two finite values came side by side before, it takes 20. Else 0.
 */
export function divergedTail(values: readonly number[]): number {
  let [longest, run] = [0, 0];
  let isEveryOne = false;
  for (const [i, value] of values.entries()) {
    if (Number.isFinite(value)) {
      isEveryOne ||= i > 0 && run === 0;
      longest = Math.max(longest, run);
      run = 0;
    } else run++;
  }
  return run >= (isEveryOne ? LEAST_TAIL : LONG_TAIL) && run > longest ? run : 0;
}

/** The best of at least one value; values that are not finite are missing points and do not count. */
export function bestOf(values: readonly number[], goal: Goal): number {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) throw new RangeError('bestOf: expected at least one finite value, got none.');
  return finite.reduce((a, b) => (goal === 'maximize' ? Math.max(a, b) : Math.min(a, b)));
}

/** Throws RangeError for options that `adviseStop` would refuse. */
export function checkStopOptions({ confidence = DEFAULT_CONFIDENCE, minDelta = 0 }: StopOptions): void {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`adviseStop: confidence must lie strictly between 0 and 1, got ${confidence}.`);
  }
  if (!(minDelta >= 0 && minDelta < Infinity)) {
    throw new RangeError(`adviseStop: minDelta must be a number of at least 0, got ${minDelta}.`);
  }
}

/** P(y < v) = 1 - P(y > the number before v): it matters where all of the probability lies at one bound. */
const justBelow = (value: number): number => value - Math.max(Math.abs(value) * 2 ** -52, Number.MIN_VALUE);
