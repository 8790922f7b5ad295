import { expect, test } from 'vitest';
import { cleanCurve, spreadEvenly } from '../../infer/curve.ts';

test('steps count from 1 where there are none, and the name is one to speak of', () => {
  expect(cleanCurve({ values: [3, 2, 1] })).toEqual({ name: 'curve', steps: [1, 2, 3], values: [3, 2, 1] });
});

test('missing points are left out, and the others keep their steps', () => {
  const curve = cleanCurve({ name: 'a', values: [Number.NaN, 2, Infinity, 4, -Infinity] });
  expect(curve).toEqual({ name: 'a', steps: [2, 4], values: [2, 4] });
});

test('points are sorted by step, and the last one counts where a step comes twice', () => {
  expect(cleanCurve({ steps: [30, 10, 20, 10], values: [3, 1, 2, 9] })).toMatchObject({
    steps: [10, 20, 30],
    values: [9, 2, 3],
  });
  expect(cleanCurve({ steps: [1, 1], values: [5, Number.NaN] })).toMatchObject({ steps: [1], values: [5] });
});

test('a step may be missing where the value is', () => {
  expect(cleanCurve({ steps: [1, Number.NaN], values: [5, Number.NaN] })).toMatchObject({ steps: [1] });
});

test('refusals say what is wrong', () => {
  expect(() => cleanCurve({ name: 'a', steps: [1], values: [1, 2] })).toThrow(
    "extrapolate: curve 'a' needs as many steps as values, got 1 and 2.",
  );
  expect(() => cleanCurve({ name: 'a', steps: [Number.NaN], values: [1] })).toThrow(
    "extrapolate: curve 'a' has a value at step NaN. Every value needs a finite step.",
  );
  expect(() => cleanCurve({ name: 'a', values: [1, -1e200] })).toThrow(
    "extrapolate: curve 'a' has -1e+200 at step 2; numbers beyond 1e+100 cannot be computed with. Rescale it.",
  );
  expect(() => cleanCurve({ name: 'a', steps: [1, -1e200], values: [1, 2] })).toThrow(
    "extrapolate: curve 'a' has 2 at step -1e+200; numbers beyond 1e+100 cannot be computed with. Rescale it.",
  );
});

test('positions spread evenly keep the ends and repeat none', () => {
  expect(spreadEvenly(3, 5)).toEqual([0, 1, 2]);
  expect(spreadEvenly(9, 5)).toEqual([0, 2, 4, 6, 8]);
  for (const length of [101, 150, 1999]) {
    const positions = spreadEvenly(length, 100);
    expect([positions.length, positions[0], positions[99]]).toEqual([100, 0, length - 1]);
    expect(new Set(positions).size).toBe(100);
  }
});
