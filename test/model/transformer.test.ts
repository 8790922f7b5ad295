import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import type { ModelConfig } from '../../model/config.ts';
import { attend } from '../../model/layers.ts';
import { parameters } from '../../model/parameters.ts';
import { condition, predict } from '../../model/transformer.ts';
import { normals, randomStream } from '../../priors/random.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = (seed: number, ...shape: number[]) => {
  const gauss = normals(randomStream(seed));
  return tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => gauss()),
    shape,
  );
};

it('attention with a sink is attention to one more row, whose key and value are those of the sink', () => {
  const [B, H, N, M, D] = [2, 3, 5, 4, 6];
  const [queries, keys, values] = [random(1, H, B, M, D), random(2, H, B, N, D), random(3, H, B, N, D)];
  const sink = { key: random(4, 1, H, 1, D), value: random(5, 1, H, 1, D) };
  const withRow = (rows: tf.Tensor, row: tf.Tensor) =>
    tf.concat([rows, tf.tile(tf.reshape(row, [H, 1, 1, D]), [1, B, 1, 1])], 2);
  const expected = attend(queries, withRow(keys, sink.key), withRow(values, sink.value)).dataSync();
  attend(queries, keys, values, sink)
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5);
    });
});

const linear = { kind: 'linear', center: 1, scale: 2 } as const;
const config: ModelConfig = {
  numFeatures: 1,
  xFeatures: [linear],
  yFeatures: [linear],
  numLayers: 2,
  width: 8,
  numHeads: 2,
  hidden: 6,
  activation: 'gelu',
  head: 'bars',
  numOutputs: 5,
};

/** Weights of a network, all at random, also those that start at zero. */
const weightsOf = (each: ModelConfig) =>
  Object.fromEntries(parameters(each).map(({ name, shape }, i) => [name, random(100 + i, ...shape)]));

const answers = (each: ModelConfig, weights: Record<string, tf.Tensor>) => {
  const memory = condition(weights, each, random(10, 1, 3, 1), random(11, 1, 3));
  return predict(weights, each, memory, random(12, 1, 2, 1)).arraySync() as number[][];
};

it('a stem whose output is zero changes nothing, and one that is not changes the answers', () => {
  const each = { ...config, stem: true };
  const weights = weightsOf(each);
  const plain = answers(config, weights);
  expect(answers(each, { ...weights, 'stem.output': tf.zeros([6, 8]) })).toEqual(plain);
  expect(answers(each, weights)).not.toEqual(plain);
});
