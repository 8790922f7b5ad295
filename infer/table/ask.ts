import type { Conditioned, Predictor } from '../predictor.ts';
import { type CallShape, conditionCost, keptBytes, predictCost } from './cost.ts';

/** A context in model units, and how to have any of the query rows in the same. */
export interface Task {
  readonly numContext: number;
  readonly numFeatures: number;
  /** [N, C] */
  readonly x: Float32Array;
  /** [N] */
  readonly y: Float32Array;
}

/** How long a call will take here, and the memory it takes at its peak; both roughly. */
export interface CallEstimate {
  readonly seconds: number;
  readonly bytes: number;
}

export interface Asker {
  /**
   * Asks every task for every query: `queryX(task, from, to)` gives rows from .. to - 1 in its units, [M, C], and `answer` takes the
   * logits of one task and some rows, [M, K]. No answer depends on how tasks and queries are put together.
   */
  ask(
    numQuery: number,
    queryX: (task: number, from: number, to: number) => Float32Array,
    answer: (task: number, from: number, logits: Float32Array) => void,
    onProgress?: (share: number) => void,
  ): Promise<void>;
  estimate(numQuery: number): Promise<CallEstimate>;
  /** Floating-point operations of a call. */
  operations(numQuery: number): number;
}

/** Bytes of one call to the network, where a larger one spends its time on new pages of memory, and of contexts kept between calls. */
const BUDGET = { call: 2 ** 28, kept: 2 ** 30 };
/** Of the context, what a measurement of this machine's speed reads. */
const PROBE = { rows: 64, columns: 32 };

/** Tasks of one shape, in one call. */
interface Batch extends CallShape {
  readonly first: number;
  conditioned?: Promise<Conditioned>;
}

/** Only tests choose another budget. */
export function createAsker(predictor: Predictor, tasks: readonly Task[], budget = BUDGET): Asker {
  const { model } = predictor.config;
  const order = tasks.map((_, at) => at).toSorted((a, b) => shapeOf(tasks[a]) - shapeOf(tasks[b]) || a - b);
  const batches = batchesOf(order.map((at) => tasks[at]));
  const isKept = batches.reduce((sum, batch) => sum + keptBytes(model, batch), 0) <= budget.kept;

  function batchesOf(sorted: readonly Task[]): Batch[] {
    const found: Batch[] = [];
    for (const [at, { numContext, numFeatures }] of sorted.entries()) {
      const shape = { numDatasets: 1, numContext, numFeatures };
      const last = found.at(-1);
      const joined = last && { ...last, numDatasets: last.numDatasets + 1 };
      if (joined && isSameShape(joined, shape) && conditionCost(model, joined).bytes <= budget.call) {
        found[found.length - 1] = joined;
      } else found.push({ ...shape, first: at });
    }
    return found;
  }

  const queriesPerCall = (batch: Batch): number =>
    Math.max(1, Math.floor(budget.call / predictCost(model, batch, 1).bytes));

  async function condition(batch: Batch): Promise<Conditioned> {
    if (batch.conditioned !== undefined) return batch.conditioned;
    const own = order.slice(batch.first, batch.first + batch.numDatasets).map((at) => tasks[at]);
    const { numDatasets, numContext, numFeatures } = batch;
    const read = predictor.condition({
      numDatasets,
      numContext,
      numFeatures,
      x: joined(own.map(({ x }) => x)),
      y: joined(own.map(({ y }) => y)),
    });
    if (!isKept) return read;
    batch.conditioned = read;
    // A failure is not kept: the next call tries again.
    read.catch(() => {
      batch.conditioned = undefined;
    });
    return read;
  }

  const operations = (numQuery: number): number =>
    batches.reduce(
      (sum, batch) =>
        sum +
        (batch.conditioned === undefined ? conditionCost(model, batch).operations : 0) +
        predictCost(model, batch, numQuery).operations,
      0,
    );

  return {
    operations,
    async ask(numQuery, queryX, answer, onProgress) {
      if (numQuery === 0) return;
      const total = operations(numQuery);
      let done = 0;
      const step = (cost: number) => {
        done += cost;
        onProgress?.(Math.min(1, done / total));
      };
      for (const batch of batches) {
        const isRead = batch.conditioned !== undefined;
        const conditioned = await condition(batch);
        if (!isRead) step(conditionCost(model, batch).operations);
        const own = order.slice(batch.first, batch.first + batch.numDatasets);
        const perCall = queriesPerCall(batch);
        for (let from = 0; from < numQuery; from += perCall) {
          const to = Math.min(numQuery, from + perCall);
          const x = joined(own.map((at) => queryX(at, from, to)));
          const logits = await conditioned.predict({ numQuery: to - from, x }); // [B, M, K]
          const size = logits.length / own.length;
          for (const [b, at] of own.entries()) answer(at, from, logits.subarray(b * size, (b + 1) * size));
          step(predictCost(model, batch, to - from).operations);
        }
      }
    },
    async estimate(numQuery) {
      if (!(Number.isInteger(numQuery) && numQuery >= 1)) {
        throw new RangeError(`estimate: expected a whole number of rows of at least 1, got ${numQuery}.`);
      }
      const peak = Math.max(
        ...batches.map((batch) =>
          Math.max(
            conditionCost(model, batch).bytes,
            predictCost(model, batch, Math.min(numQuery, queriesPerCall(batch))).bytes,
          ),
        ),
      );
      const kept = batches.map((batch) => keptBytes(model, batch));
      const held = isKept ? kept.reduce((a, b) => a + b, 0) : Math.max(...kept);
      return { seconds: operations(numQuery) / (await speed(predictor, tasks[0])), bytes: peak + held };
    },
  };
}

/** Operations per second that the network reaches here on the first rows and columns of a task; the first of two calls also loads code. */
async function speed(predictor: Predictor, { numContext, numFeatures, x, y }: Task): Promise<number> {
  const rows = Math.min(numContext, PROBE.rows);
  const columns = Math.min(numFeatures, PROBE.columns);
  const shape = { numDatasets: 1, numContext: rows, numFeatures: columns };
  const cells = Float32Array.from(
    { length: rows * columns },
    (_, i) => x[Math.floor(i / columns) * numFeatures + (i % columns)],
  );
  let milliseconds = Infinity;
  for (let call = 0; call < 2; call++) {
    const start = performance.now();
    await predictor.condition({ ...shape, x: cells, y: y.slice(0, rows) });
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  return (1000 * conditionCost(predictor.config.model, shape).operations) / Math.max(milliseconds, 0.01);
}

/** Tasks of one shape are neighbours in this order. */
const shapeOf = ({ numContext, numFeatures }: Task): number => numContext * 2 ** 20 + numFeatures;

const isSameShape = (a: CallShape, b: CallShape): boolean =>
  a.numContext === b.numContext && a.numFeatures === b.numFeatures;

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
