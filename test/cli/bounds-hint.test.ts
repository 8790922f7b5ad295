import { expect, it } from 'vitest';
import { boundsHint } from '../../cli/bounds-hint.ts';

const hint = (values: number[], low: number, high: number, bounds = {}) =>
  boundsHint([{ values }], [{ observed: 2, quantiles: { '0.05': [1, low], '0.95': [1, high] } }], [bounds]);

it.each([
  ['a loss above 0 whose band goes below', [3, 2], -0.1, 2, {}, '--lower 0'],
  ['an accuracy whose band goes above 1', [0.5, 0.8], 0.7, 1.1, {}, '--upper 1'],
  ['an accuracy whose band goes beyond both', [0.5, 0.1], -0.1, 1.1, {}, '--lower 0 --upper 1'],
  ['an upper bound that is given', [0.5, 0.1], -0.1, 1.1, { upper: 1 }, '--lower 0'],
  ['later values that were not used', [3, 2, -5], -0.1, 2, {}, '--lower 0'],
] as const)('%s: the bound to give is named', (_, values, low, high, bounds, options) => {
  expect(hint([...values], low, high, bounds)).toMatch(
    new RegExp(`where no value is\\. If none can be there: ${options}\\.$`),
  );
});

it.each([
  ['values below 0', [3, -2], -5, 3, {}],
  ['a band that stays within', [0.5, 0.8], 0.7, 0.99, {}],
  ['values above 1 that go further up', [3, 4], 3, 9, {}],
  ['a loss below 1, which has a bound at 0', [0.9, 0.8], 0.1, 1.1, { lower: 0 }],
  ['bounds that are given', [0.5, 0.8], -0.1, 1.1, { lower: -1, upper: 2 }],
] as const)('%s: nothing is said', (_, values, low, high, bounds) => {
  expect(hint([...values], low, high, bounds)).toBeNull();
});

it('of several curves those count that have no bound', () => {
  const values = [0.5, 0.8];
  const forecast = { observed: 2, quantiles: { '0.05': [0.7], '0.95': [1.1] } };
  const curves = [{ values }, { values }];
  expect(boundsHint(curves, [forecast, forecast], [{ upper: 1 }, { upper: 2 }])).toBeNull();
  expect(boundsHint(curves, [forecast, forecast], [{ upper: 1 }, {}])).toMatch(/: --upper 1\.$/);
});
