import { describe, expect, it } from 'vitest';
import { createAsker, type Task } from '../../../infer/table/ask.ts';
import { keptBytes, predictCost } from '../../../infer/table/cost.ts';
import { fakeTableNetwork, kernelClasses, scattered } from './fake-table-network.ts';

const task = (numContext: number, numFeatures: number, start: number): Task => ({
  numContext,
  numFeatures,
  x: Float32Array.from(scattered(numContext * numFeatures, start)),
  y: Float32Array.from({ length: numContext }, (_, i) => (i + start) % 3),
});
// Two shapes, mixed up.
const TASKS = [task(5, 2, 1), task(7, 3, 50), task(5, 2, 100), task(5, 2, 200), task(7, 3, 300)];
const NUM_QUERY = 11;
const query = (at: number, from: number, to: number) =>
  Float32Array.from(scattered(NUM_QUERY * TASKS[at].numFeatures, 900)).slice(
    from * TASKS[at].numFeatures,
    to * TASKS[at].numFeatures,
  );

async function answers(budget?: { readonly call: number; readonly kept: number }) {
  const network = fakeTableNetwork('classes', kernelClasses);
  const asker = createAsker(network.predictor, TASKS, budget);
  const found = TASKS.map(() => new Array<number[]>(NUM_QUERY));
  const shares: number[] = [];
  const ask = () =>
    asker.ask(
      NUM_QUERY,
      query,
      (at, from, logits) => {
        for (let i = 0; i * 10 < logits.length; i++) found[at][from + i] = [...logits.subarray(i * 10, (i + 1) * 10)];
      },
      (share) => shares.push(share),
    );
  await ask();
  return { ...network, asker, ask, found, shares };
}

describe('tasks', () => {
  it('of one shape go through one call', async () => {
    const { conditions, queries } = await answers();
    expect(conditions).toEqual([
      { numDatasets: 3, numContext: 5, numFeatures: 2 },
      { numDatasets: 2, numContext: 7, numFeatures: 3 },
    ]);
    expect(queries).toEqual([
      { numDatasets: 3, numQuery: NUM_QUERY },
      { numDatasets: 2, numQuery: NUM_QUERY },
    ]);
  });

  it('and queries are parted where memory is short, with the same answers', async () => {
    const whole = await answers();
    const { config } = whole.predictor;
    const budget = predictCost(config.model, { numDatasets: 1, numContext: 7, numFeatures: 3 }, 4).bytes;
    const parted = await answers({ call: budget, kept: budget });
    expect(parted.queries.length).toBeGreaterThan(6);
    for (const { numQuery } of parted.queries) expect(numQuery).toBeLessThan(NUM_QUERY);
    expect(parted.queries.reduce((sum, { numDatasets, numQuery }) => sum + numDatasets * numQuery, 0)).toBe(
      5 * NUM_QUERY,
    );
    expect(parted.found).toEqual(whole.found);
  });

  it('are read once where what is kept of them fits, and every time where it does not', async () => {
    const kept = await answers();
    await kept.ask();
    expect(kept.conditions).toHaveLength(2);
    const dropped = await answers({ call: 1, kept: 1 });
    expect(dropped.conditions).toHaveLength(5);
    await dropped.ask();
    expect(dropped.conditions).toHaveLength(10);
  });

  it('are kept by what there is for keeping, not by what there is for a call', async () => {
    for (const [budget, again] of [
      [{ call: 1, kept: 2 ** 30 }, 0],
      [{ call: 2 ** 28, kept: 1 }, 2],
    ] as const) {
      const { conditions, ask } = await answers(budget);
      const before = conditions.length;
      await ask();
      expect(conditions.length - before).toBe(again);
    }
  });

  it('report the share of the work that is done, rising to 1', async () => {
    const { shares } = await answers({ call: 1, kept: 1 });
    expect(shares.at(-1)).toBeCloseTo(1, 9);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.length).toBe(5 + 5 * NUM_QUERY);
  });

  it('that failed to be read are read again', async () => {
    const network = fakeTableNetwork('classes', kernelClasses);
    let failures = 1;
    const flaky = {
      ...network.predictor,
      condition: (context: Parameters<typeof network.predictor.condition>[0]) =>
        failures-- > 0 ? Promise.reject(new Error('out of memory')) : network.predictor.condition(context),
    };
    const asker = createAsker(flaky, [TASKS[0]]);
    const ask = () => asker.ask(2, query, () => {});
    await expect(ask()).rejects.toThrow('out of memory');
    await ask();
    expect(network.queries).toHaveLength(1);
  });
});

describe('an estimate', () => {
  it('grows with the work that is left', async () => {
    const network = fakeTableNetwork('classes', kernelClasses);
    const asker = createAsker(network.predictor, TASKS);
    const before = asker.operations(NUM_QUERY);
    await asker.ask(1, query, () => {});
    expect(asker.operations(NUM_QUERY)).toBeLessThan(before);
    const { seconds, bytes } = await asker.estimate(NUM_QUERY);
    expect(seconds).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(0);
  });

  it('counts keys and values by hand', () => {
    const model = { width: 8, numLayers: 3, rowLayers: 2, rowWidth: 12 } as never;
    const shape = { numDatasets: 2, numContext: 5, numFeatures: 4 };
    // From the third layer on the target's alone.
    expect(keptBytes(model, shape)).toBe(4 * 2 * (2 * 5) * (2 * 5 * 8 + 8 + 2 * 12));
  });
});
