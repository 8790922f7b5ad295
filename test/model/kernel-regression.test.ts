/** Networks with kernels: against the exact posterior of a Gaussian process whose kernel is put into the weights by hand. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { float32 } from '../../engine/array.ts';
import { eagerEngine } from '../../engine/eager.ts';
import type { TensorFunction } from '../../engine/engine.ts';
import type { KernelShape, ModelConfig } from '../../model/config.ts';
import { normalMixture } from '../../model/normal-mixture.ts';
import { parameters } from '../../model/parameters.ts';
import { condition, predict } from '../../model/transformer.ts';
import { gaussianProcess } from '../../priors/gaussian-process.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { engineUnderTest } from '../engine/engine-under-test.ts';

const compiled = await engineUnderTest();
const asIs = { kind: 'linear', center: 0, scale: 1 } as const;
const config: ModelConfig = {
  numFeatures: 1,
  xFeatures: [asIs],
  yFeatures: [asIs],
  numLayers: 1,
  width: 8,
  numHeads: 2,
  hidden: 6,
  activation: 'gelu',
  kernels: 2,
  head: 'normals',
  numOutputs: 6,
};
const told: ModelConfig = {
  ...config,
  numFeatures: 3,
  hyperparameters: [{ name: 'noise', low: 0.01, high: 1 }],
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = (seed: number, scale: number, ...shape: number[]) => {
  const gauss = normals(randomStream('kernels', seed));
  return tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * gauss()),
    shape,
  );
};

/** All at random, also those that start at zero. Bounds are in fives, nodes in tens. */
const scales: Readonly<Record<string, number>> = { kernelMiddle: 0.06, kernelReach: 0.06, kernelNodes: 0.03 };
const someWeights = (each: ModelConfig): Record<string, tf.Tensor> =>
  Object.fromEntries(parameters(each).map(({ name, shape }, i) => [name, random(i, scales[name] ?? 0.3, ...shape)]));

/** A kernel of length scale 1 and the noise variance 0.01; everything else is zero. */
function oneProcess(): Record<string, tf.Tensor> {
  const zeros = Object.fromEntries(parameters(config).map(({ name, shape }) => [name, tf.zeros([...shape])]));
  // 3 components, which see 8 places each: x is the first of them.
  const kernelPlaces = tf.tensor(
    Array.from({ length: 24 }, (_, column) => (column % 8 === 0 ? 1 : 0)),
    [1, 24],
  );
  // Bounds that leave nothing open: the reach is exp of this.
  const kernelReach = tf.fill([1, 2], -20);
  return { ...zeros, kernelPlaces, kernelReach };
}

const contextX = [-1.5, -0.7, -0.2, 0.4, 1.1, 1.9];
const contextY = [0.3, -0.5, 0.1, 0.9, 1.2, -0.4];
const queryX = [-3, -0.45, 0.05, 1.5];

const asked = (
  weights: Record<string, tf.Tensor>,
  each: ModelConfig,
  rows: number[][],
  y: number[],
  at: number[][],
) => {
  const memory = condition(weights, each, tf.tensor([rows]), tf.tensor([y]));
  return predict(weights, each, memory, tf.tensor([at])).arraySync() as number[][];
};

describe('a network with kernels', () => {
  const kernelOf = (shape: KernelShape, share = 1) => ({
    kernel: shape,
    lengthScale: 1,
    outputScale: Math.sqrt(share),
  });
  it.each([
    ['rbf', undefined, kernelOf('rbf')],
    ['matern32', ['matern32', 'matern32', 'matern32'], kernelOf('matern32')],
    ['matern52', ['matern52', 'matern52', 'matern52'], kernelOf('matern52')],
    [
      'a sum of these',
      ['matern32', 'rbf', 'matern52'],
      { sum: [kernelOf('rbf', 1 / 3), kernelOf('matern32', 1 / 3), kernelOf('matern52', 1 / 3)] },
    ],
  ] as const)(
    'whose weights say one kernel answers as the exact Gaussian process of that kernel: %s',
    (_, kernelShapes, kernel) => {
      const column = (values: number[]) => values.map((value) => [value]);
      const outputs = asked(oneProcess(), { ...config, kernelShapes }, column(contextX), contextY, column(queryX));
      const prior = gaussianProcess({ kernel, noise: 0.1 });
      const exact = prior.exact?.predict(
        { numContext: 6, numQuery: 4, contextX, contextY, queryX },
        randomStream('none'),
      );
      outputs.forEach((row, q) => {
        const { mean, variance } = normalMixture(row);
        expect(mean).toBeCloseTo(exact?.[q].mean ?? Number.NaN, 3);
        expect(variance).toBeCloseTo(exact?.[q].variance ?? Number.NaN, 3);
      });
    },
  );

  it('answers with the exact posterior to rounding where its head is the mixture of normals, in the units of targets', () => {
    const inUnits: ModelConfig = {
      ...config,
      yFeatures: [{ kind: 'linear', center: 5, scale: 3 }],
    };
    const column = (values: number[]) => values.map((value) => [value]);
    const y = contextY.map((value) => 5 + 3 * value);
    const outputs = asked(oneProcess(), inUnits, column(contextX), y, column(queryX));
    const { exact } = gaussianProcess({ kernel: kernelOf('rbf'), noise: 0.1 });
    exact
      ?.predict({ numContext: 6, numQuery: 4, contextX, contextY, queryX }, randomStream('none'))
      .forEach((truth, q) => {
        const answer = normalMixture(outputs[q]);
        expect(answer.mean).toBeCloseTo(5 + 3 * truth.mean, 3);
        expect(answer.variance).toBeCloseTo(9 * truth.variance, 3);
        expect(answer.quantile(0.05)).toBeCloseTo(5 + 3 * truth.quantile(0.05), 3);
        expect(answer.logDensity(4)).toBeCloseTo(truth.logDensity(-1 / 3) - Math.log(3), 2);
      });
    expect.assertions(16);
  });

  it('leaves nothing of its layers for queries where these ask the kernels only', () => {
    const { keys, values, regression } = condition(
      oneProcess(),
      config,
      tf.tensor([contextX.map((x) => [x])]),
      tf.tensor([contextY]),
    );
    expect([keys, values]).toEqual([[], []]);
    expect(regression?.coefficients.shape).toEqual([1, 2, 6, 1]);
  });

  it('answers every query as if it were alone, and whatever the order of the context', () => {
    const weights = someWeights(config);
    const rows = contextX.map((x) => [x]);
    const together = asked(weights, config, rows, contextY, [[-0.5], [0.8], [2.5]]);
    const alone = asked(weights, config, rows, contextY, [[0.8]]);
    const reversed = asked(weights, config, rows.toReversed(), contextY.toReversed(), [[0.8]]);
    together[1].forEach((logit, k) => {
      expect(alone[0][k]).toBeCloseTo(logit, 2);
      expect(reversed[0][k] - reversed[0][0]).toBeCloseTo(logit - together[1][0], 1);
    });
  });

  it('lets rows have a say in the kernels only where something is left open', () => {
    const weights = someWeights(told);
    const stretches = (columns: number[], y: number[]) =>
      condition(
        weights,
        told,
        tf.tensor([contextX.map((x) => [x, ...columns])]),
        tf.tensor([y]),
      ).regression?.stretches.arraySync();
    const otherY = contextY.map((y) => -2 * y);
    expect(stretches([0.3, 0.3], otherY)).toEqual(stretches([0.3, 0.3], contextY));
    expect(stretches([-0.5, 0.3], otherY)).not.toEqual(stretches([-0.5, 0.3], contextY));
  });

  it('is the same recorded as on the reference backend', async () => {
    const weights = someWeights(told);
    const names = Object.keys(weights);
    const fn: TensorFunction = ({ x, y, at, ...rest }) => ({
      logits: predict(rest, told, condition(rest, told, x, y), at),
    });
    const spec = {
      x: { dtype: 'float32', shape: ['batch', 'context', 3] },
      y: { dtype: 'float32', shape: ['batch', 'context'] },
      at: { dtype: 'float32', shape: ['batch', 'query', 3] },
      ...Object.fromEntries(names.map((name) => [name, { dtype: 'float32', shape: weights[name].shape }] as const)),
    } as const;
    // x, and the range that is told, from its low end to its high one.
    const rows = (seed: number, count: number) =>
      Array.from(random(seed, 0.5, 2, count, 3).dataSync(), (value, i) =>
        i % 3 === 0 ? value : Math.abs(value) * (i % 3 === 1 ? -1 : 1),
      );
    const feeds = {
      x: float32(Float32Array.from(rows(50, 5)), [2, 5, 3]),
      y: float32(Float32Array.from(random(51, 1, 2, 5).dataSync()), [2, 5]),
      at: float32(Float32Array.from(rows(52, 4)), [2, 4, 3]),
      ...Object.fromEntries(
        names.map((name) => [name, float32(Float32Array.from(weights[name].dataSync()), weights[name].shape)]),
      ),
    };
    const results = await Promise.all(
      [compiled, eagerEngine({ backend: 'cpu' })].map(async (engine) => {
        const program = await engine.compile('kernels', fn, spec);
        const { logits } = await program.run(feeds);
        await program.dispose();
        return Array.from(logits.data as Float32Array);
      }),
    );
    results[0].forEach((logit, i) => {
      expect(Math.abs(logit - results[1][i])).toBeLessThan(1e-2 + 1e-3 * Math.abs(logit));
    });
  });
});
