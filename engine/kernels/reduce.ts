import { util } from '@tensorflow/tfjs-core';
import type { Value } from '../graph.ts';
import { cast, emitBinary } from './elementwise.ts';
import type { Kernel } from './kernel.ts';

/** tfjs names the axes `axis`, or `reductionIndices` for Max. */
function reduction(op: string): Kernel {
  return ({ build, inputs: { x }, attrs }) => {
    const axes = util.parseAxisParam(attrs.axis ?? attrs.reductionIndices, [...x.sizes]);
    // No axes are all of them in ONNX.
    if (axes.length === 0) return x;
    // Without the axes of length 1 at the end: onnxruntime takes thirty times as long to reduce the axis before these as to reduce the last one.
    const rank = x.sizes.findLastIndex((size, axis) => size !== 1 || axes.includes(axis)) + 1;
    const [narrow, ones] = [x.sizes.slice(0, rank), x.sizes.slice(rank)];
    const kept = narrow.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const sizes = attrs.keepDims ? kept : narrow.filter((_, axis) => !axes.includes(axis));
    const reduced = build.emit(op, [build.reshape(x, narrow), build.int64s(axes)], x.dtype, sizes, {
      attributes: { keepdims: attrs.keepDims ? 1 : 0 },
    });
    return build.reshape(reduced, [...sizes, ...ones]);
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

const logSoftmax: Kernel = ({ build, inputs: { logits: x }, operators }) => {
  if (operators.includes('LogSoftmax'))
    return build.emit('LogSoftmax', [x], x.dtype, x.sizes, { attributes: { axis: -1 } });
  const axes = build.int64s([x.sizes.length - 1]);
  const perRow = [...x.sizes.slice(0, -1), 1];
  const reduced = (op: string, value: Value) =>
    build.emit(op, [value, axes], x.dtype, perRow, { attributes: { keepdims: 1 } });
  const below = emitBinary(build, 'Sub', x, reduced('ReduceMax', x));
  const total = reduced('ReduceSum', build.emit('Exp', [below], x.dtype, x.sizes));
  return emitBinary(build, 'Sub', below, build.emit('Log', [total], x.dtype, perRow));
};

export const reduce: Readonly<Record<string, Kernel>> = {
  ArgMax: argMax,
  LogSoftmax: logSoftmax,
  Max: reduction('ReduceMax'),
  Mean: mean,
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Softmax: ({ build, inputs: { logits } }) =>
    build.emit('Softmax', [logits], logits.dtype, logits.sizes, { attributes: { axis: -1 } }),
  Sum: reduction('ReduceSum'),
};
