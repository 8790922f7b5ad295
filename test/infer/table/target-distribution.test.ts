import { describe, expect, it } from 'vitest';
import { limitsOf, targetDistribution } from '../../../infer/table/target-distribution.ts';
import { createBars } from '../../../model/bar-distribution.ts';
import { scattered } from './fake-table-network.ts';

const borders = [-2, -1.2, -0.5, 0.1, 1, 1.7, 3];
const bars = createBars(borders);
const first = bars.distribution([0.3, 1, 2, 0.2, -1, -2]);
const second = bars.distribution([-1, 0, 1, 0.5, 1.5, 0.4]);
const CENTER = 100;
const SCALE = 20;
const part = (distribution: typeof first, slope: number, weight: number) => ({
  distribution,
  borders: bars.borders,
  center: CENTER,
  slope,
  weight,
});
const parts = [part(first, SCALE, 0.25), part(second, -SCALE, 0.75)];
/** No limits to speak of. */
const WIDE = [-1e4, 1e4] as const;
const mixture = targetDistribution(parts, WIDE);

/** The integral of `of` times the density, by the trapezium rule. */
function integral(of: (value: number) => number, from = -400, to = 600, count = 20_000): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const value = from + ((to - from) * (i + 0.5)) / count;
    sum += of(value) * Math.exp(mixture.logDensity(value));
  }
  return (sum * (to - from)) / count;
}

describe('one part', () => {
  it('is the distribution in the units of the target', () => {
    const one = targetDistribution([part(first, SCALE, 1)], WIDE);
    expect(one.mean).toBeCloseTo(CENTER + SCALE * first.mean, 10);
    expect(one.variance).toBeCloseTo(SCALE ** 2 * first.variance, 9);
    expect(one.mode).toBeCloseTo(CENTER + SCALE * first.mode, 10);
    expect(one.quantile(0.9)).toBeCloseTo(CENTER + SCALE * first.icdf(0.9), 9);
    expect(one.logDensity(104)).toBeCloseTo(first.logDensity(0.2) - Math.log(SCALE), 12);
  });

  it('with a slope below 0 is its mirror image', () => {
    const mirrored = targetDistribution([part(first, -SCALE, 1)], WIDE);
    expect(mirrored.cdf(90)).toBeCloseTo(1 - first.cdf(0.5), 12);
    expect(mirrored.quantile(0.1)).toBeCloseTo(CENTER - SCALE * first.icdf(0.9), 9);
    expect(mirrored.mean).toBeCloseTo(CENTER - SCALE * first.mean, 10);
  });
});

describe('a mixture', () => {
  it('has a density whose integrals are 1, its mean, its variance and its cdf', () => {
    expect(integral(() => 1)).toBeCloseTo(1, 4);
    expect(integral((value) => value)).toBeCloseTo(mixture.mean, 2);
    expect(integral((value) => (value - mixture.mean) ** 2)).toBeCloseTo(mixture.variance, 1);
    expect(integral(() => 1, -400, 93)).toBeCloseTo(mixture.cdf(93), 3);
    expect(mixture.probabilityAbove(93)).toBeCloseTo(1 - mixture.cdf(93), 12);
  });

  it('has the mean and the variance of targets limited to where the known ones can be, and the density of all', () => {
    const [low, high] = [80, 125]; // 95 to 110, and 15 on either side
    const limits = limitsOf([95, 110], CENTER, SCALE);
    expect(limits).toEqual([(low - CENTER) / SCALE, (high - CENTER) / SCALE]);
    const limited = targetDistribution(parts, limits);
    const limit = (value: number) => Math.min(high, Math.max(low, value));
    expect(integral(limit)).toBeCloseTo(limited.mean, 2);
    expect(integral((value) => (limit(value) - limited.mean) ** 2)).toBeCloseTo(limited.variance, 1);
    expect(limited.variance).toBeLessThan(0.7 * mixture.variance);
    expect(limited.logDensity(150)).toBe(mixture.logDensity(150));
    expect(limited.quantile(0.999)).toBe(mixture.quantile(0.999));
  });

  it('has quantiles that its cdf undoes, a median and intervals of them', () => {
    for (const p of [1e-6, 0.01, 0.3, 0.5, 0.77, 0.999]) expect(mixture.cdf(mixture.quantile(p))).toBeCloseTo(p, 10);
    expect(mixture.median).toBe(mixture.quantile(0.5));
    expect(mixture.interval(0.9)).toEqual([mixture.quantile((1 - 0.9) / 2), mixture.quantile((1 + 0.9) / 2)]);
    expect([mixture.quantile(0), mixture.quantile(1)]).toEqual([-Infinity, Infinity]);
    // Where 1 - p is 1, too.
    const [small, least] = [mixture.quantile(1e-15), mixture.quantile(1e-300)];
    expect(least).toBeGreaterThan(-Infinity);
    expect(least).toBeLessThanOrEqual(small);
  });

  it('has its mode where no other density is higher', () => {
    const grid = Array.from({ length: 20_001 }, (_, i) => 20 + i * 0.008);
    const highest = Math.max(...grid.map(mixture.logDensity));
    expect(mixture.logDensity(mixture.mode)).toBeGreaterThanOrEqual(highest - 1e-12);
  });

  it('has samples that are distributed as it says', () => {
    const numbers = scattered(4000);
    let at = 0;
    const draws = numbers.map(() => mixture.sample(() => numbers[at++]));
    for (const value of [70, 95, 110, 130]) {
      expect(draws.filter((draw) => draw <= value).length / draws.length).toBeCloseTo(mixture.cdf(value), 2);
    }
  });

  it('refuses probabilities and levels that are none', () => {
    expect(() => mixture.quantile(1.1)).toThrow('quantile: expected a probability in [0, 1], got 1.1.');
    expect(() => mixture.interval(90)).toThrow('interval: expected a level between 0 and 1, got 90.');
  });
});
