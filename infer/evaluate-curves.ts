import { distributionReader } from '../model/distribution-reader.ts';
import { MIN_CONTEXT } from '../model/units.ts';
import { createLearningCurveModel } from './learning-curve.ts';
import type { Predictor } from './predictor.ts';
import { refuseTables } from './refuse-tables.ts';

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

/**
 * Scores a predictor on complete curves, one row per curve and one column per step 1, 2, ... A network in units of its own sees
 * steps and values as they are; one in units of the context sees them as a forecast does. Scores are in the units of the curves.
 */
export async function evaluateCurves(
  predictor: Predictor,
  curves: readonly (readonly number[])[],
  { cutoffs = [10, 20, 40, 80], onProgress }: EvaluateCurvesOptions = {},
): Promise<CurveEvaluation> {
  refuseTables(predictor.config);
  const { name, model, prior } = predictor.config;
  if (model.numFeatures !== 1) {
    throw new RangeError(
      `evaluate: expected a checkpoint of curves, with steps as its only input, and ${name} has ${model.numFeatures}.`,
    );
  }
  const numSteps = curves[0]?.length ?? 0;
  if (prior.name === 'learning-curve' && numSteps > Number(prior.options.numSteps)) {
    throw new RangeError(
      `evaluate: curves have ${numSteps} steps, the model answers steps 1..${prior.options.numSteps}. Thin them out.`,
    );
  }
  const inContextUnits = model.units === 'context';
  const contexts = cutoffs.map((cutoff) => contextSize(cutoff, numSteps, inContextUnits ? MIN_CONTEXT : 1));
  const total = curves.length * cutoffs.length;
  const network = timed(predictor);
  const score = inContextUnits ? forecastScorer(network.predictor) : rawScorer(network.predictor);
  const scores: Record<string, CutoffScores> = {};
  let done = 0;
  for (const [i, cutoff] of cutoffs.entries()) {
    const perCurve: Scores[] = [];
    for (let start = 0; start < curves.length; start += CURVES_PER_CALL) {
      const batch = curves.slice(start, start + CURVES_PER_CALL);
      perCurve.push(...(await score(batch, contexts[i])));
      done += batch.length;
      onProgress?.(done, total);
    }
    scores[String(cutoff)] = summarise(perCurve);
  }
  return { curves: curves.length, cutoffs: scores, secondsPerCurve: network.seconds() / total };
}

function contextSize(cutoff: number, numSteps: number, least: number): number {
  const numContext = Math.round((cutoff / 100) * numSteps);
  if (!(numContext >= least && numContext < numSteps)) {
    throw new RangeError(
      `evaluate: a cutoff of ${cutoff} % of ${numSteps} steps leaves ${numContext} seen points; ` +
        `expected at least ${least === 1 ? 'one' : 'two'} seen and one later point.`,
    );
  }
  return numContext;
}

/** The same predictor with a clock on its network. */
function timed(predictor: Predictor): { readonly predictor: Predictor; readonly seconds: () => number } {
  let seconds = 0;
  const time = async <T>(run: () => Promise<T>): Promise<T> => {
    const before = performance.now();
    const result = await run();
    seconds += (performance.now() - before) / 1000;
    return result;
  };
  const condition: Predictor['condition'] = async (context) => {
    const conditioned = await time(() => predictor.condition(context));
    return { ...conditioned, predict: (queries) => time(() => conditioned.predict(queries)) };
  };
  return { predictor: { ...predictor, condition }, seconds: () => seconds };
}

/** Scores of each of some curves, of which the first `numContext` steps are seen. */
type Scorer = (curves: readonly (readonly number[])[], numContext: number) => Promise<Scores[]>;

function forecastScorer(predictor: Predictor): Scorer {
  const model = createLearningCurveModel(predictor);
  return async (curves, observed) => {
    const inputs = curves.map((values, i) => ({ name: String(i + 1), values }));
    const forecasts = await model.extrapolate(inputs, { observed, quantiles: [0.05, 0.95], keepDistributions: false });
    return forecasts.map(({ later, laterLogDensity, mean, quantiles }) => {
      const values = later ?? [];
      return meanScores(values.length, (i) => ({
        logLikelihood: laterLogDensity?.[i] ?? Number.NaN,
        error: mean[i] - values[i],
        covered: values[i] >= quantiles['0.05'][i] && values[i] <= quantiles['0.95'][i],
      }));
    });
  };
}

function rawScorer(predictor: Predictor): Scorer {
  const read = distributionReader(predictor.config.model, predictor.borders);
  return async (curves, numContext) => {
    const outputs = await predictLater(predictor, curves, numContext);
    const numLater = curves[0].length - numContext;
    return curves.map((curve, c) =>
      meanScores(numLater, (i) => {
        const distribution = read(outputs, c * numLater + i);
        const value = curve[numContext + i];
        const below = distribution.cdf(value);
        return {
          logLikelihood: distribution.logDensity(value),
          error: distribution.mean - value,
          covered: below >= 0.05 && below <= 0.95,
        };
      }),
    );
  };
}

/** Curves [B, T] with the first N steps seen -> outputs [B, T - N, K] of the others. */
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

interface PointScore {
  readonly logLikelihood: number;
  readonly error: number;
  readonly covered: boolean;
}

function meanScores(numLater: number, score: (i: number) => PointScore): Scores {
  const sum = { logLikelihood: 0, mse: 0, coverage90: 0 };
  for (let i = 0; i < numLater; i++) {
    const { logLikelihood, error, covered } = score(i);
    sum.logLikelihood += logLikelihood;
    sum.mse += error ** 2;
    sum.coverage90 += covered ? 1 : 0;
  }
  return mapScores((key) => sum[key] / numLater);
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
