import * as tf from '@tensorflow/tfjs-core';
import type { DType, NdArray } from './array.ts';
import { checkFeeds, type Engine } from './engine.ts';
import { onBackend } from './on-backend.ts';

export interface EagerOptions {
  /** A registered tfjs backend: 'cpu' after importing @tensorflow/tfjs-backend-cpu, for example. */
  readonly backend: string;
  /** What to call the device; the backend's name by default. */
  readonly name?: string;
  readonly reason?: string;
}

/** Runs functions operation by operation on a tfjs backend. The reference in tests, and the way to tfjs's own runtimes. */
export function eagerEngine({ backend, name: deviceName = backend, reason = 'asked for' }: EagerOptions): Engine {
  const device = { name: deviceName, reason };
  return {
    device,
    async compile(program, fn, spec) {
      await initialise(backend);
      return {
        device,
        // Synchronous from the first tensor to the last, so runs queue by themselves.
        async run(feeds) {
          checkFeeds(program, spec, feeds);
          return onBackend(backend, () => {
            const outputs: Record<string, NdArray> = {};
            tf.tidy(() => {
              const inputs = Object.keys(spec).map((name) => [name, toTensor(feeds[name])]);
              for (const [name, tensor] of Object.entries(fn(Object.fromEntries(inputs))))
                outputs[name] = toArray(tensor);
            });
            return outputs;
          });
        },
        async dispose() {},
      };
    },
  };
}

async function initialise(backend: string): Promise<void> {
  if (!tf.findBackendFactory(backend)) {
    throw new Error(
      `eager: expected a registered tfjs backend, got '${backend}'. Import its package (@tensorflow/tfjs-backend-...) first.`,
    );
  }
  // Silences the JavaScript backend's advertisement for tfjs-node.
  tf.enableProdMode();
  const previous = tf.engine().backendName;
  const ready = await tf.setBackend(backend);
  if (previous) await tf.setBackend(previous);
  if (!ready) throw new Error(`eager: tfjs backend '${backend}' did not start. Use another device.`);
}

function toTensor({ data, shape, dtype }: NdArray): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}

/** Copied, because the JavaScript backend hands out its own memory, and an output may share it with an input. */
function toArray(tensor: tf.Tensor): NdArray {
  return {
    dtype: tensor.dtype as DType,
    shape: tensor.shape,
    data: tensor.dataSync<'float32' | 'int32' | 'bool'>().slice(),
  };
}
