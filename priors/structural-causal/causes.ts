/**
 * Causes: the columns that nothing of the table explains. z are normals, correlated in half of the tables, and each column has one of the
 * shapes in SHAPES.
 *
 *   correlated   z_j = sqrt(1 - c) e_j + sqrt(c) u_j . factors,  1 .. 3 factors, c ~ U(0, 0.95), u_j a unit vector at random
 *   clusters     in a fifth of the tables each row is in one of 2 .. 6 clusters of random size, which moves z by s N(0, 1) per column,
 *                s ~ U(0.5, 3)
 */
import { normalCdf } from '../exact/normal-cdf.ts';
import { uniform } from '../random.ts';
import { type Chance, choose, shares, whole } from './chance.ts';
import { type Column, cutAtRandom, standardise } from './column.ts';

/** Each z -> column, in place; columns are standardised afterwards. */
const SHAPES: readonly { readonly weight: number; readonly apply: (z: Column, chance: Chance) => void }[] = [
  { weight: 0.3, apply: () => {} }, // normal
  {
    weight: 0.2, // uniform
    apply: (z) => {
      for (let i = 0; i < z.length; i++) z[i] = normalCdf(z[i]);
    },
  },
  {
    weight: 0.1, // heavy tails on both sides
    apply: (z, { random }) => {
      const tail = uniform(random, 0.3, 1.2);
      for (let i = 0; i < z.length; i++) z[i] = Math.sinh(tail * z[i]);
    },
  },
  {
    weight: 0.1, // several humps
    apply: (z, chance) => {
      const sizes = shares(chance, whole(chance, 2, 4), 2);
      const centers = sizes.map(() => 3 * chance.gauss());
      for (let i = 0; i < z.length; i++) z[i] += centers[choose(chance, sizes)];
    },
  },
  {
    weight: 0.3, // levels: the number of a level means nothing, its value is drawn
    apply: (z, chance) => {
      const count = whole(chance, 2, 2 + Math.floor(8 * chance.random()));
      const level = cutAtRandom(chance, z, count, 3);
      const values = Float64Array.from({ length: count }, chance.gauss);
      for (let i = 0; i < z.length; i++) z[i] = values[level[i]];
    },
  },
];

/** count columns of R rows, standardised (constant ones are 0). */
export function drawCauses(chance: Chance, count: number, numRows: number): Column[] {
  const { random, gauss } = chance;
  const columns = Array.from({ length: count }, () => Float64Array.from({ length: numRows }, gauss));
  if (random() < 0.5) correlate(chance, columns, numRows);
  if (random() < 0.2) cluster(chance, columns, numRows);
  const weights = SHAPES.map(({ weight }) => weight);
  // One shape for all columns is as common as one each.
  const common = random() < 0.5 ? choose(chance, weights) : null;
  for (const column of columns) {
    SHAPES[common ?? choose(chance, weights)].apply(column, chance);
    standardise(column);
  }
  return columns;
}

function correlate({ random, gauss }: Chance, columns: readonly Column[], numRows: number): void {
  const numFactors = 1 + Math.floor(3 * random());
  const common = uniform(random, 0, 0.95);
  const factors = Array.from({ length: numFactors }, () => Float64Array.from({ length: numRows }, gauss));
  const own = Math.sqrt(1 - common);
  for (const column of columns) {
    const loadings = factors.map(gauss);
    const scale = Math.sqrt(common) / Math.hypot(...loadings);
    for (let i = 0; i < numRows; i++) column[i] *= own;
    for (let k = 0; k < numFactors; k++) {
      const loading = scale * loadings[k];
      for (let i = 0; i < numRows; i++) column[i] += loading * factors[k][i];
    }
  }
}

function cluster(chance: Chance, columns: readonly Column[], numRows: number): void {
  const { random, gauss } = chance;
  const sizes = shares(chance, whole(chance, 2, 6), 2);
  const separation = uniform(random, 0.5, 3);
  const cluster = Int32Array.from({ length: numRows }, () => choose(chance, sizes));
  for (const column of columns) {
    const centers = sizes.map(() => separation * gauss());
    for (let i = 0; i < numRows; i++) column[i] += centers[cluster[i]];
  }
}
