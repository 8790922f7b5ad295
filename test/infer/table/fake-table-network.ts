import type { Conditioned, Context, Predictor } from '../../../infer/predictor.ts';

/** 60 equal bars on [-3, 3]. */
export const BORDERS = Float64Array.from({ length: 61 }, (_, k) => -3 + k / 10);
export const NUM_CLASSES = 10;

/** A context of one data set, and what it is asked. */
export interface Seen {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

const LINEAR = [{ kind: 'linear', center: 0, scale: 1 }];
const SIZE = { width: 8, hidden: 16, numHeads: 2, numLayers: 3, numFeatures: 9 };
const MODEL = { layout: 'cells', xFeatures: LINEAR, yFeatures: LINEAR, ...SIZE };

/**
 * A network for tables whose answers are known: `logits(context, query)` of one data set and one row. It keeps the shapes of its calls and
 * what it was shown, and refuses shapes that do not fit.
 */
export function fakeTableNetwork(
  head: 'classes' | 'bars',
  logits: (context: Seen, query: readonly number[]) => readonly number[],
) {
  const contexts: Seen[] = [];
  const conditions: Omit<Context, 'x' | 'y'>[] = [];
  const queries: { readonly numDatasets: number; readonly numQuery: number }[] = [];
  const predictor = {
    name: 'fake',
    device: { name: 'cpu', reason: 'a test' },
    borders: head === 'bars' ? BORDERS : new Float64Array(),
    config: {
      name: 'fake',
      model: { ...MODEL, head, numOutputs: head === 'bars' ? BORDERS.length - 1 : NUM_CLASSES },
      prior: { name: 'tables', options: { maxRows: 1000 } },
      training: {},
    },
    async condition({ numDatasets, numContext, numFeatures = 1, x, y }: Context): Promise<Conditioned> {
      if (x.length !== numDatasets * numContext * numFeatures || y.length !== numDatasets * numContext) {
        throw new Error(
          `fake: ${x.length} cells and ${y.length} targets of ${numDatasets} x ${numContext} x ${numFeatures}`,
        );
      }
      conditions.push({ numDatasets, numContext, numFeatures });
      const row = (from: Float32Array, at: number) => [...from.subarray(at * numFeatures, (at + 1) * numFeatures)];
      const own = Array.from({ length: numDatasets }, (_, b) => ({
        x: Array.from({ length: numContext }, (_, i) => row(x, b * numContext + i)),
        y: [...y.subarray(b * numContext, (b + 1) * numContext)],
      }));
      contexts.push(...own);
      return {
        async predict({ numQuery, x: asked }) {
          if (asked.length !== numDatasets * numQuery * numFeatures) throw new Error('fake: query shape');
          queries.push({ numDatasets, numQuery });
          return Float32Array.from(
            own.flatMap((context, b) =>
              Array.from({ length: numQuery }, (_, i) => logits(context, row(asked, b * numQuery + i))).flat(),
            ),
          );
        },
        extend: () => Promise.reject(new Error('fake: not needed')),
      };
    },
    async dispose() {},
  } as unknown as Predictor;
  return { predictor, contexts, conditions, queries };
}

/** exp(-distance^2), where a missing cell is 1 away from any other. */
function kernel(a: readonly number[], b: readonly number[]): number {
  const squares = a.map((value, i) => {
    if (Number.isNaN(value) || Number.isNaN(b[i])) return Number.isNaN(value) === Number.isNaN(b[i]) ? 0 : 1;
    return (value - b[i]) ** 2;
  });
  return Math.exp(-2 * squares.reduce((sum, square) => sum + square, 0));
}

/** Kernel votes of the context rows. Higher numbers are preferred a little: an ensemble that turns them around must turn them back. */
export function kernelClasses({ x, y }: Seen, query: readonly number[]): number[] {
  const votes = new Array<number>(NUM_CLASSES).fill(1e-3);
  for (const [i, row] of x.entries()) votes[y[i]] += kernel(row, query);
  return votes.map((vote, number) => Math.log(vote) + 0.05 * number);
}

/** A bump at the kernel's mean of the targets, always a little above it. */
export function kernelBars({ x, y }: Seen, query: readonly number[]): number[] {
  const weights = x.map((row) => kernel(row, query) + 1e-6);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = 0.05 + weights.reduce((sum, weight, i) => sum + weight * y[i], 0) / total;
  return Array.from({ length: 60 }, (_, k) => -0.5 * ((-2.95 + k / 10 - mean) / 0.3) ** 2);
}

/** `count` numbers in [0, 1), scattered, the same at every run. */
export const scattered = (count: number, start = 0): number[] =>
  Array.from({ length: count }, (_, i) => ((start + i + 1) * 0.6180339887498949) % 1);
