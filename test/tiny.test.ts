import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createPrior, randomStream } from '../priors/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'pfnkit-tiny-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pfn = (...args: string[]): string =>
  execFileSync(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

it('the whole toolkit: train 100 steps, and in new processes inspect, score and extrapolate with what was saved', () => {
  const recipe = join(folder, 'recipe.json');
  writeFileSync(
    recipe,
    JSON.stringify({
      prior: { name: 'learning-curve' },
      model: { numLayers: 2, width: 32, hidden: 64, numBars: 100, xFeatures: ['linear', 'log'] },
      training: { steps: 100, batchSize: 20, learningRate: 0.005, optimizer: 'muon' },
    }),
  );
  const out = join(folder, 'tiny');
  const trained = JSON.parse(pfn('train', recipe, '--out', out, '--json'));
  expect(trained).toMatchObject({ step: 100, skipped: 0 });
  // A model that has learned nothing says the prior's marginal distribution of values, which scores about 0.
  expect(trained.metrics.heldOut['40']).toBeGreaterThan(0.3);

  const info = JSON.parse(pfn('info', out, '--json'));
  expect(info).toMatchObject({
    name: 'tiny',
    formatVersion: 1,
    prior: { name: 'learning-curve', options: { numSteps: 100 } },
  });

  // What the trainer measured on held-out draws is what the saved graphs give for other draws of the same prior.
  const curves = join(folder, 'curves.csv');
  const { contextY, queryY } = createPrior('learning-curve').sample(randomStream('tiny'), {
    numDatasets: 1000,
    numContext: 1,
    numQuery: 99,
  });
  const rows = Array.from(contextY, (first, b) => [first, ...queryY.subarray(99 * b, 99 * (b + 1))].join(','));
  writeFileSync(curves, rows.join('\n'));
  const scores = JSON.parse(pfn('evaluate', out, '--curves', curves, '--json')).cutoffs;
  for (const cutoff of ['10', '20', '40', '80']) {
    expect(Math.abs(scores[cutoff].logLikelihood - trained.metrics.heldOut[cutoff])).toBeLessThan(0.1);
  }

  const real = 'examples/data/imagenet-resnet50.csv';
  const [curve] = JSON.parse(pfn('extrapolate', real, '--checkpoint', out, '--observed', '20', '--json')).curves;
  expect(curve.observed).toBe(20);
  expect(curve.logDensity).toHaveLength(readFileSync(real, 'utf8').trim().split('\n').length - 1 - 20);
  for (let i = 0; i < curve.steps.length; i++) {
    const levels = ['0.05', '0.25', '0.5', '0.75', '0.95'].map((level) => curve.quantiles[level][i]);
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
  }
});
