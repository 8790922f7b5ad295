import type { Chance } from './chance.ts';
import type { Column } from './column.ts';

/** z -> sign(z) |z|^power, in place. */
export function signedPower(column: Column, power: number): void {
  for (let i = 0; i < column.length; i++) column[i] = Math.sign(column[i]) * Math.abs(column[i]) ** power;
}

/** Raises to the value of a row, or lowers to it, what is beyond, in place. */
export function clipAtRow({ random }: Chance, column: Column): void {
  const limit = column[Math.floor(random() * column.length)];
  const isLowest = random() < 0.5;
  for (let i = 0; i < column.length; i++) if (column[i] < limit === isLowest) column[i] = limit;
}

/** Rounds to a grid of `count` cells between the least and the largest value, in place: whole numbers from 0 on. */
export function roundToGrid(column: Column, count: number): void {
  const [low, high] = extent(column);
  const factor = high > low ? count / (high - low) : 0;
  for (let i = 0; i < column.length; i++) column[i] = Math.min(count - 1, Math.floor((column[i] - low) * factor));
}

/** 1 - (1 - u^a)^b of u, the place of each value between the least and the largest one (Kumaraswamy), in place. */
export function kumaraswamy(column: Column, a: number, b: number): void {
  const [low, high] = extent(column);
  const factor = high > low ? 1 / (high - low) : 0;
  for (let i = 0; i < column.length; i++) column[i] = 1 - (1 - ((column[i] - low) * factor) ** a) ** b;
}

function extent(column: Column): readonly [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < column.length; i++) {
    if (column[i] < low) low = column[i];
    if (column[i] > high) high = column[i];
  }
  return [low, high];
}
