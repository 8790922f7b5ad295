// How well real learning curves are forecast, against a last value, a power law, and MCMC on the prior of LC-PFN.

import { textTable } from '../cli/text-table.ts';
import { spreadEvenly } from '../infer/curve.ts';
import { frameKind } from '../infer/curve-frame.ts';
import { LearningCurveModel } from '../infer/learning-curve.node.ts';
import type { ValueMap } from '../infer/value-map.ts';
import { learningCurvePosterior } from '../priors/exact/learning-curve.ts';
import type { Predictive } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import { lastValue, powerLaw, recordedLogDensity } from './curves/baselines.ts';
import { type DataSet, type RealCurve, readDataSets } from './curves/data.ts';
import type { BenchOptions, Report } from './harness.ts';

export const description = 'log-likelihood, error and coverage on real learning curves, against baselines and MCMC';

const CUTOFFS = [10, 20, 40, 80];
/** Later points of a curve that are scored, evenly spread. */
const LATER_POINTS = 25;
/** MCMC takes a second or more per forecast. */
const MCMC_CURVES = 3;

/** What a method says of one later point, in the file's units. */
type Answer = Pick<Predictive, 'logDensity' | 'cdf' | 'quantile'>;
/** Answers at the steps asked for, from the first points of a curve. */
type Method = (seen: RealCurve, steps: readonly number[], set: DataSet) => Promise<readonly Answer[]>;

interface Score {
  readonly logLikelihood: number;
  readonly error: number;
  readonly coverage: number;
}

export async function run({ threads, data, checkpoint, seed }: BenchOptions): Promise<Report> {
  const sets = readDataSets(`${data}/curves`);
  if (sets.length === 0) throw new Error(`no learning curves in ${data}/curves; name the folder with --data.`);
  const ours = await LearningCurveModel.load(checkpoint, { device: 'cpu', threads });
  const lc = await LearningCurveModel.load('lc', { device: 'cpu', threads });
  const cheap: Record<string, Method> = {
    [checkpoint]: byModel(ours),
    lc: byModel(lc),
    'last value': async (seen, steps, { resolution }) => steps.map(lastValue(seen, { resolution })),
    'power law': async (seen, steps, { resolution }) => steps.map(powerLaw(seen, { resolution })),
  };
  const all = await scoreAll(cheap, sets);
  const few = sets.map((set) => ({
    ...set,
    curves: spreadEvenly(set.curves.length, MCMC_CURVES).map((i) => set.curves[i]),
  }));
  const subset = await scoreAll({ ...cheap, MCMC: byMcmc(lc, seed) }, few);
  await Promise.all([ours.dispose(), lc.dispose()]);
  return {
    results: [
      ...Object.entries(meanRanks(all)).map(([name, value]) => ({ name: `mean rank, ${name}`, value, unit: '' })),
      ...Object.entries(meanRanks(subset)).map(([name, value]) => ({
        name: `mean rank with MCMC, ${MCMC_CURVES} curves a set, ${name}`,
        value,
        unit: '',
      })),
    ],
    ratios: {},
    tables: [
      table(`all ${sets.reduce((sum, { curves }) => sum + curves.length, 0)} curves`, all),
      table(`${MCMC_CURVES} curves of each set`, subset),
    ],
    notes: [
      `nats: mean log-likelihood of a later point as recorded (the probability of its rounding interval over the interval); error: mean absolute error of the median; cover: share of points within the 90 % interval; at most ${LATER_POINTS} later points of each curve, evenly spread`,
      'rank: by nats within each data set and cutoff, 1 is best',
    ],
  };
}

type Scores = Readonly<Record<string, Readonly<Record<string, readonly Score[]>>>>; // set -> method -> one per cutoff

async function scoreAll(methods: Readonly<Record<string, Method>>, sets: readonly DataSet[]): Promise<Scores> {
  const scores: Record<string, Record<string, Score[]>> = {};
  for (const set of sets) {
    scores[set.name] = {};
    for (const [name, method] of Object.entries(methods)) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${set.name}, ${name}`);
      scores[set.name][name] = [];
      for (const cutoff of CUTOFFS) scores[set.name][name].push(await scoreCutoff(method, set, cutoff));
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  return scores;
}

async function scoreCutoff(method: Method, set: DataSet, cutoff: number): Promise<Score> {
  const sum = { logLikelihood: 0, error: 0, coverage: 0 };
  for (const curve of set.curves) {
    const observed = Math.max(2, Math.round((cutoff / 100) * curve.values.length));
    const points = spreadEvenly(curve.values.length - observed, LATER_POINTS).map((i) => observed + i);
    const later = points.map((i) => curve.values[i]);
    const seen = { ...curve, steps: curve.steps.slice(0, observed), values: curve.values.slice(0, observed) };
    const answers = await method(
      seen,
      points.map((i) => curve.steps[i]),
      set,
    );
    for (const [i, value] of later.entries()) {
      const { cdf, logDensity, quantile } = answers[i];
      const below = cdf(value);
      sum.logLikelihood += recordedLogDensity({ cdf, logDensity }, value, set.resolution) / later.length;
      sum.error += Math.abs(quantile(0.5) - value) / later.length;
      sum.coverage += (below >= 0.05 && below <= 0.95 ? 1 : 0) / later.length;
    }
  }
  const n = set.curves.length;
  return { logLikelihood: sum.logLikelihood / n, error: sum.error / n, coverage: sum.coverage / n };
}

function byModel(model: LearningCurveModel): Method {
  return async (seen, steps, { goal, lower, upper }) => {
    const forecast = await model.extrapolate(seen, { goal, lower, upper, steps, quantiles: [] });
    return steps.map((step) => forecast.distributionAt(step));
  };
}

/** In the frame of `lc`, so that both answer the same question. */
function byMcmc(lc: LearningCurveModel, seed: number): Method {
  const { frame, maxObserved } = frameKind(lc.predictor.config);
  return async (curve, steps, { goal, lower = -Infinity, upper = Infinity }) => {
    const kept = spreadEvenly(curve.steps.length, maxObserved);
    const seen = { steps: kept.map((i) => curve.steps[i]), values: kept.map((i) => curve.values[i]) };
    const { toModelStep, values: map } = frame(seen, goal, { lower, upper }, steps[steps.length - 1]);
    const posterior = learningCurvePosterior(
      { steps: seen.steps.map(toModelStep), values: seen.values.map(map.toModel) },
      { random: randomStream(seed, curve.name, curve.steps.length) },
    );
    return steps.map((step) => mapped(posterior.at(toModelStep(step)), map));
  };
}

/** A predictive of z as one of y, conditioned on the z that are values. */
function mapped(
  predictive: Predictive,
  { toModel, fromModel, logSlope, rising, modelRange: [low, high] }: ValueMap,
): Answer {
  const below = predictive.cdf(low);
  const inside = predictive.cdf(high) - below;
  const cdf = (y: number) => (predictive.cdf(toModel(y)) - below) / inside;
  return {
    logDensity: (y) => predictive.logDensity(toModel(y)) + logSlope(y) - Math.log(inside),
    cdf: rising ? cdf : (y) => 1 - cdf(y),
    quantile: (p) => fromModel(predictive.quantile(below + (rising ? p : 1 - p) * inside)),
  };
}

/** Mean over data sets and cutoffs of the rank by log-likelihood, ties shared. */
function meanRanks(scores: Scores): Record<string, number> {
  const ranks: Record<string, number> = {};
  let cells = 0;
  for (const byMethod of Object.values(scores)) {
    for (let cutoff = 0; cutoff < CUTOFFS.length; cutoff++) {
      cells++;
      const entries = Object.entries(byMethod).map(([name, list]) => [name, list[cutoff].logLikelihood] as const);
      for (const [name, own] of entries) {
        const better = entries.filter(([, other]) => other > own).length;
        const equal = entries.filter(([, other]) => other === own).length;
        ranks[name] = (ranks[name] ?? 0) + better + (equal + 1) / 2;
      }
    }
  }
  return Object.fromEntries(Object.entries(ranks).map(([name, sum]) => [name, sum / cells]));
}

function table(title: string, scores: Scores): string {
  const header = [
    '',
    '',
    ...CUTOFFS.map((cutoff) => `${cutoff} %: nats`),
    ...CUTOFFS.map((cutoff) => `${cutoff} %: error`),
    ...CUTOFFS.map((c) => `${c} %: cover`),
    'cover',
  ];
  const rows = Object.entries(scores).flatMap(([set, byMethod]) =>
    Object.entries(byMethod).map(([method, list], i) => [
      i === 0 ? set : '',
      method,
      ...list.map(({ logLikelihood }) => logLikelihood.toFixed(2)),
      ...list.map(({ error }) => String(Number(error.toPrecision(3)))),
      ...list.map(({ coverage }) => (100 * coverage).toFixed(0)),
      ((100 * list.reduce((sum, { coverage }) => sum + coverage, 0)) / list.length).toFixed(0),
    ]),
  );
  return `${title}\n${textTable(header, rows)}`;
}
