import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type Graph, printDim, printGraph, type Value } from '../../engine/graph.ts';
import { OPERATORS } from '../../engine/kernels/kernel.ts';
import { mixedMatMul, valueAndGradients } from '../../engine/ops.ts';
import { record } from '../../engine/record.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { recipes } from '../../train/recipes.ts';
import { trainStep } from '../../train/step.ts';

const MIXED = { operators: [...OPERATORS.webgpu, 'Float16'] } as const;
const layer = {
  x: { dtype: 'float32', shape: ['batch', 4] },
  w: { dtype: 'float32', shape: [4, 3] },
} as const;

test('a product in float16, what is made of it number by number, and sums in float32', async () => {
  const fn = ({ x, w }: Readonly<Record<string, tf.Tensor>>) => {
    const loss = ([w]: readonly tf.Tensor[]) => tf.sum(tf.mul(tf.relu(mixedMatMul(x, w)), 0.5));
    return { gradient: valueAndGradients(loss)([w]).gradients[0], loss: loss([w]) };
  };
  expect(printGraph(await record('test', fn, layer, MIXED))).toMatchInlineSnapshot(`
    "graph test
    input x: float32[batch, 4]
    input w: float32[4, 3]
    const c0: float32[] = 0.5
    const c1: int64[2] = [0, 1]
    const c2: float32[] = 0
    %0: float16[batch, 4] = Cast(x) {to=10}
    %1: float16[4, 3] = Cast(w) {to=10}
    %2: float16[batch, 3] = MatMul(%0, %1)
    %3: float16[batch, 3] = Relu(%2)
    %4: float16[] = Cast(c0) {to=10}
    %5: float16[batch, 3] = Mul(%3, %4)
    %6: float32[batch, 3] = Cast(%5) {to=1}
    %7: float32[] = ReduceSum(%6, c1) {keepdims=0}
    %8: float16[] = Cast(c2) {to=10}
    %9: bool[batch, 3] = Greater(%3, %8)
    %10: float32[batch, 3] = Where(%9, c0, c2)
    %11: float32[4, batch] = Transpose(x) {perm=[1,0]}
    %12: float32[4, 3] = MatMul(%11, %10)
    output gradient: %12
    output loss: %7"
  `);
});

const small = { numLayers: 2, width: 16, numHeads: 2, hidden: 24, numBars: 20 };
const curves = parseRecipe(
  {
    prior: { name: 'learning-curve', options: { numSteps: 12 } },
    model: { ...small, sinks: true, xFeatures: ['linear', 'log'] },
    training: { steps: 1, optimizer: 'muon' },
  },
  'curves',
);
const { prior, model: ofGp } = parseRecipe(recipes.gp, 'gp');
const gp = parseRecipe(
  { prior, model: { ...ofGp, ...small, activation: 'gelu', kernels: 2 }, training: { steps: 1, numRows: 20 } },
  'gp',
);

describe.each([
  ['a network of curves', curves],
  ['a network with kernels', gp],
])('in the training step of %s', async (_, recipe) => {
  const { model, targets } = await setUp(recipe);
  const { fn, spec } = trainStep(model, recipe.training, targets);
  const [graph, plain] = await Promise.all(
    [MIXED, { operators: OPERATORS.webgpu }].map((o) => record('step', fn, spec, o)),
  );
  const products = (of: Graph, dtype: Value['dtype']) =>
    of.nodes.filter(({ op, outputs }) => op === 'MatMul' && outputs[0].dtype === dtype);

  test('products are as many as in float32, of which no more than a layer is wide are added up in float16', () => {
    expect(products(plain, 'float16')).toEqual([]);
    const ofLayers = products(graph, 'float16');
    expect(ofLayers.length + products(graph, 'float32').length).toBe(products(plain, 'float32').length);
    expect(ofLayers.length).toBeGreaterThan(small.numLayers * 2 * 4);
    for (const { inputs, outputs } of ofLayers) {
      const summed = printDim(inputs[0].shape.at(-1)!);
      expect(Number(summed), summed).toBeLessThanOrEqual(small.hidden);
      // Of rows, and so neither weights nor gradients of weights.
      expect(outputs[0].shape.some(({ symbols }) => symbols.length > 0)).toBe(true);
    }
  });

  test('sums, norms, softmax, exponentials and the update never read or write float16', () => {
    const ops = [
      'ReduceSum',
      'ReduceMean',
      'ReduceMax',
      'Softmax',
      'Exp',
      'Log',
      'Sqrt',
      'Reciprocal',
      'Div',
      'Pow',
      'CumSum',
    ];
    const nodes = graph.nodes.filter(({ op }) => ops.includes(op));
    expect(nodes.length).toBeGreaterThan(20);
    for (const { op, inputs, outputs } of nodes)
      expect(
        [...inputs, ...outputs].map(({ dtype }) => dtype),
        op,
      ).not.toContain('float16');
    for (const { dtype } of [...graph.inputs, ...Object.values(graph.outputs)]) expect(dtype).not.toBe('float16');
  });
});
