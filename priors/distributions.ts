/**
 * Samplers of positive random numbers, and hyperparameters of priors as plain JSON: a number, or one of these by name,
 *
 *   { gamma: [shape, rate] }            mean shape / rate
 *   { sqrtGamma: [shape, rate] }        a standard deviation whose variance is gamma
 *   { inverseGamma: [shape, scale] }    1 / gamma with rate = scale
 *   { logNormal: [mu, sd] }             ln v ~ N(mu, sd^2)
 *   { logUniform: [low, high] }         ln v uniform, 0 < low < high
 *   { given: [low, high] }              the network is told a range within [low, high]; log-uniform in what it is told
 *
 * Values are drawn as logarithms: a gamma of a small shape is often smaller than the least double.
 */

import type { Hyperparameter, Random } from './prior.ts';
import { normals } from './random.ts';

type Pair = readonly [number, number];

/** What a hyperparameter is: fixed, drawn for each data set, or told to the network. */
export type HyperparameterForm =
  | number
  | { readonly gamma: Pair }
  | { readonly sqrtGamma: Pair }
  | { readonly inverseGamma: Pair }
  | { readonly logNormal: Pair }
  | { readonly logUniform: Pair }
  | { readonly given: Pair };

/** Gamma with mean shape / rate, both above 0. Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000). */
export function gamma(random: Random, shape: number, rate: number): number {
  return Math.exp(logGammaDraw(random, shape, rate));
}

/** The reciprocal of a gamma with rate = scale; mean scale / (shape - 1) for shape > 1. */
export function inverseGamma(random: Random, shape: number, scale: number): number {
  return Math.exp(-logGammaDraw(random, shape, scale));
}

/** Beta on (0, 1) with mean a / (a + b). */
export function beta(random: Random, a: number, b: number): number {
  const first = logGammaDraw(random, a, 1);
  const second = logGammaDraw(random, b, 1);
  return 1 / (1 + Math.exp(second - first));
}

/** exp of N(mu, sd^2). */
export function logNormal(random: Random, mu: number, sd: number): number {
  return Math.exp(mu + sd * normals(random)());
}

/** In [low, high), its logarithm uniform. */
export function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random();
}

/** ln of a gamma, finite for every shape. */
function logGammaDraw(random: Random, shape: number, rate: number): number {
  if (shape < 1) return logGammaDraw(random, shape + 1, rate) + Math.log(1 - random()) / shape;
  const gauss = normals(random);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = gauss();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < (x * x) / 2 + d * (1 - v + Math.log(v))) return Math.log((d * v) / rate);
  }
}

interface Distribution {
  /** What its two numbers are. */
  readonly says: string;
  readonly allows: (pair: Pair) => boolean;
  readonly drawLog: (random: Random, pair: Pair) => number;
  /** Log density of t = ln value, up to a constant. */
  readonly logDensity: (pair: Pair, t: number) => number;
}

const bothPositive = ([first, second]: Pair) => first > 0 && second > 0;
const isRange = ([low, high]: Pair) => 0 < low && low < high;

const uniformLog = {
  says: '[low, high]',
  allows: isRange,
  drawLog: (random: Random, [low, high]: Pair) => Math.log(logUniform(random, low, high)),
  logDensity: ([low, high]: Pair, t: number) => (t >= Math.log(low) && t <= Math.log(high) ? 0 : -Infinity),
};

const distributions: Readonly<Record<string, Distribution>> = {
  gamma: {
    says: '[shape, rate]',
    allows: bothPositive,
    drawLog: (random, [shape, rate]) => logGammaDraw(random, shape, rate),
    logDensity: ([shape, rate], t) => shape * t - rate * Math.exp(t),
  },
  sqrtGamma: {
    says: '[shape, rate]',
    allows: bothPositive,
    drawLog: (random, [shape, rate]) => logGammaDraw(random, shape, rate) / 2,
    logDensity: ([shape, rate], t) => 2 * shape * t - rate * Math.exp(2 * t),
  },
  inverseGamma: {
    says: '[shape, scale]',
    allows: bothPositive,
    drawLog: (random, [shape, scale]) => -logGammaDraw(random, shape, scale),
    logDensity: ([shape, scale], t) => -shape * t - scale * Math.exp(-t),
  },
  logNormal: {
    says: '[mu, sd]',
    allows: ([, sd]) => sd > 0,
    drawLog: (random, [mu, sd]) => mu + sd * normals(random)(),
    logDensity: ([mu, sd], t) => -(((t - mu) / sd) ** 2) / 2,
  },
  logUniform: uniformLog,
  given: uniformLog,
};

/** The name and numbers of a form that is not a plain number. */
const partsOf = (form: Exclude<HyperparameterForm, number>): [name: string, pair: Pair] => Object.entries(form)[0];

/** ln of a value. */
export function drawLogValue(random: Random, form: HyperparameterForm): number {
  if (typeof form === 'number') return Math.log(form);
  const [name, pair] = partsOf(form);
  return distributions[name].drawLog(random, pair);
}

/** A value; 0 where it is less than the least double. */
export function drawValue(random: Random, form: HyperparameterForm): number {
  return typeof form === 'number' ? form : Math.exp(drawLogValue(random, form));
}

/** Log density of ln value (not of the value: the Jacobian is in it), up to a constant; 0 for a fixed number. */
export function logDensityOfValue(form: HyperparameterForm, logValue: number): number {
  if (typeof form === 'number') return 0;
  const [name, pair] = partsOf(form);
  return distributions[name].logDensity(pair, logValue);
}

/** No value is larger: Infinity where the form has no bound. */
export function upperBound(form: HyperparameterForm): number {
  if (typeof form === 'number') return form;
  return 'logUniform' in form ? form.logUniform[1] : 'given' in form ? form.given[1] : Infinity;
}

/** The form itself, checked. Throws a RangeError of one line; `where` is what it starts with, such as 'gaussian-process: noise'. */
export function parseForm(where: string, form: unknown): HyperparameterForm {
  if (isForm(form)) return form;
  const forms = Object.entries(distributions).map(([name, { says }]) => `{ ${name}: ${says} }`);
  const got = typeof form === 'number' ? form : JSON.stringify(form);
  throw new RangeError(`${where} must be a number above 0 or one of ${forms.join(', ')}, got ${got}.`);
}

function isForm(form: unknown): form is HyperparameterForm {
  if (typeof form === 'number') return form > 0 && form < Infinity;
  if (typeof form !== 'object' || form === null || Object.keys(form).length !== 1) return false;
  const [[name, pair]] = Object.entries(form);
  return (
    Object.hasOwn(distributions, name) &&
    Array.isArray(pair) &&
    pair.length === 2 &&
    pair.every(Number.isFinite) &&
    distributions[name].allows([pair[0], pair[1]])
  );
}

/** An end of a told range as a column of x: its logarithm, moved to -1 .. 1 over [low, high]. */
export function givenColumn({ low, high }: Hyperparameter, value: number): number {
  return (2 * Math.log(value / low)) / Math.log(high / low) - 1;
}

/** The inverse of `givenColumn`. */
export function givenValue({ low, high }: Hyperparameter, column: number): number {
  return low * (high / low) ** ((column + 1) / 2);
}

/**
 * A range to tell: a point (1 of 2), the range of two log-uniform values (1 of 4), or all of [low, high] (1 of 4). Of choices,
 * the first (1 of 2) or any (1 of 2).
 */
export function drawGivenRange(random: Random, { low, high, choices }: Hyperparameter): Pair {
  if (choices !== undefined) {
    const choice = random() < 0.5 ? 1 : 1 + Math.floor(random() * choices.length);
    return [choice, choice];
  }
  const kind = random();
  if (kind < 0.25) return [low, high];
  const first = logUniform(random, low, high);
  const second = kind < 0.5 ? logUniform(random, low, high) : first;
  return [Math.min(first, second), Math.max(first, second)];
}

/** What is left to know once the range is told: nothing for a point. */
export function toldForm([low, high]: Pair): HyperparameterForm {
  return low < high ? { logUniform: [low, high] } : low;
}
