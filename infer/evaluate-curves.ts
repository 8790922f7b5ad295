import { createBars } from '../model/bar-distribution.ts';
import { MAX_STEP } from './learning-curve.ts';
import type { Predictor } from './predictor.ts';

/** Bounds the memory of one call: 100 curves x 100 steps x 1000 bars = 40 MB of logits. */
const CURVES_PER_CALL = 100;

export interface Scores {
  /** Mean log density of the later points, in nats. */
  readonly logLikelihood: number;
  /** Mean squared error of the predictive mean. */
  readonly mse: number;
  /** Share of the later points inside the central 90 % interval. */
  readonly coverage90: number;
}

export interface CutoffScores extends Scores {
  /** Of each score, over curves (the points of one curve are not independent). */
  readonly standardError: Scores;
}

export interface CurveEvaluation {
  readonly curves: number;
  /** By cutoff in percent of the steps. */
  readonly cutoffs: Readonly<Record<string, CutoffScores>>;
  /** Time in the network (condition and predict) per extrapolated curve; scoring is not in it. */
  readonly secondsPerCurve: number;
}

export interface EvaluateCurvesOptions {
  /** Percentages of the steps that are seen: 10 of 100 columns means that columns 11..100 are scored. */
  readonly cutoffs?: readonly number[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** Scores a predictor on complete curves, one row per curve and one column per step 1, 2, ... */
export async function evaluateCurves(
  predictor: Predictor,
  curves: readonly (readonly number[])[],
  { cutoffs = [10, 20, 40, 80], onProgress }: EvaluateCurvesOptions = {},
): Promise<CurveEvaluation> {
  const numSteps = curves[0]?.length ?? 0;
  if (numSteps > MAX_STEP) {
    throw new RangeError(
      `evaluate: curves have ${numSteps} steps, the model answers steps 1..${MAX_STEP}. Thin them out.`,
    );
  }
  const contexts = cutoffs.map((cutoff) => contextSize(cutoff, numSteps));
  const total = curves.length * cutoffs.length;
  const scores: Record<string, CutoffScores> = {};
  let seconds = 0;
  let done = 0;
  for (const [i, cutoff] of cutoffs.entries()) {
    const perCurve: Scores[] = [];
    for (let start = 0; start < curves.length; start += CURVES_PER_CALL) {
      const batch = curves.slice(start, start + CURVES_PER_CALL);
      const before = performance.now();
      const logits = await predictLater(predictor, batch, contexts[i]);
      seconds += (performance.now() - before) / 1000;
      perCurve.push(...scoreBatch(predictor, batch, contexts[i], logits));
      done += batch.length;
      onProgress?.(done, total);
    }
    scores[String(cutoff)] = summarise(perCurve);
  }
  return { curves: curves.length, cutoffs: scores, secondsPerCurve: seconds / total };
}

function contextSize(cutoff: number, numSteps: number): number {
  const numContext = Math.round((cutoff / 100) * numSteps);
  if (!(numContext >= 1 && numContext < numSteps)) {
    throw new RangeError(
      `evaluate: a cutoff of ${cutoff} % of ${numSteps} steps leaves ${numContext} seen points; ` +
        'expected at least one seen and one later point.',
    );
  }
  return numContext;
}

/** Curves [B, T] with the first N steps seen -> logits [B, T - N, K] of the others. */
async function predictLater(
  predictor: Predictor,
  curves: readonly (readonly number[])[],
  numContext: number,
): Promise<Float32Array> {
  const numQuery = curves[0].length - numContext;
  const stepsFrom = (first: number, length: number) =>
    Float32Array.from({ length: curves.length * length }, (_, i) => first + (i % length));
  const conditioned = await predictor.condition({
    numDatasets: curves.length,
    numContext,
    x: stepsFrom(1, numContext), // [B, N, 1]
    y: Float32Array.from(curves.flatMap((curve) => curve.slice(0, numContext))), // [B, N]
  });
  return conditioned.predict({ numQuery, x: stepsFrom(numContext + 1, numQuery) });
}

function scoreBatch(
  predictor: Predictor,
  curves: readonly (readonly number[])[],
  numContext: number,
  logits: Float32Array,
): Scores[] {
  const bars = createBars(predictor.borders);
  let offset = 0;
  return curves.map((curve) => {
    const sum = { logLikelihood: 0, mse: 0, coverage90: 0 };
    for (const value of curve.slice(numContext)) {
      const distribution = bars.distribution(logits.subarray(offset, offset + bars.numBars));
      offset += bars.numBars;
      const below = distribution.cdf(value);
      sum.logLikelihood += distribution.logDensity(value);
      sum.mse += (distribution.mean - value) ** 2;
      sum.coverage90 += below >= 0.05 && below <= 0.95 ? 1 : 0;
    }
    return mapScores((key) => sum[key] / (curve.length - numContext));
  });
}

function summarise(perCurve: readonly Scores[]): CutoffScores {
  const n = perCurve.length;
  const mean = mapScores((key) => perCurve.reduce((sum, scores) => sum + scores[key], 0) / n);
  const standardError = mapScores((key) => {
    const squares = perCurve.reduce((sum, scores) => sum + (scores[key] - mean[key]) ** 2, 0);
    return n > 1 ? Math.sqrt(squares / (n - 1) / n) : 0;
  });
  return { ...mean, standardError };
}

const mapScores = (value: (key: keyof Scores) => number): Scores => ({
  logLikelihood: value('logLikelihood'),
  mse: value('mse'),
  coverage90: value('coverage90'),
});
