import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { float32, int32, type NdArray } from '../../engine/array.ts';
import { chooseDevice, createEngine, requireFloat16 } from '../../engine/device.ts';
import { eagerEngine } from '../../engine/eager.ts';
import type { InputSpec, TensorFunction } from '../../engine/engine.ts';
import { toOnnx } from '../../engine/onnx.ts';
import type { Probe } from '../../engine/probe.node.ts';
import { record } from '../../engine/record.ts';
import { createSession } from '../../engine/session.ts';
import { tfjsNodeGpuEngine } from '../../engine/tfjs-node-gpu.node.ts';
import type { ModelConfig } from '../../model/config.ts';
import { parameterCount } from '../../model/parameters.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { trainStep } from '../../train/step.ts';
import { engineUnderTest } from './engine-under-test.ts';
import { expectClose } from './expect-close.ts';

const compiled = await engineUnderTest();
const eager = eagerEngine({ backend: 'cpu' });

describe('a training step is the same on both engines', () => {
  const config: ModelConfig = {
    numFeatures: 2,
    xFeatures: [
      { kind: 'linear', center: 0.5, scale: 0.3 },
      { kind: 'log', center: -1, scale: 0.8 },
      { kind: 'reciprocal-log', center: 3, scale: 2 },
    ],
    yFeatures: [{ kind: 'linear', center: 0.1, scale: 1.2 }],
    numLayers: 2,
    width: 12,
    numHeads: 3,
    hidden: 10,
    activation: 'gelu',
    head: 'bars',
    numOutputs: 7,
  };
  const optimizer = { beta1: 0.9, beta2: 0.98, epsilon: 1e-6, weightDecay: 0.01, clip: 1 };
  const SIZES = [
    { B: 3, N: 5, M: 4 },
    { B: 2, N: 6, M: 8 },
    { B: 5, N: 1, M: 3 },
  ];

  function batch({ B, N, M }: (typeof SIZES)[number], seed: number): Record<string, NdArray> {
    const random = randomStream(seed, 'batch');
    const uniform = (count: number) => Float32Array.from({ length: count }, () => 0.1 + 0.9 * random());
    return {
      contextX: float32(uniform(B * N * 2), [B, N, 2]),
      contextY: float32(uniform(B * N), [B, N]),
      queryX: float32(uniform(B * M * 2), [B, M, 2]),
      target: int32(
        Int32Array.from({ length: B * M }, () => Math.floor(7 * random())),
        [B, M],
      ),
      inverseCount: float32([1 / (B * M)], []),
    };
  }

  test.each(['gelu', 'silu', 'squared-relu'] as const)('%s', async (activation) => {
    const { fn, spec } = trainStep({ ...config, activation }, optimizer);
    const programs = [await compiled.compile('step', fn, spec), await eager.compile('step', fn, spec)];
    const count = parameterCount(config);
    const normal = normals(randomStream(1, 'weights'));
    // Every weight away from zero: where a gradient is nothing but rounding, Adam makes steps of full size of it.
    const start = float32(
      Float32Array.from({ length: count }, () => 0.3 * normal()),
      [count],
    );
    const zero = float32(new Float32Array(count), [count]);
    const states = programs.map(() => ({ weights: start, first: zero, second: zero }));

    for (const [step, sizes] of [...SIZES, SIZES[0]].entries()) {
      const scalars = {
        learningRate: float32([0.01], []),
        debiasFirst: float32([1 / (1 - 0.9 ** (step + 1))], []),
        debiasSecond: float32([1 / (1 - 0.98 ** (step + 1))], []),
      };
      const [actual, expected] = await Promise.all(
        programs.map((program, i) => program.run({ ...states[i], ...scalars, ...batch(sizes, step) })),
      );
      expect(expected.loss.data[0]).toBeGreaterThan(0);
      for (const name of Object.keys(expected))
        expectClose(actual[name], expected[name], 1e-4, `${name} after step ${step + 1}`);
      [actual, expected].forEach((result, i) => {
        states[i] = { weights: result.nextWeights, first: result.nextFirst, second: result.nextSecond };
      });
    }
    expect(states[1].weights.data).not.toEqual(start.data);
    for (const program of programs) await program.dispose();
  });
});

const spec: InputSpec = {
  x: { dtype: 'float32', shape: ['rows', 2] },
  y: { dtype: 'float32', shape: ['rows'] },
};
const weighted: TensorFunction = ({ x, y }) => ({
  sum: tf.sum(tf.mul(x, tf.expandDims(y, 1)), 0),
  x2: tf.reshape(x, [-1]),
});
const x = float32([1, 2, 3, 4, 5, 6], [3, 2]);
const y = float32([1, 10, 100], [3]);

describe.each([compiled, eager])('the engine on $device.name', (engine) => {
  test('answers for any number of rows', async () => {
    const program = await engine.compile('weighted', weighted, spec);
    expect((await program.run({ x, y })).sum).toEqual(float32([531, 642], [2]));
    expect((await program.run({ x: float32([1, 2], [1, 2]), y: float32([3], [1]) })).sum).toEqual(float32([3, 6], [2]));
    await program.dispose();
  });

  test('tells infinities and zeros apart, and reduces over no axes to what there was', async () => {
    const fn: TensorFunction = ({ y }) => ({
      least: tf.minimum(y, Infinity),
      most: tf.maximum(y, -Infinity),
      above: tf.div(1, tf.relu(tf.mul(y, -1))),
      below: tf.div(y, -0),
      zero: tf.mul(y, 0),
      same: tf.sum(y, []),
    });
    const program = await engine.compile('extremes', fn, { y: spec.y });
    const { least, most, above, below, zero, same } = await program.run({ y });
    for (const each of [least, most, same]) expect(each).toEqual(y);
    expect(above.data).toEqual(Float32Array.of(Infinity, Infinity, Infinity));
    expect(below.data).toEqual(Float32Array.of(-Infinity, -Infinity, -Infinity));
    expect(zero.data).toEqual(new Float32Array(3));
    await program.dispose();
  });

  test('queues concurrent runs, of one program and of two', async () => {
    const programs = [
      await engine.compile('weighted', weighted, spec),
      await engine.compile('other', ({ x }) => ({ sum: tf.sum(x, 0) }), { x: spec.x }),
    ];
    const feeds = (rows: number) => ({
      x: float32(new Float32Array(2 * rows).fill(1), [rows, 2]),
      y: float32(new Float32Array(rows).fill(2), [rows]),
    });
    const runs = Array.from({ length: 20 }, (_, i) =>
      programs[i % 2].run(i % 2 ? { x: feeds(i + 1).x } : feeds(i + 1)),
    );
    const results = await Promise.all(runs);
    expect(results.map(({ sum }) => sum.data[0])).toEqual(runs.map((_, i) => (i % 2 ? i + 1 : 2 * (i + 1))));
    for (const program of programs) await program.dispose();
  });

  test('goes on after a run that failed', async () => {
    const program = await engine.compile('weighted', weighted, spec);
    await expect(program.run({ x })).rejects.toThrow();
    expect((await program.run({ x, y })).sum.data[0]).toBe(531);
    await program.dispose();
  });

  test('hands out arrays of its own', async () => {
    const program = await engine.compile('weighted', weighted, spec);
    const { x2 } = await program.run({ x, y });
    x2.data[0] = 99;
    expect(x.data[0]).toBe(1);
    await program.dispose();
  });

  test.each<[string, Record<string, NdArray>, string]>([
    ['a missing input', { x }, "weighted: input 'y' is missing. Pass x, y."],
    [
      'another size',
      { x: float32([1, 2, 3], [1, 3]), y },
      "weighted: input 'x' expected float32 [rows=1, 2], got float32 [1, 3]. Pass arrays of the declared shape, none of them empty.",
    ],
    [
      'another rank',
      { x: float32([1, 2], [2]), y },
      "weighted: input 'x' expected float32 [rows, 2], got float32 [2]. Pass arrays of the declared shape, none of them empty.",
    ],
    [
      'sizes of one symbol that disagree',
      { x, y: float32([1, 10], [2]) },
      "weighted: input 'y' expected float32 [rows=3], got float32 [2]. Pass arrays of the declared shape, none of them empty.",
    ],
    [
      'another dtype',
      { x, y: int32([1, 10, 100], [3]) },
      "weighted: input 'y' expected float32 [rows=3], got int32 [3]. Pass arrays of the declared shape, none of them empty.",
    ],
    [
      'no rows at all',
      { x: float32([], [0, 2]), y: float32([], [0]) },
      "weighted: input 'x' expected float32 [rows, 2], got float32 [0, 2]. Pass arrays of the declared shape, none of them empty.",
    ],
  ])('refuses %s', async (_, feeds, message) => {
    const program = await engine.compile('weighted', weighted, spec);
    await expect(program.run(feeds)).rejects.toThrow(message);
    await program.dispose();
  });
});

test('a size that is one less than another is held to that', async () => {
  const one = { dtype: 'float32', shape: ['cell'] } as const;
  const fn: TensorFunction = ({ x, y }) => ({ sum: tf.add(tf.sum(x), tf.sum(y)) });
  const program = await compiled.compile('less', fn, {
    x: one,
    y: { ...one, shape: ['cell-1'] },
  });
  const feeds = (length: number) => ({ x: float32([1, 2, 3], [3]), y: float32(new Float32Array(length), [length]) });
  expect((await program.run(feeds(2))).sum.data[0]).toBe(6);
  await expect(program.run(feeds(3))).rejects.toThrow("less: input 'y' expected float32 [cell-1], got float32 [3].");
  await program.dispose();
});

describe('the eager engine', () => {
  test('leaves no tensors behind and goes back to the previous backend', async () => {
    const program = await eager.compile('weighted', weighted, spec);
    await tf.setBackend('cpu');
    const other = await eagerEngine({ backend: 'cpu' }).compile(
      'failing',
      ({ x }) => ({ y: tf.matMul(x, tf.exp(x)) }),
      { x: spec.x },
    );
    const before = tf.memory().numTensors;
    for (let i = 0; i < 10; i++) {
      await program.run({ x, y });
      await expect(other.run({ x })).rejects.toThrow();
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe('cpu');
  });

  test('names a backend that is not registered', async () => {
    await expect(eagerEngine({ backend: 'abacus' }).compile('weighted', weighted, spec)).rejects.toThrow(
      "eager: expected a registered tfjs backend, got 'abacus'. Import its package (@tensorflow/tfjs-backend-...) first.",
    );
  });
});

describe('the choice of a device', () => {
  const probing = (probes: Partial<Record<string, Probe>>) => async (name: string) =>
    probes[name] ?? { works: false, why: 'not here', fix: 'Buy one' };
  const at = (gigaflops: number): Probe => ({ works: true, gigaflops });

  test.each([
    [
      'cuda before webgpu',
      { cuda: at(900), webgpu: at(950), cpu: at(50) },
      'cuda',
      'cuda: 900 GFLOP/s in matrix products, cpu 50 GFLOP/s',
    ],
    [
      'webgpu where there is no cuda',
      { webgpu: at(400), cpu: at(50) },
      'webgpu',
      'webgpu: 400 GFLOP/s in matrix products, cpu 50 GFLOP/s',
    ],
    [
      'not a software adapter',
      { webgpu: at(2), cpu: at(50) },
      'cpu',
      'cuda: not here; webgpu: only 2 GFLOP/s in matrix products, cpu 50 GFLOP/s',
    ],
    ['cpu where nothing else works', { cpu: at(50) }, 'cpu', 'cuda: not here; webgpu: not here'],
  ])('auto takes %s', async (_, probes, name, reason) => {
    expect(await chooseDevice('auto', probing(probes))).toEqual({ name, reason });
  });

  test('a device that was asked for and does not work is an error with its remedy', async () => {
    await expect(chooseDevice('webgpu', probing({}))).rejects.toThrow('device webgpu: not here. Buy one.');
    expect(await chooseDevice('webgpu', probing({ webgpu: at(2) }))).toEqual({ name: 'webgpu', reason: 'asked for' });
  });

  test('mixed precision is refused where the device has no float16, or was not made for it', async () => {
    const without = probing({ webgpu: { works: true, gigaflops: 2, float16: null } });
    await expect(requireFloat16('webgpu', without)).rejects.toThrow(
      'mixed precision: the device webgpu has no float16 here. Leave out --precision mixed.',
    );
    await expect(requireFloat16('cpu', without)).rejects.toThrow(
      'mixed precision: expected the device webgpu, got cpu, where it is not built. Leave out --precision mixed.',
    );
    await requireFloat16('webgpu', probing({ webgpu: { works: true, gigaflops: 2, float16: 3 } }));
  });

  test('a session on a device that is not there is an error of one line', async () => {
    const model = toOnnx(await record('weighted', weighted, spec));
    const outcome = await createSession(model, { device: 'cuda' }).then(
      (session) => session.dispose(),
      ({ message }) => message,
    );
    if (outcome)
      expect(outcome).toMatch(
        /^device cuda: no session \([^\n]+\)\. `pfn doctor` says what is missing and how to get it\.$/,
      );
  });

  test('auto on this machine gives a device that computes, and one line of reason', async () => {
    const engine = await createEngine({ device: 'auto', threads: 1 });
    expect(['cpu', 'webgpu', 'cuda']).toContain(engine.device.name);
    expect(engine.device.reason).toMatch(/^(cuda|webgpu): [^\n]+$/);
    const program = await engine.compile('weighted', weighted, spec);
    expect((await program.run({ x, y })).sum.data[0]).toBe(531);
    await program.dispose();
  });

  test('tfjs-node-gpu that is not installed says how to install it, in one line', async () => {
    const oneLine =
      /^device tfjs-node-gpu: not installed\. Install it: `npm install @tensorflow\/tfjs-node-gpu@4\.22\.0 --ignore-scripts=false` [^\n]*CUDA 11\.2 and cuDNN 8\.1\.$/;
    await expect(tfjsNodeGpuEngine()).rejects.toThrow(oneLine);
    await expect(createEngine({ device: 'tfjs-node-gpu' })).rejects.toThrow(oneLine);
  });
});
