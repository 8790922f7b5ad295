/**
 * One row per kernel of the table: small functions that call it, with inputs in its domain. Dimensions all differ, so that a
 * swapped axis fails; a, b and c are symbolic and take other sizes in every run.
 */
import * as tf from '@tensorflow/tfjs-core';
import { diagonalOf, nearInverse } from '../../engine/linear-algebra.ts';
import { crossEntropy, rmsNorm } from '../../engine/ops.ts';
import type { RandomInput, RandomInputs } from './random-feeds.ts';

type Inputs = Readonly<Record<string, tf.Tensor>>;

export interface Case {
  readonly inputs: RandomInputs;
  readonly f: (inputs: Inputs) => tf.Tensor | tf.Tensor[];
  /** False where only the forward pass of this case is supported. */
  readonly gradient?: false;
}

/** x [a, 6, b] */
const X = ['a', 6, 'b'];

function unary(f: (x: tf.Tensor) => tf.Tensor, range: Omit<RandomInput, 'shape'> = {}): Case[] {
  return [{ inputs: { x: { shape: X, ...range } }, f: ({ x }) => f(x) }];
}

/** Same shapes; a shorter second shape; a first shape that is stretched too; a scalar; a constant. */
function binary(
  f: (a: tf.Tensor, b: tf.Tensor | number) => tf.Tensor,
  left: Omit<RandomInput, 'shape'> = {},
  right = left,
): Case[] {
  const pair = (a: RandomInput['shape'], b: RandomInput['shape']): Case => ({
    inputs: { a: { shape: a, ...left }, b: { shape: b, ...right } },
    f: ({ a, b }) => f(a, b),
  });
  const constant = right.dtype === 'int32' ? 3 : 0.75;
  return [
    pair(X, X),
    pair(X, ['b']),
    pair(['a', 1, 'b'], [6, 1]),
    pair(X, []),
    ...(right.dtype === 'bool' ? [] : [{ inputs: { a: { shape: X, ...left } }, f: ({ a }: Inputs) => f(a, constant) }]),
  ];
}

const float = (shape: RandomInput['shape']): RandomInputs => ({ x: { shape } });
const int = { dtype: 'int32', from: 1, to: 9 } as const;
const bool = { dtype: 'bool' } as const;
const positive = { from: 0.3, to: 3 } as const;
const asFloat = (x: tf.Tensor) => tf.cast(x, 'float32');

function reduction(f: (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor): Case[] {
  return [
    { inputs: float(X), f: ({ x }) => [f(x, 1), f(x, -1), f(x, [0, 2]), f(x, [-3, 1], true), f(x)] },
    // Axes of length 1 at the end, which the recorder leaves out.
    { inputs: float(['a', 3, 1, 1]), f: ({ x }) => [f(x, 1), f(x, 1, true), f(x, [0, 2]), f(x, 3, true), f(x, 0)] },
    // Not of a symbolic axis of int32: a product of hundreds of integers overflows.
    { inputs: { x: { shape: ['a', 4], ...int } }, f: ({ x }) => [f(x, 1), f(x, -1, true)], gradient: false },
  ];
}

/** tfjs composes log softmax; ours is one kernel where it exists. */
function logSoftmax(x: tf.Tensor): tf.Tensor {
  return tf.getKernel('LogSoftmax', tf.getBackend())
    ? tf.engine().runKernel('LogSoftmax', { logits: x })
    : tf.logSoftmax(x);
}

const labelled: Case[] = [
  {
    inputs: { x: { shape: ['a', 7] }, index: { shape: ['a'], dtype: 'int32', to: 7 } },
    f: ({ x, index }) => crossEntropy(x, index),
  },
];

export const kernelRows: Readonly<Record<string, readonly Case[]>> = {
  Abs: unary(tf.abs),
  Ceil: unary(tf.ceil),
  Cos: unary(tf.cos),
  Elu: unary(tf.elu),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp),
  Expm1: unary(tf.expm1),
  Floor: unary(tf.floor),
  Identity: unary(tf.clone),
  IsFinite: unary((x) => tf.isFinite(tf.log(x))),
  IsInf: unary((x) => tf.isInf(tf.div(x, tf.mul(tf.floor(x), 0)))),
  IsNan: unary((x) => tf.isNaN(tf.log(x))),
  Log: unary(tf.log, positive),
  Log1p: unary(tf.log1p, positive),
  LogicalNot: unary(tf.logicalNot, bool),
  Neg: [...unary(tf.neg), ...unary(tf.neg, int)],
  Reciprocal: unary(tf.reciprocal, positive),
  Relu: unary(tf.relu),
  Round: unary((x) => tf.round(tf.mul(x, 3))),
  RmsNorm: [{ inputs: float(X), f: ({ x }) => rmsNorm(x) }],
  Rsqrt: unary(tf.rsqrt, positive),
  Sigmoid: unary(tf.sigmoid),
  Sign: unary(tf.sign),
  Sin: unary(tf.sin),
  Softplus: unary(tf.softplus),
  Sqrt: unary(tf.sqrt, positive),
  Square: [...unary(tf.square), ...unary(tf.square, int)],
  Step: unary((x) => tf.step(x, 0.25)),
  Tanh: unary(tf.tanh),

  Add: [...binary(tf.add), ...binary(tf.add, int), ...unary((x) => tf.add(x, tf.zeros([5, 1, 1, 1])))],
  Equal: [...binary(tf.equal, int), ...binary(tf.equal, bool)],
  FloorDiv: binary(tf.floorDiv, int, { dtype: 'int32', from: 2, to: 5 }),
  Greater: [...binary(tf.greater), ...binary(tf.greater, int)],
  GreaterEqual: [...binary(tf.greaterEqual), ...binary(tf.greaterEqual, int)],
  Less: [...binary(tf.less), ...binary(tf.less, int)],
  LessEqual: [...binary(tf.lessEqual), ...binary(tf.lessEqual, int)],
  LogicalAnd: binary((a, b) => tf.logicalAnd(a, b as tf.Tensor), bool),
  LogicalOr: binary((a, b) => tf.logicalOr(a, b as tf.Tensor), bool),
  Maximum: [...binary(tf.maximum), ...binary(tf.maximum, int)],
  Minimum: [...binary(tf.minimum), ...binary(tf.minimum, int)],
  Multiply: [...binary(tf.mul), ...binary(tf.mul, int), ...unary((x) => tf.mul(tf.ones([5, 1, 1, 1]), x))],
  NotEqual: [...binary(tf.notEqual, int), ...binary(tf.notEqual, bool)],
  Pow: binary(tf.pow, positive, { from: -2, to: 2 }),
  RealDiv: binary(tf.div, {}, positive),
  SquaredDifference: binary(tf.squaredDifference),
  Sub: [...binary(tf.sub), ...binary(tf.sub, int)],

  AddN: [{ inputs: { x: { shape: X }, y: { shape: X }, z: { shape: X } }, f: ({ x, y, z }) => tf.addN([x, y, z]) }],
  Cast: [
    // Truncation has slope 0; tfjs, and we with it, let the gradient through as if there were none.
    { inputs: float(X), f: ({ x }) => tf.cast(x, 'int32'), gradient: false },
    ...unary(asFloat),
    ...unary(asFloat, int),
    ...unary(asFloat, bool),
    ...unary((x) => tf.cast(x, 'bool'), { dtype: 'int32', from: -1, to: 2 }),
    // Uniform values are cast without a node.
    {
      inputs: float(X),
      f: ({ x: { shape } }) => [
        tf.cast(tf.fill(shape, 0.3), 'bool'),
        tf.cast(tf.fill(shape, -2.5), 'int32'),
        tf.cast(tf.ones(shape, 'bool'), 'float32'),
      ],
      gradient: false,
    },
  ],
  ClipByValue: unary((x) => tf.clipByValue(x, -0.5, 0.8)),
  OnesLike: unary(tf.onesLike),
  Select: [
    {
      inputs: { x: { shape: X }, y: { shape: X }, if: { shape: X, ...bool } },
      f: ({ x, y, if: condition }) => tf.where(condition, x, y),
    },
    {
      inputs: { x: { shape: X }, y: { shape: [] }, if: { shape: ['b'], ...bool } },
      f: ({ x, y, if: condition }) => tf.where(condition, x, y),
    },
  ],
  ZerosLike: unary(tf.zerosLike),

  BatchMatMul: [
    ...[false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB): Case[] => {
        const left = transposeA ? [4, 'b'] : ['b', 4];
        const right = transposeB ? ['c', 4] : [4, 'c'];
        const f = ({ x, y }: Inputs) => tf.matMul(x, y, transposeA, transposeB);
        return [
          { inputs: { x: { shape: left }, y: { shape: right } }, f },
          { inputs: { x: { shape: ['a', 6, ...left] }, y: { shape: ['a', 6, ...right] } }, f },
          { inputs: { x: { shape: ['a', 1, ...left] }, y: { shape: [6, ...right] } }, f, gradient: false },
        ];
      }),
    ),
  ],

  IdentityLike: [{ inputs: float(['a', 'b', 'b']), f: ({ x }) => diagonalOf(x) }],
  // Nearly the identity, since Newton's iteration, which tfjs computes, raises small eigenvalues a little.
  Inverse: [
    {
      inputs: { x: { shape: ['a', 'b', 4] }, d: { shape: ['a', 1, 1], from: 8, to: 9 } },
      f: ({ x, d }) => nearInverse(tf.add(tf.matMul(x, x, true, false), tf.mul(d, tf.eye(4)))),
    },
  ],
  LessOneAt: labelled,
  Pick: labelled,

  ArgMax: [{ inputs: float(X), f: ({ x }) => [tf.argMax(x, 0), tf.argMax(x, 1), tf.argMax(x, -1)] }],
  LogSoftmax: [{ inputs: float(X), f: ({ x }) => logSoftmax(x) }],
  Max: reduction(tf.max),
  Mean: [
    { inputs: float(['a', 3, 'b', 4]), f: ({ x }) => [tf.mean(x, 1), tf.mean(x, -1, true), tf.mean(x, [-3, 3])] },
    { inputs: { x: { shape: ['a', 4], ...int } }, f: ({ x }) => tf.mean(x, 1) },
  ],
  Min: reduction(tf.min),
  Prod: [{ inputs: float(['a', 3, 4]), f: ({ x }) => [tf.prod(x, 1), tf.prod(x, -1, true), tf.prod(x, [1, 2])] }],
  Softmax: [{ inputs: float(X), f: ({ x }) => tf.softmax(x) }],
  Sum: [
    ...reduction(tf.sum),
    { inputs: { x: { shape: X, ...bool } }, f: ({ x }) => tf.sum(x, 1) },
    { inputs: float([]), f: ({ x }) => tf.sum(x) },
  ],

  Concat: [
    { inputs: { x: { shape: X }, y: { shape: ['a', 4, 'b'] } }, f: ({ x, y }) => tf.concat([x, y, x], 1) },
    { inputs: { x: { shape: X }, y: { shape: ['a', 4, 'b'] } }, f: ({ x, y }) => tf.concat([x, y], -2) },
    { inputs: { x: { shape: X } }, f: ({ x }) => tf.concat([x, tf.neg(x)], -1), gradient: false },
  ],
  ExpandDims: [{ inputs: float(X), f: ({ x }) => [tf.expandDims(x, 0), tf.expandDims(x, 2), tf.expandDims(x, -1)] }],
  Fill: unary((x) => tf.mul(x, tf.fill([...x.shape], 1.5))),
  GatherV2: [
    {
      inputs: { x: { shape: [7, 'a', 4] }, i: { shape: ['b', 3], dtype: 'int32', to: 7 } },
      f: ({ x, i }) => tf.gather(x, i),
    },
    {
      inputs: { x: { shape: ['a', 7, 4] }, i: { shape: ['b'], dtype: 'int32', to: 4 } },
      f: ({ x, i }) => tf.gather(x, i, -1),
      gradient: false,
    },
  ],
  OneHot: [
    {
      inputs: { i: { shape: ['a', 3], dtype: 'int32', to: 5 } },
      f: ({ i }) => [tf.oneHot(i as tf.Tensor1D, 5), tf.oneHot(i as tf.Tensor1D, 5, 0.5, -1, 'float32')],
    },
  ],
  Pack: [
    {
      inputs: { x: { shape: X }, y: { shape: X } },
      f: ({ x, y }) => [tf.stack([x, y, x]), tf.stack([x, y], 2), tf.stack([x, y], -1)],
    },
  ],
  PadV2: [
    {
      inputs: float(['a', 6, 'b', 4]),
      f: ({ x }) =>
        tf.pad(
          x,
          [
            [0, 0],
            [2, 0],
            [0, 0],
            [3, 1],
          ],
          0.5,
        ),
    },
  ],
  Reshape: [
    {
      inputs: float(['a', 6, 'b', 4]),
      f: ({ x }) => {
        const [a, , b] = x.shape;
        const merged = tf.reshape(x, [a * 6, b * 4]);
        return [merged, tf.reshape(merged, [a, 3, 2, b, 4]), tf.reshape(x, [-1]), tf.reshape(x, [4, a, b * 6])];
      },
    },
  ],
  Reverse: [
    { inputs: float(X), f: ({ x }) => [tf.reverse(x, 1), tf.reverse(x, -1), tf.reverse(x, [0, 2]), tf.reverse(x)] },
  ],
  Slice: [
    { inputs: float(['a', 6, 'b', 4]), f: ({ x }) => [tf.slice(x, [0, 2], [-1, 3]), tf.slice(x, [0, 1, 0, 3])] },
    { inputs: float(X), f: ({ x }) => tf.slice(x, [1], [1]), gradient: false },
  ],
  SplitV: [
    {
      inputs: float(['a', 6, 'b']),
      f: ({ x }) => [
        ...tf.split(x, 3, 1),
        ...tf.split(x, [1, 3, 2], -2),
        ...tf.split(x, 1, 1),
        ...tf.split(tf.concat([x, x], 0), [x.shape[0], x.shape[0]], 0),
      ],
    },
    // More parts than one Split may have on WebGPU.
    { inputs: float(['a', 20]), f: ({ x }) => tf.split(x, [1, 3, 2, 1, 4, 1, 2, 5, 1], -1) },
  ],
  Tile: [
    {
      inputs: float(['a', 1, 'b']),
      f: ({ x }) => [tf.tile(x, [1, 5, 1]), tf.tile(x, [2, 1, 3]), tf.tile(x, [1, 2, x.shape[0]])],
    },
  ],
  Transpose: [
    {
      inputs: float(['a', 6, 'b', 4]),
      f: ({ x }) => [tf.transpose(x), tf.transpose(x, [0, 2, 1, 3]), tf.transpose(x, [2, 3, 0, 1])],
    },
  ],
  Unpack: [
    {
      inputs: float(['a', 3, 'b']),
      f: ({ x }) => [...tf.unstack(x, 1), ...tf.unstack(tf.slice(x, [0, 1], [-1, 1]), -2)],
    },
  ],
  UnsortedSegmentSum: [
    {
      inputs: { x: { shape: ['a', 4, 'b'] }, i: { shape: ['a'], dtype: 'int32', to: 5 } },
      f: ({ x, i }) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 5),
      gradient: false,
    },
  ],
};
