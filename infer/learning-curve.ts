import { createBars } from '../model/bar-distribution.ts';
import { type CleanCurve, type Curve, cleanCurve, isValue, spreadEvenly, toCurve, type Values } from './curve.ts';
import { type CurveFrame, type FrameKind, frameKind } from './curve-frame.ts';
import {
  createForecast,
  type Forecast,
  type ForecastSettings,
  isBeyond,
  reachedBefore,
  reachedBy,
} from './forecast.ts';
import { decideGoal, GOALS, type GoalChoice } from './goal.ts';
import { defaultHorizon, stepsUpTo } from './horizon.ts';
import { checkDraws, uniformsOf } from './posterior-draws.ts';
import type { Predictor } from './predictor.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import type { Bounds } from './value-map.ts';

export const DEFAULT_QUANTILES: readonly number[] = [0.05, 0.25, 0.5, 0.75, 0.95];

/** Curves of one call to the network, and their steps all together: bounds its memory (12 800 steps x 1000 bars = 50 MB of logits). */
const CURVES_PER_CALL = 128;
const STEPS_PER_CALL = 100 * CURVES_PER_CALL;

export interface ExtrapolateOptions {
  /** Which way the metric improves. Default: `'auto'`, decided from the observed values of each curve. */
  readonly goal?: (typeof GOALS)[number];
  /** Hard bounds of the metric, such as 0 and 1 for an accuracy or 0 for a loss. Default: none. */
  readonly lower?: number;
  readonly upper?: number;
  /**
   * The last step to predict, in the curve's own steps. Default: the curve's last step, or twice as far as was seen. Where the curve has later points, these are
   * predicted, up to here at most.
   */
  readonly horizon?: number;
  /** Exactly these steps, each after the observed part. */
  readonly steps?: readonly number[];
  /** Use only the first n points of each curve, or that share of its points (`'20%'`). Default: all. */
  readonly observed?: number | `${number}%`;
  readonly quantiles?: readonly number[];
  /** Ask when, and with which probability, the curve reaches this value. */
  readonly target?: number;
  /** Keep what the methods of a forecast need (4 K bytes per step). `false` saves it, for thousands of curves. */
  readonly keepDistributions?: boolean;
  /** Called after each call to the network with the number of curves done. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface DrawOptions
  extends Pick<ExtrapolateOptions, 'goal' | 'lower' | 'upper' | 'horizon' | 'steps' | 'observed'> {
  /** How many futures. Each takes a uniform of `random` for every step. */
  readonly draws: number;
  readonly random: () => number;
  /** Called after each step. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CurveDraws {
  readonly goal: GoalChoice;
  /** As those of a forecast. */
  readonly steps: readonly number[];
  /** [draws][steps], in the user's units. */
  readonly values: readonly (readonly number[])[];
  /** The share of the futures that have been at or beyond `target` by each step: its probability, where a forecast's `stepReached` has a lower bound of it. */
  stepReached(target: number): ReturnType<Forecast['stepReached']>;
}

export interface LearningCurveModel {
  readonly predictor: Predictor;
  /** Forecasts in the order of the curves. Curves of equal lengths share a call; no answer depends on the other curves. */
  extrapolate(curves: readonly (Curve | Values)[], options?: ExtrapolateOptions): Promise<Forecast[]>;
  /** One curve, or its values at steps 1, 2, 3, ... */
  extrapolate(curve: Curve | Values, options?: ExtrapolateOptions): Promise<Forecast>;
  /**
   * Whole futures of a curve, where a forecast has the distribution of each step by itself: a step is drawn, joins the points that were seen, and the next
   * one is drawn given it (as `posteriorDraws` does). Random as the curve is, with its noise.
   */
  draw(curve: Curve | Values, options: DrawOptions): Promise<CurveDraws>;
  dispose(): Promise<void>;
}

/** Learning-curve extrapolation with any predictor that was trained on learning curves. */
export function createLearningCurveModel(predictor: Predictor): LearningCurveModel {
  const kind = frameKind(predictor.config);
  const bars = createBars(predictor.borders);

  async function extrapolateMany(curves: readonly Curve[], options: ExtrapolateOptions): Promise<Forecast[]> {
    const settings = checkOptions(options);
    const tasks = curves.map((curve, index) => createTask(cleanCurve(curve), index, kind, settings));
    const forecasts: Forecast[] = new Array(curves.length);
    let done = 0;
    for (const chunk of chunksOfEqualShape(tasks)) {
      const logits = await answer(predictor, chunk); // [B, M, K]
      const perCurve = logits.length / chunk.length;
      chunk.forEach((task, b) => {
        const own = logits.subarray(b * perCurve, (b + 1) * perCurve);
        forecasts[task.index] = createForecast({ ...task, map: task.frame.values }, own, bars, settings);
      });
      done += chunk.length;
      options.onProgress?.(done, curves.length);
    }
    return forecasts;
  }

  async function extrapolate(
    input: Curve | Values | readonly (Curve | Values)[],
    options: ExtrapolateOptions = {},
  ): Promise<Forecast | Forecast[]> {
    if (Array.isArray(input) && !input.some(isValue)) return extrapolateMany(input.map(toCurve), options);
    return (await extrapolateMany([toCurve(input as Curve | Values)], options))[0];
  }

  async function draw(
    input: Curve | Values,
    { draws, random, onProgress, ...options }: DrawOptions,
  ): Promise<CurveDraws> {
    checkDraws('draw', draws);
    const curve = cleanCurve(toCurve(input));
    const { steps, observed, goal } = createTask(curve, 0, kind, checkOptions(options));
    const uniforms = uniformsOf(draws, steps.length, random);
    const seen = { steps: curve.steps.slice(0, observed), values: curve.values.slice(0, observed) };
    const futures = uniforms.map(() => ({ steps: [...seen.steps], values: [...seen.values] }));
    const end = steps[steps.length - 1];
    for (const [m, step] of steps.entries()) {
      const settings = { goal: goal.goal, lower: options.lower, upper: options.upper, quantiles: [] };
      // The last step decides how some networks see the axis.
      const forecasts = await extrapolateMany(futures, { ...settings, steps: step < end ? [step, end] : [end] });
      futures.forEach((future, d) => {
        future.values.push(forecasts[d].distributionAt(step).sample(() => uniforms[d][m]));
        future.steps.push(step);
      });
      onProgress?.(m + 1, steps.length);
    }
    const values = futures.map((future) => future.values.slice(observed));
    return {
      goal,
      steps,
      values,
      stepReached: (target) =>
        reachedBefore(curve, observed, goal, steps, target) ?? reachedBy(steps, reachedShares(values, goal, target)),
    };
  }
  return {
    predictor,
    draw,
    extrapolate: extrapolate as LearningCurveModel['extrapolate'],
    dispose: () => predictor.dispose(),
  };
}

/** Of futures [draws][steps], by each step. */
function reachedShares(futures: readonly (readonly number[])[], goal: GoalChoice, target: number): number[] {
  const first = futures.map((values) => values.findIndex((value) => isBeyond(goal, value, target)));
  return futures[0].map((_, m) => first.filter((at) => at >= 0 && at <= m).length / futures.length);
}

interface Settings extends ForecastSettings, Pick<ExtrapolateOptions, 'horizon' | 'steps' | 'observed'> {
  readonly goal: (typeof GOALS)[number];
  readonly bounds: Bounds;
}

function checkOptions({
  goal = 'auto',
  lower = -Infinity,
  upper = Infinity,
  horizon,
  steps,
  observed,
  quantiles = DEFAULT_QUANTILES,
  target,
  keepDistributions = true,
  onProgress: _,
  ...unknown
}: ExtrapolateOptions): Settings {
  refuseUnknown('extrapolate', unknown);
  if (!GOALS.includes(goal)) {
    throw new RangeError(`extrapolate: goal must be one of ${GOALS.join(', ')}, got '${goal}'.`);
  }
  if (!(lower < upper)) {
    throw new RangeError(`extrapolate: lower must be below upper, got ${lower} and ${upper}.`);
  }
  for (const [name, value] of Object.entries({ horizon, target })) {
    if (value !== undefined && !Number.isFinite(value)) {
      throw new RangeError(`extrapolate: ${name} must be a finite number, got ${value}.`);
    }
  }
  const level = quantiles.find((p) => !(p > 0 && p < 1));
  if (level !== undefined) {
    throw new RangeError(`extrapolate: quantiles must lie strictly between 0 and 1, got ${level}.`);
  }
  return {
    goal,
    bounds: { lower, upper },
    horizon,
    steps,
    observed,
    quantiles: [...new Set(quantiles)],
    target,
    keepDistributions,
  };
}

/** How many of `length` points `observed` asks for: n, or a share such as `'20%'` (rounded, at least `least` points). */
export function countObserved(observed: number | `${number}%` | undefined, length: number, least = 1): number {
  if (observed === undefined) return length;
  if (typeof observed === 'number') {
    if (Number.isInteger(observed) && observed >= 1) return Math.min(observed, length);
  } else {
    const percent = Number(observed.slice(0, -1));
    if (observed.endsWith('%') && percent > 0 && percent <= 100) {
      return Math.min(length, Math.max(least, Math.round((percent / 100) * length)));
    }
  }
  throw new RangeError(
    `extrapolate: observed must be a number of points such as 20 or a share such as '20%', got '${observed}'.`,
  );
}

/** A curve cut into what the network sees and what it is asked. */
interface Task {
  readonly index: number;
  readonly curve: CleanCurve;
  readonly observed: number;
  readonly goal: GoalChoice;
  readonly frame: CurveFrame;
  /** In the model's units. */
  readonly contextX: readonly number[];
  readonly contextY: readonly number[];
  /** In the curve's own steps. */
  readonly steps: readonly number[];
  readonly later: readonly number[] | null;
}

function createTask(curve: CleanCurve, index: number, kind: FrameKind, settings: Settings): Task {
  const { bounds } = settings;
  const { minObserved, maxObserved } = kind;
  const observed = countObserved(settings.observed, curve.steps.length, minObserved);
  if (observed < minObserved) {
    const points = observed === 1 ? '1 point' : `${observed} points`;
    throw new RangeError(
      `extrapolate: curve '${curve.name}' has ${points}, at least ${minObserved} are needed. Wait for more, or leave it out.`,
    );
  }
  const seen = { steps: curve.steps.slice(0, observed), values: curve.values.slice(0, observed) };
  const outside = seen.values.find((value) => value < bounds.lower || value > bounds.upper);
  if (outside !== undefined) {
    throw new RangeError(
      `extrapolate: curve '${curve.name}' has ${outside}, outside the bounds ${bounds.lower} and ${bounds.upper}. Correct the bounds.`,
    );
  }
  const { steps, later } = stepsToPredict(curve, observed, settings);
  const goal = decideGoal(settings.goal, () => [seen.values]);
  const kept = spreadEvenly(observed, maxObserved);
  const context = { steps: kept.map((i) => seen.steps[i]), values: kept.map((i) => seen.values[i]) };
  const frame = kind.frame(context, goal.goal, bounds, steps[steps.length - 1]);
  return {
    index,
    curve,
    observed,
    goal,
    frame,
    contextX: context.steps.map(frame.toModelStep),
    contextY: context.values.map(frame.values.toModel),
    steps,
    later,
  };
}

/** The steps asked for, the later steps of the curve, or regular ones up to the horizon. */
function stepsToPredict(
  { name, steps, values }: CleanCurve,
  observed: number,
  { horizon, steps: asked }: Settings,
): { readonly steps: readonly number[]; readonly later: readonly number[] | null } {
  const last = steps[observed - 1];
  if (asked !== undefined) {
    const wrong = asked.find((step, i) => !(Number.isFinite(step) && step > (i === 0 ? last : asked[i - 1])));
    if (asked.length === 0 || wrong !== undefined) {
      throw new RangeError(
        `extrapolate: steps must rise and lie after the last observed step ${last} of curve '${name}', got ${wrong ?? 'none'}.`,
      );
    }
    return { steps: asked, later: null };
  }
  const later = steps.map((_, i) => i).filter((i) => i >= observed && (horizon === undefined || steps[i] <= horizon));
  if (later.length > 0) return { steps: later.map((i) => steps[i]), later: later.map((i) => values[i]) };
  const end = horizon ?? defaultHorizon(steps.slice(0, observed));
  if (last >= end) {
    throw new RangeError(
      `extrapolate: curve '${name}' is seen up to step ${last}, at or past the horizon ${end}, so nothing is left to predict. ` +
        'Use fewer observed points or a later horizon.',
    );
  }
  return { steps: stepsUpTo(steps.slice(0, observed), end), later: null };
}

function chunksOfEqualShape(tasks: readonly Task[]): Task[][] {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const shape = `${task.contextX.length} ${task.steps.length}`;
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, [task]);
    else group.push(task);
  }
  return [...groups.values()].flatMap((group) => {
    const size = Math.min(CURVES_PER_CALL, Math.max(1, Math.floor(STEPS_PER_CALL / group[0].steps.length)));
    return Array.from({ length: Math.ceil(group.length / size) }, (_, i) => group.slice(i * size, (i + 1) * size));
  });
}

/** Tasks of one shape -> logits [B, M, K]. */
async function answer(predictor: Predictor, tasks: readonly Task[]): Promise<Float32Array> {
  const conditioned = await predictor.condition({
    numDatasets: tasks.length,
    numContext: tasks[0].contextX.length,
    x: Float32Array.from(tasks.flatMap((task) => task.contextX)), // [B, N, 1]
    y: Float32Array.from(tasks.flatMap((task) => task.contextY)), // [B, N]
  });
  return conditioned.predict({
    numQuery: tasks[0].steps.length,
    x: Float32Array.from(tasks.flatMap(({ steps, frame }) => steps.map(frame.toModelStep))), // [B, M, 1]
  });
}
