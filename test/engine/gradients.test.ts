/** Gradients against central finite differences on tfjs's own JavaScript backend: an oracle that shares no derivative with ours. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NdArray } from '../../engine/array.ts';
import { differentiable } from '../../engine/gradients.ts';
import { diagonalLike, diagonalOf, nearInverse, quadraticForm, solve } from '../../engine/linear-algebra.ts';
import {
  attention,
  crossEntropy,
  fromHeads,
  gelu,
  logSumExp,
  rmsNorm,
  silu,
  softCrossEntropy,
  squaredRelu,
  toHeads,
  valueAndGradients,
} from '../../engine/ops.ts';
import { type Case, kernelRows } from './kernel-rows.ts';
import { randomFeeds } from './random-feeds.ts';

/**
 * In float32 (unit roundoff 6e-8) the rounding error of a difference of numbers near 1 over 2h is about 1e-5 for h = 5e-3, and the truncation
 * error h^2/6 f''' about as much.
 */
const STEP = 5e-3;
const TOLERANCE = 1e-3;
const SIZES = { a: 2, b: 3, c: 4 };

const x = { shape: ['a', 6, 'b'] };
/** Symmetric and positive definite matrices of any. */
const positive = (m: tf.Tensor) => tf.add(tf.matMul(m, m, false, true), tf.eye(4));
const composed: Readonly<Record<string, readonly Case[]>> = {
  rmsNorm: [{ inputs: { x }, f: ({ x }) => rmsNorm(x) }],
  attention: [
    {
      inputs: { q: { shape: ['a', 'b', 5] }, k: { shape: ['a', 'c', 5] }, v: { shape: ['a', 'c', 5] } },
      f: ({ q, k, v }) => attention(q, k, v),
    },
  ],
  toHeads: [{ inputs: { x: { shape: ['b', 'c'] }, w: { shape: ['c', 6] } }, f: ({ x, w }) => toHeads(x, w, 2) }],
  fromHeads: [{ inputs: { x: { shape: ['a', 'b', 3] }, w: { shape: [6, 'c'] } }, f: ({ x, w }) => fromHeads(x, w) }],
  gelu: [{ inputs: { x }, f: ({ x }) => gelu(x) }],
  logSumExp: [{ inputs: { x }, f: ({ x }) => logSumExp(x) }],
  diagonalLike: [
    {
      inputs: { d: { shape: ['a', 1, 1] } },
      f: ({ d }) => tf.mul(diagonalLike(tf.zeros([2, 4, 4]), d), tf.range(0, 4)),
    },
  ],
  diagonalOf: [{ inputs: { x: { shape: ['a', 'c', 'c'] } }, f: ({ x }) => diagonalOf(x) }],
  nearInverse: [{ inputs: { x: { shape: ['a', 'c', 'c'] } }, f: ({ x }) => nearInverse(positive(x)) }],
  solve: [
    {
      inputs: { x: { shape: ['a', 'c', 'c'] }, r: { shape: ['a', 'c', 'b'] } },
      f: ({ x, r }) => solve(positive(x), nearInverse(positive(x)), r),
    },
  ],
  quadraticForm: [
    {
      inputs: { x: { shape: ['a', 'c', 'c'] }, r: { shape: ['a', 'c', 'b'] } },
      f: ({ x, r }) => quadraticForm(positive(x), nearInverse(positive(x)), r),
    },
  ],
  silu: [{ inputs: { x }, f: ({ x }) => silu(x) }],
  squaredRelu: [{ inputs: { x }, f: ({ x }) => squaredRelu(x) }],
  crossEntropy: [
    {
      inputs: { x: { shape: ['a', 7] }, labels: { shape: ['a'], dtype: 'int32', to: 7 } },
      f: ({ x, labels }) => tf.mul(crossEntropy(x, labels), 0.7),
    },
  ],
  // The probabilities are data and get no gradient, so they are made here, each row with sum 1.
  softCrossEntropy: [
    {
      inputs: { x: { shape: ['a', 7] } },
      f: ({ x }) => tf.mul(softCrossEntropy(x, tf.softmax(tf.sin(tf.reshape(tf.range(0, 14), [2, 7])))), 0.7),
    },
  ],
};
const rows: Readonly<Record<string, readonly Case[]>> = {
  ...Object.fromEntries(differentiable.map((kernel) => [kernel, kernelRows[kernel]])),
  ...composed,
};

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

const toTensor = ({ data, shape, dtype }: NdArray) => tf.tensor(data, [...shape], dtype);

/** All outputs of f, one after the other; integer outputs are steps, not slopes. */
function values(f: Case['f'], feeds: Readonly<Record<string, NdArray>>): Float32Array {
  return tf.tidy(() => {
    const outputs = [f(Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toTensor(feed)])))].flat();
    return tf.concat(outputs.map((y) => tf.reshape(tf.cast(y, 'float32'), [-1]))).dataSync<'float32'>();
  });
}

/** Fixed weights of the outputs, none alike: the gradient that is checked is that of their weighted sum. */
const weight = (index: number) => Math.sin(3 * index + 1);

/** By central differences; the weighted sum is taken in float64, so that only the outputs are rounded. */
function numericGradient(f: Case['f'], feeds: Readonly<Record<string, NdArray>>, name: string): number[] {
  const { data } = feeds[name];
  return Array.from(data, (value, i) => {
    const [above, below] = [STEP, -STEP].map((step) => Float32Array.from(data).fill(value + step, i, i + 1));
    const [upper, lower] = [above, below].map((moved) =>
      values(f, { ...feeds, [name]: { ...feeds[name], data: moved } }),
    );
    return upper.reduce((sum, y, j) => sum + (weight(j) * (y - lower[j])) / (above[i] - below[i]), 0);
  });
}

function gradientsOf(f: Case['f'], feeds: Readonly<Record<string, NdArray>>, names: readonly string[]): number[][] {
  return tf.tidy(() => {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toTensor(feed)]));
    let offset = 0;
    const weightedSum = (xs: readonly tf.Tensor[]) => {
      const outputs = [f({ ...inputs, ...Object.fromEntries(names.map((name, i) => [name, xs[i]])) })].flat();
      return outputs
        .map((y) => {
          const weights = Array.from({ length: y.size }, (_, j) => weight(offset + j));
          offset += y.size;
          return tf.sum(tf.mul(tf.cast(y, 'float32'), tf.tensor(weights, y.shape)));
        })
        .reduce((a, b) => tf.add(a, b));
    };
    const { gradients } = valueAndGradients(weightedSum)(names.map((name) => inputs[name]));
    return gradients.map((gradient) => Array.from(gradient.dataSync()));
  });
}

describe.each(Object.keys(rows))('%s', (row) => {
  const cases = rows[row].filter(({ gradient, inputs }) => gradient !== false && Object.values(inputs).some(isFloat));
  test.each(cases.map((one, index) => [index, one] as const))('case %i', (_, { inputs, f }) => {
    const feeds = randomFeeds(inputs, SIZES, row);
    const names = Object.keys(inputs).filter((name) => isFloat(inputs[name]));
    gradientsOf(f, feeds, names).forEach((gradient, index) => {
      const expected = numericGradient(f, feeds, names[index]);
      const wrong = expected.findIndex(
        (value, i) => !(Math.abs(gradient[i] - value) <= TOLERANCE * (1 + Math.abs(value))),
      );
      if (wrong >= 0)
        expect.fail(`d${names[index]}[${wrong}] of ${row} is ${gradient[wrong]}, expected ${expected[wrong]}`);
    });
  });
  test('has a case', () => expect(cases).not.toEqual([]));
});

describe('where a function has a corner', () => {
  const slopes = (f: (xs: readonly tf.Tensor[]) => tf.Tensor, ...xs: readonly number[][]) =>
    tf.tidy(() =>
      valueAndGradients((inputs) => tf.sum(f(inputs)))(xs.map((each) => tf.tensor(each))).gradients.map((gradient) =>
        Array.from(gradient.dataSync()),
      ),
    );

  test('of two equal numbers the first is the larger, and the smaller: their gradients add up to one', () => {
    for (const of of [tf.maximum, tf.minimum]) {
      expect(slopes(([a, b]) => of(a, b), [2, -1], [2, -1])).toEqual([
        [1, 1],
        [0, 0],
      ]);
    }
  });

  test('a number at the end of a range is not cut off', () => {
    expect(slopes(([x]) => tf.clipByValue(x, -1, 3), [-1.5, -1, 0, 3, 3.5])).toEqual([[0, 1, 1, 1, 0]]);
  });
});

function isFloat({ dtype = 'float32' }: { readonly dtype?: string }): boolean {
  return dtype === 'float32';
}
