import { describe, expect, it } from 'vitest';
import { type HamiltonianOptions, hamiltonian } from '../../../priors/exact/hamiltonian.ts';
import { normals, randomStream } from '../../../priors/random.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

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

const starts = (count: number, size: number, name: string): Float64Array[] => {
  const gauss = normals(randomStream(name, 'start'));
  return Array.from({ length: count }, () => Float64Array.from({ length: size }, gauss));
};

const standardNormal: HamiltonianOptions['logDensity'] = (position, gradient) => {
  for (let k = 0; k < position.length; k++) gradient[k] = -position[k];
  return -position.reduce((sum, x) => sum + x * x, 0) / 2;
};

describe('the samples have the moments of', () => {
  it('a normal with strong correlation', () => {
    // Mean (3, -1), scales 1 and 0.5, correlation 0.99.
    const rest = 1 - 0.99 ** 2;
    const logDensity: HamiltonianOptions['logDensity'] = ([x, y], gradient) => {
      const [u, v] = [x - 3, (y + 1) / 0.5];
      gradient[0] = -(u - 0.99 * v) / rest;
      gradient[1] = -(v - 0.99 * u) / rest / 0.5;
      return -(u * u - 2 * 0.99 * u * v + v * v) / (2 * rest);
    };
    const chains = hamiltonian({
      logDensity,
      start: starts(3, 2, 'normal'),
      pathLength: 1.5,
      burnIn: 200,
      paths: 4000,
      random: randomStream('normal'),
    });
    const samples = chains.flatMap((chain) => chain.samples);
    expect(samples).toHaveLength(12_000);
    expectMean(samples, ([x]) => x, 3, 3);
    expectMean(samples, ([, y]) => y, -1, 3);
    expectMean(samples, ([x]) => (x - 3) ** 2, 1, 3);
    expectMean(samples, ([, y]) => (y + 1) ** 2, 0.25, 3);
    expectMean(samples, ([x, y]) => (x - 3) * (y + 1), 0.99 * 0.5, 3);
  });

  it('a normal of 100 dimensions', () => {
    const [{ samples }] = hamiltonian({
      logDensity: standardNormal,
      start: starts(1, 100, 'hundred'),
      pathLength: 1.5,
      burnIn: 100,
      paths: 4000,
      thin: 2,
      random: randomStream('hundred'),
    });
    expect(samples).toHaveLength(2000);
    expectMean(samples, (x) => mean([...x]), 0, 3);
    expectMean(samples, (x) => mean([...x].map((each) => each ** 2)), 1, 3);
  });

  it('a density that is not normal, of the logarithm of an exponential', () => {
    // t = ln v with v ~ Exp(1): log density t - exp(t), mean -0.5772 (Euler), variance pi^2 / 6, E[v] = 1.
    const chains = hamiltonian({
      logDensity: ([t], gradient) => {
        gradient[0] = 1 - Math.exp(t);
        return t - Math.exp(t);
      },
      start: starts(4, 1, 'gumbel'),
      pathLength: 2,
      burnIn: 200,
      paths: 4000,
      random: randomStream('gumbel'),
    });
    const samples = chains.flatMap((chain) => chain.samples);
    expectMean(samples, ([t]) => t, -0.5772156649, 3);
    expectMean(samples, ([t]) => (t + 0.5772156649) ** 2, Math.PI ** 2 / 6, 3);
    expectMean(samples, ([t]) => Math.exp(t), 1, 3);
  });
});

describe('the step size', () => {
  const run = (options: Partial<HamiltonianOptions>) =>
    hamiltonian({
      logDensity: standardNormal,
      start: starts(1, 20, 'steps'),
      pathLength: 1.5,
      burnIn: 1000,
      paths: 2000,
      random: randomStream('steps'),
      ...options,
    })[0];

  it('is adapted to the acceptance that is asked for', () => {
    for (const targetAcceptance of [0.65, 0.9]) {
      expect(Math.abs(run({ targetAcceptance }).acceptance - targetAcceptance)).toBeLessThan(0.08);
    }
  });

  it('shrinks with the scale of the target', () => {
    const narrow: HamiltonianOptions['logDensity'] = (position, gradient) => {
      for (let k = 0; k < position.length; k++) gradient[k] = -position[k] / 0.01 ** 2;
      return -position.reduce((sum, x) => sum + (x / 0.01) ** 2, 0) / 2;
    };
    const { samples, stepSize } = run({ logDensity: narrow, pathLength: 0.015 });
    expect(stepSize / run({}).stepSize / 0.01).toBeGreaterThan(0.7);
    expect(stepSize / run({}).stepSize / 0.01).toBeLessThan(1.4);
    expectMean(samples, (x) => mean([...x].map((each) => (each / 0.01) ** 2)), 1, 3);
  });
});

describe('hamiltonian', () => {
  const options: HamiltonianOptions = {
    logDensity: standardNormal,
    start: starts(2, 3, 'pure'),
    pathLength: 1,
    burnIn: 20,
    paths: 10,
    random: randomStream('pure'),
  };

  it('gives the same chains from the same stream, and leaves the starts alone', () => {
    const kept = structuredClone(options.start);
    const first = hamiltonian({ ...options, random: randomStream(1) });
    expect(hamiltonian({ ...options, random: randomStream(1) })).toEqual(first);
    expect(options.start).toEqual(kept);
  });

  it('never goes where the density is 0', () => {
    // A normal cut off at 0: the mean of its upper half is sqrt(2 / pi).
    const [{ samples }] = hamiltonian({
      ...options,
      logDensity: ([x], gradient) => {
        gradient[0] = -x;
        return x > 0 ? (-x * x) / 2 : -Infinity;
      },
      start: [Float64Array.of(1)],
      burnIn: 200,
      paths: 20_000,
    });
    expect(samples.every(([x]) => x > 0)).toBe(true);
    expectMean(samples, ([x]) => x, Math.sqrt(2 / Math.PI), 10);
  });

  it('refuses a start without density, and odd counts', () => {
    const outside = { ...options, logDensity: () => Number.NaN };
    expect(() => hamiltonian(outside)).toThrow(
      new RangeError(
        'hamiltonian: expected a finite log density at every start, got NaN at start 0. Start inside the support.',
      ),
    );
    expect(() => hamiltonian({ ...options, burnIn: 0 })).toThrow(
      'hamiltonian: burnIn must be a whole number of at least 1, got 0.',
    );
    expect(() => hamiltonian({ ...options, pathLength: 0 })).toThrow(
      'hamiltonian: pathLength must be positive, got 0.',
    );
  });
});
