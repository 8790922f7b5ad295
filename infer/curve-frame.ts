import type { CheckpointConfig } from '../model/checkpoint.ts';
import { contextUnits, MIN_CONTEXT, toModelX, toModelY } from '../model/units.ts';
import type { Goal } from './goal.ts';
import { refuseTables } from './refuse-tables.ts';
import type { Bounds, ValueMap } from './value-map.ts';

/** The observed part of a curve: strictly rising steps, finite values. */
export interface Observed {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** How a model sees one curve: its axis and its values. Decided by the observed part only, never by what is predicted. */
export interface CurveFrame {
  readonly toModelStep: (step: number) => number;
  readonly values: ValueMap;
}

/** How a checkpoint sees curves. */
export interface FrameKind {
  readonly minObserved: number;
  /** Curves with more observed points are thinned out evenly, since the model has seen no more in training. */
  readonly maxObserved: number;
  readonly frame: (observed: Observed, goal: Goal, bounds: Bounds, horizon: number) => CurveFrame;
}

/** The last step of LC-PFN's prior, which a model of it cannot pass. */
const PAPER_STEPS = 100;

/** Of the rows in training, so many at least were ahead of the context in most data sets. */
const ROWS_AHEAD = 20;

/** Of the moments in units of the context, on each side. */
const CONTEXT_TRIM = 0.005;

/** In contexts; inputs of the network are float32, which ends at 3e38. */
const FARTHEST = 1e30;

/** By the prior that a checkpoint was trained on. Throws for priors that are not of learning curves. */
export function frameKind(config: CheckpointConfig): FrameKind {
  refuseTables(config);
  const { name, prior, model } = config;
  if (prior.name === 'training-run' && model.units === 'context') {
    const most = Number(prior.options.maxRows) - ROWS_AHEAD;
    return { minObserved: MIN_CONTEXT, maxObserved: Math.max(MIN_CONTEXT, most), frame: contextFrame };
  }
  if (prior.name === 'learning-curve' && prior.options.numSteps === PAPER_STEPS) {
    if (model.head === 'normals')
      throw new Error(
        `${name}: expected a checkpoint of curves that answers with bars, got one with kernels. Use another checkpoint.`,
      );
    return { minObserved: 1, maxObserved: PAPER_STEPS - 1, frame: paperFrame };
  }
  throw new Error(
    `${name}: expected a checkpoint of the prior 'training-run' in units of the context, or of 'learning-curve' with numSteps ${PAPER_STEPS}, ` +
      `got '${prior.name}' ${JSON.stringify(prior.options)}. Use another checkpoint.`,
  );
}

/** In the units that the observed part gives itself (model/units.ts), so that the answer has no others. */
function contextFrame({ steps, values }: Observed, goal: Goal, bounds: Bounds): CurveFrame {
  const sign = goal === 'maximize' ? 1 : -1;
  const last = Math.abs(values[values.length - 1]);
  const units = contextUnits(
    steps,
    values.map((value) => sign * value),
    1e-3 * last || 1e-3,
  );
  const { center, scale } = units;
  const toModel = (y: number) => toModelY(units, sign * y);
  const [low, high] = sign > 0 ? [bounds.lower, bounds.upper] : [bounds.upper, bounds.lower];
  return {
    toModelStep: (step) => Math.min(toModelX(units, step), FARTHEST),
    values: {
      toModel,
      fromModel: (z) => sign * (center + scale * Math.sinh(z)),
      logSlope: (y) => -Math.log(scale) - Math.log(Math.hypot(1, (sign * y - center) / scale)),
      rising: sign > 0,
      bounds,
      modelRange: [toModel(low), toModel(high)],
      trim: CONTEXT_TRIM,
    },
  };
}

/**
 * LC-PFN's own frame. Steps within 1..100 are the model's; other axes are stretched so that the first observed step is 1 and
 * the horizon is 100. Rising curves in [0, 1] are taken as they are; all others go through the normalization of appendix A.
 */
function paperFrame({ steps, values }: Observed, goal: Goal, bounds: Bounds, horizon: number): CurveFrame {
  const first = steps[0];
  const asTheyAre = first >= 1 && horizon <= PAPER_STEPS;
  // Not those of per cents, say, whose first values are below one.
  const areOfUnit =
    (bounds.lower >= 0 || bounds.lower === -Infinity) && (bounds.upper <= 1 || bounds.upper === Infinity);
  const isUnit = goal === 'maximize' && values.every((value) => value >= 0 && value <= 1);
  return {
    toModelStep: asTheyAre ? (step) => step : (step) => 1 + ((step - first) / (horizon - first)) * (PAPER_STEPS - 1),
    values: isUnit && areOfUnit ? asItIs(bounds) : softBoundsMap(values, goal, bounds),
  };
}

const asItIs = (bounds: Bounds): ValueMap => ({
  toModel: (y) => y,
  fromModel: (z) => z,
  logSlope: () => 0,
  rising: true,
  bounds,
  modelRange: [bounds.lower, bounds.upper],
  trim: 0,
});

/**
 * Adriaensen et al. (NeurIPS 2023), appendix A: soft bounds [l, u] go to [-1, 1] by a line, a sigmoid squashes the rest, hard
 * bounds go to 0 and 1, and minimized metrics are reflected. Here the soft bounds are the worst observed value, and as far
 * beyond the best one as the best is from the worst.
 */
function softBoundsMap(values: readonly number[], goal: Goal, bounds: Bounds): ValueMap {
  const { lower, upper } = bounds;
  const sign = goal === 'maximize' ? 1 : -1;
  const oriented = values.map((value) => sign * value);
  const [hardLow, hardHigh] = sign > 0 ? [lower, upper] : [-upper, -lower];
  const worst = oriented.reduce((a, b) => Math.min(a, b));
  const best = oriented.reduce((a, b) => Math.max(a, b));
  const range = best - worst || 1e-3 * Math.abs(best) || 1e-3;
  const low = Math.max(hardLow, worst);
  const high = Math.min(hardHigh, best + range);
  const width = high - low || range;
  const argument = (y: number) => 2 * ((y - low) / width) - 1; // of the sigmoid: a(low) = -1, a(high) = 1
  const bottom = sigmoid(argument(hardLow));
  const top = sigmoid(argument(hardHigh));
  return {
    toModel: (y) => (sigmoid(argument(sign * y)) - bottom) / (top - bottom),
    fromModel(z) {
      const p = bottom + z * (top - bottom);
      return sign * (low + ((Math.log(p / (1 - p)) + 1) / 2) * width);
    },
    logSlope(y) {
      const a = argument(sign * y);
      // ln of the sigmoid's derivative, exp(-|a|) / (1 + exp(-|a|))^2
      return (
        -Math.abs(a) - 2 * Math.log1p(Math.exp(-Math.abs(a))) + Math.log(2) - Math.log(width) - Math.log(top - bottom)
      );
    },
    rising: sign > 0,
    bounds,
    modelRange: [0, 1],
    trim: 0,
  };
}

const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));
