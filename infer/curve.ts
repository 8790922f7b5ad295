/** A curve as a person has it. */
export interface Curve {
  readonly name?: string;
  /** Where the values were measured, in any unit and order; 1, 2, 3, ... when left out. */
  readonly steps?: readonly number[];
  /** Any units, either direction. A value that is not finite is a missing point. */
  readonly values: readonly number[];
}

/** Values at steps 1, 2, 3, ...; null, as JSON writes NaN, is a missing point. */
export type Values = readonly (number | null)[] | Float64Array | Float32Array;

export const isValue = (value: unknown): boolean => value === null || typeof value === 'number';

const isList = (input: unknown): input is Values => Array.isArray(input) || ArrayBuffer.isView(input);

/** A curve, or its values alone, as programs give them. Throws a TypeError for anything else. */
export function toCurve(input: Curve | Values): Curve {
  const curve: Partial<Curve> | undefined = isList(input) ? { values: input as readonly number[] } : input;
  const given = isList(curve?.values) ? Array.from<unknown>(curve.values) : null;
  const at = given?.findIndex((value) => !isValue(value)) ?? 0;
  if (given !== null && at < 0)
    return { ...curve, values: given.map((value) => (value === null ? Number.NaN : (value as number))) };
  throw new TypeError(
    `extrapolate: expected a curve, { values: [numbers] }, or its values alone, got ${JSON.stringify(given?.[at] ?? input) ?? typeof input}.`,
  );
}

/** Strictly rising steps with finite values. */
export interface CleanCurve {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Squares of what lies some powers of ten beyond larger numbers would overflow. */
const LARGEST = 1e100;

/** Sorts by step, leaves missing points out; of points at the same step the last one counts. Throws for what is no curve. */
export function cleanCurve({ name = 'curve', steps, values }: Curve): CleanCurve {
  if (steps !== undefined && steps.length !== values.length) {
    throw new RangeError(
      `extrapolate: curve '${name}' needs as many steps as values, got ${steps.length} and ${values.length}.`,
    );
  }
  const points = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    const step = steps === undefined ? i + 1 : steps[i];
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (!Number.isFinite(step)) {
      throw new RangeError(
        `extrapolate: curve '${name}' has a value at step ${step}. Every value needs a finite step.`,
      );
    }
    if (Math.abs(step) > LARGEST || Math.abs(value) > LARGEST) {
      throw new RangeError(
        `extrapolate: curve '${name}' has ${value} at step ${step}; numbers beyond ${LARGEST} cannot be computed with. Rescale it.`,
      );
    }
    points.set(step, value);
  }
  const sorted = [...points].sort(([a], [b]) => a - b);
  return { name, steps: sorted.map(([step]) => step), values: sorted.map(([, value]) => value) };
}

/** `count` of `length` positions, evenly spread, the first and the last among them; all where there are no more. */
export function spreadEvenly(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / Math.max(1, count - 1)));
}
