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
    config: { prior: { name: 'learning-curve', options: { numSteps: 100 } } },
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
