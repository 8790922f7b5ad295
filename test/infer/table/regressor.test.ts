import { describe, expect, it } from 'vitest';
import type { TabularOptions } from '../../../infer/table/ensemble.ts';
import { createTabularRegressor } from '../../../infer/table/regressor.ts';
import type { TargetDistribution } from '../../../infer/table/target-distribution.ts';
import { createBars } from '../../../model/bar-distribution.ts';
import { columnUnits, toModelCell } from '../../../model/table-units.ts';
import { BORDERS, fakeTableNetwork, kernelBars, kernelClasses, scattered } from './fake-table-network.ts';

const rowsOf = (count: number, start = 0): number[][] => {
  const [a, b] = [0, 700].map((at) => scattered(count, start + at));
  return a.map((value, i) => [value, 10 * b[i], i % 3]);
};
const X = rowsOf(37);
const Y = X.map(([a, b]) => 5000 + 300 * a + 2 * b);
const QUERIES = rowsOf(11, 300);

function create(options: TabularOptions = {}) {
  const network = fakeTableNetwork('bars', kernelBars);
  return { ...network, model: createTabularRegressor(network.predictor, options) };
}

/** What a distribution says at some places. */
const summary = (d: TargetDistribution) => [
  d.mean,
  d.median,
  d.quantile(0.1),
  d.mode,
  Math.sqrt(d.variance),
  1000 * d.cdf(5100),
];
const close = (rows: readonly (readonly number[])[], digits: number) =>
  rows.map((row) => row.map((value) => expect.closeTo(value, digits)));

describe('a regression', () => {
  it('is in the units of the targets, better than their mean', async () => {
    const { model } = create();
    expect(await model.fit(X, Y)).toBe(model);
    const means = await model.predict(QUERIES);
    const truth = QUERIES.map(([a, b]) => 5000 + 300 * a + 2 * b);
    const error = means.reduce((sum, mean, i) => sum + (mean - truth[i]) ** 2, 0);
    const { center } = columnUnits(Y);
    expect(error).toBeLessThan(0.3 * truth.reduce((sum, value) => sum + (value - center) ** 2, 0));
  });

  it('has the means of its distributions', async () => {
    const { model } = create();
    await model.fit(X, Y);
    const distributions = await model.predictDistribution(QUERIES);
    expect(await model.predict(QUERIES)).toEqual(distributions.map(({ mean }) => expect.closeTo(mean, 8)));
  });

  it('of many rows, asked for in several calls, is that of each row alone', async () => {
    const { model, predictor, queries } = create({ nEstimators: 2 });
    // So wide a network that a call has room for a few rows.
    Object.assign(predictor.config.model, { width: 2 ** 20, hidden: 2 ** 20 });
    await model.fit(X, Y);
    const means = await model.predict(QUERIES);
    expect(queries.length).toBeGreaterThan(2);
    const distributions = await model.predictDistribution(QUERIES);
    for (const [i, query] of QUERIES.entries()) {
      expect(await model.predict([query])).toEqual([means[i]]);
      expect((await model.predictDistribution([query])).map(summary)).toEqual([summary(distributions[i])]);
    }
  });

  it('counts a member as often as it comes, though one that comes twice is asked once', async () => {
    const means = async (nEstimators: number) => {
      const { model, contexts } = create({ nEstimators });
      const x = X.map(([a, b]) => [a, b]);
      await model.fit(x, Y);
      return { means: await model.predict(QUERIES.map(([a, b]) => [a, b])), asked: contexts.length };
    };
    // Of numbers alone the fifth member is the first one again.
    const [one, four, five] = [await means(1), await means(4), await means(5)];
    expect([one.asked, four.asked, five.asked]).toEqual([1, 4, 4]);
    expect(five.means).toEqual(four.means.map((mean, i) => expect.closeTo((4 * mean + one.means[i]) / 5, 8)));
  });

  it('has means in reach of the known targets, however far its tails go', async () => {
    const last = BORDERS.length - 2;
    const farTail = Array.from({ length: last + 1 }, (_, bar) => (bar === last ? 50 : 0));
    const model = createTabularRegressor(fakeTableNetwork('bars', () => farTail).predictor, { nEstimators: 1 });
    await model.fit(X.slice(0, 2), [10, 12]);
    const [mean] = await model.predict([QUERIES[0]]);
    const [distribution] = await model.predictDistribution([QUERIES[0]]);
    const known = columnUnits([10, 12]);
    expect(distribution.median).toBeGreaterThan(known.center + 2 * known.scale);
    expect(mean).toBeLessThanOrEqual(14);
    // No range: a thousandth of the value stands in, whatever the unit.
    for (const value of [7, 7e-9, 7e17]) {
      await model.fit(X.slice(0, 2), [value, value]);
      expect((await model.predict([QUERIES[0]]))[0] / value).toBeCloseTo(1.001, 9);
    }
  });

  it('has skewed targets that are never negative told as logarithms too, to half of the members', async () => {
    const skewed = Y.map((value) => Math.exp(0.012 * (value - 5000)));
    const seen = async (targets: readonly number[], nEstimators = 8) => {
      const { model, contexts } = create({ nEstimators });
      await model.fit(X, targets);
      await model.predict([QUERIES[0]]);
      return contexts.map(({ y }) => y);
    };
    const [told, plain, mirrored] = [await seen(skewed), await seen(skewed, 1), await seen(skewed.map((y) => -y))];
    const { center, scale } = columnUnits(skewed);
    const isPlain = (y: readonly number[]) =>
      y.every((z, i) => Math.abs(Math.abs(z) - Math.abs(skewed[i] - center) / scale) < 1e-5);
    expect(told.filter(isPlain).length).toBe(told.length / 2);
    expect(plain.every(isPlain)).toBe(true);
    expect(mirrored.every(isPlain)).toBe(true);
    // The others: ln(y + a tenth of the median), in its own mean and standard deviation.
    const shift = skewed.toSorted((a, b) => a - b)[skewed.length >> 1] / 10;
    const logs = skewed.map((y) => Math.log(y + shift));
    const units = columnUnits(logs);
    const other = told.find((y) => !isPlain(y)) ?? [];
    for (const [i, z] of other.entries())
      expect(Math.abs(z)).toBeCloseTo(Math.abs((logs[i] - units.center) / units.scale), 4);
  });

  it('has equal targets told as they are, whatever they are', async () => {
    for (const value of [0.1, 0.7, 3e-5]) {
      const { model, contexts } = create();
      await model.fit(X.slice(0, 24), Array<number>(24).fill(value));
      await model.predict([QUERIES[0]]);
      expect(contexts.every(({ y }) => y.every((z) => z === 0))).toBe(true);
    }
  });

  it('of one member is that of the network, mapped back exactly', async () => {
    const { model, contexts } = create({ nEstimators: 1 });
    await model.fit(X, Y);
    const [distribution] = await model.predictDistribution([QUERIES[4]]);
    const { center, scale } = columnUnits(Y);
    expect(contexts[0].y).toEqual(Y.map((value) => Math.fround((value - center) / scale)));
    const query = QUERIES[4].map((value, at) => Math.fround(toModelCell(columnUnits(X.map((row) => row[at])), value)));
    const bars = createBars(BORDERS).distribution(Float32Array.from(kernelBars(contexts[0], query)));
    expect(distribution.mean).toBeCloseTo(center + scale * bars.mean, 9);
    expect(distribution.variance).toBeCloseTo(scale ** 2 * bars.variance, 6);
    expect(distribution.mode).toBeCloseTo(center + scale * bars.mode, 9);
    for (const p of [0.01, 0.5, 0.9]) expect(distribution.quantile(p)).toBeCloseTo(center + scale * bars.icdf(p), 7);
    const value = center + 0.3 * scale;
    expect(distribution.logDensity(value)).toBeCloseTo(bars.logDensity(0.3) - Math.log(scale), 9);
  });

  it('shows half of the members the mirror image, so that what a network adds cancels', async () => {
    const { model, contexts } = create({ nEstimators: 2 });
    await model.fit(X, Y);
    const plain = await model.predictDistribution(QUERIES);
    expect(contexts[1].y).toEqual(contexts[0].y.map((value) => (value === 0 ? 0 : -value)));
    const mirrored = create({ nEstimators: 2 }).model;
    await mirrored.fit(
      X,
      Y.map((value) => -value),
    );
    const other = await mirrored.predictDistribution(QUERIES);
    for (const [i, d] of other.entries()) {
      expect(d.mean).toBeCloseTo(-plain[i].mean, 3);
      expect(d.quantile(0.2)).toBeCloseTo(-plain[i].quantile(0.8), 3);
    }
  });

  it('mixes its members: the density is the mean of theirs', async () => {
    const members = [];
    for (const nEstimators of [1, 2, 8]) {
      const { model } = create({ nEstimators });
      await model.fit(X, Y);
      const [distribution] = await model.predictDistribution([QUERIES[2]]);
      members.push(Math.exp(distribution.logDensity(5120)));
    }
    const { model } = create({ nEstimators: 2 });
    const mirror = fakeTableNetwork('bars', kernelBars);
    const alone = createTabularRegressor(mirror.predictor, { nEstimators: 1 });
    await alone.fit(
      X,
      Y.map((value) => -value),
    );
    const [mirrored] = await alone.predictDistribution([QUERIES[2]]);
    expect(members[1]).toBeCloseTo((members[0] + Math.exp(mirrored.logDensity(-5120))) / 2, 9);
    await model.dispose();
  });
});

describe('distributions do not depend on', () => {
  const summaries = async (x: number[][], y: number[], queries: number[][]) => {
    const { model } = create();
    await model.fit(x, y);
    return (await model.predictDistribution(queries)).map(summary);
  };

  it('the order of rows and of columns', async () => {
    const plain = await summaries(X, Y, QUERIES);
    const turned = (rows: number[][]) => rows.map(([a, b, c]) => [c, a, b]);
    expect(await summaries(turned(X.toReversed()), Y.toReversed(), turned(QUERIES))).toEqual(close(plain, 2));
  });

  it('the other query rows', async () => {
    const plain = await summaries(X, Y, QUERIES);
    expect(await summaries(X, Y, [QUERIES[7]])).toEqual([plain[7]]);
  });

  it('the units of the targets, which they are in', async () => {
    const [first] = await summaries(X, Y, QUERIES);
    const { model } = create();
    await model.fit(
      X,
      Y.map((value) => value / 1000 - 3),
    );
    const [{ mean, median }] = await model.predictDistribution(QUERIES);
    expect([mean, median].map((value) => 1000 * (value + 3))).toEqual(
      [first[0], first[1]].map((value) => expect.closeTo(value, 2)),
    );
  });
});

describe('one line refuses', () => {
  it('targets that are no finite numbers', async () => {
    const { model } = create();
    const call = model.fit(X, [...Y.slice(1), Number.NaN]);
    await expect(call).rejects.toThrow(
      'fit: expected targets that are finite numbers up to 1e+150, got NaN (row 37). Leave out such rows.',
    );
    await expect(model.fit(X, [1e155, ...Y.slice(1)])).rejects.toThrow('got 1e+155 (row 1)');
    await expect(model.fit(X, Y.slice(2))).rejects.toThrow('fit: expected 37 targets, one per row, got 35.');
    await expect(model.fit(X, Y.map(String) as never)).rejects.toThrow('fit: expected targets that are finite numbers');
  });

  it('a network of classes, and to predict before fit', async () => {
    expect(() => createTabularRegressor(fakeTableNetwork('classes', kernelClasses).predictor)).toThrow(
      'TabularRegressor: expected a network for tables that answers with bars, but fake answers with classes.',
    );
    await expect(create().model.predictDistribution(X)).rejects.toThrow('predict: call fit first.');
  });
});
