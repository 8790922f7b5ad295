/** What the card of the shipped checkpoint `gp` promises, against the exact posterior; `npm run bench -- bayes` measures it in full. */
import { afterAll, expect, test } from 'vitest';
import { loadPredictor } from '../../infer/load.node.ts';
import { posterior } from '../../infer/posterior.ts';
import { gaussianProcess } from '../../priors/gaussian-process.ts';
import { randomStream } from '../../priors/random.ts';
import { divergence } from '../../train/divergence.ts';
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
  { lengthScale: 0.3, noise: 0.03, kernel: 'matern32', numInputs: '1' },
  { lengthScale: 0.1, noise: 0.03, kernel: 'matern52', numInputs: '1' },
  { lengthScale: 1, noise: 0.3, kernel: 'matern32', numInputs: '2' },
  { lengthScale: 0.5, noise: 0.1, kernel: 'matern52', numInputs: '5' },
])('gp is within 0.001 nats of the exact posterior, told %o', async (given) => {
  for (const divergence of await divergences(given)) expect(divergence).toBeLessThan(0.001);
});

test.each([3.5, 8, 20])(
  'gp is within 0.01 nats of it where targets are %d standard deviations of the prior from its mean',
  async (level) => {
    const [contextX, contextY, queryX] = [
      [0.2, 0.4, 0.6, 0.8],
      [0, -0.2, -0.1, 0.1].map((offset) => offset - level),
      [0, 0.1, 0.3, 0.5, 0.9],
    ];
    const told = { lengthScale: 0.15, noise: 0.1 };
    const column = (values: number[]) => values.map((value) => [value]);
    const rows = { contextX: column(contextX), contextY, queryX: column(queryX) };
    const answers = await posterior(gp, rows, { given: { ...told, kernel: 'rbf', numInputs: '1' } });
    const { exact } = gaussianProcess({ kernel: { kernel: 'rbf', lengthScale: 0.15 }, noise: 0.1 });
    const observed = { numContext: 4, numQuery: 5, contextX, contextY, queryX };
    exact?.predict(observed, randomStream('none')).forEach((truth, q) => {
      expect(divergence(truth, answers[q], gp.borders)).toBeLessThan(0.01);
    });
    expect.assertions(5);
  },
);
