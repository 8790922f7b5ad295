/** Mixtures of normals: against the formulas for one normal, and against sums over the parts in double precision. */
import { describe, expect, it } from 'vitest';
import { normalMixture } from '../../model/normal-mixture.ts';
import { normalMixture as equalWeights } from '../../priors/exact/normal-mixture.ts';

/** Outputs of a network: log weights, means, log standard deviations. */
const outputs = (...parts: [logWeight: number, mean: number, sd: number][]) => [
  ...parts.map(([logWeight]) => logWeight),
  ...parts.map(([, mean]) => mean),
  ...parts.map(([, , sd]) => Math.log(sd)),
];

describe('a mixture of normals', () => {
  it('of one is that normal, whatever its weight', () => {
    const one = normalMixture(outputs([-200, 1.5, 0.2]));
    expect(one.mean).toBeCloseTo(1.5, 14);
    expect(one.variance).toBeCloseTo(0.04, 14);
    expect(one.median).toBeCloseTo(1.5, 14);
    expect(one.logDensity(1.7)).toBeCloseTo(-0.5 - Math.log(0.2 * Math.sqrt(2 * Math.PI)), 12);
    expect(one.density(1.5)).toBeCloseTo(1 / (0.2 * Math.sqrt(2 * Math.PI)), 12);
    expect(one.cdf(1.5)).toBeCloseTo(0.5, 14);
    // Tables of the normal distribution.
    expect(one.quantile(0.975)).toBeCloseTo(1.5 + 0.2 * 1.959963984540054, 12);
    expect(one.interval(0.5)[0]).toBeCloseTo(1.5 - 0.2 * 0.674489750196082, 12);
    expect(one.sample(() => 0.975)).toBe(one.quantile(0.975));
  });

  it('with equal weights is the mean of its parts', () => {
    const means = [-1, 2, 2.5];
    const sds = [0.5, 0.01, 3];
    const mixture = normalMixture(outputs([4, -1, 0.5], [4, 2, 0.01], [4, 2.5, 3]));
    const truth = equalWeights(Float64Array.from(means), Float64Array.from(sds));
    expect(mixture.mean).toBeCloseTo(truth.mean, 12);
    expect(mixture.variance).toBeCloseTo(truth.variance, 12);
    for (const y of [-60, -8, -1, 1.99, 2, 2.02, 7, 60]) {
      expect(mixture.logDensity(y)).toBeCloseTo(truth.logDensity(y), 8);
      expect(mixture.cdf(y)).toBeCloseTo(truth.cdf(y), 12);
    }
    for (const p of [1e-6, 0.01, 0.3, 0.5, 0.6, 0.99, 1 - 1e-6])
      expect(mixture.quantile(p)).toBeCloseTo(truth.quantile(p), 8);
  });

  it('weighs its parts by the exponentials of their log weights, and leaves out what has none', () => {
    const mixture = normalMixture(outputs([Math.log(3) - 50, -1, 0.1], [-50, 1, 0.2], [-Infinity, 1e30, 1e-30]));
    expect(mixture.mean).toBeCloseTo(-0.5, 12);
    expect(mixture.variance).toBeCloseTo(0.75 * (0.01 + 0.25) + 0.25 * (0.04 + 2.25), 12);
    expect(mixture.cdf(0)).toBeCloseTo(0.75, 6);
    // Between the two modes is next to nothing: the median lies within the first, where it holds two thirds of it.
    expect(mixture.median).toBeCloseTo(-1 + 0.1 * 0.430727299295457, 6);
    expect(mixture.quantile(0.75)).toBeGreaterThan(-0.6);
    expect(mixture.quantile(0.75)).toBeLessThan(0.3);
  });

  it('has quantiles that its distribution function takes back, far out in either tail too', () => {
    const mixture = normalMixture(outputs([0, 0, 1], [-3, 4, 0.01], [-8, -20, 5]));
    for (const p of [1e-300, 1e-12, 1e-3, 0.2, 0.5]) {
      const y = mixture.quantile(p);
      expect(mixture.cdf(y) / p).toBeCloseTo(1, 6);
    }
    for (const p of [0.9, 0.95, 0.97, 1 - 1e-9]) expect(mixture.cdf(mixture.quantile(p))).toBeCloseTo(p, 12);
    expect([mixture.quantile(0), mixture.quantile(1)]).toEqual([-Infinity, Infinity]);
  });

  it('expects the improvement that the formula of a normal says, summed over its parts', () => {
    const sd = 0.7;
    const best = normalMixture(outputs([0, 2, sd]));
    // E[max(Y - m, 0)] of a normal about its mean.
    expect(best.expectedImprovement(2)).toBeCloseTo(sd / Math.sqrt(2 * Math.PI), 12);
    // Far below everything it is the whole way, whichever is better.
    expect(best.expectedImprovement(-30)).toBeCloseTo(32, 12);
    expect(best.expectedImprovement(40, 'minimize')).toBeCloseTo(38, 12);
    // Integrated by the midpoint rule.
    const mixture = normalMixture(outputs([0, 0, 1], [1, 1, 0.3]));
    let [above, below] = [0, 0];
    const step = 1e-3;
    for (let y = -12 + step / 2; y < 12; y += step) {
      above += Math.max(y - 1.4, 0) * mixture.density(y) * step;
      below += Math.max(-0.8 - y, 0) * mixture.density(y) * step;
    }
    expect(mixture.expectedImprovement(1.4)).toBeCloseTo(above, 6);
    expect(mixture.expectedImprovement(-0.8, 'minimize')).toBeCloseTo(below, 6);
    // Six standard deviations out it is small, and has its digits: phi(d) / d^2 (1 - 3 / d^2 + 15 / d^4 - ..).
    const far = normalMixture(outputs([0, 0, 1])).expectedImprovement(30);
    const series = (Math.exp(-450) / Math.sqrt(2 * Math.PI) / 900) * (1 - 3 / 900 + 15 / 900 ** 2 - 105 / 900 ** 3);
    expect(far / series).toBeCloseTo(1, 8);
  });

  it('refuses what is no mixture', () => {
    expect(() => normalMixture([1, 2])).toThrow('expected 3 numbers for each normal, got 2 in all');
    expect(() => normalMixture([])).toThrow('expected 3 numbers for each normal, got 0 in all');
    expect(() => normalMixture([0, Number.NaN, 0])).toThrow('expected finite numbers, got NaN');
    expect(() => normalMixture([0, 0, Infinity])).toThrow('expected finite numbers, got Infinity');
    expect(() => normalMixture([0, 0, -800])).toThrow('expected finite numbers, got standard deviations out of range');
    const one = normalMixture([0, 0, 0]);
    expect(() => one.quantile(1.1)).toThrow('expected a probability in [0, 1], got 1.1');
    expect(() => one.interval(90)).toThrow('expected a level between 0 and 1, got 90. Use 0.9 for 90 %.');
    expect(() => one.expectedImprovement(Number.NaN)).toThrow('expected a finite value to improve on, got NaN');
    expect(() => one.expectedImprovement(0, 'less' as 'minimize')).toThrow("'maximize' or 'minimize', got 'less'");
  });
});
