import { util } from '@tensorflow/tfjs-core';
import { cast } from './elementwise.ts';
import type { Kernel } from './kernel.ts';

/** tfjs names the axes `axis`, or `reductionIndices` for Max. */
function reduction(op: string): Kernel {
  return ({ build, inputs: { x }, attrs }) => {
    const axes = util.parseAxisParam(attrs.axis ?? attrs.reductionIndices, [...x.sizes]);
    const kept = x.sizes.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const sizes = attrs.keepDims ? kept : x.sizes.filter((_, axis) => !axes.includes(axis));
    return build.emit(op, [x, build.int64s(axes)], x.dtype, sizes, {
      attributes: { keepdims: attrs.keepDims ? 1 : 0 },
    });
  };
}

/** Of floats, whatever the input. */
const mean: Kernel = (call) =>
  reduction('ReduceMean')({ ...call, inputs: { x: cast(call.build, call.inputs.x, 'float32') } });

const argMax: Kernel = ({ build, inputs: { x }, attrs }) => {
  const [axis] = util.parseAxisParam(attrs.axis, [...x.sizes]);
  const sizes = x.sizes.toSpliced(axis, 1);
  return cast(build, build.emit('ArgMax', [x], 'int64', sizes, { attributes: { axis, keepdims: 0 } }), 'int32');
};

export const reduce: Readonly<Record<string, Kernel>> = {
  ArgMax: argMax,
  LogSoftmax: ({ build, inputs: { logits } }) =>
    build.emit('LogSoftmax', [logits], logits.dtype, logits.sizes, { attributes: { axis: -1 } }),
  Max: reduction('ReduceMax'),
  Mean: mean,
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Softmax: ({ build, inputs: { logits } }) =>
    build.emit('Softmax', [logits], logits.dtype, logits.sizes, { attributes: { axis: -1 } }),
  Sum: reduction('ReduceSum'),
};
