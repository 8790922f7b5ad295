import { describe, expect, it } from 'vitest';
import { targetDistribution } from '../../../infer/table/target-distribution.ts';
import { type Limits, limitsOf, linearScale, logScale } from '../../../infer/table/target-scale.ts';
import { createBars } from '../../../model/bar-distribution.ts';
import { scattered } from './fake-table-network.ts';

const borders = [-2, -1.2, -0.5, 0.1, 1, 1.7, 3];
const bars = createBars(borders);
const first = bars.distribution([0.3, 1, 2, 0.2, -1, -2]);
const second = bars.distribution([-1, 0, 1, 0.5, 1.5, 0.4]);
const CENTER = 100;
const SCALE = 20;
/** No limits to speak of. */
const WIDE: Limits = [-2e5, 2e5];
const part = (distribution: typeof first, slope: number, weight: number, limits = WIDE) => ({
  distribution,
  borders: bars.borders,
  scale: linearScale(CENTER, Math.abs(slope), slope > 0 ? 1 : -1, limits),
  weight,
});
const parts = (limits = WIDE) => [part(first, SCALE, 0.25, limits), part(second, -SCALE, 0.75, limits)];
const mixture = targetDistribution(parts());

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
    const one = targetDistribution([part(first, SCALE, 1)]);
    expect(one.mean).toBeCloseTo(CENTER + SCALE * first.mean, 10);
    expect(one.variance).toBeCloseTo(SCALE ** 2 * first.variance, 9);
    expect(one.mode).toBeCloseTo(CENTER + SCALE * first.mode, 10);
    expect(one.quantile(0.9)).toBeCloseTo(CENTER + SCALE * first.icdf(0.9), 9);
    expect(one.logDensity(104)).toBeCloseTo(first.logDensity(0.2) - Math.log(SCALE), 12);
  });

  it('with a slope below 0 is its mirror image', () => {
    const mirrored = targetDistribution([part(first, -SCALE, 1)]);
    expect(mirrored.cdf(90)).toBeCloseTo(1 - first.cdf(0.5), 12);
    expect(mirrored.quantile(0.1)).toBeCloseTo(CENTER - SCALE * first.icdf(0.9), 9);
    expect(mirrored.mean).toBeCloseTo(CENTER - SCALE * first.mean, 10);
  });
});

describe('a part whose targets are told as logarithms', () => {
  // ln(y + 2) = 1 + z / 2, and mirrored.
  const limits = limitsOf([0, 10], 1);
  const logged = (sign: 1 | -1) =>
    targetDistribution([
      { distribution: first, borders: bars.borders, scale: logScale(2, 1, 0.5, sign, limits, bars), weight: 0.6 },
      { distribution: second, borders: bars.borders, scale: linearScale(4, 3, 1, limits), weight: 0.4 },
    ]);

  it.each([1, -1] as const)('has a density whose integrals are its cdf, its mean and its variance, sign %d', (sign) => {
    const { logDensity, cdf, mean, variance } = logged(sign);
    const integral = (of: (y: number) => number, to: number) => {
      let sum = 0;
      const count = 400_000;
      for (let i = 0; i < count; i++) {
        const y = -40 + ((to + 40) * (i + 0.5)) / count;
        sum += of(y) * Math.exp(logDensity(y));
      }
      return (sum * (to + 40)) / count;
    };
    for (const y of [-1.5, 0, 3, 9]) expect(integral(() => 1, y)).toBeCloseTo(cdf(y), 3);
    const limit = (y: number) => Math.min(20, Math.max(-10, y));
    expect(integral(limit, 400)).toBeCloseTo(mean, 2);
    expect(integral((y) => (limit(y) - mean) ** 2, 400)).toBeCloseTo(variance, 1);
  });

  it.each([1, -1] as const)('has quantiles that its cdf undoes, sign %d', (sign) => {
    const { quantile, cdf } = logged(sign);
    for (const p of [1e-6, 0.01, 0.3, 0.77, 0.999]) expect(cdf(quantile(p))).toBeCloseTo(p, 9);
  });

  it.each([1, -1] as const)('has its mode where no other density from 0 on is higher, sign %d', (sign) => {
    // The narrower bars become towards -2, the higher is the density of a small probability.
    const bars = createBars([-40, -30, -2, 0, 1, 2, 30, 40]);
    const distribution = bars.distribution([-2, -2, 0, 1, 2, -2, -2]);
    const { logDensity, mode } = targetDistribution([
      { distribution, borders: bars.borders, scale: logScale(2, 1, 0.5, sign, limits, bars), weight: 0.5 },
      { distribution, borders: bars.borders, scale: linearScale(4, 3, sign, limits), weight: 0.5 },
    ]);
    const highest = Math.max(...Array.from({ length: 40_001 }, (_, i) => logDensity(i * 0.001)));
    expect(logDensity(-2 + 1e-6)).toBeGreaterThan(highest);
    expect(mode).toBeGreaterThanOrEqual(0);
    expect(logDensity(mode)).toBeGreaterThanOrEqual(highest - 1e-12);
  });

  it.each([1, -1] as const)('has finite quantiles and samples, however wide its last bars are, sign %d', (sign) => {
    const ends = [-3000, -1, 0, 1, 3000];
    const wide = createBars(ends);
    const { quantile, cdf, sample } = targetDistribution([
      {
        distribution: wide.distribution([0, 3, 3, 0]),
        borders: wide.borders,
        scale: logScale(2, 1, 0.5, sign, limits, wide),
        weight: 1,
      },
    ]);
    for (const p of [0.99, 1 - 1e-9]) {
      expect(quantile(p)).toBeGreaterThan(20); // twice the range of what is known, where the logarithm ends
      expect(Number.isFinite(quantile(p))).toBe(true);
      expect(cdf(quantile(p))).toBeCloseTo(p, 9);
    }
    expect(Number.isFinite(sample(() => 1 - 2 ** -32))).toBe(true);
  });

  it('has no density below what a logarithm is of', () => {
    const alone = targetDistribution([
      { distribution: first, borders: bars.borders, scale: logScale(2, 1, 0.5, 1, limits, bars), weight: 1 },
    ]);
    expect([alone.logDensity(-2), alone.logDensity(-3), alone.cdf(-2), alone.cdf(-30)]).toEqual([
      -Infinity,
      -Infinity,
      0,
      0,
    ]);
    expect(alone.quantile(0)).toBe(-2);
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
    const limits = limitsOf([95, 110], 1);
    expect(limits).toEqual([low, high]);
    const limited = targetDistribution(parts(limits));
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

  it('has a finite sample where the random number is 0, which stands for its cell of 2^-32', () => {
    expect(Number.isFinite(mixture.sample(() => 0))).toBe(true);
    expect(mixture.cdf(mixture.sample(() => 0)) * 2 ** 33).toBeCloseTo(1, 4);
  });

  it('refuses probabilities and levels that are none', () => {
    expect(() => mixture.quantile(1.1)).toThrow('quantile: expected a probability in [0, 1], got 1.1.');
    expect(() => mixture.interval(90)).toThrow('interval: expected a level between 0 and 1, got 90.');
  });
});
