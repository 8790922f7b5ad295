import { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from '../builder.ts';
import type { Value } from '../graph.ts';
import { inFloat16 } from '../mixed-precision.ts';
import type { Kernel, KernelCall } from './kernel.ts';

function swapLast(sizes: readonly number[]): number[] {
  return [...sizes.slice(0, -2), sizes[sizes.length - 1], sizes[sizes.length - 2]];
}

function transposed(build: Builder, value: Value): Value {
  const perm = swapLast(value.sizes.map((_, axis) => axis));
  return build.emit('Transpose', [value], value.dtype, swapLast(value.sizes), { attributes: { perm } });
}

const batchMatMul: Kernel = (call) => {
  const { build, inputs, attrs, operators } = call;
  const [summed] = inputs.a.shape.slice(attrs.transposeA ? -2 : -1);
  if (!attrs.mixed || !operators.includes('Float16') || summed.symbols.length > 0) return product(call);
  return inFloat16(build, [inputs.a, inputs.b], ([a, b]) => [product({ ...call, inputs: { a, b } })])[0];
};

function product({ build, inputs: { a, b }, attrs: { transposeA, transposeB }, operators }: KernelCall): Value {
  const left = transposeA ? swapLast(a.sizes) : a.sizes;
  const right = transposeB ? swapLast(b.sizes) : b.sizes;
  const batch = backend_util.assertAndGetBroadcastShape(left.slice(0, -2), right.slice(0, -2));
  const sizes = [...batch, left[left.length - 2], right[right.length - 1]];
  if (!transposeA && !transposeB) return build.emit('MatMul', [a, b], a.dtype, sizes);
  // com.microsoft's, it carries transposes.
  if (operators.includes('FusedMatMul')) {
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return build.emit('FusedMatMul', [a, b], a.dtype, sizes, { attributes, domain: 'com.microsoft' });
  }
  return build.emit(
    'MatMul',
    [transposeA ? transposed(build, a) : a, transposeB ? transposed(build, b) : b],
    a.dtype,
    sizes,
  );
}

export const matmul: Readonly<Record<string, Kernel>> = { BatchMatMul: batchMatMul };
