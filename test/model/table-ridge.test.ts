import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../model/config.ts';
import { toCells } from '../../model/table-cells.ts';
import { askRidge, fitRidge } from '../../model/table-ridge.ts';
import { cholesky, solveLower, solveLowerTransposed } from '../../priors/linear-algebra.ts';
import { normals, randomStream } from '../../priors/random.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const PENALTIES = [0.5, 8];
const config = {
  head: 'bars',
  yFeatures: [{ kind: 'linear', center: 0, scale: 1 }],
  ridgePenalties: PENALTIES,
} as unknown as ModelConfig;

interface Rows {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

const random = randomStream(3);
const normal = normals(random);
const drawRows = (count: number): Rows => {
  const x = Array.from({ length: count }, () =>
    Array.from({ length: 3 }, () => (random() < 0.2 ? Number.NaN : normal())),
  );
  return { x, y: x.map(([a, b]) => 0.5 * (a || 0) - 0.3 * (b || 0) ** 2 + 0.3 * normal()) };
};

const design = (row: readonly number[]): number[] =>
  row.flatMap((value) => (Number.isNaN(value) ? [0, 0, 1] : [value, value ** 2 / 2, 0]));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** A x = b in double precision. */
function solved(a: number[][], b: number[]): Float64Array {
  const [lower, x] = [Float64Array.from(a.flat()), Float64Array.from(b)];
  cholesky(lower, b.length);
  solveLower(lower, x, b.length);
  solveLowerTransposed(lower, x, b.length);
  return x;
}

/** The prediction of a ridge regression with a free mean, less the mean of the targets. */
function predicted({ x, y }: Rows, penalty: number, row: readonly number[], center = mean(y)): number {
  const all = x.map(design);
  const means = all[0].map((_, j) => mean(all.map((each) => each[j])));
  const centered = all.map((each) => each.map((value, j) => value - means[j]));
  const gram = means.map((_, i) =>
    means.map((__, j) => centered.reduce((sum, each) => sum + each[i] * each[j], i === j ? penalty : 0)),
  );
  const right = means.map((_, j) => centered.reduce((sum, each, i) => sum + each[j] * (y[i] - mean(y)), 0));
  const coefficients = solved(gram, right);
  return mean(y) - center + design(row).reduce((sum, value, j) => sum + coefficients[j] * (value - means[j]), 0);
}

const cellsOf = (rows: Rows['x']) => tf.tensor4d(toCells(Float32Array.from(rows.flat())), [1, rows.length, 3, 2]);
/** Scores [R][L] as predictions. */
const predictions = (scores: tf.Tensor): number[][] =>
  (scores.arraySync() as number[][][])[0].map((row) => row.map((score) => 10 * Math.atanh(score / 40)));

describe('the ridge regression of a table', () => {
  const context = drawRows(25);
  const queries = drawRows(6);
  const regress = () => fitRidge(config, cellsOf(context.x), tf.tensor3d([...context.y], [1, 25, 1]));

  it('predicts queries as one that is solved in double precision', () => {
    const actual = predictions(askRidge(config, regress().ridge, cellsOf(queries.x)));
    for (const [i, row] of queries.x.entries()) {
      for (const [l, penalty] of PENALTIES.entries())
        expect(actual[i][l]).toBeCloseTo(predicted(context, penalty, row), 4);
    }
  });

  it('predicts a row of the context as one that has not seen it', () => {
    const actual = predictions(regress().scores);
    let compared = 0;
    for (const [i, row] of context.x.entries()) {
      const others = { x: context.x.toSpliced(i, 1), y: context.y.toSpliced(i, 1) };
      for (const [l, penalty] of PENALTIES.entries()) {
        expect(actual[i][l]).toBeCloseTo(predicted(others, penalty, row, mean(context.y)), 3);
        compared++;
      }
    }
    expect(compared).toBe(50);
  });

  it('says nothing of a row that is alone', () => {
    const { scores } = fitRidge(config, cellsOf(context.x.slice(0, 1)), tf.tensor3d([2], [1, 1, 1]));
    expect(predictions(scores)[0]).toEqual([0, 0]);
  });
});
