import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { float32, int32, type NdArray } from '../../engine/array.ts';
import { eagerEngine } from '../../engine/eager.ts';
import { printGraph } from '../../engine/graph.ts';
import { record } from '../../engine/record.ts';
import type { ModelConfig } from '../../model/config.ts';
import { initialWeights, parameterCount, parameters } from '../../model/parameters.ts';
import { toCells } from '../../model/table-cells.ts';
import { conditionTable, predictTable } from '../../model/table-transformer.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { trainStep } from '../../train/step.ts';
import { engineUnderTest } from '../engine/engine-under-test.ts';
import { expectClose } from '../engine/expect-close.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const classes: ModelConfig = {
  layout: 'cells',
  units: 'table',
  numFeatures: 9,
  xFeatures: [
    { kind: 'linear', center: 0.1, scale: 1.2 },
    { kind: 'waves', center: 0, scale: 1 },
  ],
  yFeatures: [{ kind: 'linear', center: 0.2, scale: 0.9 }],
  numLayers: 3,
  width: 12,
  numHeads: 3,
  hidden: 10,
  activation: 'squared-relu',
  head: 'classes',
  numOutputs: 7,
};
const bars: ModelConfig = { ...classes, head: 'bars', numLayers: 2 };
const oneLayer: ModelConfig = { ...bars, numLayers: 1 };
const rowLayers: ModelConfig = { ...classes, numLayers: 2, rowLayers: 2, rowWidth: 18 };
const ridge: ModelConfig = { ...classes, ridgePenalties: [0.5, 5] };
const ridgeBars: ModelConfig = { ...bars, ridgePenalties: [0.5, 5] };
const BORDERS = [-4, -2, -1, 0, 0.5, 1, 2, 5];

const SIZES = { B: 2, N: 5, M: 3, C: 4 };

interface Table {
  readonly B: number;
  readonly N: number;
  readonly M: number;
  readonly C: number;
  /** Cells, NaN where missing: [B][N][C], [B][M][C]. */
  readonly context: number[][][];
  readonly query: number[][][];
  /** [B][N] */
  readonly targets: number[][];
}

function drawTable({ B, N, M, C } = SIZES, { head, numOutputs }: ModelConfig = classes, seed = 1): Table {
  const random = randomStream(seed, 'table');
  const normal = normals(random);
  const many = <T>(count: number, each: () => T) => Array.from({ length: count }, each);
  const cell = () => (random() < 0.15 ? Number.NaN : normal());
  const rows = (count: number) => many(B, () => many(count, () => many(C, cell)));
  const target = () => (head === 'classes' ? Math.floor(numOutputs * random()) : normal());
  return { B, N, M, C, context: rows(N), query: rows(M), targets: many(B, () => many(N, target)) };
}

const cellsOf = (rows: number[][][]) => toCells(Float32Array.from(rows.flat(2)));

/** Weights of a network, all at random, also those that start at zero. */
const weightsOf = (config: ModelConfig): Record<string, tf.Tensor> => {
  const normal = normals(randomStream(7, 'weights'));
  const random = ({ shape }: { shape: readonly number[] }) =>
    tf.tensor(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.4 * normal()),
      [...shape],
    );
  return {
    ...Object.fromEntries(parameters(config).map((parameter) => [parameter.name, random(parameter)])),
    borders: tf.tensor1d(BORDERS),
  };
};

/** Logits [B][M][K]; `contextCells` and `queryCells` in place of what the table has. */
function answers(
  config: ModelConfig,
  { B, N, M, C, context, query, targets }: Table,
  { contextCells = cellsOf(context), queryCells = cellsOf(query) } = {},
): number[][][] {
  const weights = weightsOf(config);
  const memory = conditionTable(weights, config, tf.tensor4d(contextCells, [B, N, C, 2]), tf.tensor2d(targets, [B, N]));
  const logits = predictTable(weights, config, memory, tf.tensor4d(queryCells, [B, M, C, 2]));
  return tf.reshape(logits, [B, M, config.numOutputs]).arraySync() as number[][][];
}

function expectSame(actual: number[][][], expected: number[][][]): void {
  const flat = expected.flat(2);
  expect(Math.max(...flat) - Math.min(...flat)).toBeGreaterThan(0.5);
  actual.flat(2).forEach((logit, i) => {
    expect(logit).toBeCloseTo(flat[i], 4);
  });
}

const permuted = <T>(values: readonly T[], order: readonly number[]) => order.map((at) => values[at]);

describe.each([
  ['classes', classes],
  ['bars', bars],
  ['one layer', oneLayer],
  ['layers of rows', rowLayers],
  ['ridge regressions', ridge],
  ['ridge regressions, bars', ridgeBars],
] as const)('an answer to a table (%s)', (_, config) => {
  const table = drawTable(SIZES, config);
  const expected = answers(config, table);

  it('does not depend on the order of the columns', () => {
    const columns = (rows: number[][][]) => rows.map((each) => each.map((row) => permuted(row, [2, 0, 3, 1])));
    expectSame(answers(config, { ...table, context: columns(table.context), query: columns(table.query) }), expected);
  });

  it('does not depend on the order of the context rows', () => {
    const order = [3, 1, 4, 0, 2];
    const moved = {
      context: table.context.map((rows) => permuted(rows, order)),
      targets: table.targets.map((row) => permuted(row, order)),
    };
    expectSame(answers(config, { ...table, ...moved }), expected);
  });

  it('is the same for each query alone as for all together', () => {
    const alone = [0, 1, 2].map((q) =>
      answers(config, { ...table, M: 1, query: table.query.map((rows) => [rows[q]]) }),
    );
    const together = expected.map((_, b) => alone.map((logits) => logits[b][0]));
    expectSame(together, expected);
  });

  it('ignores the value of a missing cell, and sees that it is missing', () => {
    const filled = (rows: number[][][]) =>
      cellsOf(rows).map((value, i, all) => (i % 2 === 0 && all[i + 1] === 1 ? 3.7 : value));
    const [contextCells, queryCells] = [filled(table.context), filled(table.query)];
    expect(contextCells).not.toEqual(cellsOf(table.context));
    expectSame(answers(config, table, { contextCells, queryCells }), expected);
    const zeros = (rows: number[][][]) =>
      rows.map((each) => each.map((row) => row.map((x) => (Number.isNaN(x) ? 0 : x))));
    expect(answers(config, { ...table, context: zeros(table.context), query: zeros(table.query) })).not.toEqual(
      expected,
    );
  });

  it('depends on the targets of the context, on its cells and on the cells of the query', () => {
    const other = drawTable(SIZES, config, 2);
    for (const part of ['targets', 'context', 'query'] as const)
      expect(answers(config, { ...table, [part]: other[part] })).not.toEqual(expected);
  });
});

describe.each([
  ['classes', classes],
  ['bars', bars],
  ['one layer', oneLayer],
  ['layers of rows', rowLayers],
  ['ridge regressions', ridge],
  ['ridge regressions, bars', ridgeBars],
] as const)('a training step on tables (%s)', (_, config) => {
  const optimizer = { beta1: 0.9, beta2: 0.98, epsilon: 1e-6, weightDecay: 0.01, clip: 1 };
  const { fn, spec } = trainStep(config, { ...optimizer, optimizer: 'muon' });
  const count = parameterCount(config);

  function feedsOf(sizes: typeof SIZES, weights: NdArray): Record<string, NdArray> {
    const { B, N, M, C } = sizes;
    const table = drawTable(sizes, config, 3);
    const random = randomStream(4);
    const target = Int32Array.from({ length: B * M }, () => Math.floor(7 * random()));
    const zero = float32(new Float32Array(count), [count]);
    return {
      weights,
      first: zero,
      second: zero,
      learningRate: float32([0.01], []),
      debiasFirst: float32([10], []),
      debiasSecond: float32([50], []),
      contextX: float32(cellsOf(table.context), [B, N, C, 2]),
      contextY: float32(table.targets.flat(), [B, N]),
      queryX: float32(cellsOf(table.query), [B, M, C, 2]),
      target: int32(target, [B, M]),
      inverseCount: float32([1 / (B * M)], []),
    };
  }

  it('is the same on both engines, for any number of rows and columns', async () => {
    const compiled = await (await engineUnderTest()).compile('table-step', fn, spec);
    const eager = await eagerEngine({ backend: 'cpu' }).compile('table-step', fn, spec);
    const normal = normals(randomStream(5));
    // Every weight away from zero, as in the test of the other network.
    const weights = float32(
      Float32Array.from({ length: count }, () => 0.3 * normal()),
      [count],
    );
    for (const sizes of [SIZES, { B: 4, N: 3, M: 6, C: 2 }, { B: 3, N: 2, M: 1, C: 5 }, { B: 1, N: 6, M: 4, C: 1 }]) {
      const feeds = feedsOf(sizes, weights);
      const [actual, expected] = await Promise.all([compiled.run(feeds), eager.run(feeds)]);
      for (const output of ['loss', 'gradientNorm', 'nextFirst', 'nextWeights'])
        expectClose(actual[output], expected[output], 2e-4, `${output} at ${JSON.stringify(sizes)}`);
    }
    await compiled.dispose();
  });

  it('goes down the slope of its loss', async () => {
    const program = await eagerEngine({ backend: 'cpu' }).compile('table-step', fn, spec);
    const start = initialWeights(config, normals(randomStream(6)));
    const feeds = feedsOf(SIZES, float32(start, [count]));
    const { loss, nextWeights } = await program.run(feeds);
    const next = await program.run({ ...feeds, weights: nextWeights });
    expect(next.loss.data[0]).toBeLessThan(loss.data[0]);
  });
});

it('the recorded graph holds for any table: rows and cells are symbols in it, in the last layer of the target cell alone', async () => {
  const { fn, spec } = trainStep(classes, { beta1: 0.9, beta2: 0.98, epsilon: 1e-6, weightDecay: 0, clip: 1 });
  const text = printGraph(await record('table-step', fn, spec));
  expect(text).toContain('input contextX: float32[batch, context, cell-1, 2]');
  const shapes = [...text.matchAll(/float32(\[[^=]*\]) = Softmax/g)].map(([, shape]) => shape);
  expect(shapes).toEqual([
    ...['[batch*context, 3*cell, cell]', '[batch, cell, 3, context, context]'],
    ...['[batch*context, 3*cell, cell]', '[batch, cell, 3, context, context]'],
    '[batch*context, 3, cell]',
    ...['[batch*query, 3*cell, cell]', '[batch, cell, 3, query, context]'],
    ...['[batch*query, 3*cell, cell]', '[batch, cell, 3, query, context]'],
    ...['[batch*query, 3, cell]', '[batch, 1, 3, query, context]'],
  ]);
});
