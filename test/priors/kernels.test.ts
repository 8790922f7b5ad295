import { describe, expect, it, test } from 'vitest';
import { drawValue } from '../../priors/distributions.ts';
import { createKernel, type KernelSpec, parseKernel } from '../../priors/kernels.ts';
import { cholesky } from '../../priors/linear-algebra.ts';
import { normals, randomStream } from '../../priors/random.ts';

/** k(a, b) of a spec of fixed numbers. */
function kernelAt(spec: unknown, a: readonly number[], b: readonly number[]): number {
  const kernel = createKernel(parseKernel('kernel', spec), a.length);
  const covariance = new Float64Array(4);
  kernel.fill(
    covariance,
    Float64Array.of(...a, ...b),
    2,
    kernel.parameters.map(({ form }) => form as number),
  );
  return covariance[2];
}

const [exp, sqrt, PI] = [Math.exp, Math.sqrt, Math.PI];

describe('kernels have the values of their formulas', () => {
  it.each<[object, number[], number[], number]>([
    [{ kernel: 'rbf', lengthScale: 0.5 }, [0.2], [0.5], exp(-0.18)], // r = 0.6
    [{ kernel: 'rbf', lengthScale: 0.5, outputScale: 3 }, [0.2], [0.5], 9 * exp(-0.18)],
    [{ kernel: 'rbf', lengthScale: 2 }, [1, 2], [4, 6], exp(-25 / 8)], // distance 5
    [{ kernel: 'matern12', lengthScale: 2 }, [1, 2], [4, 6], exp(-2.5)],
    [{ kernel: 'matern32', lengthScale: 2 }, [1, 2], [4, 6], (1 + sqrt(3) * 2.5) * exp(-sqrt(3) * 2.5)],
    [
      { kernel: 'matern52', lengthScale: 2, outputScale: 0.5 },
      [1, 2],
      [4, 6],
      0.25 * (1 + sqrt(5) * 2.5 + (5 / 3) * 6.25) * exp(-sqrt(5) * 2.5),
    ],
    [{ kernel: 'periodic', lengthScale: 0.7, period: 2 }, [0.1], [0.6], exp((-2 * 0.5) / 0.49)], // sin^2(pi / 4) = 1/2
    [{ kernel: 'periodic', lengthScale: 0.7, period: 2 }, [0.1], [2.1], 1],
    [
      { kernel: 'periodic', lengthScale: 1, period: 4 },
      [0, 0],
      [1, 2],
      exp(-2 * (0.5 + 1)), // sin^2 of pi / 4 and of pi / 2
    ],
    [{ kernel: 'linear', outputScale: 2 }, [1, -2], [3, 5], 4 * (3 - 10)],
    [{ kernel: 'linear', lengthScale: 2 }, [1, -2], [3, 5], (3 - 10) / 4],
    [{ kernel: 'brownian' }, [0.3], [0.8], 0.3], // min(x, x')
    [{ kernel: 'brownian', outputScale: 2 }, [0.9], [0.8], 4 * 0.8],
    [{ kernel: 'brownian', hurst: 0.8 }, [0.3], [0.8], (0.3 ** 1.6 + 0.8 ** 1.6 - 0.5 ** 1.6) / 2],
    [{ kernel: 'brownian', hurst: 0.8 }, [0], [0.8], 0],
    [{ kernel: 'constant', outputScale: 3 }, [1], [7], 9],
    [
      { sum: [{ kernel: 'linear' }, { kernel: 'constant', outputScale: 2 }, { kernel: 'brownian' }] },
      [2],
      [3],
      6 + 4 + 2,
    ],
    [{ product: [{ kernel: 'linear' }, { kernel: 'constant', outputScale: 2 }, { kernel: 'brownian' }] }, [2], [3], 48],
    [
      { sum: [{ product: [{ kernel: 'linear' }, { kernel: 'linear' }] }, { sum: [{ kernel: 'linear' }] }] },
      [2],
      [3],
      36 + 6,
    ],
  ])('%j at %j, %j', (spec, a, b, expected) => {
    expect(kernelAt(spec, a, b)).toBeCloseTo(expected, 12);
    expect(kernelAt(spec, b, a)).toBeCloseTo(expected, 12);
  });
});

const every: readonly KernelSpec[] = [
  { kernel: 'rbf', lengthScale: 0.8 },
  { kernel: 'matern12', lengthScale: 0.8 },
  { kernel: 'matern32', lengthScale: 0.8 },
  { kernel: 'matern52', lengthScale: 0.8 },
  { kernel: 'periodic', lengthScale: 0.8, period: 1.3 },
  { kernel: 'linear' },
  { kernel: 'brownian' },
  { kernel: 'brownian', hurst: 0.2 },
  { kernel: 'brownian', hurst: 0.9 },
  { kernel: 'constant' },
  { sum: [{ kernel: 'linear' }, { kernel: 'rbf', lengthScale: 0.8 }] },
  {
    product: [
      { kernel: 'periodic', lengthScale: 0.8, period: 1.3 },
      { kernel: 'matern32', lengthScale: 0.8 },
    ],
  },
];

describe.each(every)('%j', (spec) => {
  const [numRows, numFeatures] = [40, 3];
  const gauss = normals(randomStream('rows'));
  const x = Float64Array.from({ length: numRows * numFeatures }, gauss);
  const kernel = createKernel(parseKernel('kernel', spec), numFeatures);
  const values = kernel.parameters.map(({ form }) => form as number);
  const covariance = new Float64Array(numRows ** 2).fill(7);
  kernel.fill(covariance, x, numRows, values);

  it('is positive semi-definite: with a little on the diagonal it has a Cholesky factor', () => {
    const matrix = covariance.slice();
    for (let i = 0; i < numRows; i++) matrix[i * numRows + i] += 1e-9;
    cholesky(matrix, numRows);
  });

  it('of each pair of rows is that of the two rows alone, and nothing above the diagonal is written', () => {
    const row = (i: number) => [...x.subarray(i * numFeatures, (i + 1) * numFeatures)];
    for (let i = 0; i < numRows; i += 3) {
      for (let j = 0; j < i; j += 5) {
        expect(covariance[i * numRows + j]).toBeCloseTo(kernelAt(spec, row(j), row(i)), 12);
        expect(covariance[j * numRows + i]).toBe(7);
      }
    }
  });

  it('does not see a column that is 0 in all rows', () => {
    expect(kernelAt(spec, [x[0], 0, x[1]], [0.5, 0, 2.5])).toBeCloseTo(kernelAt(spec, [x[0], x[1]], [0.5, 2.5]), 12);
  });
});

describe('hyperparameters', () => {
  it('are listed depth first, each by the last word of its path, with numbers where names repeat', () => {
    const spec = parseKernel('kernel', {
      sum: [
        { kernel: 'periodic', lengthScale: { gamma: [3, 6] }, period: { logUniform: [0.1, 1] } },
        { product: [{ kernel: 'linear' }, { kernel: 'brownian', outputScale: { given: [0.1, 1] } }] },
      ],
    });
    expect(createKernel(spec, 1).parameters).toEqual([
      { name: 'lengthScale', form: { gamma: [3, 6] } },
      { name: 'period', form: { logUniform: [0.1, 1] } },
      { name: 'outputScale', form: 1 },
      { name: 'lengthScale2', form: 1 },
      { name: 'outputScale2', form: 1 },
      { name: 'hurst', form: 0.5 },
      { name: 'outputScale3', form: { given: [0.1, 1] } },
    ]);
  });

  it('are read from their places in the list of values', () => {
    const spec = parseKernel('kernel', { sum: [{ kernel: 'rbf', lengthScale: 1 }, { kernel: 'linear' }] });
    const covariance = new Float64Array(4);
    // lengthScale, outputScale of the rbf; lengthScale, outputScale of the linear kernel
    createKernel(spec, 1).fill(covariance, Float64Array.of(1, 3), 2, [2, 3, 5, 7]);
    expect(covariance[2]).toBeCloseTo(9 * exp(-0.5) + (49 * 3) / 25, 12);
  });

  it.each(['rbf', 'periodic', 'linear'])('give each feature a length scale of its own under ard: %s', (name) => {
    const period = name === 'periodic' ? { period: 4 } : {};
    const spec = parseKernel('kernel', { kernel: name, lengthScale: { gamma: [3, 6] }, ...period });
    const kernel = createKernel(spec, 2, true);
    expect(kernel.parameters.map((parameter) => parameter.name).slice(0, 2)).toEqual(['lengthScale', 'lengthScale2']);
    const covariance = new Float64Array(4);
    kernel.fill(covariance, Float64Array.of(1, 2, 2, 4), 2, name === 'periodic' ? [0.5, 3, 4, 1] : [0.5, 3, 1]);
    const expected = {
      rbf: exp(-(4 + 4 / 9) / 2),
      periodic: exp(-2 * (Math.sin(PI / 4) ** 2 / 0.25 + Math.sin(PI / 2) ** 2 / 9)),
      linear: 2 / 0.25 + 8 / 9,
    };
    expect(covariance[2]).toBeCloseTo(expected[name as 'rbf'], 12);
  });

  it('are drawn by their forms', () => {
    const spec = parseKernel('kernel', { kernel: 'rbf', lengthScale: { logUniform: [2, 3] } });
    const [lengthScale, outputScale] = createKernel(spec, 1).parameters.map(({ form }) =>
      drawValue(randomStream(1), form),
    );
    expect(lengthScale).toBeGreaterThanOrEqual(2);
    expect(lengthScale).toBeLessThan(3);
    expect(outputScale).toBe(1);
  });
});

test('a parsed spec has its defaults filled in, and is parsed to itself', () => {
  const parsed = parseKernel('kernel', { sum: [{ kernel: 'brownian' }, { kernel: 'rbf', lengthScale: 2 }] });
  expect(parsed).toEqual({
    sum: [
      { kernel: 'brownian', hurst: 0.5, outputScale: 1 },
      { kernel: 'rbf', lengthScale: 2, outputScale: 1 },
    ],
  });
  expect(parseKernel('kernel', JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
});

test('a wrong spec is refused by its path, with what, expected and got', () => {
  expect(() => parseKernel('kernel', { kernel: 'rbff' })).toThrow(
    new RangeError(
      'kernel must be { sum: [...] }, { product: [...] } or { kernel: name } with a name of rbf, matern12, matern32, ' +
        'matern52, periodic, linear, brownian, constant, got {"kernel":"rbff"}.',
    ),
  );
  expect(() => parseKernel('kernel', { kernel: 'rbf', lengthScale: 1, scale: 2 })).toThrow(
    new RangeError("kernel: expected only kernel, lengthScale, outputScale for rbf, got 'scale'."),
  );
  expect(() => parseKernel('kernel', { kernel: 'rbf' })).toThrow(/^kernel\.lengthScale must be .*, got undefined\.$/);
  expect(() => parseKernel('kernel', { sum: [{ kernel: 'linear' }, { product: [{ kernel: 'rbf' }] }] })).toThrow(
    /^kernel\.sum\[1\]\.product\[0\]\.lengthScale must be/,
  );
  expect(() => parseKernel('kernel', { kernel: 'brownian', hurst: 1.2 })).toThrow(
    new RangeError('kernel.hurst must lie within (0, 1], got 1.2.'),
  );
  expect(() => parseKernel('kernel', { kernel: 'brownian', hurst: { gamma: [1, 1] } })).toThrow('(0, 1]');
  for (const wrong of [undefined, null, 'rbf', [], { sum: [] }, { sum: [{ kernel: 'linear' }], outputScale: 2 }]) {
    expect(() => parseKernel('kernel', wrong)).toThrow(/^kernel must be/);
  }
});
