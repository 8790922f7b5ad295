/**
 * Mixed precision (Micikevicius et al., Mixed Precision Training, 2018): products of layers, and what is made of their results number by number, in
 * float16. Weights, moments, everything that is summed over rows, norms, softmax, the residual stream, the loss and the update stay in float32.
 */
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { type Builder, emitCast } from './builder.ts';
import type { Value } from './graph.ts';

/** matMul, and in mixed precision in float16 where the sums are of a fixed length, such as the width of a layer. Longer ones do not fit: 2048 + 1 is 2048. */
export function mixedMatMul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  return engine().runKernel('BatchMatMul', { a, b }, { transposeA, transposeB, mixed: true });
}

/** Operators that lose nothing worth having when what they read was computed in float16. Sums, quotients, exponentials and roots are none. */
const FOLLOWING = [
  ...['Add', 'Sub', 'Mul', 'Neg', 'Min', 'Max', 'Greater', 'Where', 'Relu', 'Sigmoid', 'Erf'],
  ...['Reshape', 'Transpose', 'Slice', 'Split', 'Concat'],
];

/** A node of float16 in place of one of float32, whose results become float32 again where something else reads them. */
export function inFloat16(
  build: Builder,
  inputs: readonly Value[],
  emit: (inputs: readonly Value[]) => readonly Value[],
): readonly Value[] {
  return emit(inputs.map((value) => (value.dtype === 'float32' ? float16Of(build, value) : value))).map((value) =>
    value.dtype === 'float16' ? emitCast(build, value, 'float32') : value,
  );
}

/** A builder that emits nodes after those of float16 in float16, too. */
export function mixedPrecision(build: Builder): Builder {
  const follows = (op: string, inputs: readonly Value[]) =>
    FOLLOWING.includes(op) &&
    inputs.some(isOfFloat16) &&
    inputs.every((value) => value.dtype !== 'float32' || isOfFloat16(value) || value.constant !== undefined);
  const emitMany: Builder['emitMany'] = (op, inputs, outputs, options) =>
    follows(op, inputs)
      ? inFloat16(build, inputs, (halves) =>
          build.emitMany(
            op,
            halves,
            outputs.map(({ dtype, ...output }) => ({ ...output, dtype: dtype === 'float32' ? 'float16' : dtype })),
            options,
          ),
        )
      : build.emitMany(op, inputs, outputs, options);
  return {
    ...build,
    emitMany,
    emit: (op, inputs, dtype, sizes, options) => emitMany(op, inputs, [{ dtype, sizes }], options)[0],
    reshape: (value, sizes) =>
      isOfFloat16(value)
        ? emitCast(build, build.reshape(float16Of(build, value), sizes), 'float32')
        : build.reshape(value, sizes),
  };
}

/** Whether it is a float16 number given as float32. */
const isOfFloat16 = ({ node }: Value): boolean => node?.op === 'Cast' && node.inputs[0].dtype === 'float16';

const float16Of = (build: Builder, value: Value): Value =>
  isOfFloat16(value) ? value.node!.inputs[0] : emitCast(build, value, 'float16');
