import { Worker } from 'node:worker_threads';
import type { Prior } from '../priors/prior.ts';
import { type BatchPlan, batchDrawer, type TrainingBatch } from './batches.ts';

export interface BatchSource {
  /** The batch of a step; steps must be asked for one after the other. */
  readonly next: (step: number) => Promise<TrainingBatch>;
  readonly close: () => Promise<void>;
}

/** How many batches each worker is ahead of the step. */
const AHEAD = 8;

/** Batches of steps from `first` on, drawn ahead on `workers` threads; 0 draws them in this thread. The batches are the same for any number. */
export function batchSource(plan: BatchPlan, prior: Prior, workers: number, first: number, last: number): BatchSource {
  if (workers === 0) {
    const draw = batchDrawer(plan, prior);
    return { next: async (step) => draw(step), close: async () => {} };
  }
  const pool = Array.from({ length: workers }, () => startWorker(plan));
  const waiting = new Map<number, { resolve: (batch: TrainingBatch) => void; reject: (error: Error) => void }>();
  const batches = new Map<number, Promise<TrainingBatch>>();
  let asked = first;
  let failure: Error | undefined;
  const ask = () => {
    const step = asked++;
    const batch = new Promise<TrainingBatch>((resolve, reject) => {
      if (failure) reject(failure);
      else waiting.set(step, { resolve, reject });
    });
    batch.catch(() => {}); // reported by whoever awaits it
    batches.set(step, batch);
    pool[step % workers].postMessage(step);
  };
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
  };
  for (const worker of pool) {
    worker.on('message', (batch: TrainingBatch) => {
      waiting.get(batch.step)!.resolve(batch);
      waiting.delete(batch.step);
    });
    worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
    // Of a worker that ended without an error.
    worker.on('exit', (code) =>
      fail(new Error(`a worker that draws from the prior ended by itself (exit code ${code}).`)),
    );
  }
  return {
    async next(step) {
      while (asked < last && asked < step + AHEAD * workers) ask();
      const batch = batches.get(step);
      if (!batch) throw new Error(`batches: expected a step from ${first} on in order, got ${step}`);
      batches.delete(step);
      return await batch;
    },
    async close() {
      for (const worker of pool) worker.removeAllListeners('exit');
      await Promise.all(pool.map((worker) => worker.terminate()));
    },
  };
}

/** From the sources, a worker thread needs tsx as the main thread does; the built files run as they are. */
function startWorker(plan: BatchPlan): Worker {
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const url = new URL(file, import.meta.url);
  if (file === './worker.js') return new Worker(url, { workerData: plan });
  const tsx = import.meta.resolve('tsx/esm/api');
  const start = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); });`;
  return new Worker(start, { eval: true, workerData: plan });
}
