/** What crosses the boundary of an engine: a dense row-major array. */
export type DType = 'float32' | 'int32' | 'bool';

export interface NdArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** float32 -> Float32Array, int32 -> Int32Array, bool -> Uint8Array of 0 and 1. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export function float32(data: Float32Array | readonly number[], shape: readonly number[]): NdArray {
  return { dtype: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

export function int32(data: Int32Array | readonly number[], shape: readonly number[]): NdArray {
  return { dtype: 'int32', shape, data: data instanceof Int32Array ? data : Int32Array.from(data) };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An array where it was computed: in a buffer of the device, until it is released. */
export interface Resident {
  readonly dtype: DType;
  readonly shape: readonly number[];
  release(): void;
}

export function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
