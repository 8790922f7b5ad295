/**
 * The posterior density of the learning-curve prior (the header of priors/learning-curve.ts), in coordinates that a sampler
 * moves in well. The model has 13 parameters, and as they stand narrow ridges bend through them: a weight times a level, or a
 * step size of the noise. Two exact changes of variables straighten them.
 *
 * Weights  Each component is w (c, q): a share of the level of the curve, l = w c, and a coefficient p = w q of its shape. Given
 *          w, both are uniform; integrating w ~ U(0, 1) leaves a density of (l, p) that is a multiple of 1/m - 1, with m the
 *          least weight that can give them. With f(t) = level - power t^-alpha - stretched exp(-k t^d) - inverseLog / ln(t + 1):
 *            pow3       m = max(l / 1.25, |power| / 0.6)
 *            janoschek  m = max(l, (l - stretched) / 2)       and l >= 0, stretched <= l
 *            ilog2      m = max(l, |inverseLog| / 0.5)
 *          So 10 parameters are left: level, power, stretched, inverseLog | ln alpha, ln k, ln d, ln s | l of pow3, l of ilog2.
 * Whitened Given the second group, f is linear in the first, theta. It is replaced by z = R (theta - center), where R'R =
 *          X'X / s^2 + ridge is the precision of a Bayesian linear regression on the observed points and center its mean. So z is
 *          about N(0, I) however small the noise is. The density of z has the factor 1 / det R.
 */

import type { Terms } from '../learning-curve.ts';
import type { Random } from '../prior.ts';
import { normals, uniform } from '../random.ts';

export interface ObservedCurve {
  /** In 1..numSteps, any real numbers. */
  readonly steps: readonly number[];
  /** [N], one for each step. Scores to be maximised, about in [0, 1]. */
  readonly values: readonly number[];
  /** The constraints of the prior hold over steps 1..numSteps. */
  readonly numSteps?: number;
}

/** One noiseless curve and its noise. */
export interface CurveParameters extends Terms {
  /** Standard deviation of the noise. */
  readonly scale: number;
}

export interface CurveTarget {
  /** One draw from the prior, constraints included, as coordinates [10]. */
  readonly draw: (random: Random) => Float64Array;
  /** Log prior density plus `power` times the log likelihood, up to a constant; -Infinity where a constraint fails. */
  readonly logDensity: (coordinates: Float64Array, power: number) => number;
  readonly parameters: (coordinates: Float64Array) => CurveParameters;
}

/** Coordinates, in order: z of the four linear coefficients, then these. */
const [LN_ALPHA, LN_K, LN_D, LN_SCALE, POW3_LEVEL, ILOG2_LEVEL] = [4, 5, 6, 7, 8, 9];
const NUM_COORDINATES = 10;

/** About the prior's own precision and mean of level, power, stretched, inverseLog: what whitens them where no data do. */
const RIDGE = [4, 25, 6, 36] as const;
const RIDGE_CENTER = [0.6, 0, 0, 0] as const;
const SIZE = 4;

const STEP_SLACK = 1e-9;

/** In 1..numSteps, but for the rounding of rescaled steps. */
export function isStep(step: number, numSteps: number): boolean {
  return step >= 1 - STEP_SLACK && step <= numSteps + STEP_SLACK;
}

/** f at any step of 1 or later. */
export function curveValue(parameters: CurveParameters, step: number): number {
  const { level, power, alpha, stretched, k, d, inverseLog } = parameters;
  const log = Math.log(step);
  const pow3 = power * Math.exp(-alpha * log);
  const janoschek = stretched * Math.exp(-k * Math.exp(d * log));
  return level - pow3 - janoschek - inverseLog / Math.log(step + 1);
}

/** The posterior of one curve. Throws a RangeError for steps outside of 1..numSteps and for values that are not finite. */
export function curveTarget({ steps, values, numSteps = 100 }: ObservedCurve): CurveTarget {
  checkObserved({ steps, values, numSteps });
  const meetsConstraints = constraintCheck(numSteps);
  const regression = whitening(steps, values);

  const parameters = (x: Float64Array): CurveParameters => {
    regression.condition(x);
    return regression.unwhiten(x);
  };

  const logDensity = (x: Float64Array, power: number): number => {
    const logDeterminant = regression.condition(x);
    const curve = regression.unwhiten(x);
    const logPrior = logWeightIntegrals(curve, x[POW3_LEVEL], x[ILOG2_LEVEL]) + logNormals(x) - logDeterminant;
    // NaN where the factorization failed.
    if (!(logPrior > -Infinity) || !meetsConstraints(curve)) return -Infinity;
    return logPrior + power * regression.logLikelihood(curve);
  };

  const draw = (random: Random): Float64Array => {
    const gauss = normals(random);
    const x = new Float64Array(NUM_COORDINATES);
    for (;;) {
      const [pow3, janoschek, ilog2, end] = [random(), random(), random(), random()];
      x[LN_ALPHA] = 2 * gauss();
      x[LN_K] = -2 + gauss();
      x[LN_D] = 0.5 * gauss();
      x[LN_SCALE] = -4 + gauss();
      x[POW3_LEVEL] = pow3 * uniform(random, 0, 1.25);
      x[ILOG2_LEVEL] = ilog2 * random();
      const curve = curveAt(x, [
        x[POW3_LEVEL] + janoschek * end + x[ILOG2_LEVEL],
        pow3 * uniform(random, -0.6, 0.6),
        janoschek * (end - uniform(random, 0, 2)),
        ilog2 * uniform(random, -0.5, 0.5),
      ]);
      if (!meetsConstraints(curve)) continue;
      regression.condition(x);
      regression.whiten(curve, x);
      return x;
    }
  };
  return { draw, logDensity, parameters };
}

function checkObserved({ steps, values, numSteps }: Required<ObservedCurve>): void {
  if (!Number.isInteger(numSteps) || numSteps < 2) {
    throw new RangeError(`learningCurvePosterior: numSteps must be a whole number of at least 2, got ${numSteps}.`);
  }
  if (steps.length !== values.length) {
    throw new RangeError(
      `learningCurvePosterior: expected a value for each step, got ${steps.length} steps and ${values.length} values.`,
    );
  }
  const step = steps.find((t) => !isStep(t, numSteps));
  if (step !== undefined) {
    throw new RangeError(
      `learningCurvePosterior: expected steps in 1..${numSteps}, got ${step}. Rescale the steps, or raise numSteps.`,
    );
  }
  const value = values.find((y) => !Number.isFinite(y));
  if (value !== undefined) {
    throw new RangeError(`learningCurvePosterior: expected finite values, got ${value}. Leave such points out.`);
  }
}

function curveAt(x: Float64Array, linear: ArrayLike<number>): CurveParameters {
  return {
    level: linear[0],
    power: linear[1],
    alpha: Math.exp(x[LN_ALPHA]),
    stretched: linear[2],
    k: Math.exp(x[LN_K]),
    d: Math.exp(x[LN_D]),
    inverseLog: linear[3],
    scale: Math.exp(x[LN_SCALE]),
  };
}

/** Log density of the levels and coefficients of the three components, weights integrated out. */
function logWeightIntegrals(curve: CurveParameters, pow3Level: number, ilog2Level: number): number {
  const { level, power, stretched, inverseLog } = curve;
  const janoschekLevel = level - pow3Level - ilog2Level;
  if (!(pow3Level > 0 && ilog2Level > 0 && janoschekLevel > 0 && stretched <= janoschekLevel)) return -Infinity;
  const pow3 = Math.max(pow3Level / 1.25, Math.abs(power) / 0.6);
  const janoschek = Math.max(janoschekLevel, (janoschekLevel - stretched) / 2);
  const ilog2 = Math.max(ilog2Level, Math.abs(inverseLog) / 0.5);
  if (!(pow3 < 1 && janoschek < 1 && ilog2 < 1)) return -Infinity;
  return Math.log((1 / pow3 - 1) * (1 / janoschek - 1) * (1 / ilog2 - 1));
}

function logNormals(x: Float64Array): number {
  return -((x[LN_ALPHA] / 2) ** 2 + (x[LN_K] + 2) ** 2 + (x[LN_D] / 0.5) ** 2 + (x[LN_SCALE] + 4) ** 2) / 2;
}

/**
 * f(1) < f(numSteps), and f in [0, 1] at every step. Between two steps each of the three shapes lies between its ends, which
 * bounds f: most stretches need no look inside, and the end points turn away nearly every draw that fails.
 */
function constraintCheck(numSteps: number): (curve: CurveParameters) => boolean {
  const logs = Float64Array.from({ length: numSteps + 1 }, (_, i) => Math.log(i + 1)); // ln t, up to ln(numSteps + 1)
  const pow3 = new Float64Array(numSteps);
  const janoschek = new Float64Array(numSteps);
  const ilog2 = new Float64Array(numSteps);

  /** f at step t = i + 1; leaves its terms in the arrays. */
  const valueAt = ({ level, power, alpha, stretched, k, d, inverseLog }: CurveParameters, i: number): number => {
    pow3[i] = power * Math.exp(-alpha * logs[i]);
    janoschek[i] = stretched * Math.exp(-k * Math.exp(d * logs[i]));
    ilog2[i] = inverseLog / logs[i + 1];
    return level - pow3[i] - janoschek[i] - ilog2[i];
  };
  const staysInside = (curve: CurveParameters, low: number, high: number): boolean => {
    if (high - low <= 1) return true;
    const least =
      Math.min(pow3[low], pow3[high]) + Math.min(janoschek[low], janoschek[high]) + Math.min(ilog2[low], ilog2[high]);
    const most =
      Math.max(pow3[low], pow3[high]) + Math.max(janoschek[low], janoschek[high]) + Math.max(ilog2[low], ilog2[high]);
    if (curve.level - least <= 1 && curve.level - most >= 0) return true;
    const middle = (low + high) >> 1;
    const value = valueAt(curve, middle);
    return value >= 0 && value <= 1 && staysInside(curve, low, middle) && staysInside(curve, middle, high);
  };
  return (curve) => {
    const first = valueAt(curve, 0);
    const last = valueAt(curve, numSteps - 1);
    return first >= 0 && first < last && last <= 1 && staysInside(curve, 0, numSteps - 1);
  };
}

interface Whitening {
  /** Takes the nonlinear coordinates in; must precede the others. Returns ln det R, NaN where it cannot be factorized. */
  readonly condition: (x: Float64Array) => number;
  readonly unwhiten: (x: Float64Array) => CurveParameters;
  /** Writes z of the curve into the first four of x. */
  readonly whiten: (curve: CurveParameters, x: Float64Array) => void;
  readonly logLikelihood: (curve: CurveParameters) => number;
}

/** The linear regression of the header. Its state is that of the last `condition`. */
function whitening(steps: readonly number[], values: readonly number[]): Whitening {
  const numObserved = steps.length;
  const y = Float64Array.from(values);
  const logs = Float64Array.from(steps, Math.log);
  const pow3 = new Float64Array(numObserved);
  const janoschek = new Float64Array(numObserved);
  const ilog2 = Float64Array.from(steps, (step) => -1 / Math.log(step + 1));
  const columns = [new Float64Array(numObserved).fill(1), pow3, janoschek, ilog2]; // of X
  const lower = new Float64Array(SIZE * SIZE); // R', row-major
  const center = new Float64Array(SIZE); // R center
  const theta = new Float64Array(SIZE);

  const condition = (x: Float64Array): number => {
    const alpha = Math.exp(x[LN_ALPHA]);
    const k = Math.exp(x[LN_K]);
    const d = Math.exp(x[LN_D]);
    const precision = Math.exp(-2 * x[LN_SCALE]);
    for (let i = 0; i < numObserved; i++) {
      pow3[i] = -Math.exp(-alpha * logs[i]);
      janoschek[i] = -Math.exp(-k * Math.exp(d * logs[i]));
    }
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column <= row; column++) {
        lower[row * SIZE + column] = precision * dot(columns[row], columns[column]);
      }
      center[row] = precision * dot(columns[row], y);
    }
    for (let i = 0; i < SIZE; i++) {
      lower[i * SIZE + i] += RIDGE[i];
      center[i] += RIDGE[i] * RIDGE_CENTER[i];
    }
    const logDeterminant = factorize(lower);
    solveLower(lower, center);
    return logDeterminant;
  };

  /** theta = R^-1 (z + R center) */
  const unwhiten = (x: Float64Array): CurveParameters => {
    for (let i = SIZE - 1; i >= 0; i--) {
      let sum = x[i] + center[i];
      for (let k = i + 1; k < SIZE; k++) sum -= lower[k * SIZE + i] * theta[k];
      theta[i] = sum / lower[i * SIZE + i];
    }
    return curveAt(x, theta);
  };

  /** z = R theta - R center */
  const whiten = ({ level, power, stretched, inverseLog }: CurveParameters, x: Float64Array): void => {
    theta.set([level, power, stretched, inverseLog]);
    for (let i = 0; i < SIZE; i++) {
      let sum = -center[i];
      for (let k = i; k < SIZE; k++) sum += lower[k * SIZE + i] * theta[k];
      x[i] = sum;
    }
  };

  const logLikelihood = ({ level, power, stretched, inverseLog, scale }: CurveParameters): number => {
    let squares = 0;
    for (let i = 0; i < numObserved; i++) {
      squares += (y[i] - level - power * pow3[i] - stretched * janoschek[i] - inverseLog * ilog2[i]) ** 2;
    }
    return -numObserved * Math.log(scale) - squares / (2 * scale * scale);
  };
  return { condition, unwhiten, whiten, logLikelihood };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Cholesky's L of a symmetric matrix, in place in its lower half; returns ln det L. */
function factorize(matrix: Float64Array): number {
  let logDeterminant = 0;
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * SIZE + column];
      for (let k = 0; k < column; k++) sum -= matrix[row * SIZE + k] * matrix[column * SIZE + k];
      matrix[row * SIZE + column] = row === column ? Math.sqrt(sum) : sum / matrix[column * SIZE + column];
    }
    logDeterminant += Math.log(matrix[row * SIZE + row]);
  }
  return logDeterminant;
}

/** L^-1 vector, in place. */
function solveLower(lower: Float64Array, vector: Float64Array): void {
  for (let i = 0; i < SIZE; i++) {
    for (let k = 0; k < i; k++) vector[i] -= lower[i * SIZE + k] * vector[k];
    vector[i] /= lower[i * SIZE + i];
  }
}
