import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { namedWeights } from '../../model/export.ts';
import { normalMixture } from '../../model/normal-mixture.ts';
import { initialWeights, parameterCount } from '../../model/parameters.ts';
import { condition, predict } from '../../model/transformer.ts';
import { normalCdf } from '../../priors/exact/normal-cdf.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { trainStep } from '../../train/step.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const recipe = parseRecipe(
  {
    prior: { name: 'gaussian-process' },
    model: { numLayers: 1, width: 8, numHeads: 2, hidden: 8, numBars: 5 },
    training: { steps: 1 },
  },
  'test',
);

it('a step on the law of a target is the mean of steps on each bar, weighted by the probability of that bar', async () => {
  const { model, borders, targets } = await setUp(recipe);
  expect(targets).toBe('law');
  const count = parameterCount(model);
  const random = randomStream(1);
  const state = {
    weights: tf.tensor1d(initialWeights(model, normals(random))),
    first: tf.zeros([count]),
    second: tf.zeros([count]),
  };
  const rates = { learningRate: tf.scalar(0), debiasFirst: tf.scalar(1), debiasSecond: tf.scalar(1) };
  const rows = {
    contextX: tf.tensor3d([0.1, 0.5, 0.9], [1, 3, 1]),
    contextY: tf.tensor2d([0.3, -1, 0.4], [1, 3]),
    queryX: tf.tensor3d([0.3], [1, 1, 1]),
    inverseCount: tf.scalar(1),
  };
  const feeds = { ...state, ...rates, ...rows };
  const [mean, sd] = [-0.2, 0.6];
  const inner = Array.from(borders!).slice(1, -1);
  const reach = [0, ...inner.map((border) => normalCdf((border - mean) / sd)), 1];

  // With beta1 = 0 the first moment is the gradient itself.
  const options = { ...recipe.training, beta1: 0, clip: 1e9 };
  const byBar = trainStep(model, options);
  let loss = 0;
  const gradient = new Float64Array(count);
  for (let bar = 0; bar < 5; bar++) {
    const probability = reach[bar + 1] - reach[bar];
    const result = byBar.fn({ ...feeds, target: tf.tensor2d([bar], [1, 1], 'int32') });
    loss += probability * result.loss.dataSync()[0];
    result.nextFirst.dataSync().forEach((value, i) => {
      gradient[i] += probability * value;
    });
  }
  const byLaw = trainStep(model, options, 'law').fn({
    ...feeds,
    queryMean: tf.tensor2d([mean], [1, 1]),
    querySd: tf.tensor2d([sd], [1, 1]),
    borders: tf.tensor1d([...borders!]),
  });
  expect(byLaw.loss.dataSync()[0]).toBeCloseTo(loss, 5);
  expect(Math.hypot(...gradient)).toBeGreaterThan(0.1);
  byLaw.nextFirst.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(gradient[i], 5);
  });
});

it('a step of a network that answers with normals is on the log densities of what its targets may be, as many as there are', async () => {
  const { model, borders, targets } = await setUp(
    parseRecipe(
      {
        prior: { name: 'gaussian-process' },
        model: { kernels: 2, numLayers: 1, width: 8, numHeads: 2, hidden: 8 },
        training: { steps: 1 },
      },
      'test',
    ),
  );
  expect([model.head, model.numOutputs, borders, targets]).toEqual(['normals', 6, null, 'law']);
  const count = parameterCount(model);
  const weights = tf.tensor1d(initialWeights(model, normals(randomStream(1))));
  const rows = {
    contextX: tf.tensor3d([0.1, 0.5, 0.9], [1, 3, 1]),
    contextY: tf.tensor2d([0.3, -1, 0.4], [1, 3]),
    queryX: tf.tensor3d([0.3], [1, 1, 1]),
  };
  const named = Object.fromEntries(
    Object.entries(namedWeights(model, weights.dataSync() as Float32Array)).map(([name, { shape, data }]) => [
      name,
      tf.tensor(data, [...shape]),
    ]),
  );
  const outputs = predict(named, model, condition(named, model, rows.contextX, rows.contextY), rows.queryX);
  const answer = normalMixture(outputs.dataSync());

  const state = { weights, first: tf.zeros([count]), second: tf.zeros([count]) };
  const rates = { learningRate: tf.scalar(0), debiasFirst: tf.scalar(1), debiasSecond: tf.scalar(1) };
  const feeds = { ...state, ...rates, ...rows, inverseCount: tf.scalar(1) };
  // With beta1 = 0 the first moment is the gradient itself.
  const options = { ...recipe.training, beta1: 0, clip: 1e9 };
  const drawn = (target: number) =>
    trainStep(model, options).fn({ ...feeds, target: tf.tensor3d([target], [1, 1, 1]) });
  for (const y of [-3, -0.2, 0.9]) expect(drawn(y).loss.dataSync()[0]).toBeCloseTo(-answer.logDensity(y), 4);

  // Of several draws it is the mean, and so is the gradient.
  const draws = [-0.9, -0.1, 0.4];
  const several = trainStep(model, options, 'law').fn({
    ...feeds,
    inverseCount: tf.scalar(1 / 3),
    target: tf.tensor3d(draws, [1, 1, 3]),
  });
  const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(several.loss.dataSync()[0]).toBeCloseTo(meanOf(draws.map((y) => -answer.logDensity(y))), 4);
  const gradients = draws.map((y) => drawn(y).nextFirst.dataSync());
  expect(Math.hypot(...gradients[0])).toBeGreaterThan(0.1);
  several.nextFirst.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(meanOf(gradients.map((gradient) => gradient[i])), 4);
  });
});
