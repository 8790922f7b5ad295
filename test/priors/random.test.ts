import { describe, expect, it } from 'vitest';
import type { Random } from '../../priors/prior.ts';
import { normal, normals, randomStream, uniform } from '../../priors/random.ts';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const correlation = (a: readonly number[], b: readonly number[]) => {
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (p: readonly number[], mp: number, q: readonly number[], mq: number) =>
    mean(p.map((value, i) => (value - mp) * (q[i] - mq)));
  return product(a, meanA, b, meanB) / Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
};

describe('randomStream', () => {
  it('gives the same numbers for the same keys', () => {
    expect(draw(50, randomStream(7, 'step', 3))).toEqual(draw(50, randomStream(7, 'step', 3)));
  });

  it('gives different numbers when any key, or the way the keys are cut, differs', () => {
    const keys = [[1, 23], [12, 3], [123], [1, 24], [2, 23], ['1', 23], ['1,23'], ['a', 'b'], ['a,b'], ['a","b'], []];
    expect(new Set(keys.map((key) => randomStream(...key)())).size).toBe(keys.length);
  });

  it('stays in [0, 1) with the mean 1/2 and variance 1/12 of a uniform', () => {
    const values = draw(100_000, randomStream('uniform'));
    expect(values.every((u) => u >= 0 && u < 1)).toBe(true);
    // Four standard errors: sqrt(1/12 / 1e5) = 9.1e-4 and sqrt(1/180 / 1e5) = 2.4e-4.
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(4 * 9.1e-4);
    expect(Math.abs(mean(values.map((u) => (u - 1 / 2) ** 2)) - 1 / 12)).toBeLessThan(4 * 2.4e-4);
  });

  // A correlation of n independent pairs has a standard error of 1 / sqrt(n).
  const n = 40_000;

  it.each([
    { pair: 'steps', a: [5, 1000], b: [5, 1001] },
    { pair: 'seeds', a: [5, 1000], b: [6, 1000] },
  ])('forks neighbouring $pair into uncorrelated streams, also when one lags', ({ a, b }) => {
    const first = draw(n, randomStream(...a));
    const second = draw(n + 1, randomStream(...b));
    expect(Math.abs(correlation(first, second.slice(0, n)))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(correlation(first, second.slice(1)))).toBeLessThan(4 / Math.sqrt(n));
  });

  it('makes the first numbers of successive steps uniform and uncorrelated', () => {
    const streams: Random[] = Array.from({ length: n + 1 }, (_, step) => randomStream(0, step));
    for (let position = 0; position < 3; position++) {
      const values = streams.map((random) => random());
      const bins = new Array<number>(20).fill(0);
      for (const value of values) bins[Math.floor(value * 20)]++;
      const expected = values.length / 20;
      const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeLessThan(43.8); // 99.9 % point of chi-square with 19 degrees of freedom
      expect(Math.abs(correlation(values.slice(0, n), values.slice(1)))).toBeLessThan(4 / Math.sqrt(n));
    }
  });
});

describe('uniform', () => {
  it('maps [0, 1) to [low, high)', () => {
    expect(uniform(() => 0, -0.6, 0.6)).toBe(-0.6);
    expect(uniform(() => 0.25, 2, 10)).toBe(4);
  });
});

describe('normals', () => {
  const single = randomStream('single');
  const n = 200_000;

  it.each([
    { name: 'normals', next: normals(randomStream('moments')) },
    { name: 'normal', next: () => normal(single) },
  ])('$name has the first four moments 0, 1, 0, 3 of a standard normal', ({ next }) => {
    const values = draw(n, next);
    const moment = (k: number) => mean(values.map((z) => z ** k));
    // Var z^k = E z^2k - (E z^k)^2 = 1, 2, 15, 96 for k = 1..4; four standard errors.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });

  it('has the tails of a standard normal', () => {
    const next = normals(randomStream('tails'));
    const beyond = mean(draw(n, next).map((z) => (Math.abs(z) > 3 ? 1 : 0)));
    expect(Math.abs(beyond - 0.0026998)).toBeLessThan(4 * Math.sqrt(0.0027 / n)); // 2 Phi(-3)
  });

  it('returns uncorrelated values with uncorrelated sizes', () => {
    const values = draw(n, normals(randomStream('pairs')));
    const [even, odd] = [0, 1].map((offset) => values.filter((_, i) => i % 2 === offset));
    expect(Math.abs(correlation(even, odd))).toBeLessThan(4 / Math.sqrt(n / 2));
    expect(Math.abs(correlation(even.map(Math.abs), odd.map(Math.abs)))).toBeLessThan(4 / Math.sqrt(n / 2));
  });

  it('is finite where the uniforms hit the centre of the square', () => {
    const numbers = [0.5, 0.5, 0.75, 0.5]; // u = v = 0 has no logarithm and is redrawn
    const next = normals(() => numbers.shift()!);
    expect(next()).toBeCloseTo(Math.sqrt(-2 * Math.log(0.25)), 12);
    expect(next()).toBe(0);
  });

  it('keeps nothing between closures: each depends on its stream alone', () => {
    normals(randomStream('other'))(); // leaves a spare value behind
    expect(normals(randomStream('x'))()).toBe(normals(randomStream('x'))());
  });
});
