import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import { createBuilder } from '../../engine/builder.ts';
import type { TensorFunction } from '../../engine/engine.ts';
import { printGraph } from '../../engine/graph.ts';
import { rmsNorm, valueAndGradients } from '../../engine/ops.ts';
import { record } from '../../engine/record.ts';

// Silences the JavaScript backend's advertisement.
tf.enableProdMode();

const spec = { x: { dtype: 'float32', shape: ['batch', 4] } } as const;

async function textOf(fn: TensorFunction, inputs: Parameters<typeof record>[2] = spec, options = {}): Promise<string> {
  return printGraph(await record('test', fn, inputs, options));
}

const nodesOf = (text: string, op: string) => text.split('\n').filter((line) => line.includes(`= ${op}(`));

describe('the graph as text', () => {
  test('a layer and its gradient', async () => {
    const inputs = { x: { dtype: 'float32', shape: ['batch', 4] }, w: { dtype: 'float32', shape: [4, 3] } } as const;
    const fn: TensorFunction = ({ x, w }) => {
      const loss = ([w]: readonly tf.Tensor[]) => tf.sum(tf.relu(tf.matMul(rmsNorm(x), w)));
      const { value, gradients } = valueAndGradients(loss)([w]);
      return { loss: value, gradient: gradients[0] };
    };
    expect(await textOf(fn, inputs)).toMatchInlineSnapshot(`
      "graph test
      input x: float32[batch, 4]
      input w: float32[4, 3]
      const c0: float32[] = 1
      const c1: int64[1] = 4
      const c2: int64[2] = [0, 1]
      const c3: float32[] = 0
      %0: float32[4] = Expand(c0, c1)
      %1: float32[batch, 4], %2: float32[batch, 1] = SimplifiedLayerNormalization(x, %0) {axis=-1 epsilon=0.000001}
      %3: float32[batch, 3] = MatMul(%1, w)
      %4: float32[batch, 3] = Relu(%3)
      %5: float32[] = ReduceSum(%4, c2) {keepdims=0}
      %6: bool[batch, 3] = Greater(%4, c3)
      %7: float32[batch, 3] = Where(%6, c0, c3)
      %8: float32[4, 3] = FusedMatMul(%1, %7) {transA=1 transB=0}
      output loss: %5
      output gradient: %8"
    `);
  });

  test('has the numbers of a constant, whether they rise or fall', async () => {
    for (const numbers of [
      [1, 2, 3, 4],
      [4, 3, 2, 1],
    ]) {
      const text = await textOf(({ x }) => ({ y: tf.add(x, tf.tensor1d(numbers)) }));
      expect(text).toContain(`const c0: float32[4] = [${numbers.join(', ')}]`);
    }
  });

  test('is the same every time', async () => {
    const fn: TensorFunction = ({ x }) => ({ y: tf.softmax(tf.mul(x, x)) });
    expect(await textOf(fn)).toBe(await textOf(fn));
  });

  test('does not take offsets on a fixed axis for symbolic sizes, whatever they are', async () => {
    // Offsets 101, 127 and 151: one stand-in of each recording.
    const lengths = [101, 26, 24, 1, 2, 3, 4, 5];
    const fn: TensorFunction = ({ x, w }) => ({ y: tf.mul(x, tf.sum(tf.split(w, lengths)[3])) });
    const text = await textOf(fn, { ...spec, w: { dtype: 'float32', shape: [166] } });
    expect(text).toContain('const c0: int64[1] = 151');
    expect(text).toContain('%0: float32[1] = Slice(w, c0, c1, c2)');
  });

  test('a dimension that is one less than another one', async () => {
    const inputs = { x: { dtype: 'float32', shape: ['batch', 'cell-1', 3] } } as const;
    const fn: TensorFunction = ({ x }) => {
      const more = tf.pad(x, [
        [0, 0],
        [1, 0],
        [0, 0],
      ]);
      const first = ([y]: readonly tf.Tensor[]) => tf.sum(tf.square(tf.slice(y, [0, 0, 0], [-1, 1, -1])));
      const { gradients } = valueAndGradients(first)([more]);
      return { flat: tf.reshape(more, [-1, 3]), ones: tf.onesLike(more), gradient: gradients[0] };
    };
    const text = await textOf(fn, inputs);
    expect(text).toContain('input x: float32[batch, cell-1, 3]');
    expect(text).toContain(': float32[batch, cell, 3] = Pad(x, ');
    expect(text).toContain(': float32[batch*cell, 3] = Reshape(');
    // The size of 'cell' itself is known by that of 'cell-1' only.
    expect(text).toMatch(/(%\d+): int64\[1\] = Shape\(x\) \{start=1 end=2\}\n[\s\S]* = Add\(\1, c\d+\)/);
  });

  test('concurrent recordings do not mix', async () => {
    const fns = [tf.sin, tf.cos, tf.tanh].map(
      (f): TensorFunction =>
        ({ x }) => ({ y: f(x) }),
    );
    const alone = [];
    for (const fn of fns) alone.push(await textOf(fn));
    expect(await Promise.all(fns.map((fn) => textOf(fn)))).toEqual(alone);
  });
});

describe('what is left out of the graph', () => {
  test('the same operation twice', async () => {
    const text = await textOf(({ x }) => ({ y: tf.add(tf.exp(x), tf.sin(tf.exp(x))) }));
    expect(nodesOf(text, 'Exp')).toHaveLength(1);
  });

  test('nodes that no output needs', async () => {
    const text = await textOf(({ x }) => {
      tf.exp(tf.sin(x));
      return { y: tf.cos(x) };
    });
    expect(text).toContain('= Cos(x)');
    expect(text).not.toMatch(/Exp|Sin/);
  });

  test('products with ones and sums with zeros', async () => {
    const text = await textOf(({ x }) => ({ y: tf.add(tf.mul(tf.onesLike(x), x), tf.zerosLike(x)) }));
    expect(text).toContain('output y: x');
  });

  test('a constant of symbolic shape where broadcasting does the same', async () => {
    const text = await textOf(({ x }) => ({ y: tf.mul(x, tf.fill([...x.shape], 3)) }));
    expect(text).toContain('const c0: float32[] = 3');
    expect(text).toContain('= Mul(x, c0)');
    expect(text).not.toContain('Expand');
  });

  test('but a constant of symbolic shape that is an output is expanded', async () => {
    expect(nodesOf(await textOf(({ x }) => ({ y: tf.fill([...x.shape], 3) })), 'Expand')).toHaveLength(1);
  });

  test('reshapes of reshapes, and those that go back', async () => {
    const text = await textOf(({ x }) => {
      const folded = tf.reshape(tf.reshape(x, [-1]), [x.shape[0], 2, 2]);
      return { folded, back: tf.reshape(folded, [x.shape[0], 4]) };
    });
    expect(nodesOf(text, 'Reshape')).toHaveLength(1);
    expect(text).toContain('output back: x');
  });

  test('transposes, which FusedMatMul carries where the device has it', async () => {
    const fn: TensorFunction = ({ x }) => ({ y: tf.matMul(x, x, false, true) });
    expect(await textOf(fn)).toContain('= FusedMatMul(x, x) {transA=0 transB=1}');
    const plain = await textOf(fn, spec, { operators: [] });
    expect(plain).toContain('= Transpose(x) {perm=[1,0]}');
    expect(plain).toContain('= MatMul(x, %0)');
  });
});

describe('what is refused', () => {
  afterEach(async () => {
    await tf.setBackend('cpu');
  });

  test('a size that leaked into a number: 1/N of a mean', async () => {
    await expect(textOf(({ x }) => ({ y: tf.sum(tf.mul(x, 1 / x.shape[0])) }))).rejects.toThrow(
      /^record: a size leaked into a number in test: 'const c\d+: float32\[\] = 0\.0099\d*' became .* used by '%\d+: float32\[batch, 4\] = Mul\(x, c\d+\)'\. Pass the number as an input/,
    );
  });

  test('a size that leaked through the gradient of a mean', async () => {
    const fn: TensorFunction = ({ x }) => ({
      y: valueAndGradients(([z]) => tf.sum(tf.square(tf.mean(z, 0))))([x]).gradients[0],
    });
    await expect(textOf(fn)).rejects.toThrow(
      /a size leaked into a number in test: .*used by '%\d+: float32\[.*\] = \w+\(/,
    );
  });

  test('a size that leaked into a shape', async () => {
    await expect(
      textOf(({ x }) => ({
        y: tf.pad(x, [
          [1, 0],
          [0, 0],
        ]),
      })),
    ).rejects.toThrow('a size leaked into a number in test');
  });

  test('a reshape to another number of elements', async () => {
    await expect(textOf(({ x }) => ({ y: tf.reshape(x, [7, 3]) }))).rejects.toThrow(
      /record: a tensor \[\d+,4\] was reshaped to \[7,3\]\. Both must hold as many numbers\./,
    );
  });

  test('an operation without a kernel, by name', async () => {
    await expect(textOf(({ x }) => ({ y: tf.cumsum(x, 1) }))).rejects.toThrow(
      "record: no ONNX kernel for tfjs op 'Cumsum' (in test). Add it to engine/kernels/ or use supported ops (docs/adding-an-op.md).",
    );
  });

  test('a tensor made outside', async () => {
    await tf.setBackend('cpu');
    const outside = tf.tensor([1, 2, 3, 4]);
    await expect(textOf(({ x }) => ({ y: tf.add(x, outside) }))).rejects.toThrow(
      'record: a tensor made outside the recorded function was used in it. Pass it in as an input, or create it inside.',
    );
    outside.dispose();
  });

  test('a tensor kept from an earlier recording', async () => {
    let kept: tf.Tensor | undefined;
    const fn: TensorFunction = ({ x }) => {
      kept ??= tf.keep(tf.exp(x));
      return { y: tf.add(x, kept) };
    };
    await expect(textOf(fn)).rejects.toThrow('record: a tensor made outside the recorded function was used in it.');
    kept?.dispose();
  });

  test.each([
    ['dataSync', (x: tf.Tensor) => x.dataSync()],
    ['arraySync', (x: tf.Tensor) => x.arraySync()],
  ])('reading numbers by %s', async (_, read) => {
    const fn: TensorFunction = ({ x }) => {
      read(x);
      return { y: x };
    };
    await expect(textOf(fn)).rejects.toThrow(
      'record: the recorded function read the numbers of a tensor. Only tensor operations can be recorded.',
    );
  });

  test('an input and an output of one name', async () => {
    await expect(textOf(({ x }) => ({ x: tf.neg(x) }))).rejects.toThrow(
      "record: test has an input and an output called 'x'. Name one of them differently.",
    );
  });

  test('a dimension that no input carries alone, where its size is needed', () => {
    const build = createBuilder({ batch: 101, context: 103 });
    build.input('x', 'float32', ['batch', 4]);
    expect(build.shapeVector([2 * 101, 3]).node?.op).toBe('Concat');
    expect(() => build.shapeVector([101, 103])).toThrow(
      "record: no input has 'context' as a whole dimension, so its size is not known at run time",
    );
  });

  test('more symbolic dimensions than there are stand-ins', async () => {
    const inputs = { x: { dtype: 'float32', shape: ['a', 'b', 'c', 'd', 'e', 'f'] } } as const;
    await expect(textOf(({ x }) => ({ y: x }), inputs)).rejects.toThrow(
      'record: test has 6 symbolic dimensions, at most 5 are supported',
    );
  });
});

test('recording leaves no tensors behind and goes back to the previous backend', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  await textOf(({ x }) => ({ y: tf.exp(x) }));
  await expect(textOf(({ x }) => ({ y: tf.cumsum(x, 1) }))).rejects.toThrow();
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.getBackend()).toBe('cpu');
});
