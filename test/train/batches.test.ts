import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { normalCdf } from '../../priors/exact/normal-cdf.ts';
import { createPrior, type Prior } from '../../priors/index.ts';
import { randomStream } from '../../priors/random.ts';
import { batchSource } from '../../train/batch-source.ts';
import { type BatchPlan, batchDrawer, drawSizes, inContextUnits, type TrainingBatch } from '../../train/batches.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { planBatches } from '../../train/train.ts';

const recipe = parseRecipe(
  { prior: { name: 'learning-curve' }, model: { numBars: 11 }, training: { steps: 9, batchSize: 3 }, seed: 7 },
  'test',
);
const setup = await setUp(recipe);
const plan = planBatches(recipe, setup);

async function collect(workers: number, first: number, last: number): Promise<TrainingBatch[]> {
  const source = batchSource(plan, setup.prior, workers, first, last);
  const batches: TrainingBatch[] = [];
  for (let step = first; step < last; step++) batches.push(await source.next(step));
  await source.close();
  return batches;
}

/** A prior of three classes, all labels of whose batches are these. */
const withLabels = (context: number, query: number): Prior => ({
  ...setup.prior,
  name: 'odd',
  numClasses: 3,
  sample(random, shape) {
    const batch = setup.prior.sample(random, shape);
    return { ...batch, contextY: batch.contextY.fill(context), queryY: batch.queryY.fill(query) };
  },
});

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
    const draw = batchDrawer(plan, setup.prior);
    const other = batchDrawer({ ...plan, seed: 8 }, setup.prior);
    expect(draw(0).contextY).not.toEqual(draw(1).contextY);
    expect(draw(0).contextY).not.toEqual(other(0).contextY);
  });

  it('have context sizes that are uniform over 1 .. rows - 1', () => {
    const draw = batchDrawer({ ...plan, batchSize: 1, numRows: 5 }, setup.prior);
    const counts = [0, 0, 0, 0];
    for (let step = 0; step < 2000; step++) counts[draw(step).numContext - 1]++;
    // Chi-square with 3 degrees of freedom: 16.27 is exceeded once in a thousand.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(chiSquare).toBeLessThan(16.27);
  });

  it('give log density = log p(bar) + logDensityWithin: a flat q over the bars scores the mean log of 1 / (K width)', () => {
    const { target, logDensityWithin } = batchDrawer(plan, setup.prior)(0);
    const borders = plan.borders as Float64Array;
    const inner = Array.from(target).every((bar) => bar > 0 && bar < 10);
    if (!inner) expect(Number.isFinite(logDensityWithin)).toBe(true);
    else {
      const expected = Array.from(target, (bar) => -Math.log(borders[bar + 1] - borders[bar]));
      expect(logDensityWithin).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / expected.length, 10);
    }
  });

  it('labels that are no classes are refused when they come', () => {
    const draw = batchDrawer({ ...plan, borders: null }, withLabels(2, -1));
    expect(() => draw(0)).toThrow('odd: expected labels that are whole numbers from 0 to 2, got -1.');
  });

  it('labels of the context, too, are refused when they are no classes', () => {
    const draw = batchDrawer({ ...plan, borders: null }, withLabels(3, 2));
    expect(() => draw(0)).toThrow('odd: expected labels that are whole numbers from 0 to 2, got 3.');
  });

  it('a worker that ends by itself is an error for whoever waits for a batch', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
    try {
      const module = join(folder, 'quits.mjs');
      writeFileSync(module, 'process.exit(0);');
      const source = batchSource({ ...plan, prior: { name: '', options: {}, module } }, setup.prior, 1, 0, 20);
      const ended = 'a worker that draws from the prior ended by itself (exit code 0).';
      await expect(source.next(0)).rejects.toThrow(ended);
      // Also for steps that are asked for afterwards.
      for (let step = 1; step < 9; step++) await expect(source.next(step)).rejects.toThrow(ended);
      await source.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a worker that fails reports its error to whoever waits for a batch', async () => {
    const source = batchSource({ ...plan, prior: { name: 'no-such-prior', options: {} } }, setup.prior, 1, 0, 2);
    await expect(source.next(0)).rejects.toThrow("got 'no-such-prior'");
    await source.close();
  });
});

describe('sizes of data sets', () => {
  const sizes = { units: 'own', numRows: 6, contextSizes: 'uniform', maxQueries: 100 } as const;

  /** Chi-square of 6000 draws against these shares of the least size and those after it; no other size may come. */
  function chiSquare(drawn: () => number, least: number, shares: readonly number[]): number {
    const counts = shares.map(() => 0);
    for (let i = 0; i < 6000; i++) {
      const at = drawn() - least;
      expect(at >= 0 && at < shares.length).toBe(true);
      counts[at]++;
    }
    return counts.reduce((sum, count, i) => sum + (count - 6000 * shares[i]) ** 2 / (6000 * shares[i]), 0);
  }
  /** Shares of least .. most where the logarithm of a number from least up to most + 1 is uniform. */
  const logShares = (least: number, most: number) =>
    Array.from(
      { length: most - least + 1 },
      (_, i) => Math.log((least + i + 1) / (least + i)) / Math.log((most + 1) / least),
    );
  // The thresholds are exceeded once in a thousand, with one degree of freedom less than there are sizes.

  it('a range of rows has both of its ends, and a uniform logarithm', () => {
    const random = randomStream(21);
    const rows = () => {
      const { numContext, numQuery } = drawSizes(random, { ...sizes, numRows: [4, 7] });
      return numContext + numQuery;
    };
    expect(chiSquare(rows, 4, logShares(4, 7))).toBeLessThan(16.27);
  });

  it('contexts whose logarithm is uniform have every size that leaves a query', () => {
    const random = randomStream(22);
    const context = () => drawSizes(random, { ...sizes, contextSizes: 'log-uniform' }).numContext;
    expect(chiSquare(context, 1, logShares(1, 5))).toBeLessThan(18.47);
  });

  it('contexts that units are taken from have two rows or more, each size as often', () => {
    for (const units of ['context', 'table'] as const) {
      const random = randomStream(23, units);
      expect(chiSquare(() => drawSizes(random, { ...sizes, units }).numContext, 2, Array(4).fill(1 / 4))).toBeLessThan(
        16.27,
      );
    }
  });
});

describe('batches in units of the context', () => {
  const recipe = parseRecipe(
    {
      prior: { name: 'training-run', options: { maxRows: 30 } },
      model: { units: 'context', numBars: 11, xFeatures: ['from-start', 'from-end'] },
      training: { steps: 9, batchSize: 3, contextSizes: 'log-uniform', maxQueries: 4 },
      seed: 7,
    },
    'test',
  );
  let plan: BatchPlan;
  let prior: Prior;
  let draw: ReturnType<typeof batchDrawer>;
  beforeAll(async () => {
    const setup = await setUp(recipe);
    ({ prior } = setup);
    plan = planBatches(recipe, setup);
    draw = batchDrawer(plan, prior);
  });

  it('have contexts that span 0..1 and queries beyond, at most as many as asked for', () => {
    for (let step = 0; step < 50; step++) {
      const { numDatasets, numContext, numQuery, contextX, queryX } = draw(step);
      expect(numQuery).toBe(Math.min(4, 30 - numContext));
      for (let b = 0; b < numDatasets; b++) {
        expect([contextX[b * numContext], contextX[(b + 1) * numContext - 1]]).toEqual([0, 1]);
        expect(queryX.subarray(b * numQuery, (b + 1) * numQuery).every((x) => x > 1 && x < Infinity)).toBe(true);
      }
    }
  });

  it('hold several draws of the law of each target where a network answers with normals, one in each part of equal mass', async () => {
    const prior = createPrior('gaussian-process', { maxRows: 9 });
    const own = parseRecipe(
      {
        prior: { name: 'gaussian-process', options: { maxRows: 9 } },
        model: { kernels: 2 },
        training: { steps: 3, batchSize: 40 },
      },
      'test',
    );
    const draw = batchDrawer(planBatches(own, await setUp(own)), prior);
    const { numDatasets, numQuery, target, queryLaw } = draw(0);
    expect(target).toHaveLength(numDatasets * numQuery * 8);
    const offsets: number[] = [];
    queryLaw?.mean.forEach((mean, i) => {
      const levels = Array.from(target.subarray(8 * i, 8 * i + 8), (y) => normalCdf((y - mean) / queryLaw.sd[i]));
      levels.forEach((level, d) => {
        // Targets are of single precision.
        expect(level).toBeGreaterThan(d / 8 - 1e-4);
        expect(level).toBeLessThan((d + 1) / 8 + 1e-4);
      });
      offsets.push(8 * levels[3] - 3);
    });
    // Where in its part a draw lies is uniform: mean 1/2, variance 1/12 (whose estimate has the variance 1/180 per draw).
    const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = meanOf(offsets.map((offset) => (offset - 0.5) ** 2));
    expect(Math.abs(meanOf(offsets) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / offsets.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / offsets.length));
    expect(draw(1).target).not.toEqual(target);
    expect(draw(0).target).toEqual(target);
  });

  it('do not keep the law of targets in other units', () => {
    const shape = { numDatasets: 2, numContext: 4, numQuery: 3 };
    const batch = createPrior('learning-curve').sample(randomStream(2), shape);
    expect(batch).toHaveProperty('queryLaw');
    expect(inContextUnits(batch)).not.toHaveProperty('queryLaw');
  });

  it('have targets in the bars of their units', () => {
    const shape = { numDatasets: 3, numContext: 6, numQuery: 4 };
    const prior = createPrior('training-run', { maxRows: 30 });
    const raw = prior.sample(randomStream(1), shape);
    const { contextY, queryX, queryY } = inContextUnits(prior.sample(randomStream(1), shape));
    const middle = (values: Float32Array) => {
      const sorted = [...values].sort((a, b) => a - b);
      return sorted.length % 2 === 1 ? sorted[sorted.length >> 1] : Number.NaN;
    };
    for (let b = 0; b < 3; b++) {
      const [x, y] = [raw.contextX, raw.contextY].map((values) => values.subarray(6 * b, 6 * b + 6));
      const center = middle(y.subarray(3)); // five changes and three last values have one in the middle
      const changes = Float32Array.from({ length: 5 }, (_, i) => Math.abs(y[i + 1] - y[i]));
      const scale = Math.max(middle(changes), changes.reduce((sum, change) => sum + change, 0) / 5000);
      for (let i = 0; i < 6; i++) expect(contextY[6 * b + i]).toBeCloseTo(Math.asinh((y[i] - center) / scale), 3);
      for (let i = 4 * b; i < 4 * b + 4; i++) {
        expect(queryX[i]).toBeCloseTo((raw.queryX[i] - x[0]) / (x[5] - x[0]), 3);
        expect(queryY[i]).toBeCloseTo(Math.asinh((raw.queryY[i] - center) / scale), 3);
      }
    }
  });

  it('have context sizes whose logarithm is uniform from 2 on', () => {
    const sizes = batchDrawer({ ...plan, batchSize: 1, numRows: 32 }, createPrior('training-run', { maxRows: 32 }));
    const counts = new Map<number, number>();
    for (let step = 0; step < 2000; step++) {
      const octave = Math.floor(Math.log2(sizes(step).numContext));
      counts.set(octave, (counts.get(octave) ?? 0) + 1);
    }
    // 2..31: four octaves. Chi-square with 3 degrees of freedom: 16.27 is exceeded once in a thousand.
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4]);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(chiSquare).toBeLessThan(16.27);
  });

  it('are the same for any number of worker threads', async () => {
    const source = batchSource(plan, prior, 2, 0, 3);
    for (let step = 0; step < 3; step++) expect(await source.next(step)).toEqual(draw(step));
    await source.close();
  });
});
