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
function reference(gradients: number[][], start: number[], learningRate: number) {
  const { beta1, beta2, epsilon, weightDecay, clip } = options;
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

  it('agrees with the algorithm of the paper over several steps, clipped and unclipped', () => {
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
      const { gradientNorm, ...next } = adamw(state, tf.tensor1d(gradient), tf.scalar(0.01), debias, options);
      expect(gradientNorm.dataSync()[0]).toBeCloseTo(Math.hypot(...gradient), 5);
      state = next;
    });
    const expected = reference(gradients, start, 0.01);
    state.weights.dataSync().forEach((weight, i) => {
      expect(weight).toBeCloseTo(expected[i], 6);
    });
  });
});

describe('Muon', () => {
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
