import { shuffled } from '../infer/table/random.ts';

/** Which rows are predicted from which: positions among the rows to learn from, and among those to predict. */
export interface Part {
  readonly known: readonly number[];
  readonly asked: readonly number[];
}

/**
 * The parts of a cross-validation: each row is asked for once, from the rows of all other parts. Every part has as many rows of each class as the others, or one more; of numbers, as many of
 * each size.
 */
export function cvParts(targets: readonly string[], isNumber: boolean, count: number, seed: number): Part[] {
  const all = [...targets.keys()];
  const sorted = shuffled(all, String, seed, 'cv').sort((a, b) => {
    if (isNumber) return Number(targets[a]) - Number(targets[b]);
    return targets[a] < targets[b] ? -1 : Number(targets[a] > targets[b]);
  });
  const order = (turn: number) => shuffled([...Array(count).keys()], String, seed, 'cv', turn);
  const partOf = new Map<number, number>();
  for (let start = 0; start < sorted.length; start += count) {
    // Of numbers, neighbours go to the parts in another order each time. Of classes always in the same, which deals a class out evenly wherever it begins.
    const parts = order(isNumber ? start : 0);
    for (const [i, row] of sorted.slice(start, start + count).entries()) partOf.set(row, parts[i]);
  }
  return Array.from({ length: count }, (_, part) => ({
    known: all.filter((row) => partOf.get(row) !== part),
    asked: all.filter((row) => partOf.get(row) === part),
  }));
}
