import { sizeOf } from './array.ts';
import { type Attribute, DATA_TYPE, type Dim, type Graph, type Node, type Value, type ValueType } from './graph.ts';

/**
 * The size that stands for each symbolic dimension while recording: distinct primes that divide no other size, and one less than the prime of
 * its successor for a dimension such as 'cell-1'.
 */
export type StandIns = Readonly<Record<string, number>>;

/** 'cell' for 'cell-1': a dimension that is one less than another one. Undefined for all other symbols. */
export const successorOf = (symbol: string): string | undefined => /^(.+)-1$/.exec(symbol)?.[1];

export interface EmitOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Names of the attributes that ONNX wants as floats. */
  readonly floats?: readonly string[];
  readonly domain?: '' | 'com.microsoft';
}

export interface Output {
  readonly dtype: ValueType;
  readonly sizes: readonly number[];
  /** The number that every element is, where that is known. */
  readonly uniform?: number;
}

/** Collects the nodes of one graph. Kernels (kernels/) call it; it knows ONNX operators and shapes, no tfjs. */
export interface Builder {
  readonly input: (name: string, dtype: ValueType, shape: readonly (number | string)[]) => Value;
  /** A node with one output. The same node emitted twice is one node. */
  readonly emit: (
    op: string,
    inputs: readonly Value[],
    dtype: ValueType,
    sizes: readonly number[],
    options?: EmitOptions,
  ) => Value;
  readonly emitMany: (
    op: string,
    inputs: readonly Value[],
    outputs: readonly Output[],
    options?: EmitOptions,
  ) => readonly Value[];
  readonly constant: (data: readonly number[], dtype: ValueType, sizes: readonly number[]) => Value;
  /** Every element the same; costs nothing until something needs it in full. */
  readonly uniform: (value: number, dtype: ValueType, sizes: readonly number[]) => Value;
  readonly scalar: (value: number, dtype: ValueType) => Value;
  readonly reshape: (value: Value, sizes: readonly number[]) => Value;
  readonly expand: (value: Value, sizes: readonly number[]) => Value;
  /** An int64 vector that holds the sizes at run time. */
  readonly shapeVector: (sizes: readonly number[]) => Value;
  /** A constant int64 vector, also of numbers that happen to be multiples of a stand-in. */
  readonly int64s: (numbers: readonly number[]) => Value;
  /** Whether the value belongs to this graph. */
  readonly has: (value: Value) => boolean;
  readonly graph: (name: string, outputs: Readonly<Record<string, Value>>) => Graph;
}

/** The same text for the same content. JSON alone has one text for NaN and the infinities, and one for 0 and -0. */
const keyOf = (content: unknown): string =>
  JSON.stringify(content, (_, value) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? `${1 / value} of ${value}` : value,
  );

export function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** A Cast node, also for a constant. */
export const emitCast = (build: Builder, value: Value, dtype: ValueType): Value =>
  build.emit('Cast', [value], dtype, value.sizes, { attributes: { to: DATA_TYPE[dtype] } });

export function createBuilder(standIns: StandIns): Builder {
  const inputs: Value[] = [];
  const nodes: Node[] = [];
  const seen = new Map<string, Node>();
  const ids = new Map<Value, number>();
  const constants = new Map<string, Value>();

  const toDim = (size: number): Dim => {
    const symbols: string[] = [];
    let factor = size;
    for (const [symbol, prime] of Object.entries(standIns)) {
      while (factor > 0 && factor % prime === 0) {
        symbols.push(symbol);
        factor /= prime;
      }
    }
    return { factor, symbols };
  };
  const isSymbolic = (size: number) => toDim(size).symbols.length > 0;

  const register = (value: Value): Value => {
    ids.set(value, ids.size);
    return value;
  };

  const emitMany: Builder['emitMany'] = (
    op,
    nodeInputs,
    outputs,
    { attributes = {}, floats = [], domain = '' } = {},
  ) => {
    const key = keyOf([op, nodeInputs.map((value) => ids.get(value)), attributes, outputs]);
    const twin = seen.get(key);
    if (twin) return twin.outputs;
    const node: Node = { op, domain, inputs: nodeInputs, attributes, floats, outputs: [] };
    node.outputs = outputs.map((output) => register({ ...output, shape: output.sizes.map(toDim), node }));
    nodes.push(node);
    seen.set(key, node);
    return node.outputs;
  };
  const emit: Builder['emit'] = (op, nodeInputs, dtype, sizes, options) =>
    emitMany(op, nodeInputs, [{ dtype, sizes }], options)[0];

  const constant: Builder['constant'] = (data, dtype, sizes) => {
    const key = keyOf([data, dtype, sizes]);
    const known = constants.get(key);
    if (known) return known;
    const uniformOf = data.length === 1 ? { uniform: data[0] } : {};
    const value = register({ dtype, sizes, shape: sizes.map(toDim), node: null, constant: data, ...uniformOf });
    constants.set(key, value);
    return value;
  };
  const scalar: Builder['scalar'] = (value, dtype) => constant([value], dtype, []);
  const int64s: Builder['int64s'] = (numbers) => constant(numbers, 'int64', [numbers.length]);

  /** The run-time length of the axis of an input that is this symbol; undefined where no input has one. */
  const inputLength = (symbol: string): Value | undefined => {
    const source = inputs.find((value) => value.shape.some((dim) => isPlain(dim, symbol)));
    if (!source) return undefined;
    const start = source.shape.findIndex((dim) => isPlain(dim, symbol));
    return emit('Shape', [source], 'int64', [1], { attributes: { start, end: start + 1 } });
  };

  /** The run-time size of one dimension, as an int64 vector of one element. */
  const dimVector = (size: number): Value => {
    const { factor, symbols } = toDim(size);
    const parts = symbols.map((symbol) => {
      const length = inputLength(symbol);
      if (length) return length;
      const less = inputLength(`${symbol}-1`);
      if (less) return emit('Add', [less, int64s([1])], 'int64', [1]);
      throw new Error(`record: no input has '${symbol}' as a whole dimension, so its size is not known at run time`);
    });
    if (factor !== 1 || parts.length === 0) parts.push(int64s([factor]));
    return parts.reduce((product, part) => emit('Mul', [product, part], 'int64', [1]));
  };

  const shapeVector: Builder['shapeVector'] = (sizes) => {
    if (!sizes.some(isSymbolic)) return int64s(sizes);
    const parts = sizes.map(dimVector);
    return parts.length === 1 ? parts[0] : emit('Concat', parts, 'int64', [sizes.length], { attributes: { axis: 0 } });
  };

  /** Prefers 0 (same as the input's axis) and a single -1 over a computed vector: they need no extra nodes. */
  const reshapeVector = (from: readonly number[], to: readonly number[]): Value => {
    const plain = to.map((size, axis) => (!isSymbolic(size) ? size : size === from[axis] ? 0 : -1));
    return plain.filter((size) => size === -1).length <= 1 ? int64s(plain) : shapeVector(to);
  };

  const expand: Builder['expand'] = (value, sizes) => {
    if (sameSizes(value.sizes, sizes)) return value;
    const output = { dtype: value.dtype, sizes, ...(value.uniform === undefined ? {} : { uniform: value.uniform }) };
    // An expansion of an expansion reads the original.
    const source = value.node?.op === 'Expand' ? value.node.inputs[0] : value;
    return emitMany('Expand', [source, shapeVector(sizes)], [output])[0];
  };
  const uniform: Builder['uniform'] = (value, dtype, sizes) => expand(scalar(value, dtype), sizes);

  return {
    input(name, dtype, shape) {
      const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : standIns[dim]));
      const value = register({ dtype, sizes, shape: sizes.map(toDim), node: null, input: name });
      inputs.push(value);
      return value;
    },
    emit,
    emitMany,
    constant,
    scalar,
    int64s,
    shapeVector,
    expand,
    uniform,
    reshape(value, sizes) {
      if (sameSizes(value.sizes, sizes)) return value;
      if (sizeOf(value.sizes) !== sizeOf(sizes))
        throw new Error(
          `record: a tensor [${value.sizes}] was reshaped to [${sizes}]. Both must hold as many numbers.`,
        );
      if (value.uniform !== undefined) return uniform(value.uniform, value.dtype, sizes);
      // A reshape of a reshape reads the original.
      const source = value.node?.op === 'Reshape' ? value.node.inputs[0] : value;
      if (sameSizes(source.sizes, sizes)) return source;
      return emit('Reshape', [source, reshapeVector(source.sizes, sizes)], value.dtype, sizes);
    },
    has: (value) => ids.has(value),
    graph: (name, outputs) => ({ name, inputs, nodes, outputs }),
  };
}

function isPlain(dim: Dim, symbol: string): boolean {
  return dim.factor === 1 && dim.symbols.length === 1 && dim.symbols[0] === symbol;
}
