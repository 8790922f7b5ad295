import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { float32 } from '../../engine/array.ts';
import type { InputSpec, TensorFunction } from '../../engine/engine.ts';
import { toOnnx } from '../../engine/onnx.ts';
import { record } from '../../engine/record.ts';
import { createSession } from '../../engine/session.ts';

const affine: TensorFunction = ({ x, weight, bias }) => ({
  y: tf.add(tf.matMul(x, weight), bias),
  flat: tf.reshape(x, [-1]),
  same: x,
});
const spec: InputSpec = {
  x: { dtype: 'float32', shape: ['rows', 2] },
  weight: { dtype: 'float32', shape: [2, 3] },
  bias: { dtype: 'float32', shape: [3] },
};

test('onnxruntime reads names, types and symbolic dimensions from the bytes', async () => {
  const session = await ort.InferenceSession.create(toOnnx(await record('affine', affine, spec)));
  const described = (metadata: readonly ort.InferenceSession.ValueMetadata[]) =>
    metadata.map((value) => (value.isTensor ? [value.name, value.type, ...value.shape] : value));
  expect(described(session.inputMetadata)).toEqual([
    ['x', 'float32', 'rows', 2],
    ['weight', 'float32', 2, 3],
    ['bias', 'float32', 3],
  ]);
  expect(described(session.outputMetadata)).toEqual([
    ['y', 'float32', 'rows', 3],
    ['flat', 'float32', '2*rows'],
    ['same', 'float32', 'rows', 2],
  ]);
  await session.release();
});

test('constants of every type survive', async () => {
  const fn: TensorFunction = () => ({
    float: tf.tensor([0.1, -1e30, Number.POSITIVE_INFINITY]),
    int: tf.tensor(
      [
        [1, -2],
        [3, 2 ** 31 - 1],
      ],
      [2, 2],
      'int32',
    ),
    bool: tf.tensor([true, false, true], [3], 'bool'),
  });
  const session = await createSession(toOnnx(await record('constants', fn, { x: spec.x })));
  const { float, int, bool } = await session.run({ x: float32([0, 0], [1, 2]) });
  expect(float.data).toEqual(Float32Array.from([0.1, -1e30, Number.POSITIVE_INFINITY]));
  expect(int).toEqual({ dtype: 'int32', shape: [2, 2], data: Int32Array.from([1, -2, 3, 2 ** 31 - 1]) });
  expect(bool).toEqual({ dtype: 'bool', shape: [3], data: Uint8Array.from([1, 0, 1]) });
  await session.dispose();
});

test('weights load from a file beside the model, by offset and length', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-onnx-'));
  const weight = Float32Array.from([1, 2, 3, 4, 5, 6]);
  const bias = Float32Array.from([10, 20, 30]);
  const padding = new Uint8Array(8);
  writeFileSync(
    join(folder, 'weights.bin'),
    Buffer.concat([padding, new Uint8Array(weight.buffer), new Uint8Array(bias.buffer)]),
  );
  const graph = await record('affine', affine, spec);
  const external = {
    weight: { location: 'weights.bin', offset: padding.length, length: weight.byteLength },
    bias: { location: 'weights.bin', offset: padding.length + weight.byteLength, length: bias.byteLength },
  };
  const model = join(folder, 'affine.onnx');
  writeFileSync(model, toOnnx(graph, external));

  const session = await createSession(model);
  const { y } = await session.run({ x: float32([1, 0, 0, 1, 1, 1], [3, 2]) });
  expect(y).toEqual(float32([11, 22, 33, 14, 25, 36, 15, 27, 39], [3, 3]));
  await session.dispose();
  rmSync(folder, { recursive: true });
});

test('a session runs one feed at a time, and goes on after a run that failed', async () => {
  const session = await createSession(toOnnx(await record('affine', affine, spec)));
  const weights = { weight: float32([1, 2, 3, 4, 5, 6], [2, 3]), bias: float32([0, 0, 0], [3]) };
  const failing = session.run({ ...weights, x: float32([1, 2, 3], [1, 3]) });
  const next = session.run({ ...weights, x: float32([1, 0], [1, 2]) });
  await expect(failing).rejects.toThrow(/x.*Got: 3 Expected: 2/s);
  expect((await next).y).toEqual(float32([1, 2, 3], [1, 3]));
  await session.dispose();
});

test('what a node computes becomes an output without a copy; inputs and second names of an output are copied', async () => {
  const copies = async (fn: TensorFunction) =>
    Buffer.from(toOnnx(await record('copies', fn, spec)))
      .toString('latin1')
      .split('Identity').length - 1;
  expect(await copies(({ x }) => ({ y: tf.exp(x) }))).toBe(0);
  expect(await copies(({ x }) => ({ y: tf.exp(x), same: x }))).toBe(1);
  const twice: TensorFunction = ({ x }) => {
    const y = tf.exp(x);
    return { y, z: y };
  };
  expect(await copies(twice)).toBe(1);
  const session = await createSession(toOnnx(await record('twice', twice, spec)));
  const { y, z } = await session.run({
    x: float32([0, 0], [1, 2]),
    weight: float32(new Float32Array(6), [2, 3]),
    bias: float32(new Float32Array(3), [3]),
  });
  expect([...(y.data as Float32Array), ...(z.data as Float32Array)]).toEqual([1, 1, 1, 1]);
  await session.dispose();
});
