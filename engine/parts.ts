/**
 * What works row by row, a part of the rows at a time: where much lies between what goes in and what comes out, all of it stays in the caches of the
 * processor then. Recorded as ONNX's Scan, whose body is a graph of its own.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { toTensor, toValue } from './backend.ts';
import type { Builder } from './builder.ts';
import { type Graph, type Value, withoutDeadNodes } from './graph.ts';
import { recording, records, withRecording } from './recording.ts';

/** The symbolic dimension of the rows of one part. */
export const PART = 'part';

/**
 * fn(rows), where rows are [R, ..] and each row of the result [R, ..] follows from the same row of these alone. Where a device has the operator, at
 * most `most` rows at a time; everywhere else all at once, and only so can it be differentiated.
 */
export function inParts<Rows extends { readonly [K in keyof Rows]: Tensor }>(
  rows: Rows,
  most: number,
  fn: (rows: Rows) => Tensor,
): Tensor {
  if (!records('Scan')) return fn(rows);
  const now = recording();
  const given = Object.entries<Tensor>(rows).map(([name, tensor]) => ({ name, value: toValue(tensor) }));
  const inner = now.build.inner();
  const ofPart = given.map(({ name, value: { dtype, sizes } }): [string, Tensor] => [
    name,
    toTensor(inner.input(name, dtype, [PART, ...sizes.slice(1)])),
  ]);
  const result = withRecording({ ...now, build: inner }, () => toValue(fn(Object.fromEntries(ofPart) as Rows)));
  const body = withoutDeadNodes(inner.graph(PART, { result }));
  const values = given.map(({ value }) => value);
  return toTensor(scan(now.build, values, most, body));
}

/** The nodes that cut rows into parts of equal length, apply the body to each, and put together what comes out. */
function scan(build: Builder, rows: readonly Value[], most: number, body: Graph): Value {
  const { emit, int64s } = build;
  const integer = (op: string, a: Value, b: Value) => emit(op, [a, b], 'int64', [1]);
  const R = rows[0].sizes[0];
  const length = build.shapeVector([R]);
  const [part] = body.inputs[0].sizes;
  const upwards = (a: Value, b: Value) => integer('Div', integer('Add', a, integer('Sub', b, int64s([1]))), b);
  const numParts = upwards(length, int64s([most]));
  const partLength = upwards(length, numParts);
  const missing = integer('Sub', integer('Mul', numParts, partLength), length);
  const vector = (...pieces: Value[]) =>
    emit('Concat', pieces, 'int64', [pieces.reduce((sum, { sizes }) => sum + sizes[0], 0)], {
      attributes: { axis: 0 },
    });

  // Sizes are those of one part.
  const cut = rows.map((row) => {
    const rest = row.sizes.slice(1);
    const pads = vector(int64s(row.sizes.map(() => 0)), missing, int64s(rest.map(() => 0)));
    const whole = emit('Pad', [row, pads], row.dtype, [part, ...rest], { attributes: { mode: 'edge' } });
    return emit('Reshape', [whole, vector(numParts, partLength, int64s(rest))], row.dtype, [1, part, ...rest]);
  });
  const { dtype, sizes } = body.outputs.result;
  const rest = sizes.slice(1);
  const scanned = emit('Scan', cut, dtype, [1, ...sizes], { attributes: { num_scan_inputs: rows.length }, body });
  const joined = emit('Reshape', [scanned, int64s([-1, ...rest])], dtype, sizes);
  return emit('Slice', [joined, int64s([0]), length, int64s([0])], dtype, [R, ...rest]);
}
