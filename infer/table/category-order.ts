import type { Labels } from './labels.ts';

/** The shares of the classes in a category are those of its rows and of so many rows of the whole context. */
const ROWS_OF_ALL = 1;
/** With fewer rows a category's place would tell their classes, so it is in the middle. */
const FEWEST_ROWS = 10;
const ITERATIONS = 100;

/**
 * The categories in the order of the classes that their rows have; `values` [N] is the category of each row, NaN where it is missing. With two classes, by the
 * share of one of them. With more, by where the shares lie on the first axis of correspondence analysis (Benzécri 1973): the direction in which
 * categories differ most, each class in units of its standard deviation. Categories of few rows are in the middle.
 */
export function orderByClasses(values: Float64Array, numCategories: number, { classes, index }: Labels): number[] {
  const all = new Float64Array(classes.length);
  const counts = new Float64Array(numCategories);
  const sums = Array.from(counts, () => new Float64Array(classes.length));
  for (const [row, label] of index.entries()) {
    all[label] += 1 / index.length;
    if (Number.isNaN(values[row])) continue;
    counts[values[row]]++;
    sums[values[row]][label]++;
  }
  // [categories][C]
  const profiles = sums.map((sum, k) => {
    if (counts[k] < FEWEST_ROWS) return new Float64Array(classes.length);
    return sum.map(
      (count, c) => ((count + ROWS_OF_ALL * all[c]) / (counts[k] + ROWS_OF_ALL) - all[c]) / Math.sqrt(all[c]),
    );
  });
  const axis = firstAxis(profiles, counts);
  const places = profiles.map((profile) => dot(profile, axis));
  return [...places.keys()].toSorted((a, b) => places[a] - places[b] || a - b);
}

/** The direction of the largest weighted sum of squares: power iteration from the row that weighs most. */
function firstAxis(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const inertia = rows.map((row, k) => weights[k] * dot(row, row));
  let axis = rows[inertia.indexOf(Math.max(...inertia))];
  for (let i = 0; i < ITERATIONS; i++) {
    const next = new Float64Array(axis.length);
    for (const [k, row] of rows.entries()) {
      const weight = weights[k] * dot(row, axis);
      for (let c = 0; c < next.length; c++) next[c] += weight * row[c];
    }
    const length = Math.sqrt(dot(next, next));
    if (length === 0) return axis;
    axis = next.map((part) => part / length);
  }
  return axis;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
