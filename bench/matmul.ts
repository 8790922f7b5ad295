// This machine's own matrix-product rate: what the share of a training step is measured against.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createBuilder } from '../engine/builder.ts';
import { toOnnx } from '../engine/onnx.ts';
import { type BenchOptions, median, type Report, timings } from './harness.ts';

export const description = 'matrix products in onnxruntime, the rate that other benchmarks are a share of';

const SIZES = [1024, 2048];

/** GFLOP/s of float32 products in onnxruntime with so many threads: the best median over square sizes. */
export async function measureMatmulRate({
  threads,
  repeats = 9,
}: {
  threads: number;
  repeats?: number;
}): Promise<number> {
  const session = await InferenceSession.create(matmulModel(), {
    intraOpNumThreads: threads,
    executionProviders: ['cpu'],
  });
  const rates: number[] = [];
  for (const size of SIZES) {
    const square = (): Tensor => new Tensor('float32', filled(size * size), [size, size]);
    const [a, b, c] = [square(), square(), square()];
    // The product is written into c, so that no allocation is timed.
    const times = await timings(() => session.run({ a, b }, { c }), repeats, 2);
    rates.push((2 * size ** 3) / (median(times) * 1e6));
  }
  await session.release();
  return Math.max(...rates);
}

/** c [rows, columns] = a [rows, inner] b [inner, columns], all sizes symbolic: ONNX bytes. */
function matmulModel(): Uint8Array {
  const [rows, inner, columns] = [101, 103, 107];
  const builder = createBuilder({ rows, inner, columns });
  const a = builder.input('a', 'float32', ['rows', 'inner']);
  const b = builder.input('b', 'float32', ['inner', 'columns']);
  return toOnnx(builder.graph('matmul', { c: builder.emit('MatMul', [a, b], 'float32', [rows, columns]) }));
}

/** Values of order one that are no special case for the arithmetic (zeros and denormals are). */
const filled = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i));

export async function run({ threads }: BenchOptions): Promise<Report> {
  const results = [];
  for (const count of new Set([1, threads])) {
    const value = await measureMatmulRate({ threads: count });
    results.push({ name: `matmul, ${count} ${count === 1 ? 'thread' : 'threads'}`, value, unit: 'GFLOP/s' });
  }
  return { results, ratios: {}, notes: [`float32, square matrices of ${SIZES.join(' and ')}, best median`] };
}
