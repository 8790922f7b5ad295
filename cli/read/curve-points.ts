import { counted, quoted } from '../wording.ts';
import type { FileCurve } from './curve-file.ts';

/** A curve as it was logged: points in the order of the file, NaN for a missing value, infinities as they came. */
export interface RawCurve {
  readonly name: string;
  readonly points: readonly RawPoint[];
}

export interface RawPoint {
  /** Finite. */
  readonly step: number;
  readonly value: number;
}

/** What was found in a file, before it is tidied. */
export interface Layout {
  readonly raw: readonly RawCurve[];
  readonly stepTitle: string;
  readonly valueTitle: string;
  readonly notes: readonly string[];
}

/**
 * Leaves out what is no number, sorts by step, and keeps the last of the values that a curve has at one step (a resumed run
 * logs again). Notes say what was done, missing points apart. An error where no curve has a number.
 */
export function tidyCurves(
  source: string,
  raw: readonly RawCurve[],
): { readonly curves: readonly FileCurve[]; readonly notes: readonly string[] } {
  const tidied = raw.map(tidy);
  const curves = tidied.map(({ curve }) => curve).filter(({ steps }) => steps.length > 0);
  if (curves.length === 0) {
    const names = raw.map(({ name }) => name);
    throw new Error(`${source}: no number in ${quoted(names, 5)}. Expected at least one finite value.`);
  }
  const total = (of: (each: Tidied) => number) => tidied.reduce((sum, each) => sum + of(each), 0);
  const empty = tidied.filter(({ curve }) => curve.steps.length === 0).map(({ curve }) => curve.name);
  const unsorted = tidied.filter(({ isSorted }) => !isSorted).map(({ curve }) => curve.name);
  const infinite = total((each) => each.infinite);
  const repeated = total((each) => each.repeated);
  const notes: string[] = [];
  if (empty.length > 0) notes.push(`${source}: left out for want of a number: ${quoted(empty, 5)}.`);
  if (infinite > 0) {
    notes.push(`${source}: ${counted(infinite, 'infinite value')} ${infinite === 1 ? 'is' : 'are'} left out.`);
  }
  if (unsorted.length > 0) notes.push(`${source}: steps were not in order and are sorted: ${quoted(unsorted, 5)}.`);
  if (repeated > 0) {
    notes.push(
      `${source}: ${counted(repeated, 'point')} came again at the same step; the last one in the file is kept.`,
    );
  }
  return { curves, notes };
}

interface Tidied {
  readonly curve: FileCurve;
  readonly isSorted: boolean;
  readonly infinite: number;
  readonly repeated: number;
}

function tidy({ name, points }: RawCurve): Tidied {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const infinite = points.length - finite.length - points.filter(({ value }) => Number.isNaN(value)).length;
  const isSorted = finite.every(({ step }, i) => i === 0 || finite[i - 1].step <= step);
  const sorted = isSorted ? finite : finite.toSorted((a, b) => a.step - b.step); // stable: the last in the file stays last
  const kept = sorted.filter(({ step }, i) => sorted[i + 1]?.step !== step);
  return {
    curve: { name, steps: kept.map(({ step }) => step), values: kept.map(({ value }) => value) },
    isSorted,
    infinite,
    repeated: sorted.length - kept.length,
  };
}
