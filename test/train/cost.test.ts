import { describe, expect, it } from 'vitest';
import { peakBytes, productFlop } from '../../engine/graph-cost.ts';
import { record } from '../../engine/record.ts';
import type { ModelConfig } from '../../model/config.ts';
import { conditionProducts, predictProducts } from '../../model/cost.ts';
import { keptNumbers, recomputedNumbers, type StepShape, stepBytes, stepFlop } from '../../train/cost.ts';
import { trainStep } from '../../train/step.ts';

const standard = { center: 0, scale: 1 };
const rows: ModelConfig = {
  numFeatures: 3,
  xFeatures: [
    { kind: 'linear', ...standard },
    { kind: 'log', ...standard },
  ],
  yFeatures: [{ kind: 'linear', ...standard }],
  numLayers: 3,
  width: 32,
  numHeads: 4,
  hidden: 80,
  activation: 'gelu',
  head: 'bars',
  numOutputs: 250,
};
const cells: ModelConfig = {
  ...rows,
  layout: 'cells',
  units: 'table',
  xFeatures: [{ kind: 'linear', ...standard }],
  activation: 'squared-relu',
};
const configs: Readonly<Record<string, ModelConfig>> = {
  rows,
  'one layer': { ...rows, numLayers: 1 },
  'stem and sinks': { ...rows, stem: true, sinks: true, activation: 'silu' },
  kernels: {
    ...rows,
    stem: true,
    sinks: true,
    kernels: 4,
    corrections: true,
    activation: 'squared-relu',
    head: 'normals',
    numOutputs: 12,
  },
  'kernels of several shapes': {
    ...rows,
    kernels: 4,
    kernelShapes: ['rbf', 'matern32', 'matern32', 'matern52'],
    corrections: true,
    activation: 'squared-relu',
    head: 'normals',
    numOutputs: 12,
  },
  'kernels that answer': {
    ...rows,
    stem: true,
    sinks: true,
    kernels: 4,
    kernelShapes: ['rbf', 'matern32', 'matern52'],
    activation: 'squared-relu',
    head: 'normals',
    numOutputs: 12,
  },
  cells,
  'cells and rows': { ...cells, numLayers: 2, rowLayers: 4, rowWidth: 48 },
  'cells, ridge regressions': { ...cells, ridgePenalties: [1, 10, 100] },
  'cells, classes': { ...cells, head: 'classes', numOutputs: 10, numLayers: 4 },
};
const shapes: StepShape[] = [
  { numDatasets: 20, numContext: 10, numQuery: 90, numFeatures: 5 },
  { numDatasets: 20, numContext: 60, numQuery: 40, numFeatures: 5 },
  { numDatasets: 60, numContext: 90, numQuery: 10, numFeatures: 2 },
  { numDatasets: 40, numContext: 92, numQuery: 8, numFeatures: 4 },
];
const OPTIMIZER = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, clip: 1 };

const sizesOf = ({ numDatasets, numContext, numQuery, numFeatures }: StepShape) => ({
  batch: numDatasets,
  context: numContext,
  query: numQuery,
  cell: numFeatures + 1,
  draw: 1,
});

describe.each(Object.entries(configs))('the cost model of %s', (_, config) => {
  it.each([{}, { optimizer: 'muon' }, { recompute: true }] as const)(
    'counts the products of a recorded step to a fiftieth: %j',
    async (options) => {
      const { fn, spec } = trainStep(config, { ...OPTIMIZER, ...options });
      const graph = await record('step', fn, spec);
      for (const shape of shapes) {
        const counted = productFlop(graph, sizesOf(shape));
        expect(Math.abs(stepFlop(config, shape, options) / counted - 1)).toBeLessThan(0.02);
      }
    },
  );

  it.each([
    ['what is kept for the backward pass', false, keptNumbers],
    ['what is alive where the backward pass computes blocks again', true, recomputedNumbers],
  ])('counts %s, within 15 percent of the most that the recorded step has alive', async (_, recompute, numbers) => {
    const { fn, spec } = trainStep(config, { ...OPTIMIZER, recompute });
    const graph = await record('step', fn, spec);
    for (const shape of shapes) {
      // Weights and moments are the smaller part at these sizes, and here all of them count.
      const state = peakBytes(graph, sizesOf({ ...shape, numDatasets: 1, numContext: 2, numQuery: 1 }));
      const alive = peakBytes(graph, sizesOf(shape));
      expect(state).toBeLessThan(0.3 * alive);
      expect(Math.abs((4 * numbers(config, shape) + (4 / 7) * state) / alive - 1)).toBeLessThan(0.15);
    }
  });

  it('asks for more memory with more data sets, and less in parts where data sets are what takes it', () => {
    const [shape] = shapes;
    const many = { ...shape, numDatasets: 2000 };
    expect(stepBytes(config, many)).toBeGreaterThan(5 * stepBytes(config, shape));
    expect(stepBytes(config, many, { accumulate: 4 })).toBeLessThan(stepBytes(config, many) / 3);
  });
});

it('products of one layer, by hand', () => {
  const config = { ...rows, numLayers: 1, yFeatures: rows.yFeatures } as ModelConfig;
  const shape = { numDatasets: 2, numContext: 5, numFeatures: 3 };
  // Embedding of 3 x 2 inputs and one target; keys and values, since nobody reads more of the last layer.
  expect(conditionProducts(config, shape)).toBe(2 * 5 * (7 * 32 + 2 * 32 * 32));
  // Embedding, query and output projections, scores and sums over 5 rows, perceptron, head.
  expect(predictProducts(config, shape, 7)).toBe(2 * 7 * (6 * 32 + 2 * 32 * 32 + 2 * 5 * 32 + 2 * 32 * 80 + 32 * 250));
});

it('a size of the graph that is not given is named', async () => {
  const { fn, spec } = trainStep(rows, OPTIMIZER);
  const graph = await record('step', fn, spec);
  expect(() => productFlop(graph, { batch: 2, context: 3 })).toThrow("expected a size of 'query', got batch, context.");
});
