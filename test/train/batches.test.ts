import { afterAll, describe, expect, it } from 'vitest';
import { batchSource } from '../../train/batch-source.ts';
import { batchDrawer, type TrainingBatch } from '../../train/batches.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { planBatches } from '../../train/train.ts';

const recipe = parseRecipe(
  { prior: { name: 'learning-curve' }, model: { numBars: 11 }, training: { steps: 9, batchSize: 3 }, seed: 7 },
  'test',
);
const setup = setUp(recipe);
const plan = planBatches(recipe, setup);

async function collect(workers: number, first: number, last: number): Promise<TrainingBatch[]> {
  const source = batchSource(plan, workers, first, last);
  const batches: TrainingBatch[] = [];
  for (let step = first; step < last; step++) batches.push(await source.next(step));
  await source.close();
  return batches;
}

describe('batches', () => {
  it('are the same for any number of worker threads', async () => {
    const here = await collect(0, 0, 7);
    expect(await collect(1, 0, 7)).toEqual(here);
    expect(await collect(3, 0, 7)).toEqual(here);
  });

  it('do not depend on the step at which drawing began', async () => {
    expect(await collect(2, 4, 7)).toEqual((await collect(0, 0, 7)).slice(4));
  });

  it('differ from step to step and from seed to seed', () => {
    const draw = batchDrawer(plan);
    const other = batchDrawer({ ...plan, seed: 8 });
    expect(draw(0).contextY).not.toEqual(draw(1).contextY);
    expect(draw(0).contextY).not.toEqual(other(0).contextY);
  });

  it('have context sizes that are uniform over 1 .. rows - 1', () => {
    const draw = batchDrawer({ ...plan, batchSize: 1, numRows: 5 });
    const counts = [0, 0, 0, 0];
    for (let step = 0; step < 2000; step++) counts[draw(step).numContext - 1]++;
    // Chi-square with 3 degrees of freedom: 16.27 is exceeded once in a thousand.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(chiSquare).toBeLessThan(16.27);
  });

  it('give log density = log p(bar) + logDensityWithin: a flat q over the bars scores the mean log of 1 / (K width)', () => {
    const { target, logDensityWithin } = batchDrawer(plan)(0);
    const { borders } = plan;
    const inner = Array.from(target).every((bar) => bar > 0 && bar < 10);
    if (!inner) expect(Number.isFinite(logDensityWithin)).toBe(true);
    else {
      const expected = Array.from(target, (bar) => -Math.log(borders[bar + 1] - borders[bar]));
      expect(logDensityWithin).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / expected.length, 10);
    }
  });

  it('a worker that fails reports its error to whoever waits for a batch', async () => {
    const source = batchSource({ ...plan, prior: { name: 'no-such-prior', options: {} } }, 1, 0, 2);
    await expect(source.next(0)).rejects.toThrow("got 'no-such-prior'");
    await source.close();
  });

  afterAll(() => {});
});
