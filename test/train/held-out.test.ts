import { describe, expect, it } from 'vitest';
import { compiledEngine } from '../../engine/compiled.ts';
import type { Engine } from '../../engine/engine.ts';
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

/** Also the most data sets that were computed at once. */
async function scored(maxRows: number, training?: object) {
  const recipe = recipeOf(maxRows, training);
  const setup = await setUp(recipe);
  const weights = initialWeights(setup.model, normals(randomStream(1, 'weights')));
  const inner = compiledEngine({ threads: 1 });
  let most = 0;
  const engine: Engine = {
    ...inner,
    async compile(...args) {
      const program = await inner.compile(...args);
      return {
        ...program,
        run(feeds) {
          most = Math.max(most, feeds.contextY.shape[0]);
          return program.run(feeds);
        },
      };
    },
  };
  return { ...(await heldOut(engine, recipe, setup, weights)), most };
}

describe('scoring on held-out draws', () => {
  it('leaves a row to predict, also where data sets have two rows', async () => {
    expect(Object.keys((await scored(2)).heldOut)).toEqual(['1']);
    expect(Object.keys((await scored(10)).heldOut)).toEqual(['1', '2', '4', '8']);
  });

  it('scores the same data sets, and takes no more at once than the memory of a step of training is for', async () => {
    const whole = await scored(4);
    const parts = await scored(4, { batchSize: 8, accumulate: 3 });
    // At most twice 8 / 3, where a step of 50 takes 100.
    expect([whole.most, parts.most]).toEqual([100, 6]);
    expect([whole.heldOutDatasets, parts.heldOutDatasets]).toEqual([2000, 2000]);
    for (const [rows, score] of Object.entries(whole.heldOut)) expect(parts.heldOut[rows]).toBeCloseTo(score, 5);
  });
});

it('a recipe whose data sets have more rows than the prior is refused', async () => {
  await expect(setUp(recipeOf(10, { numRows: 12 }))).rejects.toThrow(
    'recipe: expected training.numRows of at most 10, the maxRows of the prior linear-regression, got 12.',
  );
});
