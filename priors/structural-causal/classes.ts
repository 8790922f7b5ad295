/**
 * Outputs -> classes, for graphs and formulas; groups draw the class first, by its share. The number of classes C is 2 .. most with
 * probability ~ (C - 1)^-1.3, and at most half of the context rows. The shares of the classes are equal (30 %) or Dirichlet(a), a
 * log-uniform in [1, 10]. By a rule (how often for 2 classes, for more):
 *
 *   cut      (60, 35 %)  the output plus noise is cut at the quantiles of the shares; neighbours in it are neighbours in size
 *   ring     (10, 5 %)   the same with the distance from a row, by 2 outputs
 *   argmax   (15, 40 %)  one output for each class: class k with probability ~ share_k exp(g output_k), g log-uniform in [2, 60]
 *   nearest  (15, 20 %)  the same with minus half the squared distance from C rows, by 2 .. 4 outputs
 *
 * Noise is none (45 %) or normal of a standard deviation log-uniform in [0.02, 1.2], in units of the output.
 *
 * A class that no context row has cannot be known, so it is none of the classes: its query rows belong to the neighbour (cut, ring) or to
 * the likeliest class that the context has (argmax, nearest). Context rows are never changed. In a seventh of the tables a share U(0, 0.2)
 * of the rows then has one of the classes at random. Classes are numbered at random, 0 .. C - 1.
 */
import { logUniform } from '../distributions.ts';
import { uniform } from '../random.ts';
import { type Chance, choose, gumbel, shares, shuffledIndices, whole } from './chance.ts';
import { addNoise, type Column, cutByShares, standardise } from './column.ts';

export interface ClassRule {
  readonly kind: 'cut' | 'ring' | 'argmax' | 'nearest';
  readonly parts: Float64Array;
  readonly numOutputs: number;
}

const KINDS = ['cut', 'ring', 'argmax', 'nearest'] as const;

export function drawClassCount(chance: Chance, most: number, numContext: number): number {
  const fitting = Math.max(2, Math.min(most, Math.floor(numContext / 2)));
  return (
    2 +
    choose(
      chance,
      Float64Array.from({ length: fitting - 1 }, (_, i) => (i + 1) ** -1.3),
    )
  );
}

export const drawClassShares = (chance: Chance, count: number): Float64Array =>
  chance.random() < 0.3
    ? new Float64Array(count).fill(1 / count)
    : shares(chance, count, logUniform(chance.random, 1, 10));

export function drawClassRule(chance: Chance, count: number): ClassRule {
  const kind = KINDS[choose(chance, count === 2 ? [0.6, 0.1, 0.15, 0.15] : [0.35, 0.05, 0.4, 0.2])];
  const numOutputs = { cut: 1, ring: 2, argmax: count, nearest: whole(chance, 2, 4) }[kind];
  return { kind, parts: drawClassShares(chance, count), numOutputs };
}

/** Noise of a target, as a standard deviation in units of its output. */
export const drawTargetNoise = ({ random }: Chance): number => (random() < 0.45 ? 0 : logUniform(random, 0.02, 1.2));

/** The class of each row, [R], those of the context among its first numContext rows; null where these have fewer than two classes. */
export function toClasses(
  chance: Chance,
  { kind, parts }: ClassRule,
  outputs: readonly Column[],
  numContext: number,
): Int32Array | null {
  const units = outputs.filter(standardise);
  if (units.length < outputs.length) return null;
  const classes =
    kind === 'cut' || kind === 'ring'
      ? cutClasses(chance, kind === 'cut' ? units[0] : distances(chance, units), parts, numContext)
      : likeliestClasses(
          chance,
          kind === 'argmax' ? units : proximities(chance, units, parts.length),
          parts,
          numContext,
        );
  return numberedAtRandom(chance, classes, parts.length, numContext);
}

/** Classes of rows by their shares alone, for what is drawn from the class. */
export function drawClasses(
  chance: Chance,
  parts: Float64Array,
  numRows: number,
  numContext: number,
): Int32Array | null {
  const none = new Float64Array(numRows);
  const classes = likeliest(
    chance,
    Array.from(parts, () => none),
    parts,
    0,
    numContext,
  );
  return numberedAtRandom(chance, classes, parts.length, numContext);
}

function cutClasses(chance: Chance, output: Column, parts: Float64Array, numContext: number): Int32Array {
  addNoise(chance, output, drawTargetNoise(chance));
  const classes = cutByShares(output, parts);
  const isPresent = classesOfContext(classes, parts.length, numContext);
  const nearest = Int32Array.from(parts, (_, k) => {
    let distance = 0;
    while (distance < parts.length && !isPresent[k - distance] && !isPresent[k + distance]) distance++;
    return isPresent[k - distance] ? k - distance : k + distance;
  });
  return classes.map((k) => nearest[k]);
}

function distances(chance: Chance, outputs: readonly Column[]): Column {
  const distance = squaredDistances(chance, outputs);
  for (let i = 0; i < distance.length; i++) distance[i] = Math.sqrt(distance[i]);
  standardise(distance);
  return distance;
}

function squaredDistances(chance: Chance, outputs: readonly Column[]): Column {
  const numRows = outputs[0].length;
  const row = Math.floor(chance.random() * numRows);
  const distance = new Float64Array(numRows);
  for (const output of outputs) for (let i = 0; i < numRows; i++) distance[i] += (output[i] - output[row]) ** 2;
  return distance;
}

function proximities(chance: Chance, outputs: readonly Column[], count: number): Column[] {
  return Array.from({ length: count }, () => {
    const distance = squaredDistances(chance, outputs);
    for (let i = 0; i < distance.length; i++) distance[i] *= -0.5;
    return distance;
  });
}

const likeliestClasses = (
  chance: Chance,
  scores: readonly Column[],
  parts: Float64Array,
  numContext: number,
): Int32Array => likeliest(chance, scores, parts, logUniform(chance.random, 2, 60), numContext);

/** A class with probability ~ part_k exp(gain score_k), for query rows among those that the context rows have. */
function likeliest(
  chance: Chance,
  scores: readonly Column[],
  parts: Float64Array,
  gain: number,
  numContext: number,
): Int32Array {
  const numRows = scores[0].length;
  const classes = new Int32Array(numRows);
  const offset = parts.map(Math.log);
  const fill = (from: number, to: number, isPresent: Uint8Array) => {
    for (let i = from; i < to; i++) {
      let best = -Infinity;
      for (let k = 0; k < scores.length; k++) {
        const score = offset[k] + gain * scores[k][i] + gumbel(chance);
        if (score <= best || !isPresent[k]) continue;
        best = score;
        classes[i] = k;
      }
    }
  };
  fill(0, numContext, new Uint8Array(parts.length).fill(1));
  fill(numContext, numRows, classesOfContext(classes, parts.length, numContext));
  return classes;
}

/** 1 for each class of a context row; where there are no context rows, for all. */
function classesOfContext(classes: Int32Array, count: number, numContext: number): Uint8Array {
  if (numContext === 0) return new Uint8Array(count).fill(1);
  const isPresent = new Uint8Array(count);
  for (let i = 0; i < numContext; i++) isPresent[classes[i]] = 1;
  return isPresent;
}

function numberedAtRandom(chance: Chance, classes: Int32Array, count: number, numContext: number): Int32Array | null {
  const isPresent = classesOfContext(classes, count, numContext);
  const present = Array.from(isPresent.keys()).filter((k) => isPresent[k]);
  if (present.length < 2 && numContext > 1) return null;
  const order = shuffledIndices(chance, present.length === 1 ? 2 : present.length);
  const numbers = new Int32Array(count);
  for (const [i, k] of present.entries()) numbers[k] = order[i];
  return classes.map((k) => numbers[k]);
}

/** Gives some rows a class at random, in place, but no class loses its last context row. */
export function mislabel({ random }: Chance, classes: Int32Array, numContext: number): void {
  if (random() >= 1 / 7) return;
  const share = uniform(random, 0, 0.2);
  const numClasses = classes.reduce((most, k) => Math.max(most, k), 0) + 1;
  const left = new Int32Array(numClasses);
  for (let i = 0; i < numContext; i++) left[classes[i]]++;
  for (let i = 0; i < classes.length; i++) {
    if (random() >= share) continue;
    const label = Math.floor(random() * numClasses);
    if (i < numContext) {
      if (left[classes[i]] === 1) continue;
      left[classes[i]]--;
      left[label]++;
    }
    classes[i] = label;
  }
}
