import {
  add,
  attention,
  logSumExp,
  mixedMatMul,
  mul,
  reshape,
  sigmoid,
  softmax,
  sub,
  sum,
  type Tensor,
} from '../engine/ops.ts';

/** What queries can attend to beside the context: a key and a value of its own for every head, each [1, H, 1, D]. */
export interface Sink {
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Queries [H, B, M, D] read values [H, B, N, D] by their keys [H, B, N, D] -> [H, B, M, D]. */
export function attend(queries: Tensor, keys: Tensor, values: Tensor, sink?: Sink): Tensor {
  if (sink === undefined) return attention(queries, keys, values);
  const [H, , , D] = queries.shape;
  const [sinkKey, sinkValue] = [sink.key, sink.value].map((each) => reshape(each, [H, 1, 1, D]));
  const scores = mixedMatMul(queries, keys, false, true); // [H, B, M, N]
  const read = mixedMatMul(softmax(scores), values);
  // As if the sink were one more row of the context, of which this is the share of the others.
  const share = sigmoid(sub(logSumExp(scores), sum(mul(queries, sinkKey), -1, true))); // [H, B, M, 1]
  return add(sinkValue, mul(sub(read, sinkValue), share));
}
