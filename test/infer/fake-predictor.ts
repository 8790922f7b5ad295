import type { Context, Predictor } from '../../infer/predictor.ts';

/** 40 equal bars on [-0.5, 1.5]. */
export const BORDERS = Float64Array.from({ length: 41 }, (_, k) => -0.5 + k / 20);

/**
 * A predictor with a known answer: `logits(context, x)` of one data set and one query. It counts its calls, and refuses shapes
 * that do not fit.
 */
export function fakePredictor(
  logits: (x: readonly number[], y: readonly number[], query: number) => readonly number[],
) {
  const calls: { numDatasets: number; numContext: number; numQuery: number }[] = [];
  const predictor = {
    name: 'fake',
    device: { name: 'cpu', reason: 'a test' },
    borders: BORDERS,
    config: { name: 'fake', model: { numFeatures: 1 }, prior: { name: 'learning-curve', options: { numSteps: 100 } } },
    async condition({ numDatasets, numContext, x, y }: Context) {
      if (x.length !== numDatasets * numContext || y.length !== x.length) throw new Error('fake: context shape');
      return {
        async predict(queries: { numQuery: number; x: Float32Array }) {
          const { numQuery } = queries;
          if (queries.x.length !== numDatasets * numQuery) throw new Error('fake: query shape');
          calls.push({ numDatasets, numContext, numQuery });
          const rows = Array.from({ length: numDatasets * numQuery }, (_, i) => {
            const b = Math.floor(i / numQuery);
            const context = (from: Float32Array) => [...from.subarray(b * numContext, (b + 1) * numContext)];
            return logits(context(x), context(y), queries.x[i]);
          });
          return Float32Array.from(rows.flat());
        },
      };
    },
    async dispose() {},
  } as unknown as Predictor;
  return { predictor, calls };
}

/** A bump around the last seen value that drifts up and widens with the step: depends on everything that it is given. */
export function bump(x: readonly number[], y: readonly number[], query: number): number[] {
  const last = y[y.length - 1] + 0.01 * y[0];
  const ahead = query - x[x.length - 1];
  const scale = 0.05 + 0.002 * ahead;
  return Array.from({ length: 40 }, (_, k) => -0.5 * ((-0.475 + k / 20 - last - 0.001 * ahead) / scale) ** 2);
}

/** 40 equal bars on [-4, 4], for a network in units of the context. */
const CONTEXT_BORDERS = Float64Array.from({ length: 41 }, (_, k) => -4 + k / 5);

/** `fakePredictor` as one trained on runs of up to 120 rows in units of the context. */
export function contextPredictor(logits: Parameters<typeof fakePredictor>[0]) {
  const { predictor, calls } = fakePredictor(logits);
  const config = {
    name: 'fake',
    model: { units: 'context', numFeatures: 1 },
    prior: { name: 'training-run', options: { maxRows: 120 } },
  };
  return { predictor: { ...predictor, borders: CONTEXT_BORDERS, config } as unknown as Predictor, calls };
}

/** A bump on those bars that moves and widens with the query, and moves with the first and the middle value. */
export function contextBump(_: readonly number[], y: readonly number[], query: number): number[] {
  const center = 0.1 * y[0] + 0.3 * y[y.length >> 1] + 0.4 * Math.log(query + 0.1);
  const scale = 0.3 + 0.1 * query;
  return Array.from({ length: 40 }, (_, k) => -0.5 * ((-3.9 + k / 5 - center) / scale) ** 2);
}
