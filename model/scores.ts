/** How good probabilities [M][C] of classes are, where `labels` [M] are the true ones as positions 0 .. C-1. */
export interface ClassScores {
  readonly accuracy: number;
  /** Of more than two classes the mean over those that occur; null where there are no two of them, so no pairs to rank. */
  readonly rocAuc: number | null;
  /** Mean of -ln p(true class), in nats. */
  readonly logLoss: number;
  /** Expected calibration error of the most probable class, in ten slices of its probability. */
  readonly calibrationError: number;
}

/** How good predictions of real numbers are, in their units. */
export interface NumberScores {
  readonly rmse: number;
  /** Mean of the absolute errors. */
  readonly mae: number;
  /** 1 - squared errors / squared deviations from the mean of the targets; null where those are 0. */
  readonly r2: number | null;
  /** Mean log density of the targets, in nats; null where there are no densities. */
  readonly logLikelihood: number | null;
}

type Probabilities = readonly ArrayLike<number>[];

/** Below this a probability counts as this, in a log loss: a single 0 would decide the mean of any number of rows. */
const LEAST_PROBABILITY = 1e-15;

export const classScores = (probabilities: Probabilities, labels: readonly number[]): ClassScores => ({
  accuracy: average(labels.map((label, i) => Number(argmax(probabilities[i]) === label))),
  rocAuc: rocAuc(probabilities, labels),
  logLoss: average(labels.map((label, i) => -Math.log(Math.max(probabilities[i][label], LEAST_PROBABILITY)))),
  calibrationError: calibrationError(probabilities, labels),
});

export function numberScores(
  means: readonly number[],
  targets: readonly number[],
  logDensities: readonly number[] | null,
): NumberScores {
  const center = average(targets);
  const squares = average(targets.map((target, i) => (target - means[i]) ** 2));
  const spread = average(targets.map((target) => (target - center) ** 2));
  return {
    rmse: Math.sqrt(squares),
    mae: average(targets.map((target, i) => Math.abs(target - means[i]))),
    r2: spread > 0 ? 1 - squares / spread : null,
    logLikelihood: logDensities === null ? null : average(logDensities),
  };
}

/** Area under the ROC curve; of more than two classes the plain mean of each that occurs against the rest. Null without pairs. */
export function rocAuc(probabilities: Probabilities, labels: readonly number[]): number | null {
  const numClasses = probabilities[0]?.length ?? 0;
  // Of two classes the second against the first says all.
  const classes = numClasses === 2 ? [1] : Array.from({ length: numClasses }, (_, c) => c);
  const areas = classes.flatMap((c) => {
    const area = binaryAuc(
      probabilities.map((row) => row[c]),
      labels.map((label) => label === c),
    );
    return area === null ? [] : [area];
  });
  return areas.length === 0 ? null : average(areas);
}

/** P(score of a positive > score of a negative) + half of P(equal), from the ranks of the scores. Null without pairs. */
export function binaryAuc(scores: readonly number[], isPositive: readonly boolean[]): number | null {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  const positives = isPositive.filter(Boolean).length;
  const pairs = positives * (scores.length - positives);
  if (pairs === 0) return null;
  let ranks = 0; // of the positives, from 1; ties have the middle of theirs
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    for (let i = start; i < end; i++) if (isPositive[order[i]]) ranks += (start + 1 + end) / 2;
    start = end;
  }
  return (ranks - (positives * (positives + 1)) / 2) / pairs;
}

/** A slice of predicted probability, and how often what was predicted with it was so. */
export interface Reliability {
  /** Mean of the predicted probabilities. */
  readonly predicted: number;
  /** Share of them that came true. */
  readonly observed: number;
  readonly count: number;
  /** 90 % interval of the probability that such come true, given so many (Wilson's). */
  readonly low: number;
  readonly high: number;
}

/** The 95 % quantile of the normal distribution. */
const Z = 1.6448536269514722;

/** In equal slices of [0, 1]; empty ones are left out. */
export function reliability(predicted: readonly number[], isTrue: readonly boolean[], slices = 10): Reliability[] {
  return Array.from({ length: slices }, (_, slice) => {
    const own = predicted.flatMap((p, i) => (sliceAt(p, slices) === slice ? [i] : []));
    return reliabilityOf(average(own.map((i) => predicted[i])), average(own.map((i) => Number(isTrue[i]))), own.length);
  }).filter(({ count }) => count > 0);
}

/** The same of several sets of predictions together. */
export function pooledReliability(sets: readonly (readonly Reliability[])[], slices = 10): Reliability[] {
  return Array.from({ length: slices }, (_, slice) => {
    const own = sets.flat().filter(({ predicted }) => sliceAt(predicted, slices) === slice);
    const count = own.reduce((total, each) => total + each.count, 0);
    const mean = (of: 'predicted' | 'observed') =>
      own.reduce((total, each) => total + each.count * each[of], 0) / count;
    return reliabilityOf(mean('predicted'), mean('observed'), count);
  }).filter(({ count }) => count > 0);
}

const sliceAt = (p: number, slices: number): number => Math.min(slices - 1, Math.floor(p * slices));

function reliabilityOf(predicted: number, observed: number, count: number): Reliability {
  const center = (observed + Z ** 2 / (2 * count)) / (1 + Z ** 2 / count);
  const half = (Z / (1 + Z ** 2 / count)) * Math.sqrt((observed * (1 - observed)) / count + Z ** 2 / (4 * count ** 2));
  return { predicted, observed, count, low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

/**
 * What a calibration curve shows: of two classes the second one's probability and whether it was right, of more that of every class
 * of every row.
 */
export function calibrationCurve(probabilities: Probabilities, labels: readonly number[]): Reliability[] {
  const numClasses = probabilities[0].length;
  const classes = numClasses === 2 ? [1] : Array.from({ length: numClasses }, (_, c) => c);
  return reliability(
    classes.flatMap((c) => probabilities.map((row) => row[c])),
    classes.flatMap((c) => labels.map((label) => label === c)),
  );
}

/** Mean over rows of |share that is right - probability|, of the most probable class in ten slices. */
export function calibrationError(probabilities: Probabilities, labels: readonly number[]): number {
  const best = probabilities.map(argmax);
  const slices = reliability(
    best.map((c, i) => probabilities[i][c]),
    best.map((c, i) => c === labels[i]),
  );
  const gaps = slices.map(({ predicted, observed, count }) => count * Math.abs(predicted - observed));
  return gaps.reduce((a, b) => a + b, 0) / labels.length;
}

export const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The first where several tie. */
export function argmax(row: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[best]) best = c;
  return best;
}
