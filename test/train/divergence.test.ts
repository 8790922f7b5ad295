import { describe, expect, it } from 'vitest';
import { createBars } from '../../model/bar-distribution.ts';
import { normalMixture } from '../../priors/exact/normal-mixture.ts';
import { gammaPoisson } from '../../priors/gamma-poisson.ts';
import type { ExactPosterior, Predictive } from '../../priors/prior.ts';
import { divergence } from '../../train/divergence.ts';

const normal = (mean: number, scale: number) => normalMixture(Float64Array.of(mean), Float64Array.of(scale));
const twoModes = normalMixture(Float64Array.of(-1, 1.3), Float64Array.of(0.3, 0.2));

/** K bars from -end to end that hold what q gives them. */
function barsOf(q: Predictive, numBars: number, end: number) {
  const borders = Float64Array.from({ length: numBars + 1 }, (_, k) => -end + (2 * end * k) / numBars);
  const shares = Array.from({ length: numBars }, (_, k) => q.cdf(borders[k + 1]) - q.cdf(borders[k]) + 1e-12);
  return { borders, bars: createBars(borders).distribution(shares.map(Math.log)) };
}

/** The integral by its definition, on a grid so fine that the jumps at the borders do not matter. */
function riemannSum(p: Predictive, q: { logDensity(y: number): number }): number {
  const [step, reach] = [2e-5, 9];
  let sum = 0;
  for (let y = -reach + step / 2; y < reach; y += step) {
    const log = p.logDensity(y);
    if (log > -60) sum += Math.exp(log) * (log - q.logDensity(y)) * step;
  }
  return sum;
}

describe('the divergence of a smooth distribution from another one', () => {
  const none = new Float64Array(0);

  it('is what the formula says of two normals', () => {
    for (const [m, s] of [
      [0, 1],
      [0.3, 1],
      [-2, 0.4],
      [0.1, 7],
    ]) {
      const formula = Math.log(s / 0.5) + (0.25 + (m - 0.2) ** 2) / (2 * s * s) - 0.5;
      expect(divergence(normal(0.2, 0.5), normal(m, s), none) / (formula + 1)).toBeCloseTo(formula / (formula + 1), 5);
    }
  });

  it('is the integral that defines it where there are two modes', () => {
    const other = normal(0.2, 1.2);
    expect(divergence(twoModes, other, none)).toBeCloseTo(riemannSum(twoModes, other), 3);
    expect(divergence(other, twoModes, none)).toBeCloseTo(riemannSum(other, twoModes), 3);
  });
});

/** E_p[ln p - ln q] over even steps of probability, not of y: no jump and no gap between modes is lost. */
function overProbability(p: Predictive, q: { logDensity(y: number): number }, numSteps: number): number {
  let sum = 0;
  for (let i = 0; i < numSteps; i++) {
    const y = p.quantile((i + 0.5) / numSteps);
    sum += (p.logDensity(y) - q.logDensity(y)) / numSteps;
  }
  return sum;
}

describe('the divergence from a distribution that is not one smooth hump', () => {
  const none = new Float64Array(0);
  const modes = (at: number, ...scales: readonly [number, number]) =>
    normalMixture(Float64Array.of(-at, at), Float64Array.from(scales));

  it.each<[string, Predictive, Predictive]>([
    ['two narrow modes far apart', modes(2, 0.01, 0.1), normal(0.5, 2)],
    ['two modes that are nearly points', modes(2, 1e-4, 1e-4), normal(0, 2)],
    ['a spike on a slab', normalMixture(Float64Array.of(0, 0.1), Float64Array.of(1, 0.01)), normal(0, 1)],
  ])('is the mean that defines it: %s', (_, p, q) => {
    expect(divergence(p, q, none)).toBeCloseTo(overProbability(p, q, 20_000), 3);
  });

  it('is 0 where both are the same and their density has steps', () => {
    const { exact } = gammaPoisson();
    const observed = { numContext: 3, numQuery: 1, contextX: [0, 0, 0], contextY: [2.3, 0.4, 5.1], queryX: [0] };
    const [p] = (exact as ExactPosterior).predict(observed, () => 0.5);
    expect(divergence(p, p, none)).toBe(0);
    // And against bars that are these steps.
    const borders = Float64Array.from({ length: 42 }, (_, k) => k - 1.5);
    const shares = Array.from({ length: 41 }, (_, k) => p.cdf(borders[k + 1]) - p.cdf(borders[k]) + 1e-12);
    const bars = createBars(borders).distribution(shares.map(Math.log));
    expect(divergence(p, bars, borders)).toBeCloseTo(0, 5);
  });
});

describe('the divergence of bars from a distribution', () => {
  it.each<[string, Predictive, Predictive, number, number]>([
    ['fine bars', normal(0, 1), normal(0.2, 1.1), 1000, 6],
    ['bars much wider than the distribution', normal(0.3, 0.02), normal(0.25, 0.03), 40, 6],
    ['tails that hold a tenth of it each', normal(0.1, 1), normal(0, 1), 60, 1.4],
    ['two modes', twoModes, normal(0, 1.3), 300, 5],
  ])('is the integral that defines it: %s', (_, p, q, numBars, end) => {
    const { borders, bars } = barsOf(q, numBars, end);
    expect(divergence(p, bars, borders)).toBeCloseTo(riemannSum(p, bars), 3);
  });

  it('is what the formula says of two normals, as far as fine bars tell them', () => {
    for (const [m, s] of [
      [0, 1],
      [0.3, 1],
      [0, 1.2],
      [-0.2, 0.9],
    ]) {
      const { borders, bars } = barsOf(normal(m, s), 4000, 8);
      const formula = Math.log(s) + (1 + m * m) / (2 * s * s) - 0.5;
      expect(divergence(normal(0, 1), bars, borders)).toBeCloseTo(formula, 5);
    }
  });

  it('is not negative for bars that are as close as bars can be', () => {
    for (const scale of [0.01, 0.05, 1]) {
      const { borders, bars } = barsOf(normal(0.123, scale), 1000, 4);
      expect(divergence(normal(0.123, scale), bars, borders)).toBeGreaterThan(-1e-6);
    }
  });
});
