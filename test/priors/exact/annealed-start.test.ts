import { describe, expect, it } from 'vitest';
import { annealedStart } from '../../../priors/exact/annealed-start.ts';
import { normals, randomStream } from '../../../priors/random.ts';

/** N(0, 10^2) in each of two directions, up to a constant. */
const logPrior = ([x, y]: Float64Array) => -(x * x + y * y) / 200;

function priorDraws(name: string, count: number): Float64Array[] {
  const gauss = normals(randomStream(name, 'start'));
  return Array.from({ length: count }, () => Float64Array.of(10 * gauss(), 10 * gauss()));
}

describe('walkers from the prior', () => {
  it('share themselves among narrow modes by their mass', () => {
    // Two normals of scale 0.1 at x = -6 and x = 6, with masses 0.7 and 0.3: some 1e-4 of the prior's own area.
    const logLikelihood = ([x, y]: Float64Array) => {
      const log = (center: number) => -((x - center) ** 2 + y * y) / (2 * 0.01);
      const [left, right] = [Math.log(0.7) + log(-6), Math.log(0.3) + log(6)];
      const max = Math.max(left, right);
      return max + Math.log(Math.exp(left - max) + Math.exp(right - max));
    };
    const walkers = annealedStart({
      logDensity: (x, power) => logPrior(x) + power * logLikelihood(x),
      start: priorDraws('modes', 2000),
      sweeps: 10,
      random: randomStream('modes'),
    });
    expect(walkers).toHaveLength(2000);
    const inModes = walkers.filter(([x, y]) => Math.abs(Math.abs(x) - 6) < 0.5 && Math.abs(y) < 0.5).length;
    expect(inModes).toBeGreaterThan(1990);
    const left = walkers.filter(([x]) => x < 0).length / 2000;
    // The share settles early, while the modes still touch, and drifts in each of the later drawings: about 4 sigma.
    expect(Math.abs(left - 0.7)).toBeLessThan(0.09);
  });

  it('count the likelihood once, in however many drawings', () => {
    // A tenth of the prior is near 5, where the likelihood is e^4 times that near -5; no move leads from one to the other.
    const gauss = normals(randomStream('once', 'start'));
    const walkers = annealedStart({
      logDensity: ([x], power) =>
        -((Math.abs(x) - 5) ** 2) / (2 * 0.01) + (x > 0 ? Math.log(0.1) + 4 * power : Math.log(0.9)),
      start: Array.from({ length: 2000 }, (_, i) => Float64Array.of((i % 10 === 0 ? 5 : -5) + 0.1 * gauss())),
      sweeps: 3,
      random: randomStream('once'),
    });
    const share = walkers.filter(([x]) => x > 0).length / 2000;
    // Systematic drawing is right to one walker each time.
    expect(Math.abs(share - (0.1 * Math.exp(4)) / (0.1 * Math.exp(4) + 0.9))).toBeLessThan(0.005);
  });

  it('reach a posterior far in the tail of the prior', () => {
    // Prior N(0, 10^2) and likelihood N(x; 80, 0.01^2): the posterior is N(80, 0.01^2) to 1e-6.
    const walkers = annealedStart({
      logDensity: (parameters, power) => logPrior(parameters) - (power * (parameters[0] - 80) ** 2) / (2 * 1e-4),
      start: priorDraws('tail', 200),
      sweeps: 30,
      random: randomStream('tail'),
    });
    const mean = walkers.reduce((sum, [x]) => sum + x / 200, 0);
    const square = walkers.reduce((sum, [x]) => sum + (x - 80) ** 2 / 200, 0);
    expect(Math.abs(mean - 80)).toBeLessThan(5 * (0.01 / Math.sqrt(50)));
    expect(Math.sqrt(square)).toBeGreaterThan(0.006);
    expect(Math.sqrt(square)).toBeLessThan(0.015);
  });

  it('stay draws from the prior where the likelihood says nothing', () => {
    const powers: number[] = [];
    const walkers = annealedStart({
      logDensity: (parameters, power) => {
        powers.push(power);
        return logPrior(parameters);
      },
      start: priorDraws('nothing', 1000),
      sweeps: 5,
      random: randomStream('nothing'),
    });
    expect(new Set(powers)).toEqual(new Set([0, 1])); // straight to the whole likelihood
    const square = walkers.reduce((sum, [x]) => sum + (x * x) / 1000, 0);
    expect(Math.abs(square - 100)).toBeLessThan(5 * 100 * Math.sqrt(2 / 1000));
  });
});
