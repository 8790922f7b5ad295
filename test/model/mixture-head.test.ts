/** The head of normals: against the distribution that its outputs stand for, and the formulas of its corrections. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../model/config.ts';
import { corrected, logDensities, mixtureOf } from '../../model/mixture-head.ts';
import { normalMixture } from '../../model/normal-mixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const config = { yFeatures: [{ kind: 'linear', center: 5, scale: 3 }] } as unknown as ModelConfig;
/** Two rows of two normals, standardised. */
const answers = () => ({
  mean: tf.tensor([
    [-1, 1],
    [0, 0.2],
  ]),
  variance: tf.tensor([
    [0.09, 0.0004],
    [1, 0.01],
  ]),
  evidence: tf.tensor([
    [Math.log(0.25) + 40, Math.log(0.75) + 40],
    [0, -1e4],
  ]),
});

describe('the head of normals', () => {
  it('mixes the answers of kernels by their evidence, in the units of targets', () => {
    const [first, second] = (mixtureOf(config, answers()).arraySync() as number[][]).map(normalMixture);
    expect(first.mean).toBeCloseTo(5 + 3 * (0.25 * -1 + 0.75 * 1), 5);
    expect(first.cdf(5 - 3)).toBeCloseTo(0.125, 5);
    expect(first.cdf(5 + 3)).toBeCloseTo(0.25 + 0.375, 5);
    expect(first.cdf(5 + 3 * 1.02) - first.cdf(5 + 3 * 0.98)).toBeCloseTo(0.75 * 0.6826894921, 4);
    expect(second.mean).toBeCloseTo(5, 6);
    expect(second.variance).toBeCloseTo(9, 4);
  });

  it('has the log densities of the mixture, several for each row', () => {
    const outputs = mixtureOf(config, answers());
    const y = [
      [2, 8, 5, -40],
      [5, 11, 4, 5.6],
    ];
    const densities = logDensities(outputs, tf.tensor(y)).arraySync() as number[][];
    (outputs.arraySync() as number[][]).forEach((row, r) => {
      const mixture = normalMixture(row);
      densities[r].forEach((density, i) => {
        const exact = mixture.logDensity(y[r][i]);
        expect(density / exact).toBeCloseTo(1, 4);
      });
    });
  });

  it('is corrected by what is added to the evidence, moved in standard deviations and widened by a factor', () => {
    const stream = tf.tensor([
      [1, 0],
      [0, 2],
    ]);
    // Of two normals each: weights, shifts, log factors.
    const weights = tf.tensor([
      [0.5, -0.5, 2, -1, Math.log(3), 0],
      [0, 0, 0, 0, 0, 0],
    ]);
    const { mean, variance, evidence } = corrected(answers(), stream, weights);
    const close = (tensor: tf.Tensor, rows: number[][]) =>
      expect(tensor.arraySync()).toEqual(rows.map((row) => row.map((value) => expect.closeTo(value, 4))));
    close(mean, [
      [-1 + 2 * 0.3, 1 - 0.02],
      [0, 0.2],
    ]);
    close(variance, [
      [0.09 * 9, 0.0004],
      [1, 0.01],
    ]);
    close(tf.sub(evidence, answers().evidence), [
      [0.5, -0.5],
      [0, 0],
    ]);
  });
});
