import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, test } from 'vitest';
import { createPrior } from '../../priors/index.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { loadPrior } from '../../train/load-prior.ts';
import { recipeForPrior, recipes } from '../../train/recipes.ts';

it.each(Object.keys(recipes))('the recipe %s is one, of a prior of the library with enough rows', (name) => {
  const { prior, training } = parseRecipe(recipes[name], name);
  const { maxRows } = createPrior(prior.name, prior.options);
  const { numRows = maxRows } = training;
  expect(Math.max(...[numRows].flat())).toBeLessThanOrEqual(maxRows);
});

it.each(Object.keys(recipes))('the recipe %s is the one that its shipped checkpoint was trained by', (name) => {
  const shipped = readFileSync(new URL(`../../checkpoints/${name}/recipe.json`, import.meta.url), 'utf8');
  expect(parseRecipe(recipes[name], name)).toEqual(parseRecipe(JSON.parse(shipped), 'shipped'));
});

test('classes and real targets of tables are trained alike', () => {
  const [classifier, regressor] = ['tabular-classifier', 'tabular-regressor'].map((name) =>
    parseRecipe(recipes[name], name),
  );
  const options = { ...classifier.prior.options, task: 'regression' };
  expect(regressor).toEqual({ ...classifier, prior: { ...classifier.prior, options } });
});

it.each([
  [2, 'classes'],
  [null, 'bars'],
] as const)("a user's own prior of tables (%s classes) has a recipe for tables", async (numClasses, head) => {
  const source = {
    name: 'test-table',
    options: { numClasses },
    module: fileURLToPath(new URL('./table-prior.ts', import.meta.url)),
  };
  const recipe = parseRecipe(recipeForPrior(source, await loadPrior(source)), 'own');
  const { model, numRows } = await setUp(recipe);
  expect(model).toMatchObject({ layout: 'cells', units: 'table', head, numFeatures: 3 });
  expect(numRows).toBe(300);
});

test.each([
  [{ kernelShapes: ['rbf'] }, 'model.kernelShapes is for networks with kernels. Set model.kernels, or leave it out.'],
  [{ corrections: true }, 'model.corrections is for networks with kernels. Set model.kernels, or leave it out.'],
  [
    { kernels: 2, units: 'context' },
    "expected model.units 'own' and model.yFeatures that begin with 'linear' beside model.kernels, got 'context' and [\"linear\"].",
  ],
  [{ width: 1.5 }, 'model.width: Invalid input: expected int, received number, got 1.5. See'],
  [
    { normalCore: true },
    'model.normalCore: expected false or nothing, since kernels answer by themselves now, got true. Leave it out. See',
  ],
])('a recipe with %j alone is refused', (model, message) => {
  const recipe = { prior: { name: 'gaussian-process' }, model, training: { steps: 1 } };
  expect(() => parseRecipe(recipe, 'mine.json')).toThrow(`mine.json: ${message}`);
});

test('a recipe from before there was nothing but false for normalCore is read as any other', () => {
  const recipe = { prior: { name: 'gaussian-process' }, model: { numLayers: 1 }, training: { steps: 1 } };
  const older = { ...recipe, model: { ...recipe.model, normalCore: false } };
  expect(parseRecipe(older, 'old')).toStrictEqual(parseRecipe(recipe, 'new'));
});

test('a network with kernels answers with normals and has no bars; classes have none of either', async () => {
  const parsed = (name: string, options: object) =>
    parseRecipe({ prior: { name, options }, model: { kernels: 5 }, training: { steps: 1 } }, 'test');
  const { model, borders } = await setUp(parsed('gaussian-process', {}));
  expect(model).toMatchObject({ head: 'normals', numOutputs: 15 });
  expect(borders).toBeNull();
  await expect(setUp(parsed('structural-causal', { task: 'classification' }))).rejects.toThrow(
    'its targets are classes, and kernels answer with numbers. Leave model.kernels out.',
  );
});
