import { expect, it } from 'vitest';
import { orderByClasses } from '../../../infer/table/category-order.ts';
import { randomStream } from '../../../priors/random.ts';

/** Rows of a table of counts: counts[category][class] rows of each. */
function rowsOf(counts: readonly (readonly number[])[]) {
  const rows = counts.flatMap((row, category) => row.flatMap((n, label) => Array(n).fill([category, label])));
  return {
    values: Float64Array.from(rows, ([category]) => category),
    labels: { classes: [...counts[0].keys()], index: Int32Array.from(rows, ([, label]) => label) },
  };
}

const orderOf = (counts: readonly (readonly number[])[]): number[] => {
  const { values, labels } = rowsOf(counts);
  const order = orderByClasses(values, counts.length, labels);
  // Which end comes first means nothing.
  return order[0] < (order.at(-1) as number) ? order : order.toReversed();
};

it('two classes: categories lie by the share of one of them', () => {
  expect(
    orderOf([
      [10, 30],
      [39, 1],
      [20, 20],
      [1, 39],
    ]),
  ).toEqual([1, 2, 0, 3]);
});

it('more classes: along a gradient from which each category takes two neighbours', () => {
  // Shares that move from class 0 over 1 and 2 to 3: the textbook case of correspondence analysis.
  const gradient = [
    [30, 10, 0, 0],
    [10, 30, 0, 0],
    [0, 30, 10, 0],
    [0, 10, 30, 0],
    [0, 0, 30, 10],
    [0, 0, 10, 30],
  ];
  const places = [3, 0, 5, 1, 4, 2];
  const mixed = places.map((place) => gradient[place]);
  expect(orderOf(mixed).map((category) => places[category])).toEqual([0, 1, 2, 3, 4, 5]);
});

it('three classes: along the first axis of correspondence analysis, by its closed form', () => {
  const random = randomStream('tables', 2);
  for (let table = 0; table < 40; table++) {
    const counts = Array.from({ length: 5 }, () => [5, 15, 60].map((most) => 4 + Math.floor(most * random() ** 2)));
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const total = sum(counts.flat());
    const shares = [0, 1, 2].map((c) => sum(counts.map((row) => row[c])) / total);
    // Each class in units of its standard deviation; one row of all is among those of each category.
    const profiles = counts.map((row) =>
      row.map((n, c) => ((n + shares[c]) / (sum(row) + 1) - shares[c]) / Math.sqrt(shares[c])),
    );
    // All profiles are at right angles to the roots of the shares, so that they lie in a plane, with these axes.
    const [a, b, c] = shares.map(Math.sqrt);
    const across = Math.hypot(a, b);
    const axes = [
      [b / across, -a / across, 0],
      [(a * c) / across, (b * c) / across, -across],
    ];
    const places = profiles.map((profile) => axes.map((axis) => sum(axis.map((part, i) => part * profile[i]))));
    const inertia = (i: number, j: number) => sum(places.map((place, k) => sum(counts[k]) * place[i] * place[j]));
    const angle = Math.atan2(2 * inertia(0, 1), inertia(0, 0) - inertia(1, 1)) / 2;
    const along = places.map(([x, y]) => x * Math.cos(angle) + y * Math.sin(angle));
    const expected = [...along.keys()].sort((i, j) => along[i] - along[j]);
    expect(orderOf(counts)).toEqual(expected[0] < expected[4] ? expected : expected.reverse());
  }
});

it('categories without a difference keep their order, and rows in another order change nothing', () => {
  expect(orderOf([[20, 20], [20, 20], [20, 20]])).toEqual([0, 1, 2]); // biome-ignore format: one line
  const { values, labels } = rowsOf([
    [12, 30, 8],
    [30, 2, 9],
    [5, 6, 40],
    [11, 12, 13],
  ]);
  const random = randomStream('rows', 1);
  const order = [...values.keys()].sort(() => random() - 0.5);
  const index = Int32Array.from(order, (row) => labels.index[row]);
  const mixed = orderByClasses(
    Float64Array.from(order, (row) => values[row]),
    4,
    { ...labels, index },
  );
  expect(mixed).toEqual(orderByClasses(values, 4, labels));
});

it('rows without a category count for none', () => {
  const { values, labels } = rowsOf([
    [30, 10],
    [10, 30],
    [20, 20],
  ]);
  const before = orderByClasses(values, 3, labels);
  const index = Int32Array.from([...labels.index, ...Array(50).fill(1)]);
  const more = Float64Array.from([...values, ...Array(50).fill(Number.NaN)]);
  expect(orderByClasses(more, 3, { ...labels, index })).toEqual(before);
});

it('categories of a few rows say nothing of the classes of these: they are in the middle, in their own order', () => {
  const order = orderOf([
    [1, 0],
    [5, 45],
    [0, 1],
    [45, 5],
    [0, 9],
    [1, 0],
  ]);
  expect(order).toEqual([1, 0, 2, 4, 5, 3]);
});
