/** What the card of the shipped checkpoint `gp` promises, against the exact posterior; `npm run bench -- bayes` measures it in full. */
import { afterAll, expect, test } from 'vitest';
import { loadPredictor } from '../../infer/load.node.ts';
import { evaluatePrior } from '../../train/evaluate-prior.ts';
import { loadPrior } from '../../train/load-prior.ts';

const gp = await loadPredictor('gp');
const prior = await loadPrior(gp.config.prior);

afterAll(() => gp.dispose());

const divergences = async (given: Record<string, number | string>) => {
  const options = { contextSizes: [2, 15, 60], datasets: 8, queriesPerDataset: 5, given, seed: 3 };
  const { contexts } = await evaluatePrior(gp, prior, options);
  return Object.values(contexts).map(({ exact }) => exact?.kl.mean ?? Number.NaN);
};

test.each([
  { lengthScale: 0.1, noise: 0.1, kernel: 'rbf', numInputs: '1' },
  { lengthScale: 0.3, noise: 0.03, kernel: 'rbf', numInputs: '1' },
  { lengthScale: 1, noise: 0.3, kernel: 'matern32', numInputs: '2' },
  { lengthScale: 0.5, noise: 0.1, kernel: 'matern52', numInputs: '5' },
])('gp is within 0.01 nats of the exact posterior, told %o', async (given) => {
  for (const divergence of await divergences(given)) expect(divergence).toBeLessThan(0.01);
});
