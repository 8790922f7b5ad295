// What a forecast of a learning curve has to beat: the last value stays, and a power law fits. Both work in the file's own
// units, in both directions and on any scale of steps, and both say how unsure they are.

import { type StudentT, studentMixture } from '../../priors/exact/student-t.ts';
import type { Predictive } from '../../priors/prior.ts';
import { mean } from '../harness.ts';

export { recordedLogDensity } from './recorded.ts';

/** The observed part of one curve. */
export interface ObservedPoints {
  /** Strictly rising. */
  readonly steps: readonly number[];
  /** [N], N >= 1, in the units of the file. */
  readonly values: readonly number[];
}

export interface BaselineOptions {
  /** The rounding unit of the values: no predictive has a smaller scale. */
  readonly resolution: number;
}

/** The predictive at a step after the last observed one. Throws a RangeError for points out of order and for earlier steps. */
export type Baseline = (observed: ObservedPoints, options: BaselineOptions) => (step: number) => Predictive;

/**
 * The last value stays. The spread at a distance is what the curve itself did over that distance: the root mean square of
 * such changes in the second half of the observed part (the first half is steeper), never less than over shorter distances.
 * Distances that were not seen twice grow as a random walk does. For a random walk with m - 1 seen changes the Student t with
 * m - 1 degrees of freedom is the exact predictive of the next value.
 */
export const lastValue: Baseline = ({ steps, values }, { resolution }) => {
  checkPoints(steps, values, resolution);
  const last = values.length - 1;
  if (last === 0) {
    // One point tells the order of magnitude and no more.
    const scale = Math.max(Math.abs(values[0]) / 2, resolution);
    return laterOnly(steps, () => studentMixture([{ center: values[0], scale, dof: 1, weight: 1 }]));
  }
  const from = Math.min(values.length >> 1, Math.max(0, values.length - LEAST_WINDOW));
  const changes = meanSquareChanges(steps.slice(from), values.slice(from));
  return laterOnly(steps, (step) => {
    const scale = Math.max(Math.sqrt(squareAt(changes, step - steps[last])), resolution);
    return studentMixture([{ center: values[last], scale, dof: last - from, weight: 1 }]);
  });
};

/** Points of the window over which changes are measured, where there are as many. */
const LEAST_WINDOW = 4;

interface Change {
  readonly distance: number;
  /** Mean square of the changes over this distance. */
  readonly square: number;
}

/** By rising distance: changes over 1, 2, .. points as far as at least two are seen, and in any case over 1. */
function meanSquareChanges(steps: readonly number[], values: readonly number[]): Change[] {
  const changes: Change[] = [];
  let least = 0;
  for (let lag = 1; lag === 1 || values.length - lag >= 2; lag++) {
    const pairs = values.length - lag;
    let distance = 0;
    let square = 0;
    for (let i = 0; i < pairs; i++) {
      distance += (steps[i + lag] - steps[i]) / pairs;
      square += (values[i + lag] - values[i]) ** 2 / pairs;
    }
    least = Math.max(least, square);
    changes.push({ distance, square: least });
  }
  return changes;
}

/** Linear between the distances that were seen, constant before them, and in proportion to the distance after them. */
function squareAt(changes: readonly Change[], distance: number): number {
  const after = changes.findIndex((change) => change.distance >= distance);
  if (after === 0) return changes[0].square;
  if (after === -1) {
    const longest = changes[changes.length - 1];
    return (longest.square * distance) / longest.distance;
  }
  const [a, b] = [changes[after - 1], changes[after]];
  return a.square + ((b.square - a.square) * (distance - a.distance)) / (b.distance - a.distance);
}

/** The range of the exponent: below it a power law is a logarithm, above it a step at the first point. */
const [LEAST_EXPONENT, GREATEST_EXPONENT] = [0.05, 8];
/** Of ln b: the first grid, the share of the mass that one of its cells may hold in the end, and the least width of a cell. */
const [GRID, MOST_MASS, LEAST_WIDTH] = [32, 0.04, 1e-10];
/** Exponents of a lower share are left out. */
const NEGLIGIBLE = 1e-6;

/**
 * y = c + a x^-b + N(0, s^2), x the step in units of the last observed one. Least squares for c and a given b; over b it is
 * averaged rather than picked, which is the Bayesian answer for c, the rise over the observed part and ln b flat, and s with
 * density 1 / s: a mixture of Student t distributions with n - 2 degrees of freedom that widens as an extrapolation should.
 * Steps that start at 0 or below are shifted, so that the first is one mean gap. With fewer than 4 points: `lastValue`.
 */
export const powerLaw: Baseline = ({ steps, values }, { resolution }) => {
  checkPoints(steps, values, resolution);
  if (values.length < 4) return lastValue({ steps, values }, { resolution });
  const fits = weightedFits((exponent) => fitGiven(exponent, steps, values, resolution));
  return laterOnly(steps, (step) => studentMixture(fits.map(({ predict, weight }) => ({ ...predict(step), weight }))));
};

interface Fit {
  /** Log evidence of the exponent, up to a constant. */
  readonly logEvidence: number;
  readonly predict: (step: number) => Omit<StudentT, 'weight'>;
}

/** The straight line y = level + rise v through v = (x^-b - 1) / (x_1^-b - 1), which runs from 1 at the first point to 0 at the last. */
function fitGiven(exponent: number, steps: readonly number[], values: readonly number[], resolution: number): Fit {
  const n = values.length;
  const first = steps[0];
  const shift = first > 0 ? 0 : (steps[n - 1] - first) / (n - 1) - first;
  // expm1 keeps the digits where b ln x is small, as at a long way from 0.
  const power = (step: number) => Math.expm1(-exponent * Math.log((step + shift) / (steps[n - 1] + shift)));
  const regressor = (step: number) => power(step) / power(first);
  const v = steps.map(regressor);
  const meanV = mean(v);
  const meanY = mean(values);
  const vv = v.reduce((sum, value) => sum + (value - meanV) ** 2, 0);
  const vy = v.reduce((sum, value, i) => sum + (value - meanV) * (values[i] - meanY), 0);
  const rise = vy / vv;
  const residual = v.reduce((sum, value, i) => sum + (values[i] - meanY - rise * (value - meanV)) ** 2, 0);
  const dof = n - 2;
  const variance = residual / dof + resolution ** 2; // the floor is added: it is noise of its own
  return {
    logEvidence: -Math.log(vv) / 2 - (dof / 2) * Math.log(variance),
    predict: (step) => {
      const offset = regressor(step) - meanV;
      return { center: meanY + rise * offset, scale: Math.sqrt(variance * (1 + 1 / n + offset ** 2 / vv)), dof };
    },
  };
}

/**
 * Fits over ln b with their weights by the trapezoidal rule. Cells that hold much of the mass are halved until none does: where
 * there is hardly any noise, the peak is narrower than any even grid.
 */
function weightedFits(fitAt: (exponent: number) => Fit): (Fit & { readonly weight: number })[] {
  const [low, high] = [Math.log(LEAST_EXPONENT), Math.log(GREATEST_EXPONENT)];
  const nodeAt = (at: number) => ({ at, fit: fitAt(Math.exp(at)) });
  let nodes = Array.from({ length: GRID }, (_, i) => nodeAt(low + ((high - low) * i) / (GRID - 1)));
  for (;;) {
    const best = Math.max(...nodes.map(({ fit }) => fit.logEvidence));
    const evidence = nodes.map(({ fit }) => Math.exp(fit.logEvidence - best));
    const widths = nodes.slice(1).map(({ at }, i) => at - nodes[i].at);
    const masses = widths.map((width, i) => (width * (evidence[i] + evidence[i + 1])) / 2);
    const total = masses.reduce((a, b) => a + b);
    const isHeavy = masses.map((mass, i) => mass > MOST_MASS * total && widths[i] > LEAST_WIDTH);
    if (!isHeavy.includes(true)) {
      return nodes
        .map(({ fit }, i) => ({ ...fit, weight: (evidence[i] * ((widths[i - 1] ?? 0) + (widths[i] ?? 0))) / 2 }))
        .filter(({ weight }) => weight > NEGLIGIBLE * total);
    }
    nodes = nodes.flatMap((node, i) => (isHeavy[i] ? [node, nodeAt(node.at + widths[i] / 2)] : [node]));
  }
}

function checkPoints(steps: readonly number[], values: readonly number[], resolution: number): void {
  if (values.length === 0 || steps.length !== values.length) {
    throw new RangeError(
      `baseline: expected a value for each step and at least one, got ${steps.length} steps and ${values.length} values.`,
    );
  }
  const falling = steps.findIndex((step, i) => i > 0 && !(step > steps[i - 1]));
  if (falling > 0) {
    throw new RangeError(
      `baseline: expected strictly rising steps, got ${steps[falling - 1]} then ${steps[falling]}. Sort them.`,
    );
  }
  const value = values.find((y) => !Number.isFinite(y));
  if (value !== undefined) {
    throw new RangeError(`baseline: expected finite values, got ${value}. Leave such points out.`);
  }
  if (!(resolution > 0)) throw new RangeError(`baseline: resolution must be above 0, got ${resolution}.`);
}

function laterOnly(steps: readonly number[], predict: (step: number) => Predictive): (step: number) => Predictive {
  const last = steps[steps.length - 1];
  return (step) => {
    if (step > last) return predict(step);
    throw new RangeError(`baseline: expected a step after the last observed step ${last}, got ${step}.`);
  };
}
