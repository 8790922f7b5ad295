import * as tf from '@tensorflow/tfjs-core';
import { sameSizes } from './builder.ts';
import type { Value, ValueType } from './graph.ts';
import { kernels } from './kernels/index.ts';
import { onBackend } from './on-backend.ts';
import { type Recording, recording, withRecording } from './recording.ts';

/**
 * A tfjs backend that computes nothing: a tensor's data id is the graph value it stands for, and running a kernel emits ONNX nodes.
 */
export const RECORDER = 'pfnkit-recorder';

class Recorder extends tf.KernelBackend {
  /** Constants: tf.scalar, tf.tensor, tf.ones and the like. */
  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const { build } = recording();
    const numbers = values as ArrayLike<number>;
    const first = Number(numbers[0]);
    for (let i = 1; i < numbers.length; i++) {
      if (Number(numbers[i]) !== first) return build.constant(Array.from(numbers, Number), dtype as ValueType, shape);
    }
    return build.uniform(first, dtype as ValueType, shape);
  }
  override readSync(): never {
    throw new Error(
      'record: the recorded function read the numbers of a tensor. Only tensor operations can be recorded.',
    );
  }
  override read(): never {
    return this.readSync();
  }
  // Graph values need no memory management.
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override numDataIds(): number {
    return 0;
  }
  override memory() {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
}

let registered = false;
function register(): void {
  if (registered) return;
  registered = true;
  tf.registerBackend(RECORDER, () => new Recorder(), 0);
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: RECORDER,
      kernelFunc({ inputs, attrs }) {
        const values = Object.entries(inputs).map(([name, info]) => [name, toValue(info as tf.TensorInfo)] as const);
        const result = kernel({ ...recording(), inputs: Object.fromEntries(values), attrs: attrs ?? {} });
        return Array.isArray(result) ? result.map(toInfo) : toInfo(result as Value);
      },
    });
  }
}

/** tfjs reshapes without a kernel now and then, so the sizes it believes in are the ones that count. */
function toValue(info: tf.TensorInfo): Value {
  const value = info.dataId as Value;
  const { build } = recording();
  if (!build.has(value)) {
    throw new Error(
      'record: a tensor made outside the recorded function was used in it. Pass it in as an input, or create it inside.',
    );
  }
  return sameSizes(value.sizes, info.shape) ? value : build.reshape(value, info.shape);
}

function toInfo(value: Value): tf.TensorInfo {
  return { dataId: value, shape: [...value.sizes], dtype: value.dtype as tf.DataType };
}

/** Runs `fn` with the recorder as the tfjs backend; tensors given and returned stand for graph values. */
export function withRecorder(
  now: Recording,
  inputs: Readonly<Record<string, Value>>,
  fn: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
): Record<string, Value> {
  register();
  return onBackend(RECORDER, () => {
    const outputs: Record<string, Value> = {};
    withRecording(now, () =>
      tf.tidy(() => {
        const tensors = Object.entries(inputs).map(([name, value]) => [
          name,
          tf.engine().makeTensorFromTensorInfo(toInfo(value)),
        ]);
        for (const [name, tensor] of Object.entries(fn(Object.fromEntries(tensors)))) outputs[name] = toValue(tensor);
      }),
    );
    return outputs;
  });
}
