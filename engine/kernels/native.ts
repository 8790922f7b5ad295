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

/** EyeLike takes matrices only. */
const identityLike: Kernel = ({ build, inputs: { x } }) => {
  const size = x.sizes[x.sizes.length - 1];
  const sizes = [size, size];
  return build.emit('EyeLike', [build.uniform(0, x.dtype, sizes)], x.dtype, sizes);
};

export const native: Readonly<Record<string, Kernel>> = {
  IdentityLike: identityLike,
  LessOneAt: lessOneAt,
  Pick: pick,
};
