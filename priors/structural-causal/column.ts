import { type Chance, shares } from './chance.ts';

/** One number per row of a table, [R]. Tables are drawn column by column. */
export type Column = Float64Array;

/** Less spread than this, next to the values themselves, is rounding. */
const LEAST_SPREAD = 1e-9;

/** Moves a column to mean 0 and standard deviation 1. False, and zeros, where it is constant or not finite. */
export function standardise(column: Column): boolean {
  const { length } = column;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += column[i];
  const mean = sum / length;
  let squares = 0;
  for (let i = 0; i < length; i++) squares += (column[i] - mean) ** 2;
  const sd = Math.sqrt(squares / length);
  if (!(sd > LEAST_SPREAD * (1 + Math.abs(mean))) || sd === Infinity) {
    column.fill(0);
    return false;
  }
  const factor = 1 / sd;
  for (let i = 0; i < length; i++) column[i] = (column[i] - mean) * factor;
  return true;
}

export function addNoise({ gauss }: Chance, column: Column, sd: number): void {
  for (let i = 0; i < column.length; i++) column[i] += sd * gauss();
}

/** Each row's part of the values, from the lowest, 0 .. parts.length - 1; the parts hold these shares of the rows, equal values together. */
export function cutByShares(column: Column, parts: Float64Array): Int32Array {
  const sorted = column.slice().sort();
  const cuts = new Float64Array(parts.length - 1);
  let share = 0;
  for (let k = 0; k < cuts.length; k++) {
    share += parts[k];
    const above = Math.min(sorted.length - 1, Math.max(1, Math.round(share * sorted.length)));
    cuts[k] = sorted.length > 1 ? (sorted[above - 1] + sorted[above]) / 2 : 0;
  }
  const part = new Int32Array(column.length);
  for (let i = 0; i < part.length; i++) {
    let rank = 0;
    while (rank < cuts.length && cuts[rank] < column[i]) rank++;
    part[i] = rank;
  }
  return part;
}

/** Cut at quantiles at random. */
export const cutAtRandom = (chance: Chance, column: Column, count: number, evenness: number): Int32Array =>
  cutByShares(column, shares(chance, count, evenness));

/** The distinct values of a column, sorted; null where there are more than `most`. */
export function fewValues(column: Column, most: number): Float64Array | null {
  const seen: number[] = [];
  for (let i = 0; i < column.length; i++) {
    if (seen.includes(column[i])) continue;
    if (seen.length === most) return null;
    seen.push(column[i]);
  }
  return Float64Array.from(seen).sort();
}
