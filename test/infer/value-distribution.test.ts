import { describe, expect, test } from 'vitest';
import { frameKind } from '../../infer/curve-frame.ts';
import type { Goal } from '../../infer/goal.ts';
import { barMoments, valueDistribution } from '../../infer/value-distribution.ts';
import type { ValueMap } from '../../infer/value-map.ts';
import { type Bars, createBars } from '../../model/bar-distribution.ts';
import type { CheckpointConfig } from '../../model/checkpoint.ts';
import { randomStream } from '../../priors/random.ts';
import { contextPredictor, fakePredictor } from './fake-predictor.ts';

const random = randomStream(1, 'value-distribution');

/** 60 bars of unequal widths on about [low, high], and logits that leave no bar out. */
function randomBars(low: number, high: number): Bars {
  const borders = [low];
  for (let k = 0; k < 60; k++) borders.push(borders[k] + ((high - low) / 60) * (0.3 + 1.4 * random()));
  return createBars(borders);
}
const paperBars = randomBars(-0.4, 1.4);
const contextBars = randomBars(-2.5, 2.5);
const bumpy = (bars: Bars, center: number, scale: number) =>
  bars.distribution(
    Array.from({ length: bars.numBars }, (_, k) => -0.5 * ((bars.borders[k] - center) / scale) ** 2 + 0.5 * random()),
  );

const unbounded = { lower: -Infinity, upper: Infinity };
const observed = { steps: [1, 2, 3, 4, 5, 6], values: [3, 4.5, 5, 5.25, 5.5, 5.375] };
const mapOf = (config: CheckpointConfig, goal: Goal, bounds = unbounded, values = observed.values): ValueMap =>
  frameKind(config).frame({ ...observed, values }, goal, bounds, 100).values;
const paper = fakePredictor(() => []).predictor.config;
const context = contextPredictor(() => []).predictor.config;
const share = observed.values.map((value) => value / 10);

const rows: [string, ValueMap, Bars, center: number, scale: number][] = [
  ['asinh', mapOf(context, 'maximize'), contextBars, 0.5, 0.7],
  ['asinh, reflected', mapOf(context, 'minimize'), contextBars, 0.5, 0.7],
  ['asinh in [2.5, 5.75]', mapOf(context, 'maximize', { lower: 2.5, upper: 5.75 }), contextBars, 0.5, 0.7],
  ['asinh, reflected, at least 3', mapOf(context, 'minimize', { lower: 3, upper: Infinity }), contextBars, 0.2, 0.9],
  ['sigmoid', mapOf(paper, 'maximize'), paperBars, 0.55, 0.15],
  ['sigmoid, reflected', mapOf(paper, 'minimize'), paperBars, 0.55, 0.15],
  ['sigmoid in [2, 7]', mapOf(paper, 'maximize', { lower: 2, upper: 7 }), paperBars, 0.8, 0.2],
  ['sigmoid, reflected, at least 0', mapOf(paper, 'minimize', { lower: 0, upper: Infinity }), paperBars, 0.6, 0.2],
  ['identity', mapOf(paper, 'maximize', unbounded, share), paperBars, 0.6, 0.2],
];

/** Integral over y of the density times `of`, by the midpoint rule between the images of the borders: nothing of the code under test but its density. */
function integrate(map: ValueMap, bars: Bars, density: (y: number) => number, of: (y: number) => number): number {
  const [low, high] = map.modelRange;
  const [first, last] = [bars.borders[0], bars.borders[bars.numBars]];
  const tail = 10 * Math.max(bars.borders[1] - first, last - bars.borders[bars.numBars - 1]);
  const cuts = [...bars.borders, low, high];
  for (let i = 1; i <= 100; i++) cuts.push(first - (tail * i) / 100, last + (tail * i) / 100);
  for (let k = 1; k < 50; k++) cuts.push(low + 10 ** (-k / 4), high - 10 ** (-k / 4));
  const values = cuts
    .filter((z) => z >= low && z <= high)
    .map(map.fromModel)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  let sum = 0;
  for (let i = 1; i < values.length; i++) {
    const width = (values[i] - values[i - 1]) / 40;
    for (let j = 0; j < 40; j++) {
      const y = values[i - 1] + width * (j + 0.5);
      sum += width * density(y) * of(y);
    }
  }
  return sum;
}

describe.each(rows)('a distribution of values through the map %s', (_, map, bars, center, scale) => {
  const inModel = bumpy(bars, center, scale);
  const distribution = valueDistribution(inModel, map, barMoments(bars, map));
  const density = (y: number) => Math.exp(distribution.logDensity(y));
  const levels = [1e-6, 0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1 - 1e-6];
  /** What the moments take for y. */
  const kept = (y: number) =>
    map.trim === 0 ? y : Math.min(Math.max(y, distribution.quantile(map.trim)), distribution.quantile(1 - map.trim));

  test('fromModel undoes toModel, and logSlope is its derivative', () => {
    for (const p of levels) {
      const y = distribution.quantile(p);
      expect(map.fromModel(map.toModel(y))).toBeCloseTo(y, 6);
      const h = 1e-5 * (1 + Math.abs(y));
      const slope = (map.toModel(y + h) - map.toModel(y - h)) / (2 * h);
      expect(slope > 0).toBe(map.rising);
      if (p > 0.01 && p < 0.99) expect(map.logSlope(y)).toBeCloseTo(Math.log(Math.abs(slope)), 5);
    }
  });

  test('the density integrates to 1', () => {
    expect(integrate(map, bars, density, () => 1)).toBeCloseTo(1, 4);
  });

  test('the cdf is the integral of the density', () => {
    for (const p of [0.1, 0.5, 0.8]) {
      const y = distribution.quantile(p);
      const below = integrate(map, bars, density, (value) => (value <= y ? 1 : 0));
      expect(Math.abs(below - p)).toBeLessThan(2e-3);
    }
  });

  test('quantiles invert the cdf, rise, and lie within the bounds', () => {
    const quantiles = levels.map((p) => distribution.quantile(p));
    levels.forEach((p, i) => {
      expect(distribution.cdf(quantiles[i])).toBeCloseTo(p, 9);
      expect(distribution.probabilityAbove(quantiles[i])).toBeCloseTo(1 - p, 9);
      expect(quantiles[i]).toBeGreaterThanOrEqual(map.bounds.lower);
      expect(quantiles[i]).toBeLessThanOrEqual(map.bounds.upper);
    });
    expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b));
    expect(distribution.median).toBe(distribution.quantile(0.5));
    const [lower, upper] = distribution.interval(0.9);
    expect(lower).toBeCloseTo(distribution.quantile(0.05), 12);
    expect(upper).toBeCloseTo(distribution.quantile(0.95), 12);
  });

  test('the mean and the variance are integrals of the density', () => {
    const mean = integrate(map, bars, density, kept);
    const variance = integrate(map, bars, density, (y) => (kept(y) - mean) ** 2);
    expect(Math.abs(distribution.mean - mean)).toBeLessThan(2e-3 * Math.sqrt(variance));
    expect(Math.abs(distribution.variance / variance - 1)).toBeLessThan(5e-3);
  });

  test('draws have its moments', () => {
    const stream = randomStream(2, 'draws');
    const n = 20_000;
    const draws = Array.from({ length: n }, () => distribution.sample(stream)).map(kept);
    const mean = draws.reduce((a, b) => a + b, 0) / n;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean - distribution.mean)).toBeLessThan(4 * Math.sqrt(distribution.variance / n));
    expect(Math.abs(variance / distribution.variance - 1)).toBeLessThan(0.25);
  });

  test('nothing lies outside the bounds', () => {
    const { lower, upper } = map.bounds;
    for (const [bound, outside, cdf] of [
      [lower, lower - 0.01, 0],
      [upper, upper + 0.01, 1],
    ]) {
      if (!Number.isFinite(bound)) continue;
      expect(distribution.logDensity(outside)).toBe(-Infinity);
      expect(distribution.cdf(outside)).toBe(cdf);
    }
    const stream = randomStream(3, 'draws');
    for (let i = 0; i < 1000; i++) {
      const y = distribution.sample(stream);
      expect(y >= lower && y <= upper && Number.isFinite(y)).toBe(true);
    }
  });

  test('a bound itself has the density next to it, since values can lie there', () => {
    const { lower, upper } = map.bounds;
    for (const [bound, inside] of [
      [lower, lower + 1e-9],
      [upper, upper - 1e-9],
    ]) {
      if (Number.isFinite(bound))
        expect(distribution.logDensity(bound)).toBeCloseTo(distribution.logDensity(inside), 4);
    }
  });

  test('a random number of 0 stands for its cell of 2^-32, and not for what is infinitely far', () => {
    const y = distribution.sample(() => 0);
    expect(Number.isFinite(y)).toBe(true);
    expect(y).toBe(distribution.quantile(2 ** -33));
  });
});

test('with the identity as map it is the bar distribution', () => {
  const [, map, bars] = rows[8];
  const inner = bumpy(bars, 0.5, 0.3);
  const distribution = valueDistribution(inner, map, barMoments(bars, map));
  expect(distribution.mean).toBeCloseTo(inner.mean, 10);
  expect(distribution.variance).toBeCloseTo(inner.variance, 10);
  for (const y of [-0.7, 0.1, 0.5, 0.9, 2]) {
    expect(distribution.logDensity(y)).toBe(inner.logDensity(y));
    expect(distribution.cdf(y)).toBe(inner.cdf(y));
  }
  for (const p of [0.01, 0.5, 0.99]) expect(distribution.quantile(p)).toBe(inner.icdf(p));
});

test('bounds condition: densities inside are those without bounds, divided by the mass inside', () => {
  const inner = bumpy(contextBars, 0.5, 0.7);
  const free = mapOf(context, 'maximize');
  const bound = mapOf(context, 'maximize', { lower: 4, upper: 6 });
  const before = valueDistribution(inner, free, barMoments(contextBars, free));
  const after = valueDistribution(inner, bound, barMoments(contextBars, bound));
  const inside = before.cdf(6) - before.cdf(4);
  for (const y of [4.1, 5, 5.9]) {
    expect(after.logDensity(y)).toBeCloseTo(before.logDensity(y) - Math.log(inside), 10);
    expect(after.cdf(y)).toBeCloseTo((before.cdf(y) - before.cdf(4)) / inside, 10);
  }
});

test('a distribution with no mass inside the bounds lies at the nearer one', () => {
  const map = mapOf(context, 'minimize', { lower: 5, upper: 5.5 });
  const only = (bar: number) =>
    valueDistribution(
      contextBars.distribution(Array.from({ length: 60 }, (_, k) => (k === bar ? 0 : -Infinity))),
      map,
      barMoments(contextBars, map),
    );
  // A loss is reflected: low bars are high losses.
  for (const [bar, at] of [
    [1, 5.5],
    [58, 5],
  ]) {
    const { mean, variance, median } = only(bar);
    expect(mean).toBeCloseTo(at, 12);
    expect(mean >= 5 && mean <= 5.5).toBe(true);
    expect([variance, median]).toEqual([0, mean]);
  }
});

test('a mean is not carried off by one part in ten thousand far away', () => {
  const map = mapOf(context, 'maximize');
  const bars = createBars([-15, -11, -1, -0.5, 0, 0.5, 1, 11, 14]);
  const logits = [1e-5, 1e-5, 0.1, 0.4, 0.4, 0.1, 1e-4, 1e-4].map(Math.log);
  const { mean, variance, interval } = valueDistribution(bars.distribution(logits), map, barMoments(bars, map));
  const [lower, upper] = interval(0.99);
  expect(mean).toBeGreaterThan(lower);
  expect(mean).toBeLessThan(upper);
  expect(Math.sqrt(variance)).toBeLessThan(upper - lower);
});

test('refusals', () => {
  const [, map, bars] = rows[0];
  const distribution = valueDistribution(bumpy(bars, 0, 1), map, barMoments(bars, map));
  expect(() => distribution.quantile(1.2)).toThrow('quantile: expected a probability in [0, 1], got 1.2.');
  expect(() => distribution.interval(90)).toThrow(
    'interval: expected a level between 0 and 1, got 90. Use 0.9 for 90 %.',
  );
});
