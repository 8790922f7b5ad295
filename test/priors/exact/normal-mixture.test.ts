import { describe, expect, it } from 'vitest';
import * as reference from '../../../model/normal.ts';
import { normalCdf } from '../../../priors/exact/normal-cdf.ts';
import { normalMixture } from '../../../priors/exact/normal-mixture.ts';

describe('the distribution function of the standard normal', () => {
  it('agrees with the slower one of full precision, far into the lower tail', () => {
    for (let z = -37; z < 9; z += 0.173) {
      const expected = reference.normalCdf(z);
      expect(Math.abs(normalCdf(z) - expected)).toBeLessThan(1e-14);
      expect(Math.abs(normalCdf(z) / expected - 1)).toBeLessThan(1e-8);
    }
  });

  it('at the middle and the ends', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 15);
    expect([normalCdf(-Infinity), normalCdf(Infinity)]).toEqual([0, 1]);
  });
});

describe('a mixture', () => {
  const mixture = normalMixture(Float64Array.of(-1, 2, 2.5), Float64Array.of(0.5, 0.01, 3));

  it('of one normal is that normal', () => {
    const normal = normalMixture(Float64Array.of(0.3), Float64Array.of(0.02));
    expect(normal.mean).toBe(0.3);
    expect(normal.quantile(0.975)).toBeCloseTo(0.3 + 0.02 * reference.normalQuantile(0.975), 11);
    expect(normal.cdf(0.29)).toBeCloseTo(reference.normalCdf(-0.5), 13);
    expect(normal.logDensity(0.3)).toBeCloseTo(-Math.log(0.02 * Math.sqrt(2 * Math.PI)), 13);
    // Fifty scales out, where the density itself is 0.
    expect(normal.logDensity(1.3)).toBeCloseTo(-Math.log(0.02 * Math.sqrt(2 * Math.PI)) - 1250, 9);
  });

  it('averages means, distribution functions and densities with equal weights', () => {
    expect(mixture.mean).toBeCloseTo(3.5 / 3, 14);
    // The mean square less the square of the mean.
    const meanSquare = (1 + 0.5 ** 2 + 4 + 0.01 ** 2 + 2.5 ** 2 + 3 ** 2) / 3;
    expect(mixture.variance).toBeCloseTo(meanSquare - (3.5 / 3) ** 2, 13);
    expect(mixture.cdf(2.01)).toBeCloseTo(
      (reference.normalCdf(3.01 / 0.5) + reference.normalCdf(1) + reference.normalCdf(-0.49 / 3)) / 3,
      13,
    );
    // The derivative of the distribution function, by central differences.
    for (const y of [-2, 0, 1.99, 4]) {
      const slope = (mixture.cdf(y + 1e-5) - mixture.cdf(y - 1e-5)) / 2e-5;
      expect(Math.exp(mixture.logDensity(y)) / slope).toBeCloseTo(1, 5);
    }
  });

  it('has quantiles that invert its distribution function, from one tail to the other', () => {
    for (const p of [1e-12, 1e-3, 0.05, 0.25, 0.333, 0.5, 0.75, 0.95, 0.999]) {
      expect(mixture.cdf(mixture.quantile(p)) / p).toBeCloseTo(1, 8);
    }
    expect([mixture.quantile(0), mixture.quantile(1)]).toEqual([-Infinity, Infinity]);
  });

  it('has a median between two narrow modes far apart', () => {
    const modes = normalMixture(Float64Array.of(0, 0, 1), Float64Array.of(1e-4, 1e-4, 1e-4));
    expect(modes.quantile(0.6)).toBeCloseTo(1e-4 * reference.normalQuantile(0.9), 9);
    expect(modes.quantile(0.8)).toBeCloseTo(1 + 1e-4 * reference.normalQuantile(0.4), 9);
  });

  it('needs a scale for each mean', () => {
    expect(() => normalMixture(Float64Array.of(1, 2), Float64Array.of(1))).toThrow(
      new RangeError('normalMixture: expected as many scales as means and at least one, got 2 means and 1 scales.'),
    );
  });
});
