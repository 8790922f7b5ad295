// What sessions have in common, whether they are of onnxruntime-node or of onnxruntime-web.

import type * as ort from 'onnxruntime-node';
import { mapValues, type NdArray, type Resident } from './array.ts';

/** The part of the API of onnxruntime that its packages share. */
export type OnnxRuntime = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;

export type Feeds = Readonly<Record<string, NdArray | Resident>>;

export interface Session {
  readonly run: (feeds: Feeds) => Promise<Record<string, NdArray>>;
  readonly dispose: () => Promise<void>;
}

/** Of every session. */
export const SESSION_OPTIONS = {
  // Memory planned for one set of sizes is wrong for the next, and costs more than it saves.
  enableMemPattern: false,
  graphOptimizationLevel: 'all',
  // What fails throws; onnxruntime need not print it as well.
  logSeverityLevel: 4,
} as const;

/** Does one task after the other, in the order in which they are given. */
export type Queue = <Result>(task: () => Promise<Result>) => Promise<Result>;

export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task);
    last = next.catch(() => {});
    return next;
  };
}

/** Runs at once crash on WebGPU, so whoever has sessions there has a queue for them. */
export function runSession(
  { Tensor }: Pick<OnnxRuntime, 'Tensor'>,
  session: ort.InferenceSession,
  feeds: Feeds,
): Promise<Record<string, ort.Tensor>> {
  const toTensor = (value: NdArray | Resident): ort.Tensor => {
    if (!('data' in value)) return (value as DeviceResident).tensor;
    return new Tensor(value.dtype, value.data as Float32Array, [...value.shape]);
  };
  return session.run(mapValues(feeds, toTensor));
}

export const toArray = ({ type, data, dims }: ort.Tensor): NdArray => ({
  dtype: type as NdArray['dtype'],
  data: data as Float32Array,
  shape: dims,
});

interface DeviceResident extends Resident {
  readonly tensor: ort.Tensor;
}

export const toResident = (tensor: ort.Tensor): DeviceResident => ({
  dtype: tensor.type as NdArray['dtype'],
  shape: tensor.dims,
  tensor,
  release: () => tensor.dispose(),
});
