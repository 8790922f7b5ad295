import { parentPort, workerData } from 'node:worker_threads';
import { type BatchPlan, batchDrawer } from './batches.ts';

/** A worker thread: gets the number of a step, posts back its batch. */
const draw = batchDrawer(workerData as BatchPlan);
parentPort!.on('message', (step: number) => {
  const batch = draw(step);
  const buffers = [batch.contextX, batch.contextY, batch.queryX, batch.target].map(
    (array) => array.buffer as ArrayBuffer,
  );
  parentPort!.postMessage(batch, buffers);
});
