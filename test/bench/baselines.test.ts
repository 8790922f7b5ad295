import { describe, expect, it } from 'vitest';
import { type Baseline, lastValue, powerLaw, recordedLogDensity } from '../../bench/curves/baselines.ts';
import { createBars } from '../../model/bar-distribution.ts';
import { normalCdf } from '../../model/normal.ts';
import { studentCdf, studentLogDensity, studentMixture } from '../../priors/exact/student-t.ts';
import { normals, randomStream } from '../../priors/random.ts';

const stepsTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
const options = { resolution: 1e-6 };
const width90 = ({ quantile }: { quantile: (p: number) => number }) => quantile(0.95) - quantile(0.05);

describe('the t distribution', () => {
  // mpmath 1.3, 40 digits: degrees of freedom, t, ln of the density by gamma functions, betainc(n/2, 1/2, 0, n/(n+t^2)) / 2.
  it.each([
    [1, -0.3, -1.2309075820904525, 0.40722642092225764],
    [1, 50, -8.969175816727018, 0.9936346508990272],
    [2, -1.5, -2.170378474404488, 0.13619656244550055],
    [3, 0.01, -1.0009555151790899, 0.503675444293574],
    [3, -40, -13.562928577506396, 1.7190340394579263e-5],
    [5, 1.7, -2.3370942563257717, 0.925061606575838],
    [8, -1.8, -2.4802764746859216, 0.054776504322064094],
    [30, -2.5, -3.860521319776036, 0.009057824534033348],
    [98, 0.6, -1.1029930738805478, 0.7250544464790912],
    [98, -12, -45.66801675991093, 3.000076600918914e-21],
    [400, -1, -1.4201880123703694, 0.158957528218757],
  ])('with %d degrees of freedom at %d', (dof, t, logDensity, cdf) => {
    expect(Math.abs(studentLogDensity(t, dof) - logDensity)).toBeLessThan(1e-12 * Math.max(1, Math.abs(logDensity)));
    expect(Math.abs(studentCdf(t, dof) / cdf - 1)).toBeLessThan(1e-11);
    expect(studentCdf(t, dof) + studentCdf(-t, dof)).toBeCloseTo(1, 13);
  });

  it('mixes: quantiles invert the distribution function, whose slope is the density', () => {
    const mixture = studentMixture([
      { center: 0, scale: 1, dof: 3, weight: 2 },
      { center: 5, scale: 0.01, dof: 1, weight: 6 },
    ]);
    expect(mixture.mean).toBe(3.75);
    for (const p of [1e-4, 0.1, 0.3, 0.9]) expect(mixture.cdf(mixture.quantile(p))).toBeCloseTo(p, 12);
    const slope = (mixture.cdf(4.99 + 1e-6) - mixture.cdf(4.99 - 1e-6)) / 2e-6;
    expect(Math.exp(mixture.logDensity(4.99)) / slope).toBeCloseTo(1, 6);
    expect([mixture.quantile(0), mixture.quantile(1)]).toEqual([-Infinity, Infinity]);
  });
});

describe.each<{ name: string; baseline: Baseline }>([
  { name: 'last value', baseline: lastValue },
  { name: 'power law', baseline: powerLaw },
])('$name', ({ baseline }) => {
  const steps = [1, 2, 3, 5, 8, 13, 21, 34];
  const values = [2.1, 1.6, 1.45, 1.2, 1.22, 1.05, 0.99, 0.97];

  it('is reflected with the values and scaled with their unit', () => {
    const plain = baseline({ steps, values }, options)(50);
    const turned = baseline({ steps, values: values.map((y) => 7 - 100 * y) }, { resolution: 1e-4 })(50);
    expect(turned.mean).toBeCloseTo(7 - 100 * plain.mean, 6);
    expect(turned.quantile(0.05)).toBeCloseTo(7 - 100 * plain.quantile(0.95), 6);
    expect(turned.logDensity(7 - 100 * 0.9)).toBeCloseTo(plain.logDensity(0.9) - Math.log(100), 6);
  });

  it('does not care in which unit steps are counted', () => {
    const plain = baseline({ steps, values }, options)(50);
    const counted = baseline({ steps: steps.map((step) => step * 1375), values }, options)(50 * 1375);
    expect(counted.mean).toBeCloseTo(plain.mean, 9);
    expect(counted.quantile(0.9)).toBeCloseTo(plain.quantile(0.9), 9);
  });

  it('is less sure of later steps', () => {
    const predict = baseline({ steps, values }, options);
    expect(width90(predict(60))).toBeGreaterThan(width90(predict(40)));
    expect(width90(predict(3000))).toBeGreaterThan(width90(predict(60)));
  });

  it.each([1, 2, 3, 4, 5])('answers with %d points', (count) => {
    const { mean, cdf, logDensity, quantile } = baseline(
      { steps: steps.slice(0, count), values: values.slice(0, count) },
      options,
    )(40);
    expect([mean, logDensity(1), quantile(0.05), quantile(0.95)].every(Number.isFinite)).toBe(true);
    expect(cdf(quantile(0.3))).toBeCloseTo(0.3, 9);
  });

  it('predicts constant values to their rounding unit, not better', () => {
    const predict = baseline({ steps: stepsTo(20), values: new Array(20).fill(0.25) }, options);
    const { mean, quantile, logDensity } = predict(21);
    expect(mean).toBeCloseTo(0.25, 12);
    expect(quantile(0.95) - quantile(0.05)).toBeGreaterThan(3.2e-6);
    expect(quantile(0.95) - quantile(0.05)).toBeLessThan(6e-6);
    expect(logDensity(0.25)).toBeLessThan(-Math.log(1e-6));
  });

  it.each([
    {
      what: 'no points',
      observed: { steps: [], values: [] },
      message: 'baseline: expected a value for each step and at least one, got 0 steps and 0 values.',
    },
    {
      what: 'steps out of order',
      observed: { steps: [1, 3, 3], values: [1, 2, 3] },
      message: 'baseline: expected strictly rising steps, got 3 then 3. Sort them.',
    },
    {
      what: 'values that are not finite',
      observed: { steps: [1, 2], values: [1, Number.NaN] },
      message: 'baseline: expected finite values, got NaN. Leave such points out.',
    },
  ])('refuses $what', ({ observed, message }) => {
    expect(() => baseline(observed, options)).toThrow(new RangeError(message));
  });

  it('refuses earlier steps and a resolution of 0', () => {
    expect(() => baseline({ steps, values }, options)(34)).toThrow(
      new RangeError('baseline: expected a step after the last observed step 34, got 34.'),
    );
    expect(() => baseline({ steps, values }, { resolution: 0 })).toThrow(
      new RangeError('baseline: resolution must be above 0, got 0.'),
    );
  });
});

describe('last value', () => {
  it('is centerd on the last value', () => {
    const { mean, quantile } = lastValue({ steps: [1, 2, 3, 4], values: [9, 4, 6, 5] }, options)(9);
    expect(mean).toBe(5);
    expect(quantile(0.5)).toBeCloseTo(5, 9);
  });

  it('spreads as the changes over that distance did in the second half', () => {
    // Second half, alternating 0 and 1: the mean square is 1 over odd distances; over even ones it is 0, and 1 is kept.
    const values = [50, 40, 30, 20, 0, 1, 0, 1];
    const predict = lastValue({ steps: stepsTo(8), values }, options);
    for (const step of [9, 10]) {
      const expected = studentMixture([{ center: 1, scale: 1, dof: 3, weight: 1 }]);
      expect(predict(step).quantile(0.9)).toBeCloseTo(expected.quantile(0.9), 9);
    }
    // Distance 2 is the longest that is seen twice: from there on as a random walk, sqrt(8 / 2).
    expect(width90(predict(16)) / width90(predict(10))).toBeCloseTo(2, 9);
  });

  it('covers random walks', () => {
    const gauss = normals(randomStream('walks'));
    const hits = { near: 0, far: 0 };
    const numWalks = 1000;
    for (let k = 0; k < numWalks; k++) {
      let y = 0;
      const walk = Array.from({ length: 50 }, () => (y += gauss()));
      const predict = lastValue({ steps: stepsTo(40), values: walk.slice(0, 40) }, options);
      for (const [name, step] of [
        ['near', 41],
        ['far', 50],
      ] as const) {
        const below = predict(step).cdf(walk[step - 1]);
        if (below > 0.05 && below < 0.95) hits[name]++;
      }
    }
    // Exact for the next step: binomial, 4 standard errors. Over 10 of 20 seen steps the spread itself is uncertain.
    expect(Math.abs(hits.near / numWalks - 0.9)).toBeLessThan(4 * Math.sqrt((0.9 * 0.1) / numWalks));
    expect(hits.far / numWalks).toBeGreaterThan(0.75);
    expect(hits.far / numWalks).toBeLessThan(0.97);
  });
});

describe('power law', () => {
  it.each([
    { what: 'falling', c: 0.2, a: 3, b: 0.5 },
    { what: 'rising', c: 76, a: -40, b: 1.3 },
    { what: 'slow', c: -5, a: 8, b: 0.1 },
    { what: 'with its limit seen', c: 0.4, a: 1, b: 4 },
  ])('continues one that is $what and free of noise', ({ c, a, b }) => {
    const f = (x: number) => c + a * x ** -b;
    const steps = [1, 2, 3, 4, 6, 9, 14, 20];
    const predict = powerLaw({ steps, values: steps.map(f) }, { resolution: 1e-9 });
    for (const step of [25, 100, 1000]) {
      expect(Math.abs(predict(step).mean - f(step))).toBeLessThan(1e-5);
      expect(width90(predict(step))).toBeLessThan(1e-5);
    }
  });

  it('counts steps that start at 0 from one gap before', () => {
    const f = (x: number) => 0.3 + 0.6 * (x + 10) ** -0.8;
    const steps = [0, 10, 20, 30, 40, 50];
    const predict = powerLaw({ steps, values: steps.map(f) }, { resolution: 1e-9 });
    expect(predict(200).mean).toBeCloseTo(f(200), 6);
  });

  it('covers noisy power laws as often as it says', () => {
    const random = randomStream('coverage');
    const gauss = normals(random);
    const numCurves = 600;
    const queries = [26, 50, 100];
    const hits = queries.map(() => 0);
    for (let k = 0; k < numCurves; k++) {
      const b = Math.exp(Math.log(0.2) + Math.log(10) * random()); // 0.2..2
      const y = (x: number) => 1 + 2 * x ** -b + 0.02 * gauss();
      const predict = powerLaw({ steps: stepsTo(25), values: stepsTo(25).map(y) }, options);
      for (const [i, step] of queries.entries()) {
        const below = predict(step).cdf(y(step));
        if (below > 0.05 && below < 0.95) hits[i]++;
      }
    }
    // 4 binomial standard errors, and 2 % for exponents that are not drawn as they are weighted.
    for (const count of hits) {
      expect(Math.abs(count / numCurves - 0.9)).toBeLessThan(0.02 + 4 * Math.sqrt((0.9 * 0.1) / numCurves));
    }
  });

  it('leaves fewer than four points to the last value', () => {
    const observed = { steps: [1, 2, 3], values: [3, 2, 1.5] };
    expect(powerLaw(observed, options)(10).quantile(0.9)).toBe(lastValue(observed, options)(10).quantile(0.9));
  });
});

describe('the density of a recorded value', () => {
  const normal = (scale: number) => ({
    cdf: (y: number) => normalCdf(y / scale),
    logDensity: (y: number) => -((y / scale) ** 2) / 2 - Math.log(scale * Math.sqrt(2 * Math.PI)),
  });

  it('is that of the value where the density is smooth', () => {
    const { cdf, logDensity } = normal(0.1);
    for (const y of [0, 0.05, -0.3, 0.7]) {
      expect(recordedLogDensity({ cdf, logDensity }, y, 1e-6)).toBeCloseTo(logDensity(y), 4);
    }
  });

  it('is the mass of the rounding interval where all of the distribution lies within it', () => {
    expect(recordedLogDensity(normal(1e-9), 0, 1e-4)).toBeCloseTo(-Math.log(1e-4), 9);
    expect(recordedLogDensity(normal(1e-9), 0.5e-4, 1e-4)).toBeCloseTo(Math.log(0.5 / 1e-4), 6); // half of it
  });

  it('is the same in both tails, where the distribution functions cancel', () => {
    const { cdf, logDensity } = normal(1);
    for (const [y, resolution] of [
      [7, 0.01],
      [12, 0.001],
      [9, 1], // steep within the interval
      [30, 0.5],
    ]) {
      const left = Math.log((normalCdf(-y + resolution / 2) - normalCdf(-y - resolution / 2)) / resolution);
      expect(recordedLogDensity({ cdf, logDensity }, -y, resolution)).toBeCloseTo(left, 2);
      expect(recordedLogDensity({ cdf, logDensity }, y, resolution)).toBeCloseTo(left, 2);
    }
  });

  it('averages over the border between two bars', () => {
    const distribution = createBars([0, 1, 2, 3, 4]).distribution(
      [0, Math.log(0.9), Math.log(0.1), 0].map((x) => x - 1),
    );
    const [left, right] = [1.99, 2.01].map((y) => Math.exp(distribution.logDensity(y)));
    const recorded = recordedLogDensity(
      { cdf: (y) => distribution.cdf(y), logDensity: (y) => distribution.logDensity(y) },
      2,
      1e-7,
    );
    expect(Math.exp(recorded)).toBeCloseTo((left + right) / 2, 6);
  });

  it('is zero where there is no density', () => {
    const nowhere = { cdf: () => 1, logDensity: () => -Infinity };
    expect(recordedLogDensity(nowhere, 5, 0.1)).toBe(-Infinity);
  });
});
