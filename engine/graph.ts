/**
 * The recorded graph: values with symbolic shapes, nodes in the order of recording. It prints as text, line by line, which
 * is what tests hold as a snapshot and what the leak check compares.
 */

/** A dimension: a whole number times symbols, such as 4*batch*context. */
export interface Dim {
  readonly factor: number;
  readonly symbols: readonly string[];
}

/** int64 occurs only in shape vectors, which onnxruntime wants so; float16 only in mixed precision and where `pfn doctor` tries it. */
export type ValueType = 'float32' | 'int32' | 'bool' | 'int64' | 'float16';

/** ONNX's numbers of them. */
export const DATA_TYPE: Readonly<Record<ValueType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 };

export interface Value {
  readonly dtype: ValueType;
  readonly shape: readonly Dim[];
  /** The sizes under the stand-ins of this recording; tfjs computes with these. */
  readonly sizes: readonly number[];
  /** The node that computes it; null for inputs and constants. */
  readonly node: Node | null;
  /** Name of an input. */
  readonly input?: string;
  /** Data of a constant. */
  readonly constant?: readonly number[];
  /** Set where every element is known to be this number; `constant` then holds it once, whatever the shape. */
  readonly uniform?: number;
}

export type Attribute = number | readonly number[] | string;

export interface Node {
  readonly op: string;
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly Value[];
  /** Integers unless listed in `floats`: ONNX tells the two apart and JavaScript does not. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly floats: readonly string[];
  /** The graph that a Loop repeats. It may read values from outside. */
  readonly body?: Graph;
  outputs: readonly Value[];
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, Value>>;
}

export function printDim({ factor, symbols }: Dim): string {
  if (symbols.length === 0) return String(factor);
  return factor === 1 ? symbols.join('*') : `${factor}*${symbols.join('*')}`;
}

function printShape(value: Value): string {
  return `${value.dtype}[${value.shape.map(printDim).join(', ')}]`;
}

/** Only what the outputs need, in recorded order. */
export function withoutDeadNodes(graph: Graph): Graph {
  const live = new Set<Node>();
  const pending = Object.values(graph.outputs).flatMap((value) => value.node ?? []);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (live.has(node)) continue;
    live.add(node);
    for (const input of node.inputs) if (input.node) pending.push(input.node);
  }
  return { ...graph, nodes: graph.nodes.filter((node) => live.has(node)) };
}

/**
 * Constants are `c0, c1, ...`, computed values `%0, %1, ...`, both numbered in order of first use. In a body no name of a graph around it is used
 * again, and `outer` has those.
 */
export function nameValues(
  graph: Graph,
  outer?: ReadonlyMap<Value, string>,
): { names: Map<Value, string>; constants: Value[] } {
  const names = new Map(outer);
  const prefix = outer ? 'body ' : '';
  const constants: Value[] = [];
  const nameConstant = (value: Value) => {
    if (names.has(value) || !value.constant) return;
    names.set(value, `${prefix}c${constants.length}`);
    constants.push(value);
  };
  for (const value of graph.inputs) names.set(value, prefix + value.input!);
  let count = 0;
  for (const node of graph.nodes) {
    for (const input of node.inputs) nameConstant(input);
    for (const output of node.outputs) names.set(output, `${prefix}%${count++}`);
  }
  for (const value of Object.values(graph.outputs)) nameConstant(value);
  return { names, constants };
}

export function printGraph(graph: Graph): string {
  const { names, constants } = nameValues(graph);
  const lines = [`graph ${graph.name}`];
  for (const value of graph.inputs) lines.push(`input ${value.input}: ${printShape(value)}`);
  for (const value of constants)
    lines.push(`const ${names.get(value)}: ${printShape(value)} = ${printNumbers(value.constant!)}`);
  for (const node of graph.nodes) {
    const attributes = Object.entries(node.attributes).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    const outputs = node.outputs.map((value) => `${names.get(value)}: ${printShape(value)}`);
    lines.push(
      `${outputs.join(', ')} = ${node.op}(${node.inputs.map((value) => names.get(value)).join(', ')})${attributes.length ? ` {${attributes.join(' ')}}` : ''}`,
    );
  }
  for (const [name, value] of Object.entries(graph.outputs)) lines.push(`output ${name}: ${names.get(value)}`);
  return lines.join('\n');
}

function printNumbers(numbers: readonly number[]): string {
  if (numbers.length === 1) return String(numbers[0]);
  const shown =
    numbers.length <= 16
      ? numbers
      : [...numbers.slice(0, 16), `... ${numbers.length} in all, sum ${numbers.reduce((a, b) => a + b, 0)}`];
  return `[${shown.join(', ')}]`;
}
