/**
 * Kernels (covariance functions) as plain JSON. With r = |x - x'| / lengthScale, where each feature has a length scale of its
 * own under `ard`, and s = outputScale, a standard deviation:
 *
 *   { kernel: 'rbf', lengthScale }               s^2 exp(-r^2 / 2)
 *   { kernel: 'matern12', lengthScale }          s^2 exp(-r)
 *   { kernel: 'matern32', lengthScale }          s^2 (1 + sqrt(3) r) exp(-sqrt(3) r)
 *   { kernel: 'matern52', lengthScale }          s^2 (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r)
 *   { kernel: 'periodic', lengthScale, period }  s^2 exp(-2 sum over features of sin^2(pi (x - x') / period) / lengthScale^2)
 *   { kernel: 'linear', lengthScale: 1 }         s^2 sum over features of x x' / lengthScale^2
 *   { kernel: 'brownian', hurst: 0.5 }           s^2 (|x|^2h + |x'|^2h - |x - x'|^2h) / 2, fractional Brownian motion, 0 at x = 0
 *   { kernel: 'constant' }                       s^2
 *   { sum: [kernel, ...] } and { product: [kernel, ...] }
 *
 * Each also takes outputScale, by default 1. Every number may be a form of distributions.ts. Formulas: Rasmussen and Williams, Gaussian
 * Processes for Machine Learning (2006), chapter 4; Mandelbrot and Van Ness (1968) for fractional Brownian motion.
 */

import { type HyperparameterForm, parseForm, upperBound } from './distributions.ts';

export type KernelSpec =
  | { readonly sum: readonly KernelSpec[] }
  | { readonly product: readonly KernelSpec[] }
  | (NamedForms & { readonly kernel: string });

interface NamedForms {
  readonly lengthScale?: HyperparameterForm;
  /** Standard deviation. */
  readonly outputScale?: HyperparameterForm;
  readonly period?: HyperparameterForm;
  /** Hurst exponent in (0, 1]; above 1/2 increments go on, below they turn back. */
  readonly hurst?: HyperparameterForm;
}

export interface KernelParameter {
  /** The last word of its path, with a number from the second of that name on. */
  readonly name: string;
  readonly form: HyperparameterForm;
}

export interface Kernel {
  /** [P] */
  readonly parameters: readonly KernelParameter[];
  /** Writes the lower triangle, diagonal included, of the covariance [R, R] of the rows x [R, F]. `values` [P] are of `parameters`. */
  readonly fill: (covariance: Float64Array, x: Float64Array, numRows: number, values: ArrayLike<number>) => void;
}

type Fill = Kernel['fill'];
type ParameterName = keyof NamedForms;

/** The parameters of each kernel; undefined where there is no default. */
const defaults: Readonly<Record<string, Readonly<Partial<Record<ParameterName, number | undefined>>>>> = {
  rbf: { lengthScale: undefined, outputScale: 1 },
  matern12: { lengthScale: undefined, outputScale: 1 },
  matern32: { lengthScale: undefined, outputScale: 1 },
  matern52: { lengthScale: undefined, outputScale: 1 },
  periodic: { lengthScale: undefined, period: undefined, outputScale: 1 },
  linear: { lengthScale: 1, outputScale: 1 },
  brownian: { hurst: 0.5, outputScale: 1 },
  constant: { outputScale: 1 },
};

/** Correlations as functions of the squared distance in length scales. */
const correlations: Readonly<Record<string, (square: number) => number>> = {
  rbf: (square) => Math.exp(-square / 2),
  matern12: (square) => Math.exp(-Math.sqrt(square)),
  matern32: (square) => {
    const r = Math.sqrt(3 * square);
    return (1 + r) * Math.exp(-r);
  },
  matern52: (square) => {
    const r = Math.sqrt(5 * square);
    return (1 + r + (r * r) / 3) * Math.exp(-r);
  },
};

/** The spec, checked, defaults filled in. Throws a RangeError of one line that starts with `where`. */
export function parseKernel(where: string, spec: unknown): KernelSpec {
  const fields = typeof spec === 'object' && spec !== null ? (spec as Record<string, unknown>) : {};
  for (const combination of ['sum', 'product'] as const) {
    const parts = fields[combination];
    if (Array.isArray(parts) && parts.length > 0 && Object.keys(fields).length === 1) {
      const parsed = parts.map((part, i) => parseKernel(`${where}.${combination}[${i}]`, part));
      return combination === 'sum' ? { sum: parsed } : { product: parsed };
    }
  }
  const { kernel, ...given } = fields;
  if (typeof kernel !== 'string' || !Object.hasOwn(defaults, kernel)) {
    throw new RangeError(
      `${where} must be { sum: [...] }, { product: [...] } or { kernel: name } with a name of ` +
        `${Object.keys(defaults).join(', ')}, got ${JSON.stringify(spec)}.`,
    );
  }
  const names = Object.keys(defaults[kernel]) as ParameterName[];
  const unknown = Object.keys(given).find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) {
    throw new RangeError(`${where}: expected only kernel, ${names.join(', ')} for ${kernel}, got '${unknown}'.`);
  }
  const forms = names.map(
    (name) => [name, parseForm(`${where}.${name}`, given[name] ?? defaults[kernel][name])] as const,
  );
  const hurst = forms.find(([name]) => name === 'hurst');
  if (hurst && upperBound(hurst[1]) > 1) {
    throw new RangeError(`${where}.hurst must lie within (0, 1], got ${JSON.stringify(hurst[1])}.`);
  }
  return { kernel, ...Object.fromEntries(forms) };
}

/** The kernel of a spec that `parseKernel` gave. `ard` gives each of the F features a length scale of its own, of the same form. */
export function createKernel(spec: KernelSpec, numFeatures: number, ard = false): Kernel {
  const parameters: KernelParameter[] = [];
  const fill = buildFill(spec, numFeatures, ard, parameters);
  return { parameters, fill };
}

/** Adds the parameters of the spec to `parameters` and reads their values from the same places. */
function buildFill(spec: KernelSpec, numFeatures: number, ard: boolean, parameters: KernelParameter[]): Fill {
  if ('sum' in spec)
    return combine(
      spec.sum.map((part) => buildFill(part, numFeatures, ard, parameters)),
      addLower,
    );
  if ('product' in spec) {
    return combine(
      spec.product.map((part) => buildFill(part, numFeatures, ard, parameters)),
      multiplyLower,
    );
  }
  const add = (name: ParameterName, count = 1): number => {
    const form = spec[name];
    if (form === undefined) return -1;
    const at = parameters.length;
    for (let i = 0; i < count; i++) parameters.push({ name: freeName(name, parameters), form });
    return at;
  };
  const lengthScale = add('lengthScale', ard ? numFeatures : 1);
  const scales: LengthScales = { at: lengthScale, step: ard ? 1 : 0, numFeatures };
  const period = add('period');
  const hurst = add('hurst');
  const outputScale = add('outputScale');
  switch (spec.kernel) {
    case 'constant':
      return (covariance, _, numRows, values) => mapLower(covariance, numRows, () => values[outputScale] ** 2);
    case 'linear':
      return linear(scales, outputScale);
    case 'brownian':
      return brownian(numFeatures, hurst, outputScale);
    case 'periodic':
      return periodic(scales, period, outputScale);
    default:
      return stationary(correlations[spec.kernel], scales, outputScale);
  }
}

/** The name itself, or with the first free number from 2 on. */
export function freeName(name: string, taken: readonly { readonly name: string }[]): string {
  const isTaken = (candidate: string) => taken.some((other) => other.name === candidate);
  let candidate = name;
  for (let i = 2; isTaken(candidate); i++) candidate = `${name}${i}`;
  return candidate;
}

/** Where in the values the length scale of feature f is: at + step f. */
interface LengthScales {
  readonly at: number;
  readonly step: 0 | 1;
  readonly numFeatures: number;
}

function stationary(correlation: (square: number) => number, scales: LengthScales, outputScale: number): Fill {
  const { numFeatures } = scales;
  return (covariance, x, numRows, values) => {
    fillSquaredDistances(covariance, scaledRows(x, numRows, scales, values), numRows, numFeatures);
    const variance = values[outputScale] ** 2;
    mapLower(covariance, numRows, (square) => variance * correlation(square));
  };
}

/**
 * Each feature becomes a point on a circle, (cos, sin)(2 pi x / period) / lengthScale. Squared distances of such points are
 * 4 sin^2(pi (x - x') / period) / lengthScale^2, so an RBF of them is the periodic kernel.
 */
function periodic({ at, step, numFeatures }: LengthScales, period: number, outputScale: number): Fill {
  return (covariance, x, numRows, values) => {
    const circles = new Float64Array(numRows * numFeatures * 2); // [R, F, 2]
    for (let i = 0; i < numRows * numFeatures; i++) {
      const angle = (2 * Math.PI * x[i]) / values[period];
      const lengthScale = values[at + step * (i % numFeatures)];
      circles[2 * i] = Math.cos(angle) / lengthScale;
      circles[2 * i + 1] = Math.sin(angle) / lengthScale;
    }
    fillSquaredDistances(covariance, circles, numRows, 2 * numFeatures);
    const variance = values[outputScale] ** 2;
    mapLower(covariance, numRows, (square) => variance * Math.exp(-square / 2));
  };
}

function linear(scales: LengthScales, outputScale: number): Fill {
  const { numFeatures } = scales;
  return (covariance, x, numRows, values) => {
    const rows = scaledRows(x, numRows, scales, values);
    const variance = values[outputScale] ** 2;
    for (let i = 0; i < numRows; i++) {
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let f = 0; f < numFeatures; f++) product += rows[i * numFeatures + f] * rows[j * numFeatures + f];
        covariance[i * numRows + j] = variance * product;
      }
    }
  };
}

function brownian(numFeatures: number, hurst: number, outputScale: number): Fill {
  return (covariance, x, numRows, values) => {
    const exponent = values[hurst];
    // square^h; twice as fast as the general power, which takes most of the time.
    const power = exponent === 0.5 ? Math.sqrt : (square: number) => Math.exp(exponent * Math.log(square));
    const fromZero = new Float64Array(numRows);
    for (let i = 0; i < numRows; i++) {
      let square = 0;
      for (let f = 0; f < numFeatures; f++) square += x[i * numFeatures + f] ** 2;
      fromZero[i] = power(square);
    }
    fillSquaredDistances(covariance, x, numRows, numFeatures);
    const half = values[outputScale] ** 2 / 2;
    for (let i = 0; i < numRows; i++) {
      for (let j = 0; j <= i; j++) {
        const at = i * numRows + j;
        covariance[at] = half * (fromZero[i] + fromZero[j] - power(covariance[at]));
      }
    }
  };
}

/** Fills with the first part, then takes in the others one by one. */
function combine(
  parts: readonly Fill[],
  takeIn: (into: Float64Array, other: Float64Array, numRows: number) => void,
): Fill {
  const [first, ...others] = parts;
  return (covariance, x, numRows, values) => {
    first(covariance, x, numRows, values);
    if (others.length === 0) return;
    const other = new Float64Array(numRows * numRows);
    for (const part of others) {
      part(other, x, numRows, values);
      takeIn(covariance, other, numRows);
    }
  };
}

function addLower(into: Float64Array, other: Float64Array, numRows: number): void {
  for (let i = 0; i < numRows; i++) for (let j = 0; j <= i; j++) into[i * numRows + j] += other[i * numRows + j];
}

function multiplyLower(into: Float64Array, other: Float64Array, numRows: number): void {
  for (let i = 0; i < numRows; i++) for (let j = 0; j <= i; j++) into[i * numRows + j] *= other[i * numRows + j];
}

function mapLower(matrix: Float64Array, numRows: number, to: (entry: number) => number): void {
  for (let i = 0; i < numRows; i++) for (let j = 0; j <= i; j++) matrix[i * numRows + j] = to(matrix[i * numRows + j]);
}

/** x [R, F] in length scales. */
function scaledRows(x: Float64Array, numRows: number, scales: LengthScales, values: ArrayLike<number>): Float64Array {
  const { at, step, numFeatures } = scales;
  const rows = new Float64Array(numRows * numFeatures);
  for (let i = 0; i < rows.length; i++) rows[i] = x[i] / values[at + step * (i % numFeatures)];
  return rows;
}

/** Writes the lower triangle [R, R] of the squared distances of rows [R, D]. */
function fillSquaredDistances(squares: Float64Array, rows: Float64Array, numRows: number, width: number): void {
  for (let i = 0; i < numRows; i++) {
    for (let j = 0; j <= i; j++) {
      let square = 0;
      for (let f = 0; f < width; f++) {
        const difference = rows[i * width + f] - rows[j * width + f];
        square += difference * difference;
      }
      squares[i * numRows + j] = square;
    }
  }
}
