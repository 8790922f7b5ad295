import protobuf from 'protobufjs/light.js';
import { type Attribute, DATA_TYPE, type Graph, type Node, nameValues, printDim, type Value } from './graph.ts';

/** The part of the ONNX format that we write: field numbers and types from onnx.proto (IR version 10). */
const FORMAT = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: { id: 1, type: 'int64' },
        producerName: { id: 2, type: 'string' },
        graph: { id: 7, type: 'Graph' },
        opsets: { id: 8, type: 'Opset', rule: 'repeated' },
      },
    },
    Opset: { fields: { domain: { id: 1, type: 'string' }, version: { id: 2, type: 'int64' } } },
    Graph: {
      fields: {
        nodes: { id: 1, type: 'Node', rule: 'repeated' },
        name: { id: 2, type: 'string' },
        initializers: { id: 5, type: 'Tensor', rule: 'repeated' },
        inputs: { id: 11, type: 'ValueInfo', rule: 'repeated' },
        outputs: { id: 12, type: 'ValueInfo', rule: 'repeated' },
      },
    },
    Node: {
      fields: {
        inputs: { id: 1, type: 'string', rule: 'repeated' },
        outputs: { id: 2, type: 'string', rule: 'repeated' },
        name: { id: 3, type: 'string' },
        op: { id: 4, type: 'string' },
        attributes: { id: 5, type: 'Attribute', rule: 'repeated' },
        domain: { id: 7, type: 'string' },
      },
    },
    Attribute: {
      fields: {
        name: { id: 1, type: 'string' },
        f: { id: 2, type: 'float' },
        i: { id: 3, type: 'int64' },
        s: { id: 4, type: 'bytes' },
        g: { id: 6, type: 'Graph' },
        ints: { id: 8, type: 'int64', rule: 'repeated' },
        type: { id: 20, type: 'int32' },
      },
    },
    Tensor: {
      fields: {
        dims: { id: 1, type: 'int64', rule: 'repeated' },
        dataType: { id: 2, type: 'int32' },
        name: { id: 8, type: 'string' },
        rawData: { id: 9, type: 'bytes' },
        externalData: { id: 13, type: 'Entry', rule: 'repeated' },
        dataLocation: { id: 14, type: 'int32' },
      },
    },
    Entry: { fields: { key: { id: 1, type: 'string' }, value: { id: 2, type: 'string' } } },
    ValueInfo: { fields: { name: { id: 1, type: 'string' }, type: { id: 2, type: 'Type' } } },
    Type: { fields: { tensor: { id: 1, type: 'TensorType' } } },
    TensorType: { fields: { elementType: { id: 1, type: 'int32' }, shape: { id: 2, type: 'Shape' } } },
    Shape: { fields: { dims: { id: 1, type: 'Dimension', rule: 'repeated' } } },
    Dimension: { fields: { value: { id: 1, type: 'int64' }, symbol: { id: 2, type: 'string' } } },
  },
}).lookupType('Model');

const IR_VERSION = 10;
const OPSET = 18;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };
const EXTERNAL = 1;

/** Where the numbers of an initialiser lie: `length` bytes from `offset` on in a file beside the model. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * The graph as the bytes of an .onnx file. Inputs named in `external` become initialisers whose numbers stay in that file.
 */
export function toOnnx(graph: Graph, external: Readonly<Record<string, ExternalData>> = {}): Uint8Array {
  const model = {
    irVersion: IR_VERSION,
    producerName: 'pfnkit',
    opsets: [
      { domain: '', version: OPSET },
      // Named only where it is used, so that other runtimes load the graphs that do without.
      ...(usesOwnOperators(graph) ? [{ domain: 'com.microsoft', version: 1 }] : []),
    ],
    graph: graphMessage(graph, external),
  };
  return FORMAT.encode(model).finish();
}

const usesOwnOperators = ({ nodes }: Graph): boolean =>
  nodes.some(({ domain, body }) => domain === 'com.microsoft' || (body !== undefined && usesOwnOperators(body)));

/** `names`: of values outside that the graph, as the body of a node, may read. */
function graphMessage(
  graph: Graph,
  external: Readonly<Record<string, ExternalData>>,
  outer?: ReadonlyMap<Value, string>,
): object {
  const { names, constants } = nameValues(graph, outer);
  const taken = new Set(names.values());
  const copied = Object.entries(graph.outputs).filter(([name, value]) => {
    const isOwn = value.node !== null && !Object.hasOwn(graph.outputs, names.get(value)!) && !taken.has(name);
    if (isOwn) names.set(value, name);
    return !isOwn;
  });
  // An output must be named as asked, even where it is an input or shared by two names.
  const copies = copied.map(([name, value]) => ({
    inputs: [names.get(value)],
    outputs: [name],
    name: `output ${name}`,
    op: 'Identity',
    attributes: [],
  }));
  const nodes = graph.nodes.map((node) => ({
    inputs: node.inputs.map((value) => names.get(value)),
    outputs: node.outputs.map((value) => names.get(value)),
    name: node.outputs.map((value) => names.get(value)).join(' '),
    op: node.op,
    domain: node.domain,
    attributes: [
      ...Object.entries(node.attributes).map(([name, value]) => attribute(name, value, node)),
      ...(node.body ? [{ name: 'body', g: graphMessage(node.body, {}, names), type: ATTRIBUTE_TYPE.graph }] : []),
    ],
  }));
  const isWeight = ({ input }: Value) => Object.hasOwn(external, input!);
  const used = new Set([...graph.nodes.flatMap((node) => node.inputs), ...Object.values(graph.outputs)]);
  // onnxruntime warns about initialisers that no node reads.
  const weights = graph.inputs.filter((value) => isWeight(value) && used.has(value));
  const inputs = graph.inputs.filter((value) => !isWeight(value));
  return {
    name: graph.name,
    nodes: [...nodes, ...copies],
    initializers: [
      ...constants.map((value) => ({ ...tensorHead(value, names.get(value)!), rawData: rawData(value) })),
      ...weights.map((value) => ({
        ...tensorHead(value, value.input!),
        dataLocation: EXTERNAL,
        externalData: Object.entries(external[value.input!]).map(([key, entry]) => ({ key, value: String(entry) })),
      })),
    ],
    inputs: inputs.map((value) => valueInfo(names.get(value)!, value)),
    outputs: Object.entries(graph.outputs).map(([name, value]) => valueInfo(name, value)),
  };
}

function attribute(name: string, value: Attribute, node: Node) {
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: ATTRIBUTE_TYPE.string };
  if (typeof value !== 'number') return { name, ints: value, type: ATTRIBUTE_TYPE.ints };
  return node.floats.includes(name)
    ? { name, f: value, type: ATTRIBUTE_TYPE.float }
    : { name, i: value, type: ATTRIBUTE_TYPE.int };
}

function valueInfo(name: string, value: Value) {
  const dims = value.shape.map((dim) => (dim.symbols.length ? { symbol: printDim(dim) } : { value: dim.factor }));
  return { name, type: { tensor: { elementType: DATA_TYPE[value.dtype], shape: { dims } } } };
}

function tensorHead(value: Value, name: string) {
  return { dims: value.sizes, dataType: DATA_TYPE[value.dtype], name };
}

function rawData({ dtype, constant }: Value): Uint8Array {
  const numbers = constant!;
  if (dtype === 'bool') return Uint8Array.from(numbers);
  if (dtype === 'int64') return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
  return new Uint8Array((dtype === 'float32' ? Float32Array : Int32Array).from(numbers).buffer);
}
