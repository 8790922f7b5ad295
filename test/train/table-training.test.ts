import '@tensorflow/tfjs-backend-cpu';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as info } from '../../cli/commands/info.ts';
import { command as posteriorCommand } from '../../cli/commands/posterior.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import { evaluateCurves } from '../../infer/evaluate-curves.ts';
import { createLearningCurveModel } from '../../infer/learning-curve.ts';
import { loadPredictor } from '../../infer/load.node.ts';
import { posterior, posteriorClasses } from '../../infer/posterior.ts';
import type { Predictor } from '../../infer/predictor.ts';
import { namedWeights } from '../../model/export.ts';
import { initialWeights } from '../../model/parameters.ts';
import { toCells } from '../../model/table-cells.ts';
import { conditionTable, predictTable } from '../../model/table-transformer.ts';
import { columnUnits, toModelCell } from '../../model/table-units.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { batchSource } from '../../train/batch-source.ts';
import { batchDrawer, drawSizes, inTableUnits } from '../../train/batches.ts';
import { parseRecipe, type Setup, setUp } from '../../train/config.ts';
import { heldOut } from '../../train/evaluate.ts';
import { evaluatePrior } from '../../train/evaluate-prior.ts';
import { writeCheckpoint } from '../../train/run-folder.ts';
import { initialState, readState, stateBytes, type TrainState } from '../../train/state.ts';
import { planBatches, train } from '../../train/train.ts';
import { runCommand } from '../cli/run-command.ts';
import tablePrior from './table-prior.ts';

const PRIOR = { name: 'test-table', module: fileURLToPath(new URL('./table-prior.ts', import.meta.url)) };
const MODEL = {
  layout: 'cells',
  units: 'table',
  numLayers: 2,
  width: 32,
  numHeads: 2,
  hidden: 48,
  rowLayers: 1,
  rowWidth: 48,
  ridgePenalties: [1, 20],
  numBars: 20,
} as const;
const TRAINING = {
  steps: 400,
  batchSize: 16,
  numRows: [9, 30],
  optimizer: 'muon',
  learningRate: 0.01,
  beta1: 0.95,
} as const;

function recipeOf({
  prior = {},
  model = {},
  training = {},
}: {
  prior?: object;
  model?: object;
  training?: object;
} = {}) {
  const json = {
    prior: { ...PRIOR, ...prior },
    model: { ...MODEL, ...model },
    training: { ...TRAINING, ...training },
    seed: 2,
  };
  return parseRecipe(json, 'test');
}

const regression = { prior: { options: { numClasses: null } } };

describe('a recipe for tables', () => {
  it.each([
    [
      { model: { units: 'own' } },
      "expected model.layout 'cells' and model.units 'table' together, got 'cells' and 'own'.",
    ],
    [
      { model: { layout: 'rows' } },
      "expected model.layout 'cells' and model.units 'table' together, got 'rows' and 'table'.",
    ],
    [{ model: { stem: true } }, "model.stem is not for model.layout 'cells'. Leave it out."],
    [{ model: { sinks: true } }, "model.sinks is not for model.layout 'cells'. Leave it out."],
    [{ model: { layout: undefined, units: 'own' } }, "model.rowLayers is for model.layout 'cells'. Leave it out."],
    [{ model: { rowWidth: 9 } }, 'expected model.rowWidth to be a multiple of model.numHeads, got 9 and 2.'],
    [{ training: { numRows: 2 } }, 'expected training.numRows to be at least 3, and a range to rise, got 2.'],
    [
      { training: { numRows: [20, 10] } },
      'expected training.numRows to be at least 3, and a range to rise, got [20,10].',
    ],
  ])('is refused: %j', (changes, message) => {
    expect(() => recipeOf(changes)).toThrow(`test: ${message}`);
  });

  it('is refused with a prior that tells hyperparameters, or whose columns a token per row cannot read', async () => {
    const ours = (options: object) =>
      recipeOf({
        prior: { name: 'gaussian-process', module: undefined, options },
        training: { numRows: 9 },
      });
    // That it knows the law of its targets, in units of its own, is of no use here and no harm.
    expect((await setUp(ours({}))).targets).toBe('drawn');
    await expect(setUp(ours({ noise: { given: [0.01, 1] } }))).rejects.toThrow(
      "gaussian-process: expected a prior without hyperparameters for model.layout 'cells'. Use another prior, or model.layout 'rows'.",
    );
    const byRows = {
      layout: undefined,
      units: 'own',
      rowLayers: undefined,
      rowWidth: undefined,
      ridgePenalties: undefined,
    };
    await expect(setUp(recipeOf({ model: byRows }))).rejects.toThrow(
      "test-table: its data sets have any number of columns, which model.layout 'rows' cannot read. Set model.layout 'cells'.",
    );
    const gaps = { name: 'missing-values', module: undefined, options: { prior: { name: 'linear-regression' } } };
    await expect(setUp(recipeOf({ prior: gaps, model: byRows, training: { numRows: 9 } }))).rejects.toThrow(
      "missing-values: its inputs can be missing, which model.layout 'rows' cannot read. Set model.layout 'cells' and model.units 'table'.",
    );
  });

  it('says nothing of a layout where it has none, so that older checkpoints stay as they are', () => {
    expect(parseRecipe({ prior: { name: 'learning-curve' }, training: { steps: 1 } }, 'test').model).not.toHaveProperty(
      'layout',
    );
  });
});

describe('batches of tables', () => {
  const MAX_CELLS = 300;
  let setup: Setup;
  let plan: ReturnType<typeof planBatches>;
  beforeAll(async () => {
    const recipe = recipeOf({ training: { maxCells: MAX_CELLS, maxQueries: 8 } });
    setup = await setUp(recipe);
    plan = planBatches(recipe, setup);
  });

  it('have any number of columns and of rows, and no more cells than asked for', () => {
    const draw = batchDrawer(plan, setup.prior);
    const seen = { columns: new Set<number>(), rows: new Set<number>(), fewer: 0 };
    for (let step = 0; step < 300; step++) {
      const {
        numDatasets: B,
        numContext: N,
        numQuery: M,
        numFeatures: C,
        contextX,
        queryX,
        target,
        contextY,
      } = draw(step);
      expect([contextX.length, contextY.length, queryX.length, target.length]).toEqual([
        B * N * C,
        B * N,
        B * M * C,
        B * M,
      ]);
      expect(B === 1 || B * (N + M) * (C + 1) <= MAX_CELLS).toBe(true);
      expect((B + 1) * (N + M) * (C + 1) > MAX_CELLS || B === 16).toBe(true);
      expect(N).toBeGreaterThanOrEqual(2);
      expect(M).toBeLessThanOrEqual(8);
      seen.columns.add(C);
      if (M < 8) seen.rows.add(N + M);
      if (B < 16) seen.fewer++;
    }
    expect([...seen.columns].sort()).toEqual([1, 2, 3]);
    expect(Math.min(...seen.rows)).toBe(9);
    expect(seen.fewer).toBeGreaterThan(100);
  });

  it('have numbers of rows that are log-uniform over their range', () => {
    const random = randomStream(3);
    const sizes = { units: 'table', numRows: [10, 1000], contextSizes: 'uniform', maxQueries: 1000 } as const;
    const rows = Array.from({ length: 4000 }, () => {
      const { numContext, numQuery } = drawSizes(random, sizes);
      return numContext + numQuery;
    });
    expect([Math.min(...rows), Math.max(...rows)]).toEqual([10, expect.closeTo(1000, -1.5)]);
    // Half of them lie below the geometric mean; 4 standard deviations of that share are 0.032.
    expect(rows.filter((count) => count < 100).length / 4000).toBeCloseTo(0.5, 1.4);
  });

  it('are the same for any number of worker threads', async () => {
    const draw = batchDrawer(plan, setup.prior);
    const source = batchSource(plan, setup.prior, 2, 0, 4);
    for (let step = 0; step < 4; step++) expect(await source.next(step)).toEqual(draw(step));
    await source.close();
  });

  it('are in the units of the context, column by column; missing cells stay missing', () => {
    const prior = tablePrior({ numClasses: null, missing: 0.2 });
    const shape = { numDatasets: 3, numContext: 8, numQuery: 5 };
    const raw = prior.sample(randomStream(6), shape);
    const {
      numFeatures: C,
      contextX,
      queryX,
      contextY,
      queryY,
    } = inTableUnits(prior.sample(randomStream(6), shape), false);
    expect(C).toBeGreaterThan(1);
    for (let b = 0; b < 3; b++) {
      for (let c = 0; c < C; c++) {
        const column = (x: Float32Array, rows: number) =>
          Array.from({ length: rows }, (_, i) => x[(b * rows + i) * C + c]);
        const units = columnUnits(column(raw.contextX, 8));
        const toModel = (x: number) => Math.fround(toModelCell(units, x));
        expect(column(contextX, 8)).toEqual(column(raw.contextX, 8).map(toModel));
        expect(column(queryX, 5)).toEqual(column(raw.queryX, 5).map(toModel));
      }
      const targets = columnUnits(raw.contextY.subarray(8 * b, 8 * b + 8));
      const standardised = (y: number) => Math.fround((y - targets.center) / targets.scale);
      expect(contextY.subarray(8 * b, 8 * b + 8)).toEqual(raw.contextY.subarray(8 * b, 8 * b + 8).map(standardised));
      expect(queryY.subarray(5 * b, 5 * b + 5)).toEqual(raw.queryY.subarray(5 * b, 5 * b + 5).map(standardised));
    }
    expect(queryX.some(Number.isNaN)).toBe(true);
    const classes = tablePrior({ missing: 0 }).sample(randomStream(5), shape);
    expect(inTableUnits({ ...classes, contextY: classes.contextY.slice() }, true).contextY).toEqual(classes.contextY);
  });
});

// Silences the JavaScript backend's advertisement.
tf.enableProdMode();

const engine = compiledEngine({ threads: 1 });
const folder = mkdtempSync(join(tmpdir(), 'pfnkit-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('training on tables', () => {
  it('learns, and scores held-out tables', async () => {
    const recipe = recipeOf();
    const setup = await setUp(recipe);
    const state = await train(recipe, setup, { engine, workers: 0 });
    const { heldOut: scores, heldOutDatasets } = await heldOut(engine, { ...recipe, seed: 1 }, setup, state.weights);
    expect(heldOutDatasets).toBe(500);
    // Always 1/2 scores -ln 2 = -0.69.
    expect(scores[24]).toBeGreaterThan(-0.45);
    expect(scores[24]).toBeGreaterThan(scores[3]);
  });

  it('learns distributions of numbers, in bars that are fitted to targets in their units', async () => {
    const recipe = recipeOf({ ...regression, training: { steps: 200 } });
    const setup = await setUp(recipe);
    expect(setup.targets).toBe('drawn');
    // Targets are 1000 z + 5 in their own units.
    const middle = setup.borders!.slice(1, -1);
    expect(Math.max(...middle.map(Math.abs))).toBeLessThan(20);
    const state = await train(recipe, setup, { engine, workers: 0 });
    const { heldOut: scores } = await heldOut(engine, { ...recipe, seed: 1 }, setup, state.weights);
    // A standard normal scores -1.42.
    expect(scores[24]).toBeGreaterThan(-1.1);
  });

  it('resumed ends with the same bits as uninterrupted', async () => {
    const recipe = recipeOf({ training: { steps: 12, batchSize: 3, maxCells: 200 } });
    const setup = await setUp(recipe);
    const whole = await train(recipe, setup, { engine, workers: 0 });
    const part = await train(recipe, setup, { engine, workers: 0, stopAfter: 5 });
    expect(part.step).toBe(5);
    const state = readState(stateBytes(part), 'state', part.weights.length);
    expect(await train(recipe, setup, { engine, workers: 2, state })).toEqual(whole);
  });
});

describe.each([
  ['classes', {}, 2],
  ['bars', regression, 20],
] as const)('a checkpoint that reads tables (%s)', (name, changes, K) => {
  const out = join(folder, name);
  let setup: Setup;
  let state: TrainState;
  let predictor: Predictor;
  beforeAll(async () => {
    const recipe = recipeOf(changes);
    setup = await setUp(recipe);
    const normal = normals(randomStream(8));
    // Away from zero, so that every input changes every answer.
    state = initialState(initialWeights(setup.model, normal).map((weight) => weight + 0.1 * normal()));
    mkdirSync(out);
    await writeCheckpoint(out, recipe, setup, state, null);
    predictor = await loadPredictor(out, { threads: 1 });
  });
  afterAll(() => predictor.dispose());

  const table = (B: number, N: number, M: number, C: number) => {
    const normal = normals(randomStream(B, N, M, C));
    const cells = (count: number) =>
      Float32Array.from({ length: count }, (_, i) => (i % 6 === 4 ? Number.NaN : normal()));
    const y = Float32Array.from({ length: B * N }, () => (K === 2 ? Number(normal() > 0) : normal()));
    return {
      context: { numDatasets: B, numContext: N, numFeatures: C, x: cells(B * N * C), y },
      queries: { numQuery: M, x: cells(B * M * C) },
    };
  };

  it.each([
    [2, 5, 3, 4],
    [1, 7, 2, 1],
    [3, 1, 4, 2],
    // More columns than it was trained for.
    [1, 6, 5, 8],
  ])('answers as the function that was trained: %i tables, %i and %i rows, %i columns', async (B, N, M, C) => {
    const { context, queries } = table(B, N, M, C);
    const logits = await (await predictor.condition(context)).predict(queries);
    await tf.setBackend('cpu');
    const weights = Object.fromEntries(
      Object.entries(namedWeights(setup.model, state.weights)).map(([key, { shape, data }]) => [
        key,
        tf.tensor(data, [...shape]),
      ]),
    );
    const memory = conditionTable(
      weights,
      setup.model,
      tf.tensor4d(toCells(context.x), [B, N, C, 2]),
      tf.tensor2d(context.y, [B, N]),
    );
    const expected = predictTable(
      weights,
      setup.model,
      memory,
      tf.tensor4d(toCells(queries.x), [B, M, C, 2]),
    ).dataSync();
    expect(logits.length).toBe(B * M * K);
    logits.forEach((logit, i) => {
      expect(logit).toBeCloseTo(expected[i], 4);
    });
  });

  it('extends a context by more rows', async () => {
    const { context, queries } = table(2, 6, 3, 3);
    const first = (values: Float32Array, per: number) =>
      Float32Array.from([...values.slice(0, 4 * per), ...values.slice(6 * per, 10 * per)]);
    const rest = (values: Float32Array, per: number) =>
      Float32Array.from([...values.slice(4 * per, 6 * per), ...values.slice(10 * per)]);
    const short = { ...context, numContext: 4, x: first(context.x, 3), y: first(context.y, 1) };
    const more = { numContext: 2, x: rest(context.x, 3), y: rest(context.y, 1) };
    const extended = await (await predictor.condition(short)).extend(more);
    expect(await extended.predict(queries)).toEqual(await (await predictor.condition(context)).predict(queries));
  });

  it('refuses queries with another number of columns', async () => {
    const { context } = table(2, 5, 3, 4);
    const conditioned = await predictor.condition(context);
    await expect(conditioned.predict({ numQuery: 3, x: new Float32Array(2 * 3 * 3) })).rejects.toThrow(
      'queries.x: expected 2 x 3 x 4 = 24 numbers, got 18.',
    );
  });

  it('says what it is', async () => {
    const { out: printed } = await runCommand(info, out, {});
    expect(printed).toContain('tables with any number of columns, trained with up to 3');
    expect(printed).toContain('a token per cell; 1 more with a token per row, width 48');
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(
      'two-stream transformer with a token per cell, 2 layers of cells, width 32, and 1 of rows, width 48, 2 heads',
    );
  });

  it('is refused where rows or curves are read', async () => {
    const message = `${name}: its network reads tables, a cell at a time. Use predict for it, or another checkpoint.`;
    const rows = { contextX: [[1, 2, 3]], contextY: [0], queryX: [[1, 2, 3]] };
    await expect((K === 2 ? posteriorClasses : posterior)(predictor, rows)).rejects.toThrow(message);
    expect(() => createLearningCurveModel(predictor)).toThrow(message);
    await expect(evaluateCurves(predictor, [[1, 2, 3, 4]])).rejects.toThrow(message);
    const file = join(folder, 'context.csv');
    writeFileSync(file, 'x,y\n1,0\n2,1\n');
    await expect(runCommand(posteriorCommand, out, { context: file, device: 'cpu' })).rejects.toThrow(message);
  });

  it.skipIf(name === 'classes')('is scored on draws from its prior', async () => {
    const { contexts } = await evaluatePrior(predictor, setup.prior, {
      contextSizes: [6],
      datasets: 60,
      queriesPerDataset: 5,
    });
    expect(Number.isFinite(contexts[6].logLikelihood.mean)).toBe(true);
    expect(contexts[6].exact).toBe(null);
  });
});

it('a checkpoint that reads rows takes no other number of columns', async () => {
  const predictor = await loadPredictor('lc', { threads: 1 });
  const context = { numDatasets: 1, numContext: 2, numFeatures: 2, x: new Float32Array(4), y: new Float32Array(2) };
  await expect(predictor.condition(context)).rejects.toThrow(
    'context.numFeatures: expected 1, as lc was trained for, got 2. Leave it out.',
  );
  await predictor.dispose();
});
