import { normalQuantile } from '../../model/normal.ts';
import { orderByClasses } from './category-order.ts';
import type { Column } from './column.ts';
import type { Labels } from './labels.ts';
import { shuffled } from './random.ts';

/** One way to show a table to the network. What a network makes of a table depends a little on it; an ensemble averages over some. */
export interface View {
  /** 'ranks': each number becomes the normal quantile of its rank in the context. */
  readonly numbers: 'as is' | 'ranks';
  /** 'one-hot': a column of 0 and 1 per category, of columns with 3 to 6 of them; all others are codes. */
  readonly categories: 'codes' | 'one-hot';
  /** 'by classes': codes in the order of the classes that rows of a category have, where there are classes and enough rows; else shuffled. */
  readonly order: 'shuffled' | 'by classes';
  /** 0: codes in the sorted order of the categories, whatever `order` says. Other numbers: shuffled, each in another way. */
  readonly shuffle: number;
}

/** A column as it came from the table, with its values in the context (NaN: missing). */
export interface ContextColumn {
  readonly column: Column;
  readonly values: Float64Array;
}

/** A view that knows its table: a column of it per function, from values of the `source`-th column of the table. */
export interface FittedView {
  readonly columns: readonly { readonly source: number; readonly map: (value: number) => number }[];
  /** Two views with the same key show the same. */
  readonly key: string;
}

/** Fewer are told apart by a code as well; more would make a table much wider than it was. */
const ONE_HOT = { fewest: 3, most: 6 };

/** Observed ones of the context, on average; with fewer, the order would be chance, and the network would take the chance for what is known. */
const ROWS_PER_CATEGORY = 30;

export function fitView(view: View, table: readonly ContextColumn[], seed: number, labels: Labels | null): FittedView {
  const kinds = new Set<string>();
  const columns = table.flatMap(({ column, values }, source) => {
    if (column.kind !== 'categories') {
      kinds.add(view.numbers);
      return [{ source, map: view.numbers === 'ranks' ? rankMap(values) : (value: number) => value }];
    }
    const { categories } = column;
    const isOneHot =
      view.categories === 'one-hot' && categories.length >= ONE_HOT.fewest && categories.length <= ONE_HOT.most;
    if (isOneHot) {
      kinds.add('one-hot');
      return categories.map((_, code) => ({
        source,
        map: (value: number) => (Number.isNaN(value) ? value : Number(value === code)),
      }));
    }
    if (view.shuffle === 0) {
      kinds.add('codes');
      return [{ source, map: (value: number) => value }];
    }
    const observed = values.reduce((count, value) => (Number.isNaN(value) ? count : count + 1), 0);
    const isOrdered = view.order === 'by classes' && observed >= ROWS_PER_CATEGORY * categories.length;
    const byClasses = isOrdered && labels ? orderByClasses(values, categories.length, labels) : null;
    kinds.add(byClasses ? 'codes by classes' : `codes ${view.shuffle}`);
    const sorted = categories.map((_, code) => code);
    // Seeded by the categories alone, so that the order of columns changes nothing.
    const order = byClasses ?? shuffled(sorted, (code) => categories[code], seed, 'category', view.shuffle);
    const codes = new Int32Array(order.length);
    for (const [place, code] of order.entries()) codes[code] = place;
    return [{ source, map: (value: number) => (Number.isNaN(value) ? value : codes[value]) }];
  });
  return { columns, key: [...kinds].toSorted().join() };
}

/**
 * Value -> the normal quantile of its rank, (count below + half the count of equals) / count. Between observed values linear,
 * beyond them as at the nearest.
 */
export function rankMap(values: Float64Array): (value: number) => number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const [at, score]: [number[], number[]] = [[], []];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    at.push(sorted[start]);
    score.push(normalQuantile((start + end) / 2 / sorted.length));
    start = end;
  }
  const last = at.length - 1;
  return (value) => {
    if (Number.isNaN(value)) return value;
    if (value <= at[0]) return score[0];
    if (value >= at[last]) return score[last];
    let [low, high] = [0, last]; // at[low] <= value < at[high]
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (at[middle] <= value) low = middle;
      else high = middle;
    }
    return score[low] + ((value - at[low]) / (at[high] - at[low])) * (score[high] - score[low]);
  };
}
