import protobuf from 'protobufjs/light.js';

/** The part of TensorBoard's event format that we read: field numbers and types from event.proto, summary.proto, tensor.proto. */
const FORMAT = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        step: { id: 2, type: 'int64' },
        summary: { id: 5, type: 'Summary' },
      },
    },
    Summary: { fields: { values: { id: 1, type: 'Value', rule: 'repeated' } } },
    Value: {
      // In a oneof, a value of 0 is there; elsewhere it would be read as left out.
      oneofs: { value: { oneof: ['simpleValue', 'tensor'] } },
      fields: {
        tag: { id: 1, type: 'string' },
        simpleValue: { id: 2, type: 'float' },
        tensor: { id: 8, type: 'Tensor' },
        metadata: { id: 9, type: 'Metadata' },
      },
    },
    Metadata: { fields: { plugin: { id: 1, type: 'Plugin' } } },
    Plugin: { fields: { name: { id: 1, type: 'string' } } },
    Tensor: {
      fields: {
        dataType: { id: 1, type: 'int32' },
        shape: { id: 2, type: 'Shape' },
        content: { id: 4, type: 'bytes' },
        floats: { id: 5, type: 'float', rule: 'repeated' },
        doubles: { id: 6, type: 'double', rule: 'repeated' },
      },
    },
    Shape: { fields: { dims: { id: 2, type: 'Dimension', rule: 'repeated' } } },
    Dimension: { fields: { size: { id: 1, type: 'int64' } } },
  },
}).lookupType('Event');

interface Event {
  readonly step?: number;
  readonly summary?: { readonly values?: readonly Value[] };
}

interface Value {
  readonly tag?: string;
  readonly simpleValue?: number;
  readonly tensor?: Tensor;
  readonly metadata?: { readonly plugin?: { readonly name?: string } };
}

interface Tensor {
  readonly dataType?: number;
  readonly shape?: { readonly dims?: readonly { readonly size?: number }[] };
  readonly content?: Uint8Array;
  readonly floats?: readonly number[];
  readonly doubles?: readonly number[];
}

const DATA_TYPE = { float: 1, double: 2 };

export interface Scalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/**
 * The scalars in the bytes of one event: plain ones, and those written as a tensor with one element. Only the first event of a
 * tag names the plugin it is for, so the caller keeps `plugins` (by tag) for a whole run. Throws where the bytes are no event.
 */
export function eventScalars(bytes: Uint8Array, plugins: Map<string, string>): Scalar[] {
  const { step = 0, summary } = FORMAT.toObject(FORMAT.decode(bytes), { longs: Number }) as Event;
  return (summary?.values ?? []).flatMap(({ tag = '', simpleValue, tensor, metadata }) => {
    const plugin = metadata?.plugin?.name;
    if (plugin) plugins.set(tag, plugin);
    const value = simpleValue ?? (tensor && tensorScalar(tensor, plugins.get(tag)));
    return value === undefined ? [] : [{ tag, step, value }];
  });
}

/** Undefined where it is no scalar. Other plugins (text, histograms, hyperparameters) may hold tensors with one element too. */
function tensorScalar({ dataType, shape, content, floats, doubles }: Tensor, plugin?: string): number | undefined {
  if (plugin !== undefined && plugin !== 'scalars') return undefined;
  const dims = shape?.dims ?? [];
  const isScalar = plugin === undefined ? dims.length === 0 : dims.every(({ size }) => size === 1);
  if (!isScalar || (dataType !== DATA_TYPE.float && dataType !== DATA_TYPE.double)) return undefined;
  const isFloat = dataType === DATA_TYPE.float;
  if (content !== undefined && content.length > 0) {
    if (content.length !== (isFloat ? 4 : 8)) return undefined;
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    return isFloat ? view.getFloat32(0, true) : view.getFloat64(0, true);
  }
  // A tensor whose numbers are left out holds zeros.
  return (isFloat ? floats : doubles)?.[0] ?? 0;
}
