/**
 * Missing cells, NaN, in a third of the tables. In these, one column at least and each other one with a probability that is U(0, 1)
 * lack cells, each column by one mechanism:
 *
 *   at random      50 %   a share 0.6 u^2 of the cells, u ~ U(0, 1)
 *   by its value   20 %   the same, but only of cells above the value of a row, or only of those up to it
 *   by another     20 %   the same, by the value of another column
 *   by row         10 %   rows of a set that all such columns share, a share 0.6 u^2 of the rows
 */
import { uniform } from '../random.ts';
import { type Chance, choose } from './chance.ts';
import type { Column } from './column.ts';

export function dropCells(chance: Chance, columns: readonly Column[]): void {
  const { random } = chance;
  if (random() >= 1 / 3 || columns[0].length === 0) return;
  const numRows = columns[0].length;
  const whole = columns.map((column) => column.slice()); // what cells depend on is there, though it may not be seen
  const share = uniform(random, 0, 1);
  const ofRows = drawShare(chance);
  const lacks = Uint8Array.from({ length: numRows }, () => (random() < ofRows ? 1 : 0));
  const first = Math.floor(random() * columns.length);
  for (const [f, column] of columns.entries()) {
    if (f !== first && random() >= share) continue;
    const kind = choose(chance, [0.5, 0.2, 0.2, 0.1]);
    if (kind === 3) {
      for (let i = 0; i < numRows; i++) if (lacks[i]) column[i] = Number.NaN;
      continue;
    }
    const ofCells = drawShare(chance);
    const guide = whole[kind === 2 ? Math.floor(random() * columns.length) : f];
    const limit = kind === 0 ? Infinity : guide[Math.floor(random() * numRows)];
    const isUpTo = kind === 0 || random() < 0.5;
    for (let i = 0; i < numRows; i++) if (guide[i] <= limit === isUpTo && random() < ofCells) column[i] = Number.NaN;
  }
}

const drawShare = ({ random }: Chance): number => 0.6 * random() ** 2;
