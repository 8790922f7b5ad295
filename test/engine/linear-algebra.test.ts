/** Against what is known of a matrix by construction, in double precision. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { float32, type NdArray } from '../../engine/array.ts';
import type { InputSpec, TensorFunction } from '../../engine/engine.ts';
import { OPERATORS } from '../../engine/kernels/kernel.ts';
import { nearInverse, quadraticForm, solve } from '../../engine/linear-algebra.ts';
import { toOnnx } from '../../engine/onnx.ts';
import { record } from '../../engine/record.ts';
import { createSession } from '../../engine/session.ts';
import { conditionNormal } from '../../priors/linear-algebra.ts';
import { randomStream, uniform } from '../../priors/random.ts';
import { engineUnderTest } from './engine-under-test.ts';

const engine = await engineUnderTest();

/** Covariance of a smooth process at N random places, with noise: a condition number of about N / noise^2. */
function noisyCovariance(size: number, noise: number): { x: number[]; matrix: Float64Array } {
  const random = randomStream('linear-algebra', size);
  const x = Array.from({ length: size }, () => uniform(random, 0, 1));
  const matrix = Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return Math.exp(-0.5 * ((x[i] - x[j]) / 0.3) ** 2) + (i === j ? noise * noise : 0);
  });
  return { x, matrix };
}

const fn: TensorFunction = ({ a, r, k }) => {
  const near = nearInverse(a);
  return { solution: solve(a, near, r), explained: quadraticForm(a, near, k) };
};
const spec: InputSpec = {
  a: { dtype: 'float32', shape: [1, 'row', 'row'] },
  r: { dtype: 'float32', shape: [1, 'row', 1] },
  k: { dtype: 'float32', shape: [1, 'row', 1] },
};
const ways: Readonly<Record<string, (feeds: Record<string, NdArray>) => Promise<Record<string, NdArray>>>> = {
  'as the device does': async (feeds) => {
    const program = await engine.compile('solve', fn, spec);
    const results = await program.run(feeds);
    await program.dispose();
    return results;
  },
  'without an operator that inverts': async (feeds) => {
    const session = await createSession(toOnnx(await record('solve', fn, spec, { operators: OPERATORS.any })));
    const results = await session.run(feeds);
    await session.dispose();
    return results;
  },
};

describe.each(Object.entries(ways))('solving with covariance matrices in single precision, %s:', (_, solved) => {
  test.each([
    [5, 0.1],
    [40, 0.03],
    [100, 0.01],
  ])('of %i rows with noise %f gives the mean and the variance of the process between them', async (size, noise) => {
    const { x, matrix } = noisyCovariance(size, noise);
    const y = x.map((place) => Math.sin(7 * place));
    const at = 0.41;
    const k = x.map((place) => Math.exp(-0.5 * ((at - place) / 0.3) ** 2));
    const { solution, explained } = await solved({
      a: float32(Float32Array.from(matrix), [1, size, size]),
      r: float32(Float32Array.from(y), [1, size, 1]),
      k: float32(Float32Array.from(k), [1, size, 1]),
    });
    // The same by a Cholesky factor in double precision: one more row that is asked.
    const joint = new Float64Array((size + 1) ** 2);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) joint[i * (size + 1) + j] = matrix[i * size + j];
      joint[size * (size + 1) + i] = k[i];
    }
    joint[(size + 1) ** 2 - 1] = 1 + noise * noise;
    const { means, variances } = conditionNormal(joint, size + 1, Float64Array.from(y));
    const mean = k.reduce((sum, value, i) => sum + value * solution.data[i], 0);
    expect(Math.abs(mean - means[0])).toBeLessThan(0.1 * noise);
    const variance = 1 + noise * noise - explained.data[0];
    expect(Math.abs(variance / variances[0] - 1)).toBeLessThan(0.02);
  });
});

test('solving with a matrix of one row divides', async () => {
  await tf.setBackend('cpu');
  const a = tf.tensor([4], [1, 1, 1]);
  expect(solve(a, nearInverse(a), tf.tensor([10], [1, 1, 1])).dataSync()[0]).toBeCloseTo(2.5, 5);
});
