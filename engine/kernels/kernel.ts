import type { Builder } from '../builder.ts';
import type { Value } from '../graph.ts';

/**
 * Operators that not every device runs. Where one is missing it would fall back to the CPU, so the same is emitted from others. 'Float16' is no operator:
 * it allows those of mixed precision (mixed-precision.ts), and only who asks for that has it.
 */
export type OptionalOperator = 'Float16' | 'FusedMatMul' | 'Inverse' | 'LogSoftmax' | 'SimplifiedLayerNormalization';

/** Those of each device, and none for graphs that any runtime loads. */
export const OPERATORS: Readonly<Record<'cpu' | 'cuda' | 'webgpu' | 'any', readonly OptionalOperator[]>> = {
  cpu: ['FusedMatMul', 'Inverse', 'LogSoftmax', 'SimplifiedLayerNormalization'],
  cuda: ['FusedMatMul', 'LogSoftmax'],
  webgpu: [],
  any: [],
};

/** What a kernel sees of one tfjs kernel call. */
export interface KernelCall {
  readonly build: Builder;
  /** By tfjs's input names; calls with a list of inputs have them under '0', '1', ... */
  readonly inputs: Readonly<Record<string, Value>>;
  // biome-ignore lint/suspicious/noExplicitAny: attributes differ from kernel to kernel, and tfjs types each of them apart
  readonly attrs: Readonly<Record<string, any>>;
  /** Those of the device. */
  readonly operators: readonly OptionalOperator[];
}

/** Emits the ONNX nodes for one tfjs kernel call and returns what it computes. */
export type Kernel = (call: KernelCall) => Value | readonly Value[];
