import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../model/safetensors.ts';
import { readState, stateBytes } from '../../train/state.ts';

/** A file with this header and 16 bytes of numbers. */
function fileOf(header: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + 16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] };

describe('safetensors', () => {
  it('come back as they were written', () => {
    const tensors = {
      a: { shape: [2, 1], data: Float32Array.of(1, -0.5) },
      b: { shape: [], data: Float32Array.of(3) },
    };
    const read = readSafetensors(writeSafetensors(tensors, { step: '3' }), 'f');
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ step: '3' });
    expect(readSafetensors(fileOf({ a: entry }), 'f').tensors.a.shape).toEqual([2, 2]);
  });

  it('are written of a part of an array, without the rest of it', () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const { tensors } = readSafetensors(writeSafetensors({ a: { shape: [2], data } }), 'f');
    expect([...tensors.a.data]).toEqual([1, 2]);
  });

  it('are read where they lie within a larger buffer, as small files of Node do', () => {
    const tensors = { a: { shape: [3], data: Float32Array.of(1, 2, 3) } };
    const bytes = writeSafetensors(tensors);
    const buffer = new Uint8Array(bytes.length + 7);
    buffer.set(bytes, 5);
    expect(readSafetensors(buffer.subarray(5, 5 + bytes.length), 'f').tensors).toEqual(tensors);
  });

  it('have numbers from a multiple of eight bytes on, so that they can be read in place', () => {
    for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
      const { ranges } = readSafetensors(writeSafetensors({ [name]: { shape: [1], data: Float32Array.of(1) } }), 'f');
      expect(ranges[name].offset % 8).toBe(0);
    }
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a number', 3],
    ['a tensor that is null', { a: null }],
    ['no offsets', { a: { dtype: 'F32', shape: [4] } }],
    ['offsets into the header', { a: { ...entry, data_offsets: [-16, 0] } }],
    ['offsets beyond the file', { a: { ...entry, data_offsets: [8, 24] } }],
    ['sizes below 0', { a: { ...entry, shape: [-1, -4] } }],
    ['sizes that are no whole numbers', { a: { ...entry, shape: [1.5, 2] } }],
    ['a shape that is text', { a: { ...entry, shape: 'x' } }],
    ['metadata that are null', { __metadata__: null, a: entry }],
    ['other numbers', { a: { ...entry, dtype: 'F64' } }],
  ])('with a header that is wrong are refused by name: %s', (_, header) => {
    expect(() => readSafetensors(fileOf(header), 'w.safetensors')).toThrow(/^w\.safetensors: .*The file is damaged/);
  });
});

it.each([[{}], [{ step: '-3', skipped: '0' }], [{ step: '4.5', skipped: '0' }], [{ step: '4', skipped: 'x' }]])(
  'a state of training without its step is refused: %j',
  (metadata) => {
    const vector = { shape: [1], data: Float32Array.of(1) };
    const bytes = writeSafetensors({ weights: vector, first: vector, second: vector }, metadata);
    expect(() => readState(bytes, 'state', 1)).toThrow(/^state: expected a whole number of '(step|skipped)', got /);
    const { data } = vector;
    const good = stateBytes({ step: 4, skipped: 1, weights: data, first: data, second: data });
    expect(readState(good, 'state', 1)).toMatchObject({ step: 4, skipped: 1 });
  },
);
