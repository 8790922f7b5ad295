import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { eagerEngine } from '../../engine/eager.ts';
import type { TensorFunction } from '../../engine/engine.ts';
import { differentiable } from '../../engine/gradients.ts';
import { kernels } from '../../engine/kernels/index.ts';
import { OPERATORS } from '../../engine/kernels/kernel.ts';
import { native } from '../../engine/kernels/native.ts';
import { toOnnx } from '../../engine/onnx.ts';
import { valueAndGradients } from '../../engine/ops.ts';
import { record } from '../../engine/record.ts';
import { createSession } from '../../engine/session.ts';
import { engineUnderTest } from './engine-under-test.ts';
import { expectClose } from './expect-close.ts';
import { type Case, kernelRows } from './kernel-rows.ts';
import { type RandomInputs, randomFeeds, specOf } from './random-feeds.ts';

const SIZES = [
  { a: 2, b: 5, c: 3 },
  { a: 5, b: 3, c: 8 },
];
const TOLERANCE = 1e-5;

const eager = eagerEngine({ backend: 'cpu' });
const compiled = await engineUnderTest();

/** All cases of a row as one function of all their inputs, with the gradients of sum(y^2) where the kernel has one. */
function together(cases: readonly Case[], withGradients: boolean): { inputs: RandomInputs; fn: TensorFunction } {
  const name = (index: number, input: string) => `case${index}_${input}`;
  const inputs = Object.fromEntries(
    cases.flatMap((one, index) => Object.entries(one.inputs).map(([input, row]) => [name(index, input), row] as const)),
  );
  const fn: TensorFunction = (all) => {
    const outputs: Record<string, tf.Tensor> = {};
    cases.forEach(({ inputs: own, f, gradient }, index) => {
      const given = Object.fromEntries(Object.keys(own).map((input) => [input, all[name(index, input)]]));
      [f(given)].flat().forEach((y, place) => {
        outputs[name(index, `y${place}`)] = y;
      });
      if (!withGradients || gradient === false) return;
      const floats = Object.keys(own).filter((input) => given[input].dtype === 'float32');
      if (floats.length === 0) return;
      const loss = (xs: readonly tf.Tensor[]) =>
        sumOfSquares([f({ ...given, ...Object.fromEntries(floats.map((input, i) => [input, xs[i]])) })].flat());
      const { gradients } = valueAndGradients(loss)(floats.map((input) => given[input]));
      gradients.forEach((g, i) => {
        outputs[name(index, `d${floats[i]}`)] = g;
      });
    });
    return outputs;
  };
  return { inputs, fn };
}

function sumOfSquares(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tensors.map((y) => tf.sum(tf.square(tf.cast(y, 'float32')))).reduce((a, b) => tf.add(a, b));
}

/** Kernels that tfjs's own backend runs for these cases. */
async function kernelsOf(fn: TensorFunction, inputs: RandomInputs): Promise<readonly string[]> {
  await tf.setBackend('cpu');
  const feeds = randomFeeds(inputs, SIZES[0], 'profile');
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, [...shape], dtype)]),
  );
  const { kernelNames } = await tf.profile(() => Object.values(fn(tensors)));
  return kernelNames;
}

test('every kernel of the table has a row, and every row a kernel', () => {
  expect(Object.keys(kernelRows).sort()).toEqual(Object.keys(kernels).sort());
});

test('every gradient belongs to a kernel of the table', () => {
  expect(differentiable.filter((name) => !Object.hasOwn(kernels, name))).toEqual([]);
});

describe.each(Object.keys(kernelRows))('%s', (kernel) => {
  const { inputs, fn } = together(kernelRows[kernel], differentiable.includes(kernel) || Object.hasOwn(native, kernel));

  test('recorded agrees with tfjs', async () => {
    const [recorded, reference] = await Promise.all([
      compiled.compile(kernel, fn, specOf(inputs)),
      eager.compile(kernel, fn, specOf(inputs)),
    ]);
    for (const sizes of SIZES) {
      const feeds = randomFeeds(inputs, sizes, kernel);
      const [actual, expected] = await Promise.all([recorded.run(feeds), reference.run(feeds)]);
      for (const output of Object.keys(expected))
        expectClose(actual[output], expected[output], TOLERANCE, `${output} at ${JSON.stringify(sizes)}`);
    }
    await recorded.dispose();
  });

  // Kernels of ours run nowhere else, and tfjs composes LogSoftmax.
  test.skipIf(Object.hasOwn(native, kernel) || kernel === 'LogSoftmax')('is what the row calls', async () => {
    expect(await kernelsOf(fn, inputs)).toContain(kernel);
  });
});

test.each(['BatchMatMul', 'Inverse', 'LogSoftmax', 'RmsNorm'])(
  '%s agrees also on devices without the operators that only some have',
  async (kernel) => {
    const { inputs, fn } = together(kernelRows[kernel], true);
    const portable = await record(kernel, fn, specOf(inputs), { operators: OPERATORS.any });
    expect(portable.nodes.filter(({ op }) => (OPERATORS.cpu as readonly string[]).includes(op))).toEqual([]);
    const session = await createSession(toOnnx(portable), { threads: 1 });
    const reference = await eager.compile(kernel, fn, specOf(inputs));
    const feeds = randomFeeds(inputs, SIZES[0], kernel);
    const [actual, expected] = await Promise.all([session.run(feeds), reference.run(feeds)]);
    for (const output of Object.keys(expected)) expectClose(actual[output], expected[output], TOLERANCE, output);
    await session.dispose();
  },
);
