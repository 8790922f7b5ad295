import {
  add,
  logSumExp,
  matMul,
  mul,
  reshape,
  sigmoid,
  softmax,
  split,
  sub,
  sum,
  type Tensor,
  transpose,
} from '../engine/ops.ts';

/** [B*N, parts*E] -> parts tensors [B, H, N, D]: every head sees its share of the width. */
export function splitHeads(rows: Tensor, numDatasets: number, numHeads: number, parts = 1): Tensor[] {
  const [count, width] = rows.shape as [number, number];
  const [N, D] = [count / numDatasets, width / parts / numHeads];
  if (parts === 1) return [transpose(reshape(rows, [numDatasets, N, numHeads, D]), [0, 2, 1, 3])];
  const stacked = transpose(reshape(rows, [numDatasets, N, parts, numHeads, D]), [2, 0, 3, 1, 4]); // [parts, B, H, N, D]
  return split(stacked, parts, 0).map((part) => reshape(part, [numDatasets, numHeads, N, D]));
}

/** [B, H, N, D] -> [B*N, E] */
export function mergeHeads(heads: Tensor): Tensor {
  const [B, H, N, D] = heads.shape;
  return reshape(transpose(heads, [0, 2, 1, 3]), [B * N, H * D]);
}

/** What queries can attend to beside the context: a key and a value of its own for every head, each [1, H, 1, D]. */
export interface Sink {
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Queries [B, H, M, D] read values [B, H, N, D] by their keys [B, H, N, D] -> [B, H, M, D]. */
export function attend(queries: Tensor, keys: Tensor, values: Tensor, sink?: Sink): Tensor {
  const scores = matMul(queries, keys, false, true); // [B, H, M, N]
  const read = matMul(softmax(scores), values);
  if (sink === undefined) return read;
  // As if the sink were one more row of the context, of which this is the share of the others.
  const share = sigmoid(sub(logSumExp(scores), sum(mul(queries, sink.key), -1, true))); // [B, H, M, 1]
  return add(sink.value, mul(sub(read, sink.value), share));
}
