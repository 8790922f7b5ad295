import * as tf from '@tensorflow/tfjs-core';
import { mixedMatMul } from './mixed-precision.ts';

/**
 * The gradient of every differentiable kernel that can be recorded. tfjs keeps the tape; its own gradient table is not part of
 * what `@tensorflow/tfjs-core` gives to Node.js, and this one needs fewer and smaller operations (no products with ones).
 * Kernels that are constant almost everywhere (comparisons, rounding, indices) have none.
 */
type Saved = readonly tf.Tensor[];
type GradientTable = Readonly<Record<string, Omit<tf.GradConfig, 'kernelName'>>>;

/** dy of y = f(x), by the input x. */
function ofInput(gradient: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): Omit<tf.GradConfig, 'kernelName'> {
  return { inputsToSave: ['x'], gradFunc: (dy, [x]) => ({ x: () => gradient(dy as tf.Tensor, x) }) };
}

/** dy of y = f(x), by the output y. */
function ofOutput(
  gradient: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  input = 'x',
): Omit<tf.GradConfig, 'kernelName'> {
  return { outputsToSave: [true], gradFunc: (dy, [y]) => ({ [input]: () => gradient(dy as tf.Tensor, y) }) };
}

/** dy of y = f(a, b), elementwise with broadcasting. */
function ofPair(
  toA: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  toB: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): Omit<tf.GradConfig, 'kernelName'> {
  return {
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => summedTo(toA(dy as tf.Tensor, a, b), a.shape),
      b: () => summedTo(toB(dy as tf.Tensor, a, b), b.shape),
    }),
  };
}

/** The gradient of broadcasting: what was repeated is added up. */
function summedTo(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return tf.reshape(axes.length ? tf.sum(dy, axes) : dy, shape);
}

/** The gradient of summing over axes: what was added up is repeated. */
function repeatedTo(dy: tf.Tensor, shape: number[], axis: number | number[]): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis, shape);
  const kept = shape.map((size, index) => (axes.includes(index) ? 1 : size));
  return tf.broadcastTo(tf.reshape(dy, kept), shape);
}

/** Ties share nothing: each of the equal elements gets the whole gradient, as in tfjs. */
const extremum = {
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy: tf.Tensor | tf.Tensor[], [x, y]: Saved, attrs: tf.NamedAttrMap) => ({
    x: () => {
      const axes = (attrs.axis ?? attrs.reductionIndices) as number[];
      const hit = tf.equal(x, repeatedTo(y, x.shape, axes));
      return tf.mul(repeatedTo(dy as tf.Tensor, x.shape, axes), tf.cast(hit, 'float32'));
    },
  }),
};

const pass = { gradFunc: (dy: tf.Tensor | tf.Tensor[]) => ({ x: () => dy as tf.Tensor }) };
const masked = (dy: tf.Tensor, mask: tf.Tensor) => tf.where(tf.cast(mask, 'bool'), dy, tf.zerosLike(dy));

const table: GradientTable = {
  Abs: ofInput((dy, x) => tf.mul(dy, tf.sign(x))),
  Cos: ofInput((dy, x) => tf.mul(dy, tf.neg(tf.sin(x)))),
  Elu: ofOutput((dy, y) => tf.where(tf.greater(y, 0), dy, tf.mul(dy, tf.add(y, 1)))),
  Erf: ofInput((dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI)))),
  Exp: ofOutput((dy, y) => tf.mul(dy, y)),
  Expm1: ofInput((dy, x) => tf.mul(dy, tf.exp(x))),
  Identity: pass,
  Log: ofInput((dy, x) => tf.div(dy, x)),
  Log1p: ofInput((dy, x) => tf.div(dy, tf.add(x, 1))),
  Neg: ofInput((dy) => tf.neg(dy)),
  Reciprocal: ofOutput((dy, y) => tf.neg(tf.mul(dy, tf.square(y)))),
  Relu: ofOutput((dy, y) => masked(dy, tf.greater(y, 0))),
  Rsqrt: ofOutput((dy, y) => tf.mul(dy, tf.mul(tf.mul(tf.square(y), y), -0.5))),
  Sigmoid: ofOutput((dy, y) => tf.mul(dy, tf.sub(y, tf.square(y)))),
  Sin: ofInput((dy, x) => tf.mul(dy, tf.cos(x))),
  Softplus: ofInput((dy, x) => tf.mul(dy, tf.sigmoid(x))),
  Sqrt: ofOutput((dy, y) => tf.div(tf.mul(dy, 0.5), y)),
  Square: ofInput((dy, x) => tf.mul(dy, tf.mul(x, 2))),
  Tanh: ofOutput((dy, y) => tf.sub(dy, tf.mul(dy, tf.square(y)))),

  Add: ofPair(
    (dy) => dy,
    (dy) => dy,
  ),
  Maximum: ofPair(
    (dy, a, b) => masked(dy, tf.greaterEqual(a, b)),
    (dy, a, b) => masked(dy, tf.less(a, b)),
  ),
  Minimum: ofPair(
    (dy, a, b) => masked(dy, tf.lessEqual(a, b)),
    (dy, a, b) => masked(dy, tf.greater(a, b)),
  ),
  Multiply: ofPair(
    (dy, _a, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  Pow: {
    inputsToSave: ['a', 'b'],
    outputsToSave: [true],
    gradFunc: (dy, [a, b, y]: Saved) => ({
      a: () => summedTo(tf.mul(dy as tf.Tensor, tf.mul(b, tf.pow(a, tf.sub(b, 1)))), a.shape),
      b: () =>
        summedTo(
          tf.mul(dy as tf.Tensor, tf.mul(y, tf.where(tf.greater(a, 0), tf.log(tf.maximum(a, 1e-30)), tf.zerosLike(a)))),
          b.shape,
        ),
    }),
  },
  RealDiv: ofPair(
    (dy, _a, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
  ),
  SquaredDifference: ofPair(
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  ),
  Sub: ofPair(
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),

  AddN: {
    saveAllInputs: true,
    gradFunc: (dy, saved: Saved) =>
      Object.fromEntries(saved.map((_, index) => [index, () => tf.clone(dy as tf.Tensor)])),
  },
  Cast: { gradFunc: (dy) => ({ x: () => tf.cast(dy as tf.Tensor, 'float32') }) },
  ClipByValue: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x]: Saved, attrs) => ({
      x: () => {
        const inside = tf.logicalAnd(
          tf.greaterEqual(x, attrs.clipValueMin as number),
          tf.lessEqual(x, attrs.clipValueMax as number),
        );
        return masked(dy as tf.Tensor, inside);
      },
    }),
  },
  Select: {
    inputsToSave: ['condition'],
    gradFunc: (dy, [condition]: Saved) => ({
      condition: () => tf.zerosLike(condition),
      t: () => tf.mul(dy as tf.Tensor, tf.cast(condition, 'float32')),
      e: () => tf.mul(dy as tf.Tensor, tf.cast(tf.logicalNot(tf.cast(condition, 'bool')), 'float32')),
    }),
  },

  BatchMatMul: {
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]: Saved, { transposeA: ta, transposeB: tb, mixed }) => {
      if (a.shape.slice(0, -2).join() !== b.shape.slice(0, -2).join()) {
        throw new Error(
          `matMul: expected the same batch sizes to differentiate, got [${a.shape}] and [${b.shape}]. Flatten to two dimensions first.`,
        );
      }
      const d = dy as tf.Tensor;
      const product = mixed ? mixedMatMul : tf.matMul;
      return {
        a: () => (ta ? product(b, d, !!tb, true) : product(d, b, false, !tb)),
        b: () => (tb ? product(d, a, true, !!ta) : product(a, d, !ta, false)),
      };
    },
  },

  Max: extremum,
  Min: extremum,
  Mean: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x]: Saved, attrs) => ({
      x: () => {
        const axes = tf.util.parseAxisParam(attrs.axis as number[], x.shape);
        const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
        return repeatedTo(tf.mul(dy as tf.Tensor, 1 / count), x.shape, axes);
      },
    }),
  },
  Sum: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x]: Saved, attrs) => ({ x: () => repeatedTo(dy as tf.Tensor, x.shape, attrs.axis as number[]) }),
  },
  Softmax: ofOutput((dy, y) => {
    const dyTimesY = tf.mul(dy, y);
    return tf.sub(dyTimesY, tf.mul(tf.sum(dyTimesY, -1, true), y));
  }, 'logits'),
  LogSoftmax: ofOutput((dy, y) => tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(y))), 'logits'),

  Concat: {
    saveAllInputs: true,
    gradFunc: (dy, saved: Saved, attrs) => {
      const axis = tf.util.parseAxisParam(attrs.axis as number, saved[0].shape)[0];
      const parts = tf.split(
        dy as tf.Tensor,
        saved.map((part) => part.shape[axis]),
        axis,
      );
      return Object.fromEntries(parts.map((part, index) => [index, () => part]));
    },
  },
  ExpandDims: {
    inputsToSave: ['input'],
    gradFunc: (dy, [input]: Saved) => ({ input: () => tf.reshape(dy as tf.Tensor, input.shape) }),
  },
  GatherV2: {
    inputsToSave: ['x', 'indices'],
    gradFunc: (dy, [x, indices]: Saved, attrs) => {
      const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0];
      if (axis !== 0) throw new Error(`gather: expected axis 0 to differentiate, got ${axis}. Transpose first.`);
      const rows = tf.reshape(dy as tf.Tensor, [indices.size, ...x.shape.slice(1)]);
      return {
        x: () => tf.unsortedSegmentSum(rows, tf.reshape(indices, [indices.size]) as tf.Tensor1D, x.shape[0]),
        indices: () => tf.zerosLike(indices),
      };
    },
  },
  Pack: {
    saveAllInputs: true,
    gradFunc: (dy, saved: Saved, attrs) => {
      const parts = tf.unstack(dy as tf.Tensor, attrs.axis as number);
      return Object.fromEntries(saved.map((_, index) => [index, () => parts[index]]));
    },
  },
  PadV2: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x]: Saved, attrs) => ({
      x: () =>
        tf.slice(
          dy as tf.Tensor,
          (attrs.paddings as [number, number][]).map(([before]) => before),
          x.shape,
        ),
    }),
  },
  Reshape: { inputsToSave: ['x'], gradFunc: (dy, [x]: Saved) => ({ x: () => tf.reshape(dy as tf.Tensor, x.shape) }) },
  Reverse: { gradFunc: (dy, _saved, attrs) => ({ x: () => tf.reverse(dy as tf.Tensor, attrs.dims as number[]) }) },
  Slice: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x]: Saved, attrs) => ({
      x: () => {
        const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin as number[], attrs.size as number[]);
        return tf.pad(
          dy as tf.Tensor,
          begin.map((start, axis) => [start, x.shape[axis] - start - size[axis]] as [number, number]),
        );
      },
    }),
  },
  SplitV: { gradFunc: (dy, _saved, attrs) => ({ x: () => tf.concat([dy].flat(), attrs.axis as number) }) },
  Tile: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x]: Saved, attrs) => ({
      x: () => {
        // [a, b] tiled (r, s) is [r, a, s, b] added up over r and s.
        const shape = x.shape.flatMap((size, axis) => [(attrs.reps as number[])[axis], size]);
        return tf.sum(
          tf.reshape(dy as tf.Tensor, shape),
          x.shape.map((_, axis) => 2 * axis),
        );
      },
    }),
  },
  Transpose: {
    gradFunc: (dy, _saved, attrs) => ({
      x: () => tf.transpose(dy as tf.Tensor, tf.backend_util.getUndoAxesPermutation(attrs.perm as number[])),
    }),
  },
  Unpack: { gradFunc: (dy, _saved, attrs) => ({ value: () => tf.stack([dy].flat(), attrs.axis as number) }) },
};

/** Kernels that can be differentiated. */
export const differentiable: readonly string[] = Object.keys(table);

let registered = false;
/** Makes tfjs differentiate the kernels of the table, on every backend. */
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  for (const [kernelName, config] of Object.entries(table))
    tf.registerGradient({ kernelName, ...config } as tf.GradConfig);
}
