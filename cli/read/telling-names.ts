import { metricOf } from '../../infer/metric.ts';
import { isStepName, TIME_NAME } from './curve-names.ts';

/** Rows of a file by their steps, and what each says under a name: blank where that is nothing. */
export interface NamedRows {
  readonly names: readonly string[];
  readonly steps: readonly number[];
  readonly cells: (name: string) => readonly string[];
}

/** Of curves that begin together: how much later than the first, in parts of the whole. */
const LATEST_START = 0.1;
/** Every two of so many names are tried. */
const MOST_PAIRED = 8;

/**
 * Where steps come again, also with what is `told`: the other name, such as that of a seed or a fold, or the two names, with which they do not.
 * They tell curves apart, which all begin at about the first step. None where there is no need of them, or none does.
 */
export function tellingNames({ names, steps, cells }: NamedRows, told: readonly string[]): readonly string[] {
  const codes = (by: readonly string[]): string[] => {
    const columns = by.map(cells);
    return steps.map((_, row) => JSON.stringify(columns.map((own) => own[row])));
  };
  const count = (values: readonly string[]) => new Set(values).size;
  const withSteps = (values: readonly string[]) => values.map((value, row) => `${value} ${steps[row]}`);
  if (count(withSteps(codes(told))) === steps.length) return [];
  const mayTell = (name: string) =>
    !told.includes(name) && !isStepName(name) && !TIME_NAME.test(name) && metricOf(name) === undefined;
  const candidates = names.filter((name) => {
    if (!mayTell(name)) return false;
    const own = cells(name);
    return own.every((cell) => cell !== '') && count(own) > 1 && 2 * count(own) <= steps.length;
  });
  const first = steps.reduce((a, b) => Math.min(a, b));
  const latest = first + LATEST_START * (steps.reduce((a, b) => Math.max(a, b)) - first);
  const tell = (others: readonly string[]): boolean => {
    const own = codes([...told, ...others]);
    if (2 * count(own) > own.length || count(withSteps(own)) < own.length) return false;
    const starts = new Map<string, number>();
    for (const [row, code] of own.entries()) starts.set(code, Math.min(starts.get(code) ?? Infinity, steps[row]));
    return [...starts.values()].every((start) => start <= latest);
  };
  const single = candidates.find((name) => tell([name]));
  if (single !== undefined) return [single];
  const paired = candidates.slice(0, MOST_PAIRED);
  const pairs = paired.flatMap((one, at) => paired.slice(at + 1).map((other) => [one, other]));
  return pairs.find(tell) ?? [];
}
