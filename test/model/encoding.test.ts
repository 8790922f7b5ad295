import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { encode, encodeX, fitFeatures } from '../../model/encoding.ts';
import { type FeatureKind, featureKinds, inputColumns } from '../../model/features.ts';

/** What each kind is by its formula, and inputs within its range. */
const rows: Readonly<Record<FeatureKind, { formula: (x: number) => number; inputs: number[] }>> = {
  linear: { formula: (x) => x, inputs: [-1e6, -1, 0, 0.5, 1e6] },
  log: { formula: (x) => Math.log(x), inputs: [1e-6, 0.5, 1, 100, 1e6] },
  'reciprocal-log': { formula: (x) => 1 / Math.log(x + 1), inputs: [0.01, 0.5, 1, 100, 1e6] },
  'from-start': { formula: (x) => Math.log(x + 1 / 50), inputs: [0, 1e-6, 0.02, 0.5, 1, 3, 1e30] },
  // Sines and cosines of what is fitted here; see 'waves' below.
  waves: { formula: (x) => x, inputs: [-1, 0, 0.5, 2] },
  'from-end': {
    formula: (x) => (x < 1 ? -Math.log(1 + 20 * (1 - x)) : Math.log(1 + 20 * (x - 1))),
    inputs: [0, 1e-6, 0.5, 0.95, 1, 1.05, 3, 1e30],
  },
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(featureKinds)('the feature %s', (kind) => {
  const { formula, inputs } = rows[kind];
  const fitted = fitFeatures([kind], inputs);

  it.skipIf(kind === 'waves')('of a tensor is its formula, standardised, and finite', () => {
    const features = encode(tf.tensor2d(inputs, [inputs.length, 1]), fitted).dataSync(); // [R, 1]
    const [{ center, scale }] = fitted;
    inputs.forEach((input, i) => {
      expect(Number.isFinite(features[i])).toBe(true);
      expect(features[i]).toBeCloseTo((formula(input) - center) / scale, 4);
    });
  });

  it('is fitted to have mean 0 and variance 1 over the draws', () => {
    const [{ center, scale }] = fitted;
    const values = inputs.map((input) => (formula(input) - center) / scale);
    expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(0, 10);
    expect(values.reduce((a, b) => a + b * b, 0) / values.length).toBeCloseTo(1, 10);
  });
});

test('from-end is odd around 1: equally fine on both sides of the end of the context', () => {
  const feature = { kind: 'from-end', center: 0, scale: 1 } as const;
  const [before, at, after] = encode(tf.tensor2d([0.75, 1, 1.25], [3, 1]), [feature]).dataSync();
  expect(at).toBe(0);
  expect(before).toBeCloseTo(-after, 6);
  expect(after).toBeCloseTo(Math.log(6), 6);
});

test('several kinds stand side by side, one column each', () => {
  const features = fitFeatures(['linear', 'from-start', 'from-end'], [0, 0.3, 1, 2]);
  expect(encode(tf.tensor2d([0, 0.5], [2, 1]), features).shape).toEqual([2, 3]);
});

test('draws outside the range of a kind are refused', () => {
  expect(() => fitFeatures(['linear', 'log'], [1, -1])).toThrow(
    "encoding: 'log' of the prior's inputs is not finite. Use 'linear' for inputs that are not positive.",
  );
});

test('waves are sines and cosines of the standardised inputs: equal distances have equal inner products', () => {
  const features = [{ kind: 'waves', center: 0.5, scale: 0.3 }] as const;
  const inputs = [0.1, 0.3, 0.6, 0.8];
  const rows = encode(tf.tensor2d(inputs, [4, 1]), features).arraySync() as number[][]; // [4, 10]
  const product = (i: number, j: number) => rows[i].reduce((sum, value, k) => sum + value * rows[j][k], 0);
  expect(product(0, 1)).toBeCloseTo(product(2, 3), 5);
  expect(product(0, 0)).toBeCloseTo(5, 5); // sin^2 + cos^2 at five frequencies
  expect(rows[2][0]).toBeCloseTo(Math.sin((0.5 * 0.1) / 0.3), 5);
  expect(rows[2][3]).toBeCloseTo(Math.cos(0.1 / 0.3), 5);
});

test('columns that tell hyperparameters are shown as they are, behind the encoded inputs', () => {
  const config = {
    numFeatures: 4,
    xFeatures: [{ kind: 'linear', center: 1, scale: 2 }],
    hyperparameters: [{ name: 'noise', low: 0.01, high: 1 }],
  } as const;
  expect(inputColumns(config)).toBe(4);
  expect(encodeX(tf.tensor2d([[3, 5, -0.5, 1]]), config).arraySync()).toEqual([[1, 2, -0.5, 1]]);
});
