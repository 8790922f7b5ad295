import { describe, expect, it } from 'vitest';
import { compiledEngine } from '../../engine/compiled.ts';
import { initialWeights } from '../../model/parameters.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { heldOut } from '../../train/evaluate.ts';

const recipeOf = (maxRows: number, training: object = {}) =>
  parseRecipe(
    {
      prior: { name: 'linear-regression', options: { maxRows } },
      model: { numLayers: 1, width: 8, numHeads: 1, hidden: 8, numBars: 10 },
      training: { steps: 1, batchSize: 50, ...training },
    },
    'test',
  );

async function scored(maxRows: number, training?: object) {
  const recipe = recipeOf(maxRows, training);
  const setup = await setUp(recipe);
  const weights = initialWeights(setup.model, normals(randomStream(1, 'weights')));
  return heldOut(compiledEngine({ threads: 1 }), recipe, setup, weights);
}

describe('scoring on held-out draws', () => {
  it('leaves a row to predict, also where data sets have two rows', async () => {
    expect(Object.keys((await scored(2)).heldOut)).toEqual(['1']);
    expect(Object.keys((await scored(10)).heldOut)).toEqual(['1', '2', '4', '8']);
  });

  it('takes no more data sets at once than the memory of a step of training is for', async () => {
    // 2000 in runs of at most twice 8 / 3, where a step of 50 takes 100.
    expect((await scored(4)).heldOutDatasets).toBe(2000);
    expect((await scored(4, { batchSize: 8, accumulate: 3 })).heldOutDatasets).toBe(334 * 6);
  });
});

it('a recipe whose data sets have more rows than the prior is refused', async () => {
  await expect(setUp(recipeOf(10, { numRows: 12 }))).rejects.toThrow(
    'recipe: expected training.numRows of at most 10, the maxRows of the prior linear-regression, got 12.',
  );
});
