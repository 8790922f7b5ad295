import { describe, expect, test } from 'vitest';
import { erf, erfc, normalCdf, normalQuantile, scaledErfc } from '../../model/normal.ts';

/** Largest relative difference that passes. */
function expectClose(got: number, expected: number, relative: number): void {
  expect(Math.abs(got - expected) / Math.abs(expected), `${got} for ${expected}`).toBeLessThanOrEqual(relative);
}

describe('error functions', () => {
  // mpmath 1.3, 50 digits, printed as the nearest doubles: erf(x), erfc(x), exp(x**2) * erfc(x). Both sides of the switch of method at 2.
  test.each([
    [0.1, 0.1124629160182849, 0.887537083981715, 0.8964569799691267],
    [0.5, 0.5204998778130465, 0.4795001221869535, 0.6156903441929259],
    [1, 0.8427007929497149, 0.15729920705028513, 0.427583576155807],
    [1.5, 0.9661051464753108, 0.033894853524689274, 0.3215854164543175],
    [1.99, 0.995111413199617, 0.004888586800383003, 0.2564678367195299],
    [2, 0.9953222650189527, 0.004677734981047266, 0.25539567631050575],
    [2.01, 0.9955248493552482, 0.004475150644751763, 0.2543318765608183],
    [3, 0.9999779095030014, 2.209049699858544e-5, 0.17900115118138996],
    [5, 0.9999999999984626, 1.537459794428035e-12, 0.11070463773306863],
    [8, 1, 1.1224297172982926e-29, 0.06998516620088092],
    [15, 1, 7.212994172451207e-100, 0.03752960638850576],
    [26, 1, 5.663192408856143e-296, 0.021683584850562907],
  ])('at %d', (x, expectedErf, expectedErfc, expectedScaled) => {
    expectClose(erf(x), expectedErf, 1e-14);
    expectClose(erfc(x), expectedErfc, 1e-12);
    expectClose(scaledErfc(x), expectedScaled, 1e-12);
    expect(erf(-x)).toBe(-erf(x));
    expectClose(erfc(-x), 2 - expectedErfc, 1e-15);
  });

  test('at the ends and at NaN', () => {
    expect([erf(0), erf(Infinity), erf(-Infinity)]).toEqual([0, 1, -1]);
    expect([erfc(0), erfc(Infinity), erfc(-Infinity)]).toEqual([1, 0, 2]);
    expect([scaledErfc(0), scaledErfc(Infinity)]).toEqual([1, 0]);
    expect([erf(NaN), erfc(NaN), scaledErfc(NaN)]).toEqual([NaN, NaN, NaN]);
    expectClose(erf(1e-300), 1e-300 * (2 / Math.sqrt(Math.PI)), 1e-15);
  });
});

describe('standard normal', () => {
  // mpmath 1.3, ncdf with 50 digits.
  test.each([
    [-10, 7.619853024160525e-24],
    [-1, 0.15865525393145705],
    [0.5, 0.6914624612740131],
    [1, 0.8413447460685429],
    [1.96, 0.9750021048517795],
    [3, 0.9986501019683699],
  ])('distribution function at %d', (z, p) => expectClose(normalCdf(z), p, 1e-12));

  // mpmath 1.3: bisection of ncdf with 50 digits, at the double nearest to the printed probability.
  test.each([
    [1e-300, -37.0470962993612],
    [1e-100, -21.273453560965326],
    [1e-20, -9.262340089798407],
    [1e-10, -6.361340902404057],
    [1e-5, -4.264890793922825],
    [0.001, -3.0902323061678136],
    [0.025, -1.9599639845400543],
    [0.1, -1.2815515655446004],
    [0.25, -0.6744897501960817],
    [0.4, -0.2533471031357997],
    [0.4999, -0.00025066283008800747],
    [0.75, 0.6744897501960817],
    [0.975, 1.9599639845400538],
    [0.999, 3.090232306167813],
  ])('quantile at %d', (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(z)));
  });

  test('quantile at the ends and in the middle', () => {
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(Math.abs(normalQuantile(0.5))).toBeLessThan(1e-15);
    expect(Number.isFinite(normalQuantile(Number.MIN_VALUE))).toBe(true);
  });

  test('the quantile inverts the distribution function and rises', () => {
    let previous = -Infinity;
    for (let logit = -600; logit <= 30; logit += 0.37) {
      const p = 1 / (1 + Math.exp(-logit));
      const z = normalQuantile(p);
      expect(z).toBeGreaterThan(previous);
      expectClose(normalCdf(z), p, 5e-12);
      previous = z;
    }
  });
});
