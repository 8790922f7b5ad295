/**
 * The safetensors format, as far as we use it: eight bytes with the length of a JSON header, the header (name -> dtype, shape, byte range),
 * the numbers. Reading executes nothing.
 */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Safetensors {
  readonly tensors: Readonly<Record<string, NamedArray>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where each tensor's bytes lie in the file: what ONNX external data refers to. */
  readonly ranges: Readonly<Record<string, { readonly offset: number; readonly length: number }>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

export function writeSafetensors(
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = JSON.stringify(header);
  // Padded, so that the numbers start at a multiple of eight bytes.
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + json.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  let offset = 8 + json.length;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** Throws an Error that begins with `file` when the bytes are cut short, are no safetensors, or hold other numbers than float32. */
export function readSafetensors(bytes: Uint8Array, file: string, remedy = 'get it again'): Safetensors {
  const fail = (why: string): never => {
    throw new Error(`${file}: ${why}. The file is damaged or not a safetensors file; ${remedy}.`);
  };
  if (bytes.length < 8) fail(`expected at least 8 bytes, got ${bytes.length}`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > bytes.length) fail(`expected a header of ${headerLength} bytes, got a file of ${bytes.length} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    return fail('expected a JSON header');
  }
  if (!isRecord(header)) return fail('expected a header with names');
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!(isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string')))
    return fail('expected texts in __metadata__');
  const tensors: Record<string, NamedArray> = {};
  const ranges: Record<string, { offset: number; length: number }> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) return fail(`tensor '${name}': expected dtype, shape and data_offsets`);
    const { dtype, shape, data_offsets } = entry;
    if (dtype !== 'F32') fail(`tensor '${name}': expected dtype F32, got ${dtype}`);
    const [from, to] = data_offsets;
    const length = 4 * shape.reduce((product, size) => product * size, 1);
    if (to - from !== length || start + to > bytes.length)
      fail(`tensor '${name}': expected ${length} bytes, got ${Math.min(to - from, bytes.length - start - from)}`);
    // Copied, because float32 views need an aligned start; by Uint8Array, because slices of Node's Buffer are no copies.
    tensors[name] = { shape, data: new Float32Array(new Uint8Array(bytes.subarray(start + from, start + to)).buffer) };
    ranges[name] = { offset: start + from, length };
  }
  return { tensors, metadata: metadata as Record<string, string>, ranges };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const areCounts = (values: unknown): values is number[] =>
  Array.isArray(values) && values.every((value) => Number.isSafeInteger(value) && value >= 0);

const isEntry = (value: unknown): value is Entry =>
  isRecord(value) &&
  typeof value.dtype === 'string' &&
  areCounts(value.shape) &&
  areCounts(value.data_offsets) &&
  value.data_offsets.length === 2;
