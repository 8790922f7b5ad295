import { expect, it, test } from 'vitest';
import { createPrior } from '../../priors/index.ts';
import { parseRecipe } from '../../train/config.ts';
import { recipes } from '../../train/recipes.ts';

it.each(Object.keys(recipes))('the recipe %s is one, of a prior of the library with enough rows', (name) => {
  const { prior, training } = parseRecipe(recipes[name], name);
  const { maxRows } = createPrior(prior.name, prior.options);
  const { numRows = maxRows } = training;
  expect(Math.max(...[numRows].flat())).toBeLessThanOrEqual(maxRows);
});

test('classes and real targets of tables are trained alike', () => {
  const [classifier, regressor] = ['tabular-classifier', 'tabular-regressor'].map((name) =>
    parseRecipe(recipes[name], name),
  );
  expect(regressor).toEqual({
    ...classifier,
    prior: { ...classifier.prior, options: { ...classifier.prior.options, task: 'regression' } },
  });
});
