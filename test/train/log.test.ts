import { expect, test } from 'vitest';
import { progressLine } from '../../train/log.ts';

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
