import { describe, expect, it } from 'vitest';
import { type EnsembleSamplerOptions, ensembleSampler } from '../../../priors/exact/ensemble-sampler.ts';
import { normals, randomStream } from '../../../priors/random.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Walkers spread uniformly over a box. */
function spread(name: string, count: number, ...ranges: readonly (readonly [number, number])[]): Float64Array[] {
  const random = randomStream(name, 'start');
  return Array.from({ length: count }, () => Float64Array.from(ranges, ([low, high]) => low + (high - low) * random()));
}

/** Mean of `of` over the samples, within 5 standard errors that count every `perIndependent`th sample as independent. */
function expectMean(
  samples: readonly Float64Array[],
  of: (sample: Float64Array) => number,
  expected: number,
  perIndependent: number,
): void {
  const values = samples.map(of);
  const center = mean(values);
  const variance = mean(values.map((value) => (value - center) ** 2));
  expect(Math.abs(center - expected)).toBeLessThan(5 * Math.sqrt((variance * perIndependent) / values.length));
}

describe('the samples have the moments of', () => {
  it('a correlated normal whose axes differ a thousandfold', () => {
    // Mean (3, -0.002), scales 2 and 0.003, correlation 0.95.
    const logDensity = ([x, y]: Float64Array) => {
      const [u, v] = [(x - 3) / 2, (y + 0.002) / 0.003];
      return -(u * u - 2 * 0.95 * u * v + v * v) / (2 * (1 - 0.95 ** 2));
    };
    const { samples, acceptance } = ensembleSampler({
      logDensity,
      start: spread('normal', 40, [-10, 10], [-0.01, 0.01]),
      steps: 4000,
      burnIn: 200,
      thin: 4,
      random: randomStream('normal'),
    });
    expect(samples).toHaveLength(40_000);
    expect(acceptance).toBeGreaterThan(0.5); // about 0.7 for every two-dimensional normal
    expectMean(samples, ([x]) => x, 3, 10);
    expectMean(samples, ([, y]) => y, -0.002, 10);
    expectMean(samples, ([x]) => (x - 3) ** 2, 4, 10);
    expectMean(samples, ([, y]) => (y + 0.002) ** 2, 0.003 ** 2, 10);
    expectMean(samples, ([x, y]) => (x - 3) * (y + 0.002), 0.95 * 2 * 0.003, 10);
  });

  it('the Beta posterior of a coin with 7 heads in 10 throws', () => {
    const logDensity = ([p]: Float64Array) => (p > 0 && p < 1 ? 7 * Math.log(p) + 3 * Math.log1p(-p) : -Infinity);
    const { samples } = ensembleSampler({
      logDensity,
      start: spread('coin', 20, [0, 1]),
      steps: 4000,
      burnIn: 100,
      thin: 4,
      random: randomStream('coin'),
    });
    // Beta(8, 4): mean 8/12, E[p^2] = 8*9 / (12*13), P(p < 1/2) = sum over k >= 8 of C(11, k) / 2^11 = 232 / 2048.
    expectMean(samples, ([p]) => p, 8 / 12, 8);
    expectMean(samples, ([p]) => p * p, 72 / 156, 8);
    expectMean(samples, ([p]) => (p < 0.5 ? 1 : 0), 232 / 2048, 8);
  });

  it('a density cut off by constraints', () => {
    // Uniform on 0 < x < y < 1, as two sorted uniforms: means 1/3 and 2/3, E[x y] = 1/4.
    const logDensity = ([x, y]: Float64Array) => (x > 0 && x < y && y < 1 ? 0 : -Infinity);
    const start = spread('triangle', 40, [0, 0.5], [0.5, 1]);
    const { samples } = ensembleSampler({
      logDensity,
      start,
      steps: 4000,
      burnIn: 100,
      thin: 4,
      random: randomStream('triangle'),
    });
    expect(samples.every(([x, y]) => x > 0 && x < y && y < 1)).toBe(true);
    expectMean(samples, ([x]) => x, 1 / 3, 10);
    expectMean(samples, ([, y]) => y, 2 / 3, 10);
    expectMean(samples, ([x, y]) => x * y, 1 / 4, 10);
  });

  it('a standard normal in ten dimensions', () => {
    const gauss = normals(randomStream('ten', 'start'));
    const { samples } = ensembleSampler({
      logDensity: (x) => -x.reduce((sum, value) => sum + value * value, 0) / 2,
      start: Array.from({ length: 60 }, () => Float64Array.from({ length: 10 }, () => 3 * gauss())),
      steps: 8000,
      burnIn: 1000,
      thin: 20,
      random: randomStream('ten'),
    });
    // The squared length is chi-squared with 10 degrees of freedom: mean 10, mean square 120.
    const square = (x: Float64Array) => x.reduce((sum, value) => sum + value * value, 0);
    expectMean(samples, square, 10, 8);
    expectMean(samples, (x) => square(x) ** 2, 120, 8);
  });
});

describe('a run', () => {
  const options: EnsembleSamplerOptions = {
    logDensity: ([x, y]) => -(x * x + y * y + x * y),
    start: spread('run', 8, [-1, 1], [-1, 1]),
    steps: 50,
    random: randomStream('run'),
  };
  const flat = (samples: readonly Float64Array[]) => samples.map((sample) => [...sample]);

  it('follows a linear map of the parameters', () => {
    const scaled = (x: Float64Array) => Float64Array.of(x[0] * 1024, x[1] / 64); // powers of 2 do not round
    const plain = ensembleSampler({ ...options, random: randomStream('map') });
    const mapped = ensembleSampler({
      ...options,
      logDensity: ([x, y]) => options.logDensity(Float64Array.of(x / 1024, y * 64)),
      start: options.start.map(scaled),
      random: randomStream('map'),
    });
    expect(flat(mapped.samples)).toEqual(flat(plain.samples.map(scaled)));
    expect(mapped.acceptance).toBe(plain.acceptance);
  });

  it('is a function of its stream and leaves its start alone', () => {
    const before = flat(options.start);
    const [a, b] = [1, 2].map(() => ensembleSampler({ ...options, random: randomStream('same') }));
    expect(flat(a.samples)).toEqual(flat(b.samples));
    expect(flat(options.start)).toEqual(before);
  });

  it('with burn-in and thinning keeps those sweeps of the plain run', () => {
    const plain = flat(ensembleSampler({ ...options, random: randomStream('keep') }).samples);
    const thinned = ensembleSampler({ ...options, steps: 40, burnIn: 10, thin: 15, random: randomStream('keep') });
    const sweep = (s: number) => plain.slice((s - 1) * 8, s * 8);
    expect(flat(thinned.samples)).toEqual([...sweep(25), ...sweep(40)]);
  });

  it('never goes where the density is not a number', () => {
    const { samples } = ensembleSampler({
      ...options,
      logDensity: ([x]) => (x > 0.5 ? Number.NaN : 0),
      start: spread('nan', 8, [-1, 0], [0, 1]),
    });
    expect(samples.every(([x]) => x <= 0.5)).toBe(true);
  });
});

describe('refused', () => {
  const options: EnsembleSamplerOptions = {
    logDensity: ([x]) => (x > 0 ? -x : -Infinity),
    start: spread('refused', 4, [1, 2], [1, 2]),
    steps: 10,
    random: randomStream('refused'),
  };

  it.each([
    {
      what: 'too few walkers',
      change: { start: options.start.slice(0, 2) },
      message:
        'ensembleSampler: expected an even number of walkers, at least 2 for each of the 2 parameters, got 2. Start more of them.',
    },
    {
      what: 'an odd number of walkers',
      change: { start: [...options.start, Float64Array.of(1, 1)] },
      message:
        'ensembleSampler: expected an even number of walkers, at least 2 for each of the 2 parameters, got 5. Start more of them.',
    },
    {
      what: 'walkers of different sizes',
      change: { start: [...options.start.slice(0, 3), Float64Array.of(1)] },
      message: 'ensembleSampler: expected 2 parameters in every walker as in the first, got 1 in walker 3.',
    },
    {
      what: 'a walker outside of the support',
      change: { start: [...options.start.slice(0, 3), Float64Array.of(-1, 1)] },
      message:
        'ensembleSampler: expected a finite log density at every walker, got -Infinity at walker 3. Start inside the support.',
    },
    {
      what: 'no steps',
      change: { steps: 0 },
      message: 'ensembleSampler: steps must be a whole number of at least 1, got 0.',
    },
    {
      what: 'a fraction as thinning',
      change: { thin: 1.5 },
      message: 'ensembleSampler: thin must be a whole number of at least 1, got 1.5.',
    },
    {
      what: 'a negative burn-in',
      change: { burnIn: -1 },
      message: 'ensembleSampler: burnIn must be a whole number of at least 0, got -1.',
    },
  ])('$what', ({ change, message }) => {
    expect(() => ensembleSampler({ ...options, ...change })).toThrow(new RangeError(message));
  });
});

it('counts the moves that are kept, and none of the burn-in', () => {
  const { samples, acceptance } = ensembleSampler({
    logDensity: () => 0, // in one dimension every move is accepted
    start: spread('flat', 10, [0, 1]),
    steps: 4,
    burnIn: 20,
    random: randomStream('flat'),
  });
  expect([samples.length, acceptance]).toEqual([40, 1]);
});
