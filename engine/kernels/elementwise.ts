import { backend_util } from '@tensorflow/tfjs-core';
import { type Builder, emitCast, sameSizes } from '../builder.ts';
import type { Value, ValueType } from '../graph.ts';
import type { Kernel } from './kernel.ts';

/** An ONNX operator of one input that keeps shape and dtype. */
function unary(op: string): Kernel {
  return ({ build, inputs: { x } }) => build.emit(op, [x], x.dtype, x.sizes);
}

/** A small float formula of x, for kernels that ONNX has no operator for. */
function formula(compute: (x: Value, build: Builder) => Value): Kernel {
  return ({ build, inputs: { x } }) => compute(x, build);
}

function broadcastSizes(a: Value, b: Value): number[] {
  return backend_util.assertAndGetBroadcastShape([...a.sizes], [...b.sizes]);
}

/** The small value behind an Expand where broadcasting against `other` gives the same sizes: saves writing the large one. */
function unexpanded(value: Value, other: Value, sizes: readonly number[]): Value {
  if (value.node?.op !== 'Expand') return value;
  const [small] = value.node.inputs;
  return sameSizes(broadcastSizes(small, other), sizes) ? small : value;
}

export function emitBinary(build: Builder, op: string, a: Value, b: Value, dtype: ValueType = a.dtype): Value {
  const sizes = broadcastSizes(a, b);
  const left = unexpanded(a, b, sizes);
  return build.emit(op, [left, unexpanded(b, left, sizes)], dtype, sizes);
}

function binary(op: string, dtype?: ValueType): Kernel {
  return ({ build, inputs: { a, b } }) => emitBinary(build, op, a, b, dtype);
}

/** x op neutral = x: gradients multiply by ones and add zeros a lot. */
function binaryWithNeutral(op: string, neutral: number): Kernel {
  return ({ build, inputs: { a, b } }) => {
    const sizes = broadcastSizes(a, b);
    if (b.uniform === neutral) return build.expand(a, sizes);
    if (a.uniform === neutral) return build.expand(b, sizes);
    return emitBinary(build, op, a, b);
  };
}

const floorDivide: Kernel = ({ build, inputs: { a, b } }) => {
  const quotient = emitBinary(build, 'Div', cast(build, a, 'float32'), cast(build, b, 'float32'));
  return cast(build, build.emit('Floor', [quotient], 'float32', quotient.sizes), 'int32');
};

export function cast(build: Builder, value: Value, dtype: ValueType): Value {
  if (value.dtype === dtype) return value;
  if (value.uniform !== undefined) return build.uniform(castNumber(value.uniform, dtype), dtype, value.sizes);
  return emitCast(build, value, dtype);
}

function castNumber(number: number, dtype: ValueType): number {
  if (dtype === 'float32' || dtype === 'float16') return number;
  return dtype === 'bool' ? Number(number !== 0) : Math.trunc(number);
}

const predicate = (op: string): Kernel => {
  return ({ build, inputs: { x } }) => build.emit(op, [x], 'bool', x.sizes);
};

const finite: Kernel = ({ build, inputs: { x } }) => {
  const size = build.emit('Abs', [x], x.dtype, x.sizes);
  return build.emit('Less', [size, build.scalar(Number.POSITIVE_INFINITY, 'float32')], 'bool', x.sizes);
};

const select: Kernel = ({ build, inputs: { condition, t, e } }) =>
  build.emit(
    'Where',
    [condition, unexpanded(t, condition, t.sizes), unexpanded(e, condition, t.sizes)],
    t.dtype,
    t.sizes,
  );

const clipByValue: Kernel = ({ build, inputs: { x }, attrs }) =>
  build.emit(
    'Clip',
    [x, build.scalar(attrs.clipValueMin, x.dtype), build.scalar(attrs.clipValueMax, x.dtype)],
    x.dtype,
    x.sizes,
  );

export const elementwise: Readonly<Record<string, Kernel>> = {
  Abs: unary('Abs'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Elu: unary('Elu'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expm1: formula((x, build) =>
    emitBinary(build, 'Sub', build.emit('Exp', [x], x.dtype, x.sizes), build.scalar(1, x.dtype)),
  ),
  Floor: unary('Floor'),
  Identity: ({ inputs: { x } }) => x,
  IsFinite: finite,
  IsInf: predicate('IsInf'),
  IsNan: predicate('IsNaN'),
  Log: unary('Log'),
  Log1p: formula((x, build) =>
    build.emit('Log', [emitBinary(build, 'Add', x, build.scalar(1, x.dtype))], x.dtype, x.sizes),
  ),
  LogicalNot: predicate('Not'),
  Neg: unary('Neg'),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Round: unary('Round'),
  Rsqrt: formula((x, build) => build.emit('Reciprocal', [build.emit('Sqrt', [x], x.dtype, x.sizes)], x.dtype, x.sizes)),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square: formula((x, build) => emitBinary(build, 'Mul', x, x)),
  Step: ({ build, inputs: { x }, attrs }) => {
    const above = build.emit('Greater', [x, build.scalar(0, x.dtype)], 'bool', x.sizes);
    return build.emit('Where', [above, build.scalar(1, x.dtype), build.scalar(attrs.alpha, x.dtype)], x.dtype, x.sizes);
  },
  Tanh: unary('Tanh'),

  Add: binaryWithNeutral('Add', 0),
  Equal: binary('Equal', 'bool'),
  FloorDiv: floorDivide,
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: binary('Or', 'bool'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Multiply: binaryWithNeutral('Mul', 1),
  NotEqual: ({ build, inputs: { a, b } }) => {
    const equal = emitBinary(build, 'Equal', a, b, 'bool');
    return build.emit('Not', [equal], 'bool', equal.sizes);
  },
  Pow: binary('Pow'),
  RealDiv: binary('Div'),
  SquaredDifference: ({ build, inputs: { a, b } }) => {
    const difference = emitBinary(build, 'Sub', a, b);
    return emitBinary(build, 'Mul', difference, difference);
  },
  Sub: binary('Sub'),

  AddN: ({ build, inputs }) => Object.values(inputs).reduce((sum, value) => emitBinary(build, 'Add', sum, value)),
  Cast: ({ build, inputs: { x }, attrs }) => cast(build, x, attrs.dtype),
  ClipByValue: clipByValue,
  OnesLike: ({ build, inputs: { x } }) => build.uniform(1, x.dtype, x.sizes),
  Select: select,
  ZerosLike: ({ build, inputs: { x } }) => build.uniform(0, x.dtype, x.sizes),
};
