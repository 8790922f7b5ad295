import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { float32, int32 } from '../../engine/array.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import type { InputSpec, TensorFunction } from '../../engine/engine.ts';

/** A total that halves at every step, and to which the rows of x that are picked are added, times the scale and the rate. */
const step: TensorFunction = ({ total, x, picks, rate, scale }) => {
  const picked = tf.gather(x, picks); // [picks, 2]
  const nextTotal = tf.add(tf.mul(total, 0.5), tf.mul(tf.mul(tf.sum(picked, 0), scale), rate));
  return { nextTotal, sum: tf.sum(nextTotal), rateAgain: tf.mul(rate, 2) };
};
const spec: InputSpec = {
  total: { dtype: 'float32', shape: [2] },
  x: { dtype: 'float32', shape: ['rows', 2] },
  picks: { dtype: 'int32', shape: ['picks'] },
  rate: { dtype: 'float32', shape: [] },
  scale: { dtype: 'float32', shape: [2] },
};
const steps = [
  { x: float32([1, 2, 3, 4], [2, 2]), picks: int32([1], [1]), rate: float32([1], []) },
  { x: float32([5, 6], [1, 2]), picks: int32([0, 0, 0], [3]), rate: float32([2], []) },
  { x: float32([1, 1, 2, 2, 4, 8], [3, 2]), picks: int32([2, 0], [2]), rate: float32([0.5], []) },
];
const start = { total: float32([8, 0], [2]), scale: float32([1, 10], [2]) };
// total: 4 + 3, 0 + 40; 3.5 + 30, 20 + 360; 16.75 + 2.5, 190 + 45.
const totals = [
  [7, 40],
  [33.5, 380],
  [19.25, 235],
];

describe('a loop of steps in one run', () => {
  const open = () =>
    compiledEngine({ threads: 1 }).compileLoop!('totals', step, spec, {
      carried: { total: 'nextTotal' },
      shared: ['scale'],
    });

  test.each([1, 2, 3])('gives what %i steps give one after the other, of other sizes each', async (count) => {
    const program = await open();
    expect(await program.run(start, steps.slice(0, count))).toEqual({
      nextTotal: float32(totals[count - 1], [2]),
      sum: float32(
        totals.slice(0, count).map(([a, b]) => a + b),
        [count],
      ),
      rateAgain: float32([2, 4, 1].slice(0, count), [count]),
    });
    await program.dispose();
  });

  test('leaves what it was given as it was', async () => {
    const program = await open();
    await program.run(start, steps);
    expect(start.total.data).toEqual(Float32Array.from([8, 0]));
    await program.dispose();
  });

  test('refuses a step with an array of another shape, by name', async () => {
    const program = await open();
    await expect(program.run(start, [steps[0], { ...steps[1], x: float32([1, 2, 3], [1, 3]) }])).rejects.toThrow(
      "totals: input 'x' expected float32 [rows=1, 2], got float32 [1, 3]",
    );
    await program.dispose();
  });
});
