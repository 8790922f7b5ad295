import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compiledEngine } from '../../engine/compiled.ts';
import { namedWeights } from '../../model/export.ts';
import { replaceWeights } from '../../model/parameters.ts';
import { parseRecipe, type Setup, setUp } from '../../train/config.ts';
import { train } from '../../train/train.ts';

const engine = compiledEngine({ threads: 1 });

const json = ({ model = {}, training = {} }) => ({
  prior: { name: 'test-table', module: fileURLToPath(new URL('./table-prior.ts', import.meta.url)) },
  model: { layout: 'cells', units: 'table', numLayers: 2, width: 8, numHeads: 2, hidden: 12, ...model },
  training: { steps: 10, batchSize: 6, numRows: [9, 15], learningRate: 0.01, ...training },
});
const waiting = { model: { ridgePenalties: [3] }, training: { ridgeFrom: 0.6 } };

async function weightsAfter(stopAfter: number, setup: Setup, recipe: object) {
  const { weights } = await train(parseRecipe(recipe, 'test'), setup, { engine, workers: 0, stopAfter });
  return namedWeights(setup.model, weights);
}

type Named = Awaited<ReturnType<typeof weightsAfter>>;

function expectSame(actual: Named, expected: Named, digits: number): void {
  for (const [name, { data }] of Object.entries(actual)) {
    data.forEach((value, i) => {
      expect(value, name).toBeCloseTo(expected[name].data[i], digits);
    });
  }
}

describe.each([1, 3])('training.ridgeFrom, steps in %i parts', (accumulate) => {
  const recipe = json({ ...waiting, training: { ...waiting.training, accumulate } });

  it('until then trains what it trains in a network without ridge regressions, and nothing else', async () => {
    const setup = await setUp(parseRecipe(recipe, 'test'));
    const start = namedWeights(setup.model, setup.startWeights);
    const without = await setUp(parseRecipe(json({}), 'test'));
    replaceWeights(without.model, without.startWeights, start);

    const { embedRidge, trust, ...others } = await weightsAfter(6, setup, recipe);
    expectSame({ embedRidge, trust }, start, 12);
    const expected = await weightsAfter(6, without, json({ training: { accumulate } }));
    expect(Object.keys(others).sort()).toEqual(Object.keys(expected).sort());
    expectSame(others, expected, 4);
  });

  it('from then on the network learns to use them', async () => {
    const setup = await setUp(parseRecipe(recipe, 'test'));
    const start = namedWeights(setup.model, setup.startWeights);
    const { embedRidge, trust } = await weightsAfter(7, setup, recipe);
    expect(embedRidge.data).not.toEqual(start.embedRidge.data);
    expect(trust.data).not.toEqual(start.trust.data);
  });
});

it('training.ridgeFrom is refused where there are no ridge regressions', () => {
  expect(() => parseRecipe(json({ training: { ridgeFrom: 0.5 } }), 'recipe.json')).toThrow(
    'recipe.json: training.ridgeFrom is for networks with model.ridgePenalties. Set these, or leave it out.',
  );
});
