import { expect, it } from 'vitest';
import { numberAnswers } from '../../cli/posterior-answers.ts';
import type { Predictor } from '../../infer/predictor.ts';
import { createBars } from '../../model/bar-distribution.ts';
import { BORDERS } from '../infer/fake-predictor.ts';

/** Answers every query with the same mass on each of its 40 bars. */
const flat = {
  name: 'flat',
  borders: BORDERS,
  config: { model: { head: 'bars', numFeatures: 1, numOutputs: 40, xFeatures: [] } },
  condition: async () => ({ predict: async ({ numQuery }: { numQuery: number }) => new Float32Array(40 * numQuery) }),
} as unknown as Predictor;

it('the log density of each of many rows is that of its own target', async () => {
  const context = { x: [[0]], y: [0], inputs: ['x'], target: 'y' } as never;
  // More rows than are asked for at a time.
  const x = Array.from({ length: 10_002 }, (_, i) => [i]);
  const y = x.map(([i]) => (i < 10_000 ? 0.3 : i - 9990));
  const asker = { predictor: flat, context, onProgress: () => {} };
  const { scores } = await numberAnswers(asker, { inputs: ['x'], target: 'y', x, y });
  const answer = createBars(BORDERS).distribution(new Float32Array(40));
  expect(scores?.values).toHaveLength(10_002);
  for (const i of [0, 9999, 10_000, 10_001]) {
    expect(scores?.values[i]).toBeCloseTo(answer.logDensity(y[i]), 12);
  }
});
