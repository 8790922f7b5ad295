import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadCheckpoint, loadPredictor } from '../../infer/load.node.ts';
import { ownFeatures, toldValues } from '../../infer/posterior.ts';
import { networkOf } from '../../model/network.ts';
import { toCells } from '../../model/table-cells.ts';
import { randomStream, uniform } from '../../priors/random.ts';

// Silences the JavaScript backend's advertisement.
tf.enableProdMode();
beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Softmax of each row [R, K], as one list. */
const probabilities = (logits: ArrayLike<number>, K: number): number[] =>
  Array.from({ length: logits.length / K }, (_, r) => {
    const row = Array.from({ length: K }, (_, k) => logits[r * K + k]);
    const powers = row.map((logit) => Math.exp(logit - Math.max(...row)));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / total);
  }).flat();

// Recorded once and shipped: weights that are trained on, or started from, must mean the same to the code of today.
it.each(['lc', 'curves', 'bnn', 'gp', 'tabular-classifier', 'tabular-regressor'])(
  'the graphs of %s answer as the network of the code does with their weights',
  async (name) => {
    const predictor = await loadPredictor(name, { threads: 1 });
    const { config, weights } = await loadCheckpoint(name);
    const { model } = config;
    const isTable = model.layout === 'cells';
    const [B, N, M] = [2, 6, 3];
    const own = isTable ? 4 : ownFeatures(predictor);
    const told = isTable ? [] : toldValues(model.hyperparameters ?? [], {}, own);
    const F = own + told.length;
    const random = randomStream('networks', name);
    const rows = (count: number) =>
      Float32Array.from(
        Array.from({ length: B * count }, () => [
          ...Array.from({ length: own }, () => uniform(random, 0.1, 0.9)),
          ...told,
        ]).flat(),
      );
    const [x, queryX] = [rows(N), rows(M)];
    if (isTable) [x[3], queryX[5]] = [Number.NaN, Number.NaN];
    const y = Float32Array.from({ length: B * N }, (_, i) => (model.head === 'classes' ? i % 3 : random()));

    const context = await predictor.condition({ numDatasets: B, numContext: N, numFeatures: F, x, y });
    const found = await context.predict({ numQuery: M, x: queryX });
    await predictor.dispose();

    const network = networkOf(model);
    const own32 = tf.tidy(() => {
      const tensors = Object.fromEntries(
        Object.entries(weights.tensors).map(([key, { shape, data }]) => [key, tf.tensor(data, [...shape])]),
      );
      const inputs = (values: Float32Array, count: number) =>
        isTable ? tf.tensor(toCells(values), [B, count, F, 2]) : tf.tensor(values, [B, count, F]);
      const memory = network.condition(tensors, model, inputs(x, N), tf.tensor(y, [B, N]));
      return network.predict(tensors, model, memory, inputs(queryX, M)).dataSync();
    });
    const [theirs, ours] = [found, own32].map((logits) => probabilities(logits, model.numOutputs));
    const largest = Math.max(...theirs);
    ours.forEach((p, i) => {
      expect(Math.abs(p - theirs[i]) / largest).toBeLessThan(1e-3);
    });
  },
);
