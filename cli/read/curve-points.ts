import { divergedTail } from '../../infer/stopping.ts';
import { counted, quoted } from '../wording.ts';
import type { FileCurve } from './curve-file.ts';

/** A curve as it was logged: points in the order of the file, NaN and infinities as they came. */
export interface RawCurve {
  readonly name: string;
  readonly points: readonly RawPoint[];
}

export interface RawPoint {
  /** Finite; null where neither it nor the value was logged. */
  readonly step: number | null;
  /** Null where none was logged. */
  readonly value: number | null;
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
  const diverged = tidied.flatMap(({ curve: { name, diverged: since } }) =>
    since === undefined ? [] : [{ name, since }],
  );
  if (curves.length === 0) {
    const names = raw.map(({ name }) => name);
    if (diverged.length > 0) {
      throw new Error(
        `${source}: diverged: nothing but NaN or infinities in ${quoted(names, 5)}, from step ${diverged[0].since} on.`,
      );
    }
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
  if (diverged.length > 0) {
    const names = diverged.map(({ name }) => name);
    notes.push(
      `${source}: nothing but NaN or infinities at the end, from step ${diverged[0].since}${diverged.length > 1 ? ' or others' : ''} on: ${quoted(names, 5)}.`,
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

interface Point {
  readonly step: number;
  readonly value: number;
}

function tidy({ name, points }: RawCurve): Tidied {
  const logged = points.filter((point): point is Point => point.step !== null && point.value !== null);
  const finite = logged.filter(({ value }) => Number.isFinite(value));
  const infinite = logged.filter(({ value }) => Math.abs(value) === Infinity).length;
  const isSorted = finite.every(({ step }, i) => i === 0 || finite[i - 1].step <= step);
  const sorted = bySteps(finite);
  const kept = lastOfSteps(sorted);
  const diverged = divergedFrom(lastOfSteps(bySteps(logged)));
  return {
    curve: {
      name,
      steps: kept.map(({ step }) => step),
      values: kept.map(({ value }) => value),
      ...(diverged !== undefined && { diverged }),
    },
    isSorted,
    infinite,
    repeated: sorted.length - kept.length,
  };
}

/** Of points at one step the last in the file stays last. */
const bySteps = (points: readonly Point[]): readonly Point[] => points.toSorted((a, b) => a.step - b.step);

const lastOfSteps = (sorted: readonly Point[]): readonly Point[] =>
  sorted.filter(({ step }, i) => sorted[i + 1]?.step !== step);

function divergedFrom(points: readonly Point[]): number | undefined {
  const tail = divergedTail(points.map(({ value }) => value));
  return tail === 0 ? undefined : points[points.length - tail].step;
}
