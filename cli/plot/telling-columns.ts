/** Which columns of a table a picture should show: those whose bins tell most about the target's, by mutual information. */

/** Bins of a column that is cut; a target has more, since pairs of columns share the rows. */
const BINS = { column: 4, target: 6 };

export function tellingColumn(columns: readonly (readonly number[])[], y: readonly number[]): number {
  const target = bins(y, BINS.target);
  const told = columns.map((column) => information(bins(column, BINS.target), target));
  return told.indexOf(Math.max(...told));
}

/** At least two columns. The one that tells more by itself comes first. */
export function tellingPair(
  columns: readonly (readonly number[])[],
  classes: readonly number[],
): readonly [first: number, second: number] {
  const binned = columns.map((column) => bins(column, BINS.column));
  const alone = binned.map((column) => information(column, classes));
  let [best, pair] = [-1, [0, 1] as readonly [number, number]];
  for (let f = 0; f < columns.length; f++) {
    for (let g = 0; g < f; g++) {
      const both = binned[f].map((bin, i) => bin * (BINS.column + 1) + binned[g][i]);
      const told = information(both, classes);
      if (told > best) [best, pair] = [told, alone[f] > alone[g] ? [f, g] : [g, f]];
    }
  }
  return pair;
}

/** Equally many rows in each, equal values together; missing cells are a bin of their own, the last. */
function bins(values: readonly number[], count: number): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const cuts = Array.from({ length: count - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / count)]);
  return values.map((value) => (Number.isNaN(value) ? count : cuts.filter((cut) => cut <= value).length));
}

/** Of two lists of whole numbers, in nats. */
function information(a: readonly number[], b: readonly number[]): number {
  const entropy = (keys: readonly number[]) => {
    const counts = new Map<number, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    let sum = 0;
    for (const count of counts.values()) sum -= (count / keys.length) * Math.log(count / keys.length);
    return sum;
  };
  const size = Math.max(...b) + 1;
  return entropy(a) + entropy(b) - entropy(a.map((key, i) => key * size + b[i]));
}
