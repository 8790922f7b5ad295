import { expect, test } from 'vitest';
import { duration, progressBar, progressLine } from '../../train/log.ts';

test('a line of progress: means of the steps since the last one, and the data sets that they really had', () => {
  const progress = {
    ...{ step: 250, steps: 1000, loss: 1, averageLoss: 0.51234, learningRate: 3e-3, gradientNorm: 1, skipped: 0 },
    ...{ numDatasets: 40, dataMs: 9, computeMs: 900 },
  };
  const rates = { numDatasets: 12.5, dataMs: 0.5, computeMs: 249.5 };
  expect(progressLine(progress, rates)).toBe(
    'step 250/1000 (25%) | loss 0.5123 | lr 3.00e-3 | 250 ms/step (data 0.5 / compute 250, 0.2 % waiting) | 50 datasets/s | ETA 3m08s',
  );
});

test('data sets a second count the time for data, too', () => {
  const progress = {
    ...{ step: 1, steps: 10, loss: 1, averageLoss: 1, learningRate: 1e-3, gradientNorm: 1, skipped: 0 },
    ...{ numDatasets: 1, dataMs: 0, computeMs: 10 },
  };
  expect(progressLine(progress, { numDatasets: 10, dataMs: 150, computeMs: 100 })).toContain(
    '| 250 ms/step (data 150.0 / compute 100, 60.0 % waiting) | 40 datasets/s |',
  );
});

test('steps that were skipped are told from the first one on', () => {
  const progress = {
    ...{ step: 10, steps: 10, loss: 1, averageLoss: 1, learningRate: 1e-3, gradientNorm: 1 },
    ...{ numDatasets: 1, dataMs: 0, computeMs: 10 },
  };
  const rates = { numDatasets: 1, dataMs: 0, computeMs: 10 };
  expect(progressLine({ ...progress, skipped: 1 }, rates)).toMatch(/ETA 0s \| 1 skipped$/);
  expect(progressLine({ ...progress, skipped: 0 }, rates)).toMatch(/ETA 0s$/);
});

test('durations are in seconds, minutes or hours, whichever is the largest', () => {
  expect([0.4, 59, 60, 3599, 3600, 3725, 100 * 3600 + 59 * 60].map(duration)).toEqual(
    '0s 59s 1m00s 59m59s 1h00m 1h02m 100h59m'.split(' '),
  );
});

test('a bar of progress is as full as the share, to the nearest of its places', () => {
  expect([0, 0.06, 0.5, 0.94, 0.96, 1].map((share) => progressBar(share, 10))).toEqual([
    '[..........]',
    '[#.........]',
    '[#####.....]',
    '[#########.]',
    '[##########]',
    '[##########]',
  ]);
});
