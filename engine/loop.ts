/** Several runs of a graph in one run of onnxruntime: the graph as the body of ONNX's Loop, and what that is fed with. */
import { int32, type NdArray } from './array.ts';
import type { LoopOptions } from './engine.ts';
import { DATA_TYPE, type Graph, type Node, type Value, type ValueType } from './graph.ts';

/** A symbolic dimension. */
const STEPS = 'steps';

/**
 * Carried and shared inputs stay as they are. Of the others, those of all steps come in one array: a number in a vector [steps]; an array of any
 * other shape flat, one step after the other, and in `<input>.at`, int32 [steps, 2 + rank], where that of a step begins and ends, and its shape.
 */
export function loop(graph: Graph, { carried, shared }: LoopOptions): Graph {
  const before = graph.inputs.filter(({ input }) => Object.hasOwn(carried, input!));
  const after = before.map(({ input }) => carried[input!]);
  const numbers = Object.keys(graph.outputs).filter((name) => !after.includes(name));
  const own = graph.inputs.filter((input) => !before.includes(input) && !shared.includes(input.input!));
  const [step, goesOn] = [value('int64', [], 'step'), value('bool', [], 'goes on')];
  const stacks = new Map(own.map((input) => [input, stackOf(input)]));
  const inputs = graph.inputs.flatMap((input) => stacks.get(input) ?? input);
  const outputs = [...after, ...numbers].map((name): [string, Value] => [name, graph.outputs[name]]);

  const body: Graph = {
    name: graph.name,
    inputs: [step, goesOn, ...before],
    nodes: [...[...stacks].flatMap(([input, stack]) => readsOf(input, stack, step)), ...graph.nodes],
    outputs: Object.fromEntries([
      ['goes on after', goesOn],
      ...outputs.map(([name, output]): [string, Value] => [`${name} of the step`, output]),
    ]),
  };
  const counted = inputs.find(({ shape }) => shape[0]?.symbols[0] === STEPS)!;
  const count = node('Shape', [counted], [value('int64', [1])], { attributes: { start: 0, end: 1 } });
  const looped = node(
    'Loop',
    [...count.outputs, constant('bool', [1], []), ...before],
    outputs.map(([name, output]) => (numbers.includes(name) ? value(output.dtype, [STEPS]) : output)),
    { body },
  );
  return {
    name: graph.name,
    inputs,
    nodes: [count, looped],
    outputs: Object.fromEntries(outputs.map(([name], index) => [name, looped.outputs[index]])),
  };
}

/** The feeds of steps as the loop wants them. */
export function stacked(steps: readonly Readonly<Record<string, NdArray>>[]): Record<string, NdArray> {
  return Object.fromEntries(
    Object.keys(steps[0]).flatMap((name) => {
      const arrays = steps.map((feeds) => feeds[name]);
      const { dtype, data: first, shape } = arrays[0];
      const ends = arrays.map((_, i) => arrays.slice(0, i + 1).reduce((sum, { data }) => sum + data.length, 0));
      const data = new (first.constructor as new (length: number) => NdArray['data'])(ends.at(-1)!);
      for (const [i, array] of arrays.entries()) data.set(array.data, ends[i] - array.data.length);
      const all: [string, NdArray] = [name, { dtype, shape: [data.length], data }];
      if (shape.length === 0) return [all];
      const rows = arrays.flatMap((array, i) => [ends[i] - array.data.length, ends[i], ...array.shape]);
      return [all, [`${name}.at`, int32(rows, [steps.length, 2 + shape.length])]];
    }),
  );
}

/** What an input of one step comes in for all of them. */
function stackOf({ input, dtype, shape }: Value): Value[] {
  if (shape.length === 0) return [value(dtype, [STEPS], input)];
  return [value(dtype, [`${input} of all`], input), value('int32', [STEPS, 2 + shape.length], `${input}.at`)];
}

/** The nodes that read the input of a step from that. */
function readsOf(own: Value, [all, at]: readonly Value[], step: Value): Node[] {
  const rank = own.shape.length;
  if (rank === 0) return [node('Gather', [all, step], [own])];
  const row = node('Gather', [at, step], [value('int32', [2 + rank])]);
  const long = node('Cast', row.outputs, [value('int64', [2 + rank])], { attributes: { to: DATA_TYPE.int64 } });
  const parts = [1, 1, rank];
  const where = node(
    'Split',
    [...long.outputs, constant('int64', parts, [parts.length])],
    parts.map((length) => value('int64', [length])),
    { attributes: { axis: 0 } },
  );
  const [begin, end, shape] = where.outputs;
  const flat = node('Slice', [all, begin, end], [value(own.dtype, [`${own.input} of one`])]);
  return [row, long, where, flat, node('Reshape', [...flat.outputs, shape], [own])];
}

/** Its outputs are new values, but for inputs of the graph: these it computes. */
function node(
  op: string,
  inputs: readonly Value[],
  outputs: readonly Value[],
  { attributes = {}, body }: Partial<Pick<Node, 'attributes' | 'body'>> = {},
): Node {
  const made: Node = { op, domain: '', inputs, attributes, floats: [], ...(body && { body }), outputs: [] };
  made.outputs = outputs.map((output) => (output.input === undefined ? { ...output, node: made } : output));
  return made;
}

function value(dtype: ValueType, dims: readonly (number | string)[], input?: string): Value {
  const shape = dims.map((dim) =>
    typeof dim === 'number' ? { factor: dim, symbols: [] } : { factor: 1, symbols: [dim] },
  );
  return { dtype, shape, sizes: [], node: null, ...(input !== undefined && { input }) };
}

function constant(dtype: ValueType, numbers: readonly number[], sizes: readonly number[]): Value {
  return { ...value(dtype, sizes), sizes, constant: numbers };
}
