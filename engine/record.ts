import { withRecorder } from './backend.ts';
import { createBuilder, type StandIns, successorOf } from './builder.ts';
import type { InputSpec, TensorFunction } from './engine.ts';
import { type Graph, printGraph, withoutDeadNodes } from './graph.ts';
import { OPERATORS, type OptionalOperator } from './kernels/kernel.ts';
import { mixedPrecision } from './mixed-precision.ts';

/** Sets of primes; each symbol takes one of each set as its stand-in. */
const PRIMES = [
  [101, 103, 107, 109, 113],
  [127, 131, 137, 139, 149],
  [151, 157, 163, 167, 173],
  [179, 181, 191, 193, 197],
  [199, 211, 223, 227, 229],
];

export interface RecordOptions {
  /** Those of the device that the graph is for. Default: the CPU's. */
  readonly operators?: readonly OptionalOperator[];
}

/**
 * The graph of a function: recorded with one set of stand-in sizes after another until two recordings print the same. A size that
 * leaked into a number (1/N, say) differs in each, and is an error; a fixed size that happens to be a multiple of a stand-in differs in one.
 */
export async function record(
  name: string,
  fn: TensorFunction,
  spec: InputSpec,
  options: RecordOptions = {},
): Promise<Graph> {
  const named = new Set(Object.values(spec).flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string')));
  const symbols = [...new Set([...named].map((symbol) => successorOf(symbol) ?? symbol))];
  if (symbols.length > PRIMES[0].length)
    throw new Error(
      `record: ${name} has ${symbols.length} symbolic dimensions, at most ${PRIMES[0].length} are supported`,
    );
  const texts: string[] = [];
  for (const primes of PRIMES) {
    const standIns = Object.fromEntries(symbols.map((symbol, index) => [symbol, primes[index]]));
    for (const symbol of named) standIns[symbol] ??= standIns[successorOf(symbol)!] - 1;
    const graph = recordOnce(name, fn, spec, standIns, options);
    const text = printGraph(graph);
    if (texts.includes(text)) return graph;
    texts.push(text);
  }
  throw leak(name, texts[0], texts[1]);
}

function recordOnce(
  name: string,
  fn: TensorFunction,
  spec: InputSpec,
  standIns: StandIns,
  { operators = OPERATORS.cpu }: RecordOptions,
): Graph {
  const plain = createBuilder(standIns);
  const build = operators.includes('Float16') ? mixedPrecision(plain) : plain;
  const inputs = Object.fromEntries(
    Object.entries(spec).map(([input, { dtype, shape }]) => [input, build.input(input, dtype, shape)]),
  );
  try {
    const outputs = withRecorder({ build, operators }, inputs, fn);
    const clash = Object.keys(outputs).find((output) => Object.hasOwn(spec, output));
    if (clash)
      throw new Error(`record: ${name} has an input and an output called '${clash}'. Name one of them differently.`);
    return withoutDeadNodes(build.graph(name, outputs));
  } catch (error) {
    const missing = /registered kernel '(\w+)' for backend|Kernel '(\w+)' not registered/.exec(String(error));
    if (!missing) throw error;
    throw new Error(
      `record: no ONNX kernel for tfjs op '${missing[1] ?? missing[2]}' (in ${name}). Add it to engine/kernels/ or use supported ops (docs/adding-an-op.md).`,
    );
  }
}

function leak(name: string, first: string, second: string): Error {
  const [a, b] = [first.split('\n'), second.split('\n')];
  const line = a.findIndex((text, index) => text !== b[index]);
  // A constant leaks where it is used; that line tells more than the constant's own.
  const constant = /^const (c\d+):/.exec(a[line])?.[1];
  const user = constant ? a.find((text) => new RegExp(`\\((.*, )?${constant}[,)]`).test(text)) : undefined;
  return new Error(
    `record: a size leaked into a number in ${name}: '${a[line]}' became '${b[line] ?? '(nothing)'}' when only sizes changed${user ? `; used by '${user}'` : ''}. ` +
      'Pass the number as an input (a loss is a sum times a scalar input, not a mean over a symbolic axis).',
  );
}
