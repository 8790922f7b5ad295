import { expect, test } from 'vitest';
import type { Prior } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { priorModule } from './prior-module.ts';

const MODEL = { numLayers: 1, width: 8, hidden: 8, numHeads: 2, numBars: 40 };
const setUpOn = async (shift: number) => {
  const recipe = { prior: { name: 'shifted', module: priorModule(shift) }, model: MODEL, training: { steps: 1 } };
  return setUp(parseRecipe(recipe, 'test'));
};
const shareWithin = (prior: Prior, borders: Float64Array) => {
  const { queryY } = prior.sample(randomStream(1), { numDatasets: 500, numContext: 5, numQuery: 5 });
  const [low, high] = [borders[1], borders[borders.length - 2]];
  return queryY.filter((y) => y >= low && y <= high).length / queryY.length;
};

test('bars are where queries are, also where those lie elsewhere than the context', async () => {
  const { prior, borders, model } = await setUpOn(10);
  expect(shareWithin(prior, borders as Float64Array)).toBeGreaterThan(0.85);
  // Half of the inputs are in -1..1, half in 9..11.
  const [{ center, scale }] = model.xFeatures as readonly { center: number; scale: number }[];
  expect(center).toBeGreaterThan(3);
  expect(scale).toBeGreaterThan(4);
});

test('those of priors whose queries are like the context are quantiles of its targets alone', async () => {
  const { borders, model } = await setUpOn(0);
  // Uniform on 0..1: 40 bars, of which the outer borders are the ends of 39 in between.
  expect((borders as Float64Array)[20]).toBeCloseTo(0.5, 1);
  expect((model.xFeatures[0] as { center: number }).center).toBeCloseTo(0, 1);
});
