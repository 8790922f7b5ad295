import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { curveSampler, learningCurve } from '../../priors/learning-curve.ts';
import { randomStream } from '../../priors/random.ts';

const numSteps = 100;
const drawCurve = curveSampler(numSteps);
const random = randomStream('learning-curve test');
const curves = Array.from({ length: 20_000 }, () => {
  const { noiseless, noisy, scale, tries } = drawCurve(random);
  return { noiseless: noiseless.slice(), noisy: noisy.slice(), scale, tries };
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sd = (values: readonly number[]) => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
};

describe('noiseless curves', () => {
  it('rise from the first step to the last', () => {
    expect(curves.filter(({ noiseless }) => !(noiseless[0] < noiseless[numSteps - 1]))).toEqual([]);
  });

  it('stay within [0, 1] at every step', () => {
    expect(curves.filter(({ noiseless }) => !noiseless.every((f) => f >= 0 && f <= 1))).toEqual([]);
  });
});

// Oracle: the published formulas evaluated by an independent numpy script, 16,000,000 draws of which 3,288,262 met the
// constraints. Its own standard error is a quarter of ours, which the tolerance of 4.5 standard errors leaves room for.
describe('an independent evaluation of the formulas agrees on', () => {
  const levels = [1, 2, 3, 10, 30, 100];
  const numCurves = 200_000;
  const random = randomStream('learning-curve oracle');
  let tries = 0;
  const sample = Array.from({ length: numCurves }, () => {
    const curve = drawCurve(random);
    tries += curve.tries;
    return levels.map((step) => curve.noiseless[step - 1]);
  });
  const expectMean = (values: readonly number[], expected: number) =>
    expect(Math.abs(mean(values) - expected)).toBeLessThan((4.5 * sd(values)) / Math.sqrt(values.length));

  it('the share of draws that meet the constraints, 20.55 %', () => {
    const standardError = Math.sqrt((0.2055 * 0.7945) / tries);
    expect(Math.abs(numCurves / tries - 0.205516)).toBeLessThan(4.5 * standardError);
  });

  it.each([
    { step: 1, level: 0.41778 },
    { step: 10, level: 0.5807 },
    { step: 100, level: 0.61149 },
  ])('the mean level at step $step', ({ step, level }) => {
    expectMean(
      sample.map((row) => row[levels.indexOf(step)]),
      level,
    );
  });

  it.each([
    { from: 1, to: 2, gain: 0.095073, square: 0.0189819 },
    { from: 2, to: 3, gain: 0.025281, square: 0.0014154 },
    { from: 3, to: 10, gain: 0.042566, square: 0.0049312 },
    { from: 10, to: 30, gain: 0.019203, square: 0.0015678 },
    { from: 30, to: 100, gain: 0.011587, square: 0.0008675 },
  ])('the mean and mean square of the gain from step $from to step $to', ({ from, to, gain, square }) => {
    const gains = sample.map((row) => row[levels.indexOf(to)] - row[levels.indexOf(from)]);
    expectMean(gains, gain);
    expectMean(
      gains.map((value) => value ** 2),
      square,
    );
  });
});

describe('noise', () => {
  it('has a log scale that is normal with mean -4 and standard deviation 1', () => {
    const logs = curves.map(({ scale }) => Math.log(scale));
    const n = logs.length;
    expect(Math.abs(mean(logs) + 4)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(sd(logs) - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
    const beyondTwo = mean(logs.map((log) => (Math.abs(log + 4) > 2 ? 1 : 0)));
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(4 * Math.sqrt((0.0455 * 0.9545) / n)); // 2 Phi(-2)
  });

  it('is standard normal once divided by the scale of its curve, and independent from step to step', () => {
    const z = curves
      .slice(0, 2000)
      .map(({ noiseless, noisy, scale }) => noisy.map((y, t) => (y - noiseless[t]) / scale));
    const all = z.flatMap((row) => [...row]);
    const neighbours = z.flatMap((row) => [...row].slice(1).map((value, t) => value * row[t]));
    const n = all.length;
    expect(Math.abs(mean(all))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(mean(all.map((value) => value ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(mean(all.map((value) => value ** 4)) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    expect(Math.abs(mean(neighbours))).toBeLessThan(4 / Math.sqrt(neighbours.length));
  });
});

describe('batches', () => {
  const prior = learningCurve();

  it('show the first N steps as context and later, distinct, rising steps as queries', () => {
    const { contextX, queryX } = prior.sample(randomStream(1), { numDatasets: 50, numContext: 20, numQuery: 30 });
    for (let b = 0; b < 50; b++) {
      expect([...contextX.slice(b * 20, (b + 1) * 20)]).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      const steps = queryX.slice(b * 30, (b + 1) * 30);
      expect(steps.every((step, i) => Number.isInteger(step) && step > (i === 0 ? 20 : steps[i - 1]))).toBe(true);
      expect(steps[29]).toBeLessThanOrEqual(100);
    }
  });

  it('ask for every later step where context and queries fill the curve', () => {
    const { queryX } = prior.sample(randomStream(2), { numDatasets: 2, numContext: 97, numQuery: 3 });
    expect([...queryX]).toEqual([98, 99, 100, 98, 99, 100]);
  });

  it('ask for every later step equally often, by a choice of its own in each curve', () => {
    const [numDatasets, numContext, numQuery] = [20_000, 90, 3];
    const { queryX } = prior.sample(randomStream(3), { numDatasets, numContext, numQuery });
    const share = numQuery / (numSteps - numContext);
    const standardError = Math.sqrt((share * (1 - share)) / numDatasets);
    for (let step = 91; step <= 100; step++) {
      const asked = queryX.filter((x) => x === step).length / numDatasets;
      expect(Math.abs(asked - share)).toBeLessThan(4 * standardError);
    }
    // All C(10, 3) = 120 subsets turn up.
    const subsets = Array.from({ length: numDatasets }, (_, b) => queryX.slice(3 * b, 3 * b + 3).join());
    expect(new Set(subsets).size).toBe(120);
  });

  it('hold the noisy curve itself, in context and queries alike', () => {
    const shape = { numDatasets: 1, numContext: 40, numQuery: 60 };
    const { contextY, queryY } = prior.sample(randomStream(4), shape);
    const { noisy } = curveSampler(numSteps)(randomStream(4));
    expect([...contextY, ...queryY]).toEqual([...Float32Array.from(noisy)]);
  });
});

describe('options', () => {
  it('set the number of steps, over which the constraints then hold', () => {
    const prior = learningCurve({ numSteps: 7 });
    expect(prior).toMatchObject({ maxRows: 7, options: { numSteps: 7 } });
    const draw = curveSampler(7);
    const short = randomStream(5);
    for (let i = 0; i < 1000; i++) {
      const { noiseless } = draw(short);
      expect(noiseless).toHaveLength(7);
      expect(noiseless[0]).toBeLessThan(noiseless[6]);
    }
  });

  it.each([1, 2.5, Number.NaN, '100'])('refuse %s as the number of steps', (steps) => {
    expect(() => learningCurve({ numSteps: steps as number })).toThrow(
      new RangeError(`learning-curve: numSteps must be a whole number of at least 2, got ${steps}.`),
    );
  });
});

// 2000 noisy curves x 100 steps drawn by the sampler of the original authors (automl/lcpfn); no header line.
const reference = new URL('../../../shared/data/lc-prior/curves.csv', import.meta.url);
const missing = !existsSync(reference);

describe(`against the curves of the original authors${missing ? ' (skipped: shared/data/lc-prior/curves.csv is not here)' : ''}`, () => {
  type Row = ArrayLike<number>;
  const theirs: readonly Row[] = missing
    ? []
    : readFileSync(reference, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(',').map(Number));

  const level = (step: number) => (y: Row) => y[step - 1];

  /** Logarithm of the median size of second differences over the late half: the noise scale up to a constant factor. */
  const logNoise = (y: Row) => {
    const sizes: number[] = [];
    for (let t = numSteps / 2; t + 2 < numSteps; t++) sizes.push(Math.abs(y[t] - 2 * y[t + 1] + y[t + 2]));
    return Math.log(sizes.sort((a, b) => a - b)[sizes.length >> 1] + 1e-6); // the file has six decimals
  };

  it.skipIf(missing).each<{ statistic: string; of: (y: Row) => number }>([
    { statistic: 'level at step 1', of: level(1) },
    { statistic: 'level at step 10', of: level(10) },
    { statistic: 'level at step 50', of: level(50) },
    { statistic: 'level at step 100', of: level(100) },
    { statistic: 'gain from step 1 to step 100', of: (y) => y[99] - y[0] },
    { statistic: 'noise scale', of: logNoise },
  ])('the $statistic has the same distribution', ({ of }) => {
    expect(theirs).toHaveLength(2000);
    const ours = curves.map(({ noisy }) => of(noisy));
    // Kolmogorov-Smirnov at alpha = 0.001: sqrt(-ln(alpha / 2) / 2) = 1.949, times sqrt(1/n + 1/m).
    const critical = 1.949 * Math.sqrt(1 / ours.length + 1 / theirs.length);
    expect(largestGap(ours, theirs.map(of))).toBeLessThan(critical);
  });
});

/** The two-sample Kolmogorov-Smirnov statistic: the largest distance between the empirical distribution functions. */
function largestGap(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a.toSorted((p, q) => p - q), b.toSorted((p, q) => p - q)];
  let [i, j, gap] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i], y[j]);
    while (x[i] <= at) i++;
    while (y[j] <= at) j++;
    gap = Math.max(gap, Math.abs(i / x.length - j / y.length));
  }
  return gap;
}
