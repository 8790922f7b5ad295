import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { batchDrawer } from '../../train/batches.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { stepFlop } from '../../train/cost.ts';
import { runCost } from '../../train/run-cost.ts';
import { planBatches } from '../../train/train.ts';

const MODEL = { numLayers: 2, width: 32, hidden: 48, numBars: 20 };
const recipes = {
  rows: { prior: { name: 'learning-curve' }, model: MODEL, training: { steps: 1, maxQueries: 20 } },
  cells: {
    prior: { name: 'test-table', module: fileURLToPath(new URL('./table-prior.ts', import.meta.url)) },
    model: { ...MODEL, layout: 'cells', units: 'table' },
    training: { steps: 1, batchSize: 16, numRows: [9, 30], maxCells: 600, optimizer: 'muon' },
  },
};

it.each(Object.entries(recipes))(
  'the cost of a run is the mean over batches as they are drawn: %s',
  async (_, json) => {
    const recipe = parseRecipe(json, 'test');
    const setup = await setUp(recipe);
    const draw = batchDrawer(planBatches(recipe, setup), setup.prior);
    const flops = Array.from({ length: 200 }, (_, step) => stepFlop(setup.model, draw(step), recipe.training));
    const mean = flops.reduce((a, b) => a + b, 0) / flops.length;
    const { flop } = runCost(recipe, setup);
    // Two means of 200 draws each: 4 standard errors of their difference.
    const variance = flops.reduce((sum, value) => sum + (value - mean) ** 2, 0) / flops.length;
    expect(Math.abs(flop - mean)).toBeLessThan(4 * Math.sqrt((2 * variance) / 200));
  },
);

it('parts of a step take less memory and as much arithmetic', async () => {
  const recipe = parseRecipe({ ...recipes.rows, training: { steps: 1, batchSize: 4000 } }, 'test');
  const setup = await setUp(recipe);
  const whole = runCost(recipe, setup);
  const parts = runCost({ ...recipe, training: { ...recipe.training, accumulate: 8 } }, setup);
  expect(parts.flop).toBe(whole.flop);
  expect(parts.bytes).toBeLessThan(whole.bytes / 5);
});
