// This machine's own matrix-product rate: what the share of a training step is measured against.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { float32 } from '../engine/array.ts';
import { createBuilder } from '../engine/builder.ts';
import { compiledEngine } from '../engine/compiled.ts';
import { toOnnx } from '../engine/onnx.ts';
import { fill, matMul, mul, sum } from '../engine/ops.ts';
import {
  type BenchDevice,
  type BenchOptions,
  median,
  milliseconds,
  type Report,
  type Stepper,
  timings,
} from './harness.ts';

export const description = 'matrix products in onnxruntime, the rate that other benchmarks are a share of';

const SIZES = [1024, 2048];

const REPEATS = 9;
/** Of the sizes the one with the higher rate, if there is a difference at all. */
const SIZE_BETWEEN_STEPS = 2048;

/** GFLOP/s of float32 products in onnxruntime with so many threads: the best median over square sizes. */
async function measureMatmulRate(threads: number): Promise<number> {
  const rates: number[] = [];
  for (const size of SIZES) {
    const { multiply, close } = await openProduct(size, threads);
    rates.push(gflop(size) / (median(await timings(multiply, REPEATS, 2)) / 1000));
    await close();
  }
  return Math.max(...rates);
}

/** Products to be timed in turn with steps, one turn for each of them, so that what the device has to give is known when they run. */
export async function openMatmul({
  threads,
  device,
}: Pick<BenchOptions, 'threads' | 'device'>): Promise<Stepper & { readonly gflop: number }> {
  const { multiply, close, products } = await (device === 'cpu'
    ? openProduct(SIZE_BETWEEN_STEPS, threads)
    : openChain(device));
  return {
    name: `matmul rate, ${device === 'cpu' ? `${threads} threads` : device}`,
    gflop: products * gflop(SIZE_BETWEEN_STEPS),
    run: ({ length }) =>
      milliseconds(async () => {
        for (let i = 0; i < length; i++) await multiply();
      }),
    close,
  };
}

const gflop = (size: number): number => (2 * size ** 3) / 1e9;

async function openProduct(size: number, threads: number) {
  const session = await InferenceSession.create(matmulModel(), {
    intraOpNumThreads: threads,
    executionProviders: ['cpu'],
  });
  const square = (): Tensor => new Tensor('float32', filled(size * size), [size, size]);
  const [a, b, c] = [square(), square(), square()];
  // The product is written into c, so that no allocation is timed.
  return { multiply: () => session.run({ a, b }, { c }), close: () => session.release(), products: 1 };
}

/** To a GPU and back a matrix takes longer than a product does, so it is made there, multiplied often, and one number comes back. */
async function openChain(device: Exclude<BenchDevice, 'cpu'>) {
  const size = SIZE_BETWEEN_STEPS;
  const products = 8;
  const { run, dispose } = await compiledEngine({ device }).compile(
    'chain',
    ({ one }) => {
      const x = mul(fill([size, size], 1 / size), one);
      let power = x;
      for (let i = 0; i < products; i++) power = matMul(power, x); // x again
      return { total: sum(power) };
    },
    { one: { dtype: 'float32', shape: [] } },
  );
  return { multiply: () => run({ one: float32([1], []) }), close: dispose, products };
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
    const value = await measureMatmulRate(count);
    results.push({ name: `matmul, ${count} ${count === 1 ? 'thread' : 'threads'}`, value, unit: 'GFLOP/s' });
  }
  return { results, ratios: {}, notes: [`float32, square matrices of ${SIZES.join(' and ')}, best median`] };
}
