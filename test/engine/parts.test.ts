import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { float32 } from '../../engine/array.ts';
import type { InputSpec, TensorFunction } from '../../engine/engine.ts';
import { printGraph } from '../../engine/graph.ts';
import { toOnnx } from '../../engine/onnx.ts';
import { inParts } from '../../engine/parts.ts';
import { type RecordOptions, record } from '../../engine/record.ts';
import { createSession } from '../../engine/session.ts';

const PARTS: RecordOptions = { operators: ['Scan'] };

/** Each row of x, scaled by `by`, which was doubled outside, times its size, plus 1 / size: [R, 2]. */
const fn: TensorFunction = ({ x, size, by }) => {
  const twice = tf.mul(by, 2);
  const rows = inParts({ x, size }, 4, (part) => {
    const R = part.x.shape[0];
    const ones = tf.fill([R * 2, 1], 1);
    return tf.add(tf.mul(tf.mul(part.x, twice), part.size), tf.div(tf.reshape(ones, [R, 2]), part.size));
  });
  return { y: tf.neg(rows) };
};
const spec: InputSpec = {
  x: { dtype: 'float32', shape: ['rows', 2] },
  size: { dtype: 'float32', shape: ['rows', 1] },
  by: { dtype: 'float32', shape: [2] },
};

describe('rows in parts', () => {
  test.each([1, 3, 4, 5, 7, 8, 9, 14])('are what they are all at once, %i rows of at most 4', async (R) => {
    const session = await createSession(toOnnx(await record('rows', fn, spec, PARTS)));
    const x = Array.from({ length: 2 * R }, (_, i) => i - 3);
    const size = Array.from({ length: R }, (_, i) => 2 ** (i % 5));
    const { y } = await session.run({ x: float32(x, [R, 2]), size: float32(size, [R, 1]), by: float32([1, 10], [2]) });
    const expected = x.map((value, i) => {
      const of = size[Math.floor(i / 2)];
      return -(value * [2, 20][i % 2] * of + 1 / of);
    });
    expect(y).toEqual(float32(expected, [R, 2]));
    await session.dispose();
  });

  test('are a Scan where that is asked for, and plain operations elsewhere', async () => {
    expect(printGraph(await record('rows', fn, spec, PARTS))).toContain('= Scan(');
    expect(printGraph(await record('rows', fn, spec))).not.toContain('Scan');
  });

  test('have their inside in the text of the graph, with what it reads from outside', async () => {
    const text = printGraph(await record('rows', fn, spec, PARTS));
    expect(text).toMatch(/^ {2}graph part$/m);
    expect(text).toContain('  input body x: float32[part, 2]');
    const [, twice] = /^(%\d+): float32\[2\] = Mul\(by, /m.exec(text)!;
    expect(text).toContain(`= Mul(body x, ${twice})`);
  });

  test('may read a weight that nothing else reads', async () => {
    const onlyInside: TensorFunction = ({ x, by }) => ({ y: inParts({ x }, 4, (part) => tf.mul(part.x, by)) });
    const { size: _, ...others } = spec;
    const graph = await record('rows', onlyInside, others, PARTS);
    const bytes = Buffer.from(toOnnx(graph, { by: { location: 'weights.bin', offset: 0, length: 8 } }));
    expect(bytes.includes('weights.bin')).toBe(true);
  });
});
