import type { Builder } from '../builder.ts';
import type { Value } from '../graph.ts';

/** What a kernel sees of one tfjs kernel call. */
export interface KernelCall {
  readonly build: Builder;
  /** By tfjs's input names; calls with a list of inputs have them under '0', '1', ... */
  readonly inputs: Readonly<Record<string, Value>>;
  // biome-ignore lint/suspicious/noExplicitAny: attributes differ from kernel to kernel, and tfjs types each of them apart
  readonly attrs: Readonly<Record<string, any>>;
  /** True where com.microsoft's FusedMatMul runs on the device (it falls back to the CPU on WebGPU). */
  readonly fusedMatMul: boolean;
}

/** Emits the ONNX nodes for one tfjs kernel call and returns what it computes. */
export type Kernel = (call: KernelCall) => Value | readonly Value[];
