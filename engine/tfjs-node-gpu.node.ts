import util from 'node:util';
import { findBackend } from '@tensorflow/tfjs-core';
import { eagerEngine } from './eager.ts';
import type { Engine } from './engine.ts';
import { TFJS_NODE_GPU_FIX } from './probe.node.ts';

const PACKAGE: string = '@tensorflow/tfjs-node-gpu';

/** The eager engine on TensorFlow's C library. Throws one line when the optional package is not there or finds no GPU. */
export async function tfjsNodeGpuEngine(reason = 'asked for'): Promise<Engine> {
  // tfjs-node calls util.isNullOrUndefined, which Node.js 23 removed.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
  try {
    await import(PACKAGE);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' ? 'is not installed' : `does not load (${message.split('\n')[0]})`;
    throw new Error(`device tfjs-node-gpu: ${PACKAGE} ${why}. Install it: ${TFJS_NODE_GPU_FIX}.`);
  }
  // Without CUDA, libtensorflow goes on quietly on the CPU.
  const { isUsingGpuDevice } = findBackend('tensorflow') as { isUsingGpuDevice?: boolean };
  if (!isUsingGpuDevice) throw new Error('device tfjs-node-gpu: TensorFlow found no GPU. Install CUDA 11.2 and cuDNN 8.1, or use --device cpu.');
  return eagerEngine({ backend: 'tensorflow', name: 'tfjs-node-gpu', reason });
}
