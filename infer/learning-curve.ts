import { type BarDistribution, type Bars, createBars } from '../model/bar-distribution.ts';
import type { Predictor } from './predictor.ts';

/** The learning-curve prior spans steps 1..100; a model of it has seen no others. */
export const MAX_STEP = 100;
export const DEFAULT_QUANTILES: readonly number[] = [0.05, 0.25, 0.5, 0.75, 0.95];

/** Contexts and queries of one call to the network: bounds its memory (128 curves x 100 steps x 1000 bars = 50 MB of logits). */
const CURVES_PER_CALL = 128;

/** A rising learning curve. Steps are strictly rising integers in 1..100, values lie in [0, 1]. */
export interface Curve {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export interface ExtrapolateOptions {
  /** The last step to predict, at most 100. */
  readonly horizon?: number;
  /** Use only the first n points of each curve, or that share of its points (`'20%'`). Default: all. */
  readonly observed?: number | `${number}%`;
  readonly quantiles?: readonly number[];
  /** Ask for the probability that the value at the last predicted step is above this one. */
  readonly target?: number;
  /** Keep what `distributionAt` needs (4 K bytes per step). `false` saves it, for thousands of curves. */
  readonly keepDistributions?: boolean;
  /** Called after each call to the network with the number of curves done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Quantiles by their level as text, one entry per step: `{ '0.05': [..], '0.5': [..] }`. */
export type Quantiles<T> = Readonly<Record<string, T>>;

export interface Forecast {
  readonly name: string;
  /** How many points of the curve were used. */
  readonly observed: number;
  /** The predicted steps: the later steps of the curve where it has them, otherwise each step up to the horizon. */
  readonly steps: readonly number[];
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly quantiles: Quantiles<readonly number[]>;
  /** The last predicted step. */
  readonly final: { readonly step: number; readonly mean: number; readonly quantiles: Quantiles<number> };
  readonly target: { readonly value: number; readonly probability: number } | null;
  /** What the curve really did at `steps`, and the log density of it (nats); null where the curve has no later points. */
  readonly later: readonly number[] | null;
  readonly logDensity: readonly number[] | null;
  /** The whole predictive distribution at one of `steps`. Throws for other steps, and with `keepDistributions: false`. */
  readonly distributionAt: (step: number) => BarDistribution;
}

export interface LearningCurveModel {
  readonly predictor: Predictor;
  /** Forecasts in the order of the curves. Curves of equal lengths share a call; no answer depends on the other curves. */
  extrapolate(curves: readonly Curve[], options?: ExtrapolateOptions): Promise<Forecast[]>;
  extrapolate(curve: Curve, options?: ExtrapolateOptions): Promise<Forecast>;
  dispose(): Promise<void>;
}

/** Learning-curve extrapolation with any predictor that was trained on curves over steps 1..100. */
export function createLearningCurveModel(predictor: Predictor): LearningCurveModel {
  const bars = createBars(predictor.borders);

  async function extrapolateMany(curves: readonly Curve[], options: ExtrapolateOptions): Promise<Forecast[]> {
    const settings = checkOptions(options);
    const tasks = curves.map((curve, index) => splitCurve(curve, index, settings));
    const forecasts: Forecast[] = new Array(curves.length);
    let done = 0;
    for (const chunk of chunksOfEqualShape(tasks)) {
      const logits = await answer(predictor, chunk); // [B, M, K]
      const perCurve = logits.length / chunk.length;
      chunk.forEach((task, b) => {
        const own = logits.subarray(b * perCurve, (b + 1) * perCurve);
        forecasts[task.index] = forecast(task, own, bars, settings);
      });
      done += chunk.length;
      options.onProgress?.(done, curves.length);
    }
    return forecasts;
  }

  async function extrapolate(input: Curve | readonly Curve[], options: ExtrapolateOptions = {}) {
    if (isMany(input)) return extrapolateMany(input, options);
    return (await extrapolateMany([input], options))[0];
  }
  return {
    predictor,
    extrapolate: extrapolate as LearningCurveModel['extrapolate'],
    dispose: () => predictor.dispose(),
  };
}

type Settings = Required<Omit<ExtrapolateOptions, 'target' | 'observed' | 'onProgress'>> &
  Pick<ExtrapolateOptions, 'target' | 'observed'>;

/** A curve cut into what the network sees and what it is asked. */
interface Task {
  readonly index: number;
  readonly name: string;
  readonly contextSteps: readonly number[];
  readonly contextValues: readonly number[];
  readonly steps: readonly number[];
  readonly later: readonly number[] | null;
}

const isMany = (input: Curve | readonly Curve[]): input is readonly Curve[] => Array.isArray(input);

function checkOptions(options: ExtrapolateOptions): Settings {
  const { horizon = MAX_STEP, observed, quantiles = DEFAULT_QUANTILES, target, keepDistributions = true } = options;
  if (!Number.isInteger(horizon) || horizon < 2 || horizon > MAX_STEP) {
    throw new RangeError(`extrapolate: horizon must be a whole number from 2 to ${MAX_STEP}, got ${horizon}.`);
  }
  const level = quantiles.find((p) => !(p > 0 && p < 1));
  if (level !== undefined) {
    throw new RangeError(`extrapolate: quantiles must lie strictly between 0 and 1, got ${level}.`);
  }
  if (target !== undefined && !Number.isFinite(target)) {
    throw new RangeError(`extrapolate: target must be a finite number, got ${target}.`);
  }
  return { horizon, observed, quantiles, target, keepDistributions };
}

/** How many of `length` points `observed` asks for: n, or a share such as `'20%'` (rounded, at least one point). */
export function countObserved(observed: number | `${number}%` | undefined, length: number): number {
  if (observed === undefined) return length;
  if (typeof observed === 'number') {
    if (Number.isInteger(observed) && observed >= 1) return Math.min(observed, length);
  } else {
    const percent = Number(observed.slice(0, -1));
    if (observed.endsWith('%') && percent > 0 && percent <= 100) {
      return Math.max(1, Math.round((percent / 100) * length));
    }
  }
  throw new RangeError(
    `extrapolate: observed must be a number of points such as 20 or a share such as '20%', got '${observed}'.`,
  );
}

function splitCurve(curve: Curve, index: number, { horizon, observed }: Settings): Task {
  const { name, steps, values } = curve;
  checkCurve(curve);
  const numContext = countObserved(observed, steps.length);
  const contextSteps = steps.slice(0, numContext);
  const last = contextSteps[numContext - 1];
  const contextValues = values.slice(0, numContext);
  const outside = contextValues.find((value) => value < 0 || value > 1);
  if (outside !== undefined) {
    throw new RangeError(`extrapolate: values must lie in [0, 1], curve '${name}' has ${outside}. Rescale it first.`);
  }
  if (last >= horizon) {
    throw new RangeError(
      `extrapolate: curve '${name}' is seen up to step ${last}, at or past the horizon ${horizon}, so nothing is left to predict. ` +
        `Use fewer observed points or a later horizon (at most ${MAX_STEP}).`,
    );
  }
  const task = { index, name, contextSteps, contextValues };
  const laterSteps = steps.slice(numContext).filter((step) => step <= horizon);
  if (laterSteps.length > 0) {
    return { ...task, steps: laterSteps, later: values.slice(numContext, numContext + laterSteps.length) };
  }
  return { ...task, steps: Array.from({ length: horizon - last }, (_, i) => last + 1 + i), later: null };
}

function checkCurve({ name, steps, values }: Curve): void {
  if (steps.length === 0 || steps.length !== values.length) {
    throw new RangeError(
      `extrapolate: curve '${name}' needs as many steps as values and at least one, got ${steps.length} and ${values.length}.`,
    );
  }
  for (let i = 0; i < steps.length; i++) {
    const previous = i === 0 ? 0 : steps[i - 1];
    if (!Number.isInteger(steps[i]) || steps[i] <= previous || steps[i] > MAX_STEP) {
      throw new RangeError(
        `extrapolate: steps must be rising whole numbers in 1..${MAX_STEP}, curve '${name}' has ${steps[i]} after ${previous}.`,
      );
    }
    if (!Number.isFinite(values[i])) {
      throw new RangeError(
        `extrapolate: curve '${name}' has ${values[i]} at step ${steps[i]}. Leave missing points out.`,
      );
    }
  }
}

function chunksOfEqualShape(tasks: readonly Task[]): Task[][] {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const shape = `${task.contextSteps.length} ${task.steps.length}`;
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, [task]);
    else group.push(task);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / CURVES_PER_CALL) }, (_, i) =>
      group.slice(i * CURVES_PER_CALL, (i + 1) * CURVES_PER_CALL),
    ),
  );
}

/** Tasks of one shape -> logits [B, M, K]. The one feature of a row is the step number itself. */
async function answer(predictor: Predictor, tasks: readonly Task[]): Promise<Float32Array> {
  const conditioned = await predictor.condition({
    numDatasets: tasks.length,
    numContext: tasks[0].contextSteps.length,
    x: Float32Array.from(tasks.flatMap((task) => task.contextSteps)), // [B, N, 1]
    y: Float32Array.from(tasks.flatMap((task) => task.contextValues)), // [B, N]
  });
  return conditioned.predict({
    numQuery: tasks[0].steps.length,
    x: Float32Array.from(tasks.flatMap((task) => task.steps)), // [B, M, 1]
  });
}

function forecast(task: Task, logits: Float32Array, bars: Bars, settings: Settings): Forecast {
  // A copy per curve, so that keeping one curve's logits does not keep those of the whole call.
  const kept = settings.keepDistributions ? logits.slice() : null;
  return { ...summarise(task, logits, bars, settings), distributionAt: distributionReader(task, kept, bars) };
}

/** The numbers of a forecast. One distribution lives at a time: each takes eight times the memory of its logits. */
function summarise(task: Task, logits: Float32Array, bars: Bars, settings: Settings): Omit<Forecast, 'distributionAt'> {
  const { name, steps, later } = task;
  const mean: number[] = [];
  const variance: number[] = [];
  const quantiles = Object.fromEntries(settings.quantiles.map((p) => [String(p), [] as number[]]));
  const logDensity: number[] = [];
  let target: Forecast['target'] = null;
  for (let i = 0; i < steps.length; i++) {
    const distribution = distributionOf(logits, i, bars);
    mean.push(distribution.mean);
    variance.push(distribution.variance);
    for (const p of settings.quantiles) quantiles[String(p)].push(distribution.icdf(p));
    if (later !== null) logDensity.push(distribution.logDensity(later[i]));
    if (settings.target !== undefined && i === steps.length - 1) {
      target = { value: settings.target, probability: 1 - distribution.cdf(settings.target) };
    }
  }
  const end = steps.length - 1;
  return {
    name,
    observed: task.contextSteps.length,
    steps,
    mean,
    variance,
    quantiles,
    final: {
      step: steps[end],
      mean: mean[end],
      quantiles: Object.fromEntries(Object.entries(quantiles).map(([p, values]) => [p, values[end]])),
    },
    target,
    later,
    logDensity: later === null ? null : logDensity,
  };
}

const distributionOf = (logits: Float32Array, i: number, bars: Bars): BarDistribution =>
  bars.distribution(logits.subarray(i * bars.numBars, (i + 1) * bars.numBars));

function distributionReader({ name, steps }: Task, kept: Float32Array | null, bars: Bars): Forecast['distributionAt'] {
  return (step) => {
    if (kept === null) {
      throw new RangeError('distributionAt: dropped by keepDistributions: false. Call extrapolate without it.');
    }
    const i = steps.indexOf(step);
    if (i < 0) {
      throw new RangeError(
        `distributionAt: step ${step} of curve '${name}' was not predicted. Ask for one of ${steps[0]}..${steps[steps.length - 1]}.`,
      );
    }
    return distributionOf(kept, i, bars);
  };
}
