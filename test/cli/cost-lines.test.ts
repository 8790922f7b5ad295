import { expect, test } from 'vitest';
import { costLines } from '../../cli/cost-lines.ts';

const cost = { parameters: 653_056, flop: 23.47e9, bytes: 1.234e9, accumulate: 1 };

test('what a run costs is one line where its memory fits', () => {
  expect(costLines(cost, 'cpu', 8e9)).toEqual(['653,056 parameters, 23 GFLOP per step, about 1.2 GB of memory']);
});

test('where it does not, a second one says what is free and what to do', () => {
  expect(costLines(cost, 'cpu', 1e9)[1]).toBe(
    'that is more than the 1 GB that are free here. Take --accumulate 3 (the same steps in parts), --recompute (more arithmetic) or a smaller training.batchSize.',
  );
  expect(costLines({ ...cost, accumulate: 4 }, 'cpu', 1e9)[1]).toContain('--accumulate 12 ');
});

test('what is free on this machine says nothing of the memory of a GPU', () => {
  expect(costLines(cost, 'webgpu', 1e9)).toHaveLength(1);
});
