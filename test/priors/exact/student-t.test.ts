import { describe, expect, it } from 'vitest';
import { studentMixture, studentT } from '../../../priors/exact/student-t.ts';

describe('a Student t distribution', () => {
  it('has the quantiles that are known in closed form, far into both tails', () => {
    for (const p of [1e-6, 0.001, 0.05, 0.3, 0.5, 0.8, 0.975, 0.9999]) {
      // One degree of freedom is Cauchy's distribution.
      const cauchy = Math.tan(Math.PI * (p - 0.5));
      const two = (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
      for (const [dof, expected] of [
        [1, cauchy],
        [2, two],
      ]) {
        const { quantile } = studentT(3, 0.2, dof);
        expect(Math.abs(quantile(p) - (3 + 0.2 * expected))).toBeLessThan(1e-9 * (1 + Math.abs(expected)));
      }
    }
    expect([0, 1].map(studentT(3, 0.2, 4).quantile)).toEqual([-Infinity, Infinity]);
  });

  it('has a distribution function of which the density is the slope', () => {
    for (const dof of [1, 2.5, 7, 40]) {
      const { cdf, logDensity } = studentT(-1, 2, dof);
      expect(cdf(-1)).toBe(0.5);
      for (const y of [-9, -2, -0.7, 0.5, 6]) {
        const slope = (cdf(y + 1e-4) - cdf(y - 1e-4)) / 2e-4;
        expect(Math.exp(logDensity(y)) / slope).toBeCloseTo(1, 6);
      }
    }
  });

  it('has the variance of its degrees of freedom, infinite up to two of them', () => {
    expect(studentT(5, 3, 6).variance).toBeCloseTo((9 * 6) / 4, 12);
    expect(studentT(5, 3, 2).variance).toBe(Infinity);
    expect(studentT(5, 3, 2).mean).toBe(5);
  });
});

describe('a mixture of them', () => {
  const parts = [
    { center: -4, scale: 0.5, dof: 3, weight: 1 },
    { center: 10, scale: 2, dof: 8, weight: 3 },
  ];
  const mixture = studentMixture(parts);

  it('has the weighted moments, the spread of the centers among them', () => {
    expect(mixture.mean).toBeCloseTo((-4 + 3 * 10) / 4, 12);
    const meanSquare = (0.25 * 3 + 16 + 3 * ((4 * 8) / 6 + 100)) / 4;
    expect(mixture.variance).toBeCloseTo(meanSquare - 6.5 ** 2, 10);
  });

  it('has quantiles that its distribution function undoes, wherever its parts lie', () => {
    for (const p of [1e-6, 0.01, 0.2, 0.25, 0.3, 0.9, 0.99999]) {
      expect(mixture.cdf(mixture.quantile(p))).toBeCloseTo(p, 12);
    }
  });
});
