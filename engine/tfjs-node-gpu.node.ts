import { createRequire } from 'node:module';
import util from 'node:util';
import { findBackend } from '@tensorflow/tfjs-core';
import { eagerEngine } from './eager.ts';
import type { Engine } from './engine.ts';
import { resolvePackage, TFJS_NODE_GPU_FIX } from './probe.node.ts';

const PACKAGE = '@tensorflow/tfjs-node-gpu';

/** The eager engine on TensorFlow's C library. Throws one line when the optional package is not there or finds no GPU. */
export async function tfjsNodeGpuEngine(reason = 'asked for'): Promise<Engine> {
  const path = resolvePackage(PACKAGE);
  if (path === null) throw new Error(`device tfjs-node-gpu: not installed. ${TFJS_NODE_GPU_FIX}.`);
  // tfjs-node calls util.isNullOrUndefined, which Node.js 23 removed.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
  try {
    // As the package is CommonJS, this gives it the same tfjs-core as ours.
    createRequire(import.meta.url)(path);
  } catch (error) {
    throw new Error(
      `device tfjs-node-gpu: does not load (${(error as Error).message.split('\n')[0]}). ${TFJS_NODE_GPU_FIX}.`,
    );
  }
  // Without CUDA, libtensorflow goes on quietly on the CPU.
  const { isUsingGpuDevice } = findBackend('tensorflow') as { isUsingGpuDevice?: boolean };
  if (!isUsingGpuDevice)
    throw new Error(
      'device tfjs-node-gpu: TensorFlow found no GPU. Install CUDA 11.2 and cuDNN 8.1, or use --device cpu.',
    );
  return eagerEngine({ backend: 'tensorflow', name: 'tfjs-node-gpu', reason });
}
