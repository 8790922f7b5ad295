import { expect, it } from 'vitest';
import type { Labels } from '../../../infer/table/labels.ts';
import { ensembleMembers } from '../../../infer/table/members.ts';
import { shuffled } from '../../../infer/table/random.ts';
import { type ContextColumn, fitView, rankMap, type View } from '../../../infer/table/views.ts';
import { normalQuantile } from '../../../model/normal.ts';

const numbers = (...values: number[]): ContextColumn => ({
  column: { kind: 'numbers' },
  values: Float64Array.from(values),
});
const categories = (names: string[], ...values: number[]): ContextColumn => ({
  column: { kind: 'categories', categories: names },
  values: Float64Array.from(values),
});
const view = (changes: Partial<View>): View => ({
  numbers: 'as is',
  categories: 'codes',
  order: 'shuffled',
  shuffle: 0,
  ...changes,
});
const shown = (one: View, table: ContextColumn[], seed = 0, labels: Labels | null = null) =>
  fitView(one, table, seed, labels).columns.map(({ source, map }) => [...table[source].values].map(map));

it('ranks become quantiles of the normal distribution, ties the middle of theirs, missing values stay missing', () => {
  const map = rankMap(Float64Array.of(50, 10, Number.NaN, 20, 20, 90));
  // Of 5 observed values: (0 + 1) / 2 of 5, (1 + 3) / 2 of 5, and so on.
  expect([10, 20, 50, 90].map(map)).toEqual([0.1, 0.4, 0.7, 0.9].map(normalQuantile));
  expect(map(Number.NaN)).toBeNaN();
  expect(map(35)).toBeCloseTo((normalQuantile(0.4) + normalQuantile(0.7)) / 2, 12);
  expect([map(-1e9), map(1e9)]).toEqual([normalQuantile(0.1), normalQuantile(0.9)]);
});

it('one-hot is for columns with 3 to 6 categories; a missing category is missing in each', () => {
  const three = categories(['a', 'b', 'c'], 2, 0, Number.NaN);
  const two = categories(['n', 'y'], 1, 0, 1);
  const seven = categories([...'abcdefg'], 6, 0, 3);
  const NaNs = Number.NaN;
  expect(shown(view({ categories: 'one-hot' }), [two, three, seven, numbers(5, 6, 7)])).toEqual([
    [1, 0, 1],
    [0, 1, NaNs],
    [0, 0, NaNs],
    [1, 0, NaNs],
    [6, 0, 3],
    [5, 6, 7],
  ]);
  expect(shown(view({ categories: 'one-hot' }), [categories([...'abcdef'], 5, 0)])).toEqual([
    [0, 1],
    ...Array(4).fill([0, 0]),
    [1, 0],
  ]);
});

it('shuffled codes are a permutation that the categories and the seed decide, not the place of the column', () => {
  const names = [...'abcdefgh'];
  const column = categories(names, ...names.keys());
  const [codes] = shown(view({ shuffle: 3 }), [column]);
  expect(codes.toSorted((a, b) => a - b)).toEqual([...names.keys()]);
  expect(codes).not.toEqual([...names.keys()]);
  expect(shown(view({ shuffle: 3 }), [numbers(...names.keys()), column])[1]).toEqual(codes);
  expect(shown(view({ shuffle: 3 }), [column], 1)[0]).not.toEqual(codes);
  expect(shown(view({ shuffle: 4 }), [column])[0]).not.toEqual(codes);
  expect(shown(view({ shuffle: 0 }), [column])[0]).toEqual([...names.keys()]);
});

it('codes by classes: in the order of the classes of their rows, where each category has enough of them', () => {
  const names = ['a', 'b', 'c'];
  /** 40 rows of each category, of which so many have class 1. */
  const withOnes = (...ones: number[]) => {
    const values = ones.flatMap((_, category) => Array<number>(40).fill(category));
    const index = Int32Array.from(ones.flatMap((count) => Array.from({ length: 40 }, (_, i) => Number(i < count))));
    return { column: categories(names, ...values), labels: { classes: [0, 1], index } };
  };
  const codes = (one: View, { column, labels }: ReturnType<typeof withOnes>) => {
    const [code] = shown(one, [column], 0, labels);
    return [code[0], code[40], code[80]];
  };
  const by = view({ order: 'by classes', shuffle: 1 });
  const order = codes(by, withOnes(20, 5, 35));
  // Which end comes first means nothing.
  expect(order[1] === 0 ? order : order.map((code) => 2 - code)).toEqual([1, 0, 2]);
  expect(codes(view({ order: 'by classes', shuffle: 0 }), withOnes(20, 5, 35))).toEqual([0, 1, 2]);
  const { column, labels } = withOnes(20, 5, 35);
  const few = { ...column, values: column.values.filter((_, i) => i % 2 === 0) };
  const fewLabels = { ...labels, index: labels.index.filter((_, i) => i % 2 === 0) };
  expect(shown(by, [few], 0, fewLabels)).toEqual(shown(view({ shuffle: 1 }), [few]));
  const gaps = { ...column, values: column.values.map((value, i) => (i % 2 === 0 ? value : Number.NaN)) };
  expect(shown(by, [gaps], 0, labels)).toEqual(shown(view({ shuffle: 1 }), [gaps]));
  expect(shown(by, [column], 0, null)).toEqual(shown(view({ shuffle: 1 }), [column]));
  // Two orders of three can be the same by chance; what they are called is not.
  const shuffledKey = fitView(view({ shuffle: 1 }), [column], 0, null).key;
  for (const [one, own] of [
    [few, fewLabels],
    [gaps, labels],
    [column, null],
  ] as const)
    expect(fitView(by, [one], 0, own).key).toBe(shuffledKey);
  expect(fitView(by, [column], 0, labels).key).not.toBe(shuffledKey);
});

it('the key tells views apart that show a table differently, and only those', () => {
  const key = (one: Partial<View>, table: ContextColumn[]) => fitView(view(one), table, 0, null).key;
  const number = [numbers(1, 2)];
  const three = [categories(['a', 'b', 'c'], 2, 0)];
  const two = [categories(['a', 'b'], 1, 0)];
  expect(key({ categories: 'one-hot', shuffle: 5 }, number)).toBe(key({}, number));
  expect(key({ numbers: 'ranks' }, number)).not.toBe(key({}, number));
  expect(key({ numbers: 'ranks' }, three)).toBe(key({}, three));
  expect(key({ categories: 'one-hot' }, three)).not.toBe(key({}, three));
  expect(key({ categories: 'one-hot' }, two)).toBe(key({}, two));
  expect(key({ shuffle: 1 }, two)).not.toBe(key({}, two));
  const many = [categories(['a', 'b'], ...Array.from({ length: 60 }, (_, i) => i % 2))];
  const labels = { classes: [0, 1], index: Int32Array.from({ length: 60 }, (_, i) => Number(i % 3 === 0)) };
  const by = (shuffle: number) => fitView(view({ order: 'by classes', shuffle }), many, 0, labels).key;
  expect(by(1)).toBe(by(3));
  expect(by(1)).not.toBe(key({ shuffle: 1 }, many));
});

it('members come in pairs of one view, the first with the table as it is', () => {
  const members = ensembleMembers(9);
  expect(members.map(({ turn }) => turn)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(members[0].view).toEqual(view({}));
  for (let pair = 0; pair < 4; pair++) expect(members[2 * pair].view).toEqual(members[2 * pair + 1].view);
  expect(new Set(members.slice(0, 8).map(({ view: one }) => JSON.stringify(one))).size).toBe(4);
});

it('a shuffled order does not depend on the order that items come in', () => {
  const items = [...'abcdefghij'];
  const order = shuffled(items, String, 1, 'x');
  expect(shuffled(items.toReversed(), String, 1, 'x')).toEqual(order);
  expect(order).not.toEqual(items);
  expect(order.toSorted()).toEqual(items);
});
