import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamw } from '../../train/adamw.ts';
import { muonDirections } from '../../train/muon.ts';

const options = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1, clip: 1 };

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** AdamW in float64, written from the paper (Loshchilov and Hutter 2019, algorithm 2) with clipping by global norm before it. */
function reference(gradients: number[][], start: number[], learningRate: number, epsilon: number) {
  const { beta1, beta2, weightDecay, clip } = options;
  const weights = [...start];
  const first = start.map(() => 0);
  const second = start.map(() => 0);
  gradients.forEach((gradient, index) => {
    const norm = Math.hypot(...gradient);
    const scale = Math.min(1, clip / norm);
    const t = index + 1;
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] * scale;
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      const direction = first[i] / (1 - beta1 ** t) / (Math.sqrt(second[i] / (1 - beta2 ** t)) + epsilon);
      weights[i] = weights[i] - learningRate * (direction + weightDecay * weights[i]);
    }
  });
  return weights;
}

describe('AdamW', () => {
  it('lets the moments of weights without a gradient fade, but not into denormal numbers, which are slow', () => {
    let state = { weights: tf.tensor1d([1]), first: tf.tensor1d([1e-36]), second: tf.tensor1d([1e-36]) };
    for (let step = 0; step < 500; step++) {
      const one = tf.scalar(1);
      state = adamw(
        state,
        tf.tensor1d([0]),
        one,
        { first: one, second: one },
        { ...options, weightDecay: 0 },
      ) as typeof state;
    }
    const leastNormal = 2 ** -126;
    expect(state.first.dataSync()[0]).toBeGreaterThan(leastNormal);
    expect(state.second.dataSync()[0]).toBeGreaterThan(leastNormal);
    expect(state.weights.dataSync()[0]).toBe(1);
  });

  it('hands an optimiser that makes its own direction the step and the average that looks one gradient ahead', () => {
    const one = tf.scalar(1);
    const state = { weights: tf.tensor1d([1]), first: tf.tensor1d([0.2]), second: tf.tensor1d([1]) };
    const next = adamw(
      state,
      tf.tensor1d([0.5]),
      tf.scalar(0.01),
      { first: one, second: one },
      {
        ...options,
        weightDecay: 0,
        direct: (_, averaged) => averaged,
      },
    );
    // m = 0.9 0.2 + 0.1 0.5 = 0.23, and Nesterov's is 0.9 m + 0.1 0.5.
    expect(next.first.dataSync()[0]).toBeCloseTo(0.23, 6);
    expect(next.weights.dataSync()[0]).toBeCloseTo(1 - 0.01 * (0.9 * 0.23 + 0.05), 6);
  });

  it.each([1e-8, 0.1])(
    'agrees with the algorithm of the paper over several steps, clipped and not, epsilon %d',
    (epsilon) => {
      const gradients = [
        [0.3, -0.2, 0.05],
        [3, -4, 1],
        [-0.1, 0.5, 0.2],
      ];
      const start = [1, -2, 0.5];
      let state = {
        weights: tf.tensor1d(start) as tf.Tensor,
        first: tf.zeros([3]) as tf.Tensor,
        second: tf.zeros([3]) as tf.Tensor,
      };
      gradients.forEach((gradient, index) => {
        const debias = {
          first: tf.scalar(1 / (1 - 0.9 ** (index + 1))),
          second: tf.scalar(1 / (1 - 0.98 ** (index + 1))),
        };
        const { gradientNorm, ...next } = adamw(state, tf.tensor1d(gradient), tf.scalar(0.01), debias, {
          ...options,
          epsilon,
        });
        expect(gradientNorm.dataSync()[0]).toBeCloseTo(Math.hypot(...gradient), 5);
        state = next;
      });
      const expected = reference(gradients, start, 0.01, epsilon);
      state.weights.dataSync().forEach((weight, i) => {
        expect(weight).toBeCloseTo(expected[i], 6);
      });
    },
  );
});

describe('Muon', () => {
  it('gives a matrix with a diagonal one with another, by five rounds of its polynomial, whichever side is longer', () => {
    const singular = [3, 2, 0.5];
    // Jordan et al. (2024): x -> a x + b x^3 + c x^5 from x over its norm on.
    const norm = Math.hypot(...singular);
    const expected = singular.map((value) => {
      let x = value / norm;
      for (let i = 0; i < 5; i++) x = 3.4445 * x - 4.775 * x ** 3 + 2.0315 * x ** 5;
      return 0.2 * Math.sqrt(5) * x;
    });
    for (const [rows, columns] of [
      [5, 3],
      [3, 5],
    ]) {
      const diagonal = (values: readonly number[]) =>
        Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => (i === j ? values[i] : 0)));
      const [direction] = muonDirections([tf.tensor2d(diagonal(singular))]);
      expect(direction.shape).toEqual([rows, columns]);
      expect(direction.arraySync()).toEqual(
        diagonal(expected).map((row) => row.map((value) => expect.closeTo(value, 4))),
      );
    }
  });

  it('pushes all singular values of a matrix to between 0.6 and 1.3, times 0.2 sqrt(max(rows, columns))', () => {
    for (const [rows, columns] of [
      [5, 3],
      [3, 5],
      [4, 4],
    ]) {
      const matrix = tf.randomNormal([rows, columns], 0, 1, 'float32', 3);
      const scale = 0.2 * Math.sqrt(Math.max(rows, columns));
      const o = tf.div(muonDirections([matrix])[0], scale) as tf.Tensor2D;
      const gram = (
        rows < columns ? tf.matMul(o, o, false, true) : tf.matMul(o, o, true, false)
      ).arraySync() as number[][];
      // The eigenvalues of the gram matrix are squared singular values: bounded by Gershgorin from above, and their mean is the trace.
      const size = gram.length;
      const trace = gram.reduce((sum, row, i) => sum + row[i], 0) / size;
      expect(trace).toBeGreaterThan(0.6 ** 2);
      expect(trace).toBeLessThan(1.3 ** 2);
    }
  });
});
