import type { Bars } from '../model/bar-distribution.ts';
import type { CleanCurve } from './curve.ts';
import type { GoalChoice } from './goal.ts';
import { barMoments, type ValueDistribution, valueDistribution } from './value-distribution.ts';
import type { ValueMap } from './value-map.ts';

/** Quantiles by their level as text, one entry per step: `{ '0.05': [..], '0.5': [..] }`. */
export type Quantiles<T> = Readonly<Record<string, T>>;

export interface TargetForecast {
  readonly value: number;
  /** That the value at the last predicted step is above it, and below it. */
  readonly probability: number;
  readonly probabilityBelow: number;
  /**
   * The step at which the target will have been reached (at or beyond it in the direction of the goal): its quantiles, null
   * for those past the last predicted step; the first observed step that was there, where one was. See `stepReached`.
   */
  readonly reachedBy: Quantiles<number | null>;
}

/** What a curve will do. Arrays have one entry per entry of `steps`; values are in the user's units. */
export interface Forecast {
  readonly name: string;
  /** How many points of the curve were used. */
  readonly observed: number;
  readonly goal: GoalChoice;
  /** The predicted steps: those asked for, or the later steps of the curve where it has them, or regular ones up to the horizon. */
  readonly steps: readonly number[];
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly median: readonly number[];
  /** At the levels asked for. */
  readonly quantiles: Quantiles<readonly number[]>;
  /** The last predicted step. */
  readonly final: { readonly step: number; readonly mean: number; readonly quantiles: Quantiles<number> };
  readonly target: TargetForecast | null;
  /** What the curve really did at `steps`, and the log density of it (nats); null where the curve has no later points. */
  readonly later: readonly number[] | null;
  readonly laterLogDensity: readonly number[] | null;
  quantile(p: number): number[];
  interval(level: number): { readonly lower: number[]; readonly upper: number[] };
  probabilityAbove(value: number): number[];
  /** Of one value at every step, or of one value per step. In nats. */
  logDensity(values: number | readonly number[]): number[];
  /** n draws for each step, [n][steps]. Steps are drawn independently: a PFN answers each query by itself. */
  sample(n: number, random: () => number): number[][];
  /**
   * P(reached by step t) = the largest P(value at t' is at or beyond `target`) over predicted t' <= t. That is exact where a
   * curve that is ahead stays ahead, and a lower bound otherwise, since single steps do not tell how they go together. 1 where an
   * observed value is there.
   */
  stepReached(target: number): { readonly probability: number[]; quantile(p: number): number | null };
  /** The whole distribution at one of `steps`. Throws for other steps, and with `keepDistributions: false`. */
  distributionAt(step: number): ValueDistribution;
}

export interface ForecastSettings {
  readonly quantiles: readonly number[];
  readonly target?: number;
  readonly keepDistributions: boolean;
}

export interface ForecastParts {
  readonly curve: CleanCurve;
  readonly observed: number;
  readonly goal: GoalChoice;
  readonly steps: readonly number[];
  readonly later: readonly number[] | null;
  readonly map: ValueMap;
}

/** Of the step at which a target will have been reached. */
export const REACHED_LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95];

/** The forecast of one curve from the logits [M, K] of its M predicted steps. */
export function createForecast(
  { curve, observed, goal, steps, later, map }: ForecastParts,
  logits: Float32Array,
  bars: Bars,
  { quantiles: levels, target, keepDistributions }: ForecastSettings,
): Forecast {
  const moments = barMoments(bars, map);
  const distributionOf = (make: Bars['distribution'], values: Float32Array, i: number) =>
    valueDistribution(make(values.subarray(i * bars.numBars, (i + 1) * bars.numBars)), map, moments);
  const passing = bars.oneAtATime();
  const mean: number[] = [];
  const variance: number[] = [];
  const median: number[] = [];
  const quantiles = Object.fromEntries(levels.map((p) => [String(p), [] as number[]]));
  const laterLogDensity: number[] = [];
  const above: number[] = [];
  for (let i = 0; i < steps.length; i++) {
    const distribution = distributionOf(passing, logits, i);
    mean.push(distribution.mean);
    variance.push(distribution.variance);
    median.push(distribution.median);
    for (const p of levels) quantiles[String(p)].push(distribution.quantile(p));
    if (later !== null) laterLogDensity.push(distribution.logDensity(later[i]));
    if (target !== undefined) above.push(distribution.probabilityAbove(target));
  }
  // A copy per curve, so that keeping one curve's logits does not keep those of the whole call.
  const kept = keepDistributions ? logits.slice() : null;
  const distributionAt = (i: number) => {
    if (kept === null) {
      throw new RangeError(
        'forecast: its distributions were dropped by keepDistributions: false. Call extrapolate without it.',
      );
    }
    return distributionOf(bars.distribution, kept, i);
  };
  const perStep = <T>(read: (distribution: ValueDistribution, i: number) => T): T[] =>
    steps.map((_, i) => read(distributionAt(i), i));
  const reached = (value: number, probabilitiesAbove: readonly number[]) => {
    const isRising = goal.goal === 'maximize';
    const beyond = isRising ? probabilitiesAbove : probabilitiesAbove.map((probability) => 1 - probability);
    return reachedBefore(curve, observed, goal, steps, value) ?? stepReached(steps, beyond);
  };
  const end = steps.length - 1;
  return {
    name: curve.name,
    observed,
    goal,
    steps,
    mean,
    variance,
    median,
    quantiles,
    final: {
      step: steps[end],
      mean: mean[end],
      quantiles: Object.fromEntries(Object.entries(quantiles).map(([p, values]) => [p, values[end]])),
    },
    target:
      target === undefined
        ? null
        : {
            value: target,
            probability: above[end],
            probabilityBelow: 1 - above[end],
            reachedBy: reachedLevels(reached(target, above)),
          },
    later,
    laterLogDensity: later === null ? null : laterLogDensity,
    quantile: (p) => perStep((distribution) => distribution.quantile(p)),
    interval(level) {
      const both = perStep((distribution) => distribution.interval(level));
      return { lower: both.map(([lower]) => lower), upper: both.map(([, upper]) => upper) };
    },
    probabilityAbove: (value) => perStep((distribution) => distribution.probabilityAbove(value)),
    logDensity(values) {
      if (typeof values !== 'number' && values.length !== steps.length) {
        throw new RangeError(`logDensity: expected one value or ${steps.length}, one per step, got ${values.length}.`);
      }
      return perStep((distribution, i) => distribution.logDensity(typeof values === 'number' ? values : values[i]));
    },
    sample(n, random) {
      const distributions = perStep((distribution) => distribution);
      return Array.from({ length: n }, () => distributions.map((distribution) => distribution.sample(random)));
    },
    stepReached: (value) =>
      reached(
        value,
        perStep((distribution) => distribution.probabilityAbove(value)),
      ),
    distributionAt(step) {
      const i = steps.indexOf(step);
      if (i < 0) {
        throw new RangeError(
          `distributionAt: step ${step} of curve '${curve.name}' was not predicted. Ask for one of ${steps[0]}..${steps[end]}.`,
        );
      }
      return distributionAt(i);
    },
  };
}

const reachedLevels = ({ quantile }: ReturnType<Forecast['stepReached']>) =>
  Object.fromEntries(REACHED_LEVELS.map((p) => [String(p), quantile(p)]));

/** Whether a value is at a target or better. */
export const isBeyond = ({ goal }: GoalChoice, value: number, target: number): boolean =>
  goal === 'maximize' ? value >= target : value <= target;

/** Where one of the observed values was at a target, the first of them: whatever comes, it was reached then. Undefined where none was. */
export function reachedBefore(
  curve: Pick<CleanCurve, 'steps' | 'values'>,
  observed: number,
  goal: GoalChoice,
  steps: readonly number[],
  target: number,
): ReturnType<Forecast['stepReached']> | undefined {
  const seenAt = curve.steps.slice(0, observed).find((_, i) => isBeyond(goal, curve.values[i], target));
  return seenAt === undefined ? undefined : { probability: steps.map(() => 1), quantile: () => seenAt };
}

/** From P(at or beyond the target) of each step. */
function stepReached(steps: readonly number[], beyond: readonly number[]): ReturnType<Forecast['stepReached']> {
  let largest = 0;
  const probability = beyond.map((p) => {
    largest = Math.max(largest, p);
    return largest;
  });
  return reachedBy(steps, probability);
}

/** From P(reached by the step) of each step, which never falls. */
export const reachedBy = (steps: readonly number[], probability: number[]): ReturnType<Forecast['stepReached']> => ({
  probability,
  quantile: (p) => steps[probability.findIndex((reached) => reached >= p)] ?? null,
});
