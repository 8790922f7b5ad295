/** What a run of a recorded graph takes, known from its shapes without running it. */
import { type Dim, type Graph, type Node, nameValues, type Value } from './graph.ts';

/** The sizes of the symbolic dimensions. 'cell-1' follows from 'cell'. */
export type Sizes = Readonly<Record<string, number>>;

/** Floating-point operations of all matrix products, two for each multiplication with its addition; an inverse is as one product. */
export function productFlop(graph: Graph, sizes: Sizes): number {
  let flop = 0;
  for (const { op, inputs, outputs, attributes } of graph.nodes) {
    if (!['MatMul', 'FusedMatMul', 'Inverse'].includes(op)) continue;
    const left = inputs[0].shape;
    flop += 2 * lengthOf(outputs[0], sizes) * sizeOfDim(left[left.length - (attributes.transA ? 2 : 1)], sizes);
  }
  return flop;
}

const BYTES = { float32: 4, int32: 4, bool: 1, int64: 8, float16: 2 };
/** Their output is their input under another shape. */
const VIEWS = ['Reshape', 'Squeeze', 'Unsqueeze', 'Identity'];
/** onnxruntime lets these write over an input that nobody reads any more. */
const IN_PLACE = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Abs', 'Neg', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Relu', 'Sigmoid', 'Tanh'],
  ...['Softmax', 'LogSoftmax', 'ScatterElements', 'Erf', 'Clip'],
];

/** The most bytes of values alive at once when nodes run in recorded order. Inputs are alive all the time, outputs from where they are computed. */
export function peakBytes(graph: Graph, sizes: Sizes): number {
  const stored = new Map<Value, Value>();
  const storeOf = (value: Value): Value => stored.get(value) ?? value;
  const lastUse = new Map<Value, Node>();
  for (const node of graph.nodes) {
    if (VIEWS.includes(node.op)) stored.set(node.outputs[0], storeOf(node.inputs[0]));
    for (const value of [...node.inputs, ...node.outputs]) lastUse.set(storeOf(value), node);
  }
  const bytesOf = (value: Value) => BYTES[value.dtype] * lengthOf(value, sizes);
  const kept = new Set(Object.values(graph.outputs).map(storeOf));
  const { constants } = nameValues(graph);
  for (const value of [...graph.inputs, ...constants]) kept.add(value);
  let alive = [...graph.inputs, ...constants].reduce((sum, value) => sum + bytesOf(value), 0);
  let peak = alive;
  for (const node of graph.nodes) {
    const dying = [...new Set(node.inputs.map(storeOf))].filter(
      (value) => lastUse.get(value) === node && !kept.has(value),
    );
    const own = node.outputs.filter((value) => storeOf(value) === value);
    const asked = own.reduce((sum, value) => sum + bytesOf(value), 0);
    const free = dying.reduce((sum, value) => sum + bytesOf(value), 0);
    const isTakenOver = IN_PLACE.includes(node.op) && dying.some((value) => bytesOf(value) === asked);
    peak = Math.max(peak, alive + (isTakenOver ? 0 : asked));
    alive += asked - free;
    for (const value of own) if (lastUse.get(value) === node && !kept.has(value)) alive -= bytesOf(value);
  }
  return peak;
}

const lengthOf = ({ shape }: Value, sizes: Sizes): number =>
  shape.reduce((product, dim) => product * sizeOfDim(dim, sizes), 1);

function sizeOfDim({ factor, symbols }: Dim, sizes: Sizes): number {
  return symbols.reduce((product, symbol) => {
    const size = sizes[symbol] ?? sizes[symbol.replace(/-1$/, '')] - 1;
    if (Number.isNaN(size))
      throw new RangeError(`expected a size of '${symbol}', got ${Object.keys(sizes).join(', ')}.`);
    return product * size;
  }, factor);
}
