import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import type { Builder } from '../builder.ts';
import type { Value } from '../graph.ts';
import { cast, emitBinary } from './elementwise.ts';
import type { Kernel } from './kernel.ts';

/** An axis counted from the end (-1 is the last of `rank`) as one counted from the start. */
function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

const concat: Kernel = ({ build, inputs, attrs }) => {
  const values = Object.values(inputs);
  const axis = positive(attrs.axis, values[0].sizes.length);
  const sizes = backend_util.computeOutShape(
    values.map((value) => [...value.sizes]),
    axis,
  );
  return build.emit('Concat', values, values[0].dtype, sizes, { attributes: { axis } });
};

const pack: Kernel = ({ build, inputs, attrs }) => {
  const values = Object.values(inputs);
  const axis = positive(attrs.axis, values[0].sizes.length + 1);
  const rows = values.map((value) => build.reshape(value, value.sizes.toSpliced(axis, 0, 1)));
  const sizes = values[0].sizes.toSpliced(axis, 0, values.length);
  return build.emit('Concat', rows, values[0].dtype, sizes, { attributes: { axis } });
};

/** Lengths and offsets along axes of x. On axes of fixed size they are fixed too, even those that happen to be multiples of a stand-in. */
function along(build: Builder, x: Value, axes: readonly number[], numbers: readonly number[]): Value {
  return axes.some((axis) => x.shape[axis].symbols.length > 0) ? build.shapeVector(numbers) : build.int64s(numbers);
}

/** A WebGPU shader may bind as few as 8 buffers: one input and 7 outputs. */
const MAX_SPLIT = 7;

function cut(build: Builder, x: Value, axis: number, lengths: readonly number[]): readonly Value[] {
  const outputs = lengths.map((length) => ({ dtype: x.dtype, sizes: x.sizes.with(axis, length) }));
  if (lengths.length <= MAX_SPLIT) {
    return build.emitMany('Split', [x, along(build, x, [axis], lengths)], outputs, { attributes: { axis } });
  }
  let end = 0;
  return outputs.map(({ dtype, sizes }) => {
    const start = end;
    end += sizes[axis];
    const range = [along(build, x, [axis], [start]), along(build, x, [axis], [end]), build.int64s([axis])];
    return build.emit('Slice', [x, ...range], dtype, sizes);
  });
}

const unpack: Kernel = ({ build, inputs: { value }, attrs }) => {
  const axis = positive(attrs.axis, value.sizes.length);
  const rows = cut(build, value, axis, Array(value.sizes[axis]).fill(1));
  return rows.map((row) => build.reshape(row, value.sizes.toSpliced(axis, 1)));
};

const split: Kernel = ({ build, inputs: { x }, attrs }) => {
  const axis = positive(attrs.axis, x.sizes.length);
  return cut(
    build,
    x,
    axis,
    backend_util.prepareSplitSize({ shape: [...x.sizes] } as never, attrs.numOrSizeSplits, axis),
  );
};

const slice: Kernel = ({ build, inputs: { x }, attrs }) => {
  const [begin, size] = slice_util.parseSliceParams(
    { shape: [...x.sizes], rank: x.sizes.length } as never,
    attrs.begin,
    attrs.size,
  );
  // Axes taken whole are not named, so that a symbolic axis passes through.
  const axes = x.sizes.flatMap((full, axis) => (begin[axis] === 0 && size[axis] === full ? [] : axis));
  if (axes.length === 0) return x;
  const starts = axes.map((axis) => begin[axis]);
  const ends = axes.map((axis) => begin[axis] + size[axis]);
  return build.emit(
    'Slice',
    [x, along(build, x, axes, starts), along(build, x, axes, ends), build.int64s(axes)],
    x.dtype,
    size,
  );
};

const tile: Kernel = ({ build, inputs: { x }, attrs }) => {
  const reps: number[] = attrs.reps;
  const sizes = x.sizes.map((size, axis) => size * reps[axis]);
  // Repeating an axis of size 1 is broadcasting, which can stay unwritten.
  if (x.sizes.every((size, axis) => size === 1 || reps[axis] === 1)) return build.expand(x, sizes);
  return build.emit('Tile', [x, build.shapeVector(reps)], x.dtype, sizes);
};

const pad: Kernel = ({ build, inputs: { x }, attrs }) => {
  const paddings: [number, number][] = attrs.paddings;
  const sizes = x.sizes.map((size, axis) => paddings[axis][0] + size + paddings[axis][1]);
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  return build.emit('Pad', [x, build.shapeVector(pads), build.scalar(attrs.constantValue, x.dtype)], x.dtype, sizes);
};

const reverse: Kernel = ({ build, inputs: { x }, attrs }) => {
  const axes = util.parseAxisParam(attrs.dims, [...x.sizes]);
  if (axes.length === 0) return x;
  // ONNX slices backwards from the last element (-1) to before the first (any number below -size).
  const [starts, ends, steps] = [-1, -(2 ** 31), -1].map((number) => build.int64s(axes.map(() => number)));
  return build.emit('Slice', [x, starts, ends, build.int64s(axes), steps], x.dtype, x.sizes);
};

const transpose: Kernel = ({ build, inputs: { x }, attrs }) => {
  const perm: number[] = attrs.perm;
  if (perm.every((axis, position) => axis === position)) return x;
  return build.emit(
    'Transpose',
    [x],
    x.dtype,
    perm.map((axis) => x.sizes[axis]),
    { attributes: { perm } },
  );
};

const gather: Kernel = ({ build, inputs: { x, indices }, attrs }) => {
  if (attrs.batchDims) throw new Error('record: gather with batchDims is not supported. Use oneHot and a sum instead.');
  const axis = positive(attrs.axis, x.sizes.length);
  const sizes = [...x.sizes.slice(0, axis), ...indices.sizes, ...x.sizes.slice(axis + 1)];
  return build.emit('Gather', [x, indices], x.dtype, sizes, { attributes: { axis } });
};

/** The gradient of gather: rows of x added up by segment. */
const unsortedSegmentSum: Kernel = ({ build, inputs: { x, segmentIds }, attrs }) => {
  const sizes = [attrs.numSegments, ...x.sizes.slice(1)];
  const ids = cast(build, build.reshape(segmentIds, [...segmentIds.sizes, 1]), 'int64');
  return build.emit('ScatterND', [build.uniform(0, x.dtype, sizes), ids, x], x.dtype, sizes, {
    attributes: { reduction: 'add' },
  });
};

/** By comparison: WebGPU has no OneHot. */
const oneHot: Kernel = ({ build, inputs: { indices }, attrs: { depth, onValue, offValue, dtype } }) => {
  const classes = Array.from({ length: depth }, (_, index) => index);
  const column = build.reshape(indices, [...indices.sizes, 1]);
  const hot = emitBinary(build, 'Equal', column, build.constant(classes, 'int32', [depth]), 'bool');
  const [on, off] = [onValue, offValue].map((value) => build.scalar(value, 'float32'));
  return cast(build, build.emit('Where', [hot, on, off], 'float32', hot.sizes), dtype);
};

export const shape: Readonly<Record<string, Kernel>> = {
  Concat: concat,
  ExpandDims: ({ build, inputs: { input }, attrs }) => {
    const axis = positive(attrs.dim, input.sizes.length + 1);
    return build.reshape(input, input.sizes.toSpliced(axis, 0, 1));
  },
  Fill: ({ build, attrs }) => build.uniform(attrs.value, attrs.dtype, attrs.shape),
  GatherV2: gather,
  OneHot: oneHot,
  Pack: pack,
  PadV2: pad,
  Reshape: ({ build, inputs: { x }, attrs }) => build.reshape(x, resolveShape(attrs.shape, x.sizes)),
  Reverse: reverse,
  Slice: slice,
  SplitV: split,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
  UnsortedSegmentSum: unsortedSegmentSum,
};

/** Fills in tfjs's -1. */
function resolveShape(shape: readonly number[], from: readonly number[]): number[] {
  const total = from.reduce((product, size) => product * size, 1);
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return shape.map((size) => (size === -1 ? total / known : size));
}
