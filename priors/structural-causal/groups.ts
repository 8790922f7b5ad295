/**
 * Groups: the target comes first. Every row is in one of the groups, and its features are what members of the group are like:
 *
 *   x_j = s r_j mean_gj + spread_g (loadings of 0 .. 3 factors + e),  mean ~ N(0, 1), ln spread_g ~ N(0, 0.3^2), the same for all
 *   groups in half of the tables;  s log-uniform in [0.5, 5];  r_j = 0 for a share U(0, 0.7) of the columns, else exp(N(0, 0.5^2))
 *
 * Each output goes with 1 .. 3 groups of its own (classes), or is a value of the group plus a slope times its columns (real targets,
 * 1 .. 6 groups).
 */
import { logUniform } from '../distributions.ts';
import { uniform } from '../random.ts';
import { type Chance, choose, shares, whole } from './chance.ts';
import type { Column } from './column.ts';
import type { Latent } from './story.ts';

/** The class of each row, [R] -> features [F]. */
export function groupsOfClasses(
  chance: Chance,
  classes: Int32Array,
  numClasses: number,
  numFeatures: number,
): Column[] {
  const perClass = chance.random() < 0.6 ? 1 : whole(chance, 2, 3);
  const parts = Array.from({ length: numClasses }, () => shares(chance, perClass, 2));
  const group = classes.map((label) => perClass * label + (perClass === 1 ? 0 : choose(chance, parts[label])));
  return members(chance, group, perClass * numClasses, numFeatures);
}

export function groupsOfRealTarget(chance: Chance, numRows: number, numFeatures: number): Latent {
  const { random, gauss } = chance;
  const numGroups = whole(chance, 1, 6);
  const sizes = shares(chance, numGroups, 2);
  const group = Int32Array.from({ length: numRows }, () => choose(chance, sizes));
  const columns = members(chance, group, numGroups, numFeatures);
  const value = sizes.map(() => 2 * gauss());
  const output = Float64Array.from(group, (g) => value[g]);
  for (const column of columns) {
    if (random() < 0.5) continue;
    const common = gauss();
    const slope = sizes.map(() => (common + gauss()) / 2);
    for (let i = 0; i < numRows; i++) output[i] += slope[group[i]] * column[i];
  }
  return { columns, outputs: [output] };
}

function members(chance: Chance, group: Int32Array, numGroups: number, numFeatures: number): Column[] {
  const { random, gauss } = chance;
  const numRows = group.length;
  const separation = logUniform(random, 0.5, 5);
  const silent = uniform(random, 0, 0.7);
  const factors = Array.from({ length: whole(chance, 0, 3) }, () => Float64Array.from({ length: numRows }, gauss));
  const varies = random() < 0.5;
  const spread = Float64Array.from({ length: numGroups }, () => (varies ? Math.exp(0.3 * gauss()) : 1));
  return Array.from({ length: numFeatures }, () => {
    const relevance = random() < silent ? 0 : separation * Math.exp(0.5 * gauss());
    const mean = Float64Array.from({ length: numGroups }, () => relevance * gauss());
    const column = Float64Array.from({ length: numRows }, gauss);
    for (const factor of factors) {
      const loading = gauss();
      for (let i = 0; i < numRows; i++) column[i] += loading * factor[i];
    }
    for (let i = 0; i < numRows; i++) column[i] = mean[group[i]] + spread[group[i]] * column[i];
    return column;
  });
}
