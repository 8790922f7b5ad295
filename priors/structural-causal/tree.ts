import { type Chance, choose } from './chance.ts';
import type { Column } from './column.ts';

/** Of the standard deviation, from a level to the next. */
const DECAY = 0.7;

/**
 * Adds a random regression tree of the inputs to a column. Splits are along one input, chosen by `weights`, at its value in a row
 * drawn from those that reach the split, so that every split is where rows are. A row gets the sum over its nodes of
 * N(0, DECAY^(2 level)): early splits matter most.
 */
export function addTree(
  chance: Chance,
  inputs: readonly Column[],
  weights: ArrayLike<number>,
  depth: number,
  column: Column,
): void {
  const grow = (rows: Int32Array, level: number, value: number): void => {
    if (level === depth || rows.length < 2) {
      for (let i = 0; i < rows.length; i++) column[rows[i]] += value;
      return;
    }
    const input = inputs[choose(chance, weights)];
    const threshold = input[rows[Math.floor(chance.random() * rows.length)]];
    const numLeft = partition(rows, input, threshold);
    const scale = DECAY ** level;
    grow(rows.subarray(0, numLeft), level + 1, value + scale * chance.gauss());
    if (numLeft < rows.length) grow(rows.subarray(numLeft), level + 1, value + scale * chance.gauss());
  };
  grow(
    Int32Array.from({ length: column.length }, (_, i) => i),
    0,
    0,
  );
}

/** Puts the rows whose input is up to the threshold first, in place; how many they are. */
function partition(rows: Int32Array, input: Column, threshold: number): number {
  let numFirst = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (input[row] > threshold) continue;
    rows[i] = rows[numFirst];
    rows[numFirst++] = row;
  }
  return numFirst;
}
