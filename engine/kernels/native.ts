import { cast, emitBinary } from './elementwise.ts';
import type { Kernel } from './kernel.ts';

/** Kernels of ours that tfjs does not have (see ops.ts): ONNX does in one pass what takes several with tfjs operations. */

const pick: Kernel = ({ build, inputs: { x, index } }) => {
  const rows = x.sizes[0];
  const picked = build.emit('GatherElements', [x, build.reshape(index, [rows, 1])], x.dtype, [rows, 1], {
    attributes: { axis: 1 },
  });
  return build.reshape(picked, [rows]);
};

const lessOneAt: Kernel = ({ build, inputs: { x, index } }) => {
  const column = [x.sizes[0], 1];
  const updates = build.uniform(-1, x.dtype, column);
  const attributes = { axis: 1, reduction: 'add' };
  return build.emit('ScatterElements', [x, build.reshape(index, column), updates], x.dtype, x.sizes, { attributes });
};

/** Where row and column have the same number; EyeLike would leave WebGPU for it. Floats count exactly up to 2^24. */
const identityLike: Kernel = ({ build, inputs: { x } }) => {
  const size = x.sizes[x.sizes.length - 1];
  const ones = build.uniform(1, 'float32', [size]);
  const numbers = build.emit('CumSum', [ones, build.scalar(0, 'int32')], 'float32', [size]);
  return cast(build, emitBinary(build, 'Equal', build.reshape(numbers, [size, 1]), numbers, 'bool'), x.dtype);
};

/** Of matrices [.., N, N]. linear-algebra.ts calls it only where the device has the operator. */
const inverse: Kernel = ({ build, inputs: { a } }) =>
  build.emit('Inverse', [a], a.dtype, a.sizes, { domain: 'com.microsoft' });

/** Rows divided by their root mean square, and 1 over that. ops.ts calls it only where the device has the operator. */
const rmsNorm: Kernel = ({ build, inputs: { x }, attrs: { epsilon } }) => {
  const width = x.sizes[x.sizes.length - 1];
  const weights = build.uniform(1, x.dtype, [width]);
  const outputs = [x.sizes, [...x.sizes.slice(0, -1), 1]].map((sizes) => ({ dtype: x.dtype, sizes }));
  return build.emitMany('SimplifiedLayerNormalization', [x, weights], outputs, {
    attributes: { axis: -1, epsilon },
    floats: ['epsilon'],
  });
};

export const native: Readonly<Record<string, Kernel>> = {
  IdentityLike: identityLike,
  Inverse: inverse,
  LessOneAt: lessOneAt,
  Pick: pick,
  RmsNorm: rmsNorm,
};
