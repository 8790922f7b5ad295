import { engine, setBackend } from '@tensorflow/tfjs-core';

/**
 * Runs `work` on a tfjs backend and goes back to the previous one. The backend must have been initialised: then switching takes
 * effect at once, and as `work` is synchronous, nothing else can run on the wrong backend in between.
 */
export function onBackend<T>(backend: string, work: () => T): T {
  const previous = engine().backendName;
  void setBackend(backend);
  try {
    return work();
  } finally {
    if (previous) void setBackend(previous);
  }
}
