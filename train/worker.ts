import { parentPort, workerData } from 'node:worker_threads';
import { type BatchPlan, batchDrawer } from './batches.ts';
import { loadPrior } from './load-prior.ts';

/** A worker thread: gets the number of a step, posts back its batch. */
const plan = workerData as BatchPlan;
const draw = loadPrior(plan.prior).then((prior) => batchDrawer(plan, prior));
parentPort!.on('message', async (step: number) => {
  const batch = (await draw)(step);
  const law = batch.queryLaw === undefined ? [] : [batch.queryLaw.mean, batch.queryLaw.sd];
  const buffers = [batch.contextX, batch.contextY, batch.queryX, batch.target, ...law].map(
    (array) => array.buffer as ArrayBuffer,
  );
  parentPort!.postMessage(batch, buffers);
});
