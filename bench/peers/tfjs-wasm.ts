// The same step run operation by operation on tfjs's WebAssembly backend, the fastest one that needs no native library.
//
// In Node this backend has SIMD but one thread: its threaded build starts its workers from a blob URL, which Node refuses
// (tensorflow/tfjs#3830). Of the kernels a transformer step needs it lacks two, neither fatal: LogSoftmax, which tfjs-core
// composes from others anyway, and UnsortedSegmentSum, which only the gradient of `gather` calls. Erf is there.

import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { milliseconds } from '../harness.ts';

/**
 * Runs `measure` with wasm as the current tfjs backend, then restores the previous one. `measure` is given a timer:
 * milliseconds of one synchronous step, whose tensors are all freed. A wasm kernel is done when its call returns, so no
 * result has to be read back for the time to be complete.
 */
export async function onWasm<T>(measure: (time: (step: () => void) => Promise<number>) => Promise<T>): Promise<T> {
  const previous = tf.getBackend();
  setWasmPaths(dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm'))) + sep);
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs wasm: the backend did not start.');
  try {
    return await measure((step) => milliseconds(() => tf.tidy(step)));
  } finally {
    if (previous) await tf.setBackend(previous);
  }
}
