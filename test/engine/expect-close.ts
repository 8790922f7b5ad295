import { expect } from 'vitest';
import type { NdArray } from '../../engine/array.ts';

/** Same shape and dtype, and every |actual - expected| <= tolerance (1 + |expected|). Not-a-number equals itself. */
export function expectClose(actual: NdArray, expected: NdArray, tolerance: number, label: string): void {
  expect([actual.dtype, ...actual.shape], label).toEqual([expected.dtype, ...expected.shape]);
  const wrong = Array.from(expected.data as Float32Array).findIndex(
    (value, i) => !isClose(actual.data[i], value, tolerance),
  );
  if (wrong >= 0)
    expect.fail(
      `${label}: element ${wrong} of [${expected.shape}] is ${actual.data[wrong]}, expected ${expected.data[wrong]}`,
    );
}

function isClose(actual: number, expected: number, tolerance: number): boolean {
  return Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected));
}
