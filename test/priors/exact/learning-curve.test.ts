import { describe, expect, it } from 'vitest';
import { normalCdf } from '../../../model/normal.ts';
import { learningCurvePosterior } from '../../../priors/exact/learning-curve.ts';
import { curveTarget, curveValue, type ObservedCurve } from '../../../priors/exact/learning-curve-target.ts';
import { curveSampler } from '../../../priors/learning-curve.ts';
import { normals, randomStream } from '../../../priors/random.ts';

const stepsTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

// Oracle: curves of the prior's own sampler, weighted by their likelihood, which is summed over a grid of noise scales.
// It shares nothing with the coordinates in which the posterior is sampled.
describe('the posterior predictive agrees with importance sampling from the prior', () => {
  const numSteps = 60;
  const numDraws = 150_000;
  const kept = [1, 2, 3, 5, 8, 9, 10, 12, 20, 24, 30, 37, 60];
  const drawCurve = curveSampler(numSteps);
  const random = randomStream('importance');
  const levels = kept.map(() => new Float64Array(numDraws)); // f at the kept steps
  for (let i = 0; i < numDraws; i++) {
    const { noiseless } = drawCurve(random);
    for (const [k, step] of kept.entries()) levels[k][i] = noiseless[step - 1];
  }
  const levelsAt = (step: number) => levels[kept.indexOf(step)];
  /** ln s ~ N(-4, 1) within 4.5 deviations. */
  const noise = Array.from({ length: 46 }, (_, i) => {
    const z = (i - 22.5) / 5;
    return { scale: Math.exp(-4 + z), prior: Math.exp((-z * z) / 2) };
  });

  it.each<ObservedCurve & { what: string }>([
    { what: 'one point', steps: [1], values: [0.35] },
    { what: 'two points of a rise', steps: [1, 3], values: [0.3, 0.5] },
    { what: 'a noisy rise', steps: [1, 3, 8, 12], values: [0.31, 0.62, 0.5, 0.7] },
    { what: 'a flat stretch near 1', steps: [20, 24, 30, 37], values: [0.93, 0.97, 0.9, 0.96] },
    { what: 'ups and downs', steps: [1, 2, 5, 9], values: [0.5, 0.7, 0.45, 0.6] },
  ])('for $what', ({ steps, values }) => {
    const joint = (i: number) => {
      const squares = steps.reduce((sum, step, k) => sum + (values[k] - levelsAt(step)[i]) ** 2, 0);
      return noise.map(({ scale, prior }) => prior * scale ** -steps.length * Math.exp(-squares / (2 * scale * scale)));
    };
    const weights = Float64Array.from({ length: numDraws }, (_, i) => joint(i).reduce((a, b) => a + b));
    const largest = weights.reduce((a, b) => Math.max(a, b));
    const draws = [...weights.keys()].filter((i) => weights[i] > 1e-5 * largest);
    const total = draws.reduce((sum, i) => sum + weights[i], 0);
    const effective = total ** 2 / draws.reduce((sum, i) => sum + weights[i] ** 2, 0);
    expect(effective).toBeGreaterThan(1000); // otherwise it is no oracle
    const posterior = learningCurvePosterior(
      { steps, values, numSteps },
      { random: randomStream('posterior', ...steps), walkers: 300, samples: 2000 },
    );
    // 4 standard errors of the oracle, and of 1500 independent samples of ours, both in standard deviations.
    const standardErrors = 4 * Math.sqrt(1 / effective + 1 / 1500);
    const scales = draws.map((i) => joint(i).map((weight) => weight / total));
    for (const step of [10, 60]) {
      const predictive = posterior.at(step);
      const f = levelsAt(step);
      const mean = draws.reduce((sum, i) => sum + (weights[i] / total) * f[i], 0);
      const sd = Math.sqrt(draws.reduce((sum, i) => sum + (weights[i] / total) * (f[i] - mean) ** 2, 0));
      expect(Math.abs(predictive.mean - mean)).toBeLessThan(standardErrors * sd);
      const below = (y: number) =>
        draws.reduce(
          (sum, i, d) =>
            scales[d].reduce(
              (own, weight, k) => (weight > 1e-9 ? own + weight * normalCdf((y - f[i]) / noise[k].scale) : own),
              sum,
            ),
          0,
        );
      for (const p of [0.05, 0.5, 0.95]) {
        expect(Math.abs(below(predictive.quantile(p)) - p)).toBeLessThan(standardErrors * Math.sqrt(p * (1 - p)));
      }
    }
  });
});

describe('the posterior predictive', () => {
  it('is the prior where nothing is observed', () => {
    const posterior = learningCurvePosterior(
      { steps: [], values: [] },
      { random: randomStream('prior'), walkers: 400, samples: 4000 },
    );
    // Mean levels of 3,288,262 draws by an independent numpy script; the scale of f over curves is about 0.25.
    expect(Math.abs(posterior.at(1).mean - 0.41778)).toBeLessThan(0.02);
    expect(Math.abs(posterior.at(10).mean - 0.5807)).toBeLessThan(0.02);
    expect(Math.abs(posterior.at(100).mean - 0.61149)).toBeLessThan(0.02);
  });

  it('continues a curve that is seen almost without noise', () => {
    const scale = 1e-4;
    const gauss = normals(randomStream('clean'));
    const f = (t: number) => 0.8 - 0.5 * t ** -0.7;
    const steps = stepsTo(50);
    const posterior = learningCurvePosterior(
      { steps, values: steps.map((t) => f(t) + scale * gauss()) },
      { random: randomStream('clean posterior'), walkers: 100 },
    );
    for (const step of [51, 60, 80]) {
      const predictive = posterior.at(step);
      expect(Math.abs(predictive.mean - f(step))).toBeLessThan(5e-4);
      expect(predictive.quantile(0.95) - predictive.quantile(0.05)).toBeLessThan(3e-3);
      expect(predictive.quantile(0.95) - predictive.quantile(0.05)).toBeGreaterThan(3 * scale); // 3.29 of the noise alone
    }
  });

  it('is calibrated on curves of the prior', () => {
    const numCurves = 100;
    const drawCurve = curveSampler(100);
    const random = randomStream('calibration');
    const steps = stepsTo(10);
    const ranks = Array.from({ length: numCurves }, () => {
      const values = [...drawCurve(random).noisy];
      const options = { random, walkers: 60, annealing: 15, burnIn: 50, samples: 100, thin: 10 };
      return learningCurvePosterior({ steps, values: values.slice(0, 10) }, options)
        .at(100)
        .cdf(values[99]);
    }).sort((a, b) => a - b);
    // Kolmogorov-Smirnov against the uniform distribution at alpha = 0.001: 1.949 / sqrt(n).
    const gap = Math.max(...ranks.map((rank, i) => Math.max((i + 1) / numCurves - rank, rank - i / numCurves)));
    expect(gap).toBeLessThan(1.949 / Math.sqrt(numCurves));
  });

  it('takes steps between the whole numbers, in any order', () => {
    const points: readonly (readonly [number, number])[] = [
      [1.5, 0.2],
      [7.25, 0.55],
      [30.9, 0.71],
    ];
    const predict = (order: typeof points) =>
      learningCurvePosterior(
        { steps: order.map(([step]) => step), values: order.map(([, value]) => value) },
        { random: randomStream('between') },
      ).at(80.5);
    const [forwards, backwards] = [predict(points), predict(points.toReversed())];
    expect(Math.abs(forwards.mean - backwards.mean)).toBeLessThan(0.03);
    expect(forwards.mean).toBeGreaterThan(0.7);
  });

  it('is a function of its stream', () => {
    const options = { walkers: 20, annealing: 5, burnIn: 0, samples: 5, thin: 1 };
    const [a, b] = [1, 2].map(() =>
      learningCurvePosterior({ steps: [1, 2], values: [0.4, 0.5] }, { ...options, random: randomStream('same') }),
    );
    expect(a.at(50).mean).toBe(b.at(50).mean);
    expect(a.acceptance).toBe(b.acceptance);
  });
});

describe('the coordinates', () => {
  const steps = stepsTo(12);
  const values = steps.map((t) => 0.7 - 0.4 / t + 0.01 * Math.sin(9 * t));
  const [blind, seeing] = [curveTarget({ steps: [], values: [] }), curveTarget({ steps, values })];

  it('carry the volume of the change of variables: the prior density of a curve does not depend on the data', () => {
    const [random, again] = [1, 2].map(() => randomStream('volume'));
    const differences = Array.from({ length: 20 }, () => {
      const [x, y] = [blind.draw(random), seeing.draw(again)];
      const [own, same] = [blind.parameters(x), seeing.parameters(y)];
      for (const key of ['level', 'power', 'stretched', 'inverseLog', 'alpha', 'scale'] as const) {
        expect(same[key]).toBeCloseTo(own[key], 9);
      }
      const natural = (target: typeof blind, at: Float64Array) => target.logDensity(at, 0) - logVolume(target, at);
      return natural(seeing, y) - natural(blind, x);
    });
    for (const difference of differences) expect(Math.abs(difference)).toBeLessThan(1e-3);
  });

  it('add the Gaussian likelihood of the points, once at full power', () => {
    const random = randomStream('likelihood');
    const [a, b] = [seeing.draw(random), seeing.draw(random)];
    const own = (x: Float64Array) => seeing.logDensity(x, 1) - seeing.logDensity(x, 0);
    const expected = (x: Float64Array) => {
      const curve = seeing.parameters(x);
      return steps.reduce(
        (log, step, i) => log - Math.log(curve.scale) - ((values[i] - curveValue(curve, step)) / curve.scale) ** 2 / 2,
        0,
      );
    };
    expect((own(a) - own(b)) / (expected(a) - expected(b))).toBeCloseTo(1, 9);
    expect(seeing.logDensity(a, 0.5)).toBeCloseTo((seeing.logDensity(a, 0) + seeing.logDensity(a, 1)) / 2, 6);
  });

  it('have density only where the curve rises overall and stays in [0, 1], at every step', () => {
    const random = randomStream('constraints');
    const gauss = normals(random);
    const counts = { inside: 0, outside: 0 };
    for (let i = 0; i < 5000; i++) {
      const x = blind.draw(random);
      expect(meetsConstraints(x)).toBe(true);
      const moved = x.map((value) => value + 0.15 * gauss());
      if (blind.logDensity(moved, 0) > -Infinity) {
        counts.inside++;
        expect(meetsConstraints(moved)).toBe(true);
      } else counts.outside++;
    }
    expect(counts.inside).toBeGreaterThan(500);
    expect(counts.outside).toBeGreaterThan(500);

    function meetsConstraints(x: Float64Array): boolean {
      const curve = blind.parameters(x);
      const f = stepsTo(100).map((step) => curveValue(curve, step));
      return f[0] < f[99] && f.every((value) => value > -1e-12 && value < 1 + 1e-12);
    }
  });

  /** ln |d theta / d z| of the four linear coefficients, by central differences. */
  function logVolume(target: typeof blind, at: Float64Array): number {
    const rows = [0, 1, 2, 3].map((i) => {
      const [up, down] = [1, -1].map((sign) => {
        const curve = target.parameters(at.map((value, k) => (k === i ? value + sign * 0.5 : value)));
        return [curve.level, curve.power, curve.stretched, curve.inverseLog];
      });
      return up.map((value, k) => value - down[k]); // linear in z, so that the difference is exact
    });
    return Math.log(Math.abs(determinant(rows)));
  }
});

describe('refused', () => {
  it.each([
    {
      what: 'steps beyond the horizon',
      observed: { steps: [1, 101], values: [0.1, 0.2] },
      message: 'learningCurvePosterior: expected steps in 1..100, got 101. Rescale the steps, or raise numSteps.',
    },
    {
      what: 'a step 0',
      observed: { steps: [0], values: [0.1], numSteps: 50 },
      message: 'learningCurvePosterior: expected steps in 1..50, got 0. Rescale the steps, or raise numSteps.',
    },
    {
      what: 'values without steps',
      observed: { steps: [1], values: [0.1, 0.2] },
      message: 'learningCurvePosterior: expected a value for each step, got 1 steps and 2 values.',
    },
    {
      what: 'missing values',
      observed: { steps: [1, 2], values: [0.1, Number.NaN] },
      message: 'learningCurvePosterior: expected finite values, got NaN. Leave such points out.',
    },
    {
      what: 'a horizon of one step',
      observed: { steps: [1], values: [0.1], numSteps: 1 },
      message: 'learningCurvePosterior: numSteps must be a whole number of at least 2, got 1.',
    },
  ])('$what', ({ observed, message }) => {
    expect(() => learningCurvePosterior(observed, { random: randomStream('refused') })).toThrow(
      new RangeError(message),
    );
  });

  it('questions beyond the horizon', () => {
    const options = { random: randomStream('refused'), walkers: 20, annealing: 2, burnIn: 0, samples: 1, thin: 1 };
    const posterior = learningCurvePosterior({ steps: [1], values: [0.5] }, options);
    expect(() => posterior.at(100.5)).toThrow(
      new RangeError('learningCurvePosterior: expected a step in 1..100, got 100.5.'),
    );
  });
});

/** By cofactors of the first row. */
function determinant(rows: readonly (readonly number[])[]): number {
  if (rows.length === 1) return rows[0][0];
  return rows[0].reduce(
    (sum, value, k) =>
      sum +
      (k % 2 === 0 ? 1 : -1) * value * determinant(rows.slice(1).map((row) => row.filter((_, column) => column !== k))),
    0,
  );
}
