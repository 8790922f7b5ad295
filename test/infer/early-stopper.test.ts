import '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CurveForecaster, EarlyStopper } from '../../infer/early-stopper.ts';
import { LearningCurveModel } from '../../infer/learning-curve.node.ts';
import { createLearningCurveModel, type ExtrapolateOptions } from '../../infer/learning-curve.ts';
import type { StopAdvice, StopOptions } from '../../infer/stopping.ts';
import { fakePredictor } from './fake-predictor.ts';

/** Says that the value of every later step is uniform within 0.05 of the last seen one; keeps what it was asked. */
function uniformAroundLast() {
  const { predictor } = fakePredictor((_, y) =>
    Array.from({ length: 40 }, (_, k) => (Math.abs(-0.475 + k / 20 - y[y.length - 1]) < 0.05 ? 0 : -1000)),
  );
  const curves = createLearningCurveModel(predictor);
  const asked: { steps: readonly number[]; values: readonly number[]; options: ExtrapolateOptions }[] = [];
  const model: CurveForecaster = {
    extrapolate(curve, options = {}) {
      asked.push({ steps: [...(curve.steps ?? [])], values: [...curve.values], options });
      return curves.extrapolate(curve, options);
    },
  };
  return { model, asked };
}

const feed = async (stopper: EarlyStopper, values: readonly number[]) => {
  for (const [epoch, quality] of values.entries()) await stopper.onEpochEnd(epoch, { quality });
};

describe('deciding', () => {
  test('goes on while the best can be beaten, and stops the trainee once it cannot', async () => {
    const { model } = uniformAroundLast();
    const trainee = { stopTraining: false };
    const advices: StopAdvice[] = [];
    const stopper = new EarlyStopper({
      model,
      monitor: 'quality',
      horizon: 50,
      trainee,
      onStop: (advice) => advices.push(advice),
    });
    await feed(stopper, [0.1, 0.2, 0.4, 0.6, 0.8]);
    // Uniform on [0.75, 0.85].
    expect(stopper.advice).toMatchObject({ stop: false, best: expect.closeTo(0.8) });
    expect(stopper.advice?.probability).toBeCloseTo(0.5, 4);
    expect([stopper.stoppedAt, trainee.stopTraining, advices]).toEqual([null, false, []]);
    await stopper.onEpochEnd(5, { quality: 0.7 });
    expect(stopper.advice).toMatchObject({ stop: true, best: 0.8 });
    expect([stopper.stoppedAt, trainee.stopTraining, advices]).toEqual([5, true, [stopper.advice]]);
    await stopper.onEpochEnd(6, { quality: 0.7 });
    expect([stopper.stoppedAt, advices.length, stopper.values.length]).toEqual([5, 1, 7]);
  });

  test('forecasts from the epochs so far to the horizon, as steps 1, 2, ...', async () => {
    const { model, asked } = uniformAroundLast();
    const stopper = new EarlyStopper({
      model,
      monitor: 'quality',
      horizon: 30,
      minEpochs: 3,
      goal: 'maximize',
      upper: 1,
    });
    await feed(stopper, [0.1, 0.2, 0.3]);
    expect(asked).toEqual([
      {
        steps: [1, 2, 3],
        values: [0.1, 0.2, 0.3],
        options: { goal: 'maximize', lower: undefined, upper: 1, horizon: 30 },
      },
    ]);
  });

  test('the name of what it monitors says which way it is to go, and where it can lie', async () => {
    const { model, asked } = uniformAroundLast();
    const losing = new EarlyStopper({ model, horizon: 50, minEpochs: 3 });
    for (const [epoch, loss] of [0.2, 0.5, 0.8].entries()) await losing.onEpochEnd(epoch, { val_loss: loss });
    // It rises, and the best of it was the lowest.
    expect(losing.advice).toMatchObject({ stop: true, best: 0.2 });
    const learning = new EarlyStopper({ model, horizon: 50, minEpochs: 3, monitor: 'val_accuracy', lower: 0.1 });
    for (const [epoch, val_accuracy] of [20, 50, 80].entries()) await learning.onEpochEnd(epoch, { val_accuracy });
    expect(asked.map(({ options }) => options)).toEqual([
      { goal: 'minimize', lower: 0, upper: undefined, horizon: 50 },
      { goal: 'maximize', lower: 0.1, upper: 100, horizon: 50 },
    ]);
  });

  test('gives no advice before minEpochs, and none at the last epoch', async () => {
    const { model, asked } = uniformAroundLast();
    const stopper = new EarlyStopper({ model, monitor: 'quality', horizon: 6, minEpochs: 4 });
    await feed(stopper, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(asked.map(({ values }) => values.length)).toEqual([4, 5]);
  });

  test('waits for five points where minEpochs says nothing', async () => {
    const { model, asked } = uniformAroundLast();
    await feed(new EarlyStopper({ model, monitor: 'quality', horizon: 50 }), [0.1, 0.2, 0.4, 0.6, 0.8, 0.9]);
    expect(asked.map(({ values }) => values.length)).toEqual([5, 6]);
  });

  test('takes the confidence and the minDelta that it is given', async () => {
    const { model } = uniformAroundLast();
    const advised = async (options: StopOptions) => {
      const stopper = new EarlyStopper({ model, monitor: 'quality', horizon: 50, minEpochs: 3, ...options });
      await feed(stopper, [0.2, 0.5, 0.8]);
      return stopper.advice;
    };
    // Uniform on [0.75, 0.85]: above 0.8 with probability 0.5, above 0.84 with 0.1.
    expect(await advised({ confidence: 0.4 })).toMatchObject({ stop: true, probability: expect.closeTo(0.5, 4) });
    expect(await advised({ minDelta: 0.04 })).toMatchObject({ stop: false, probability: expect.closeTo(0.1, 4) });
  });

  test('says stop once, also where epochs end before the answer to an earlier one is there', async () => {
    const { model } = uniformAroundLast();
    const advices: StopAdvice[] = [];
    const onStop = (advice: StopAdvice) => advices.push(advice);
    const stopper = new EarlyStopper({
      model,
      monitor: 'quality',
      goal: 'maximize',
      horizon: 50,
      minEpochs: 2,
      onStop,
    });
    await Promise.all([0.9, 0.2, 0.1, 0.1].map((quality, epoch) => stopper.onEpochEnd(epoch, { quality })));
    expect(advices).toHaveLength(1);
    expect(stopper.advice).toBe(advices[0]);
  });

  test('a value that is not finite is a missing point', async () => {
    const { model, asked } = uniformAroundLast();
    const stopper = new EarlyStopper({ model, monitor: 'quality', horizon: 50, minEpochs: 3 });
    await feed(stopper, [0.2, Number.NaN, 0.3, Infinity, 0.4, Number.NaN]);
    expect(stopper.values).toEqual([0.2, Number.NaN, 0.3, Number.NaN, 0.4, Number.NaN]);
    expect(asked).toHaveLength(1);
    expect(stopper.advice?.best).toBe(0.4);
  });

  test('stops a training that has diverged: no finite value in two epochs, where each had one before', async () => {
    const { model, asked } = uniformAroundLast();
    const trainee = { stopTraining: false };
    const stopper = new EarlyStopper({ model, monitor: 'val_loss', horizon: 50, trainee, patience: 3 });
    const values = [0.9, 0.8, Number.NaN, 0.8, Number.NaN];
    for (const [epoch, val_loss] of values.entries()) await stopper.onEpochEnd(epoch, { val_loss });
    expect([stopper.stoppedAt, trainee.stopTraining]).toEqual([null, false]);
    await stopper.onEpochEnd(5, { val_loss: Infinity });
    expect([stopper.stoppedAt, trainee.stopTraining, asked]).toEqual([5, true, []]);
    expect(stopper.advice).toMatchObject({ stop: true, best: 0.8, probability: 0 });
    expect(stopper.advice?.reason).toBe("diverged: no finite 'val_loss' in the last 2 epochs");
    const never = new EarlyStopper({ model, monitor: 'quality', horizon: 50 });
    await feed(never, Array<number>(20).fill(Number.NaN));
    expect([never.stoppedAt, never.advice?.best]).toEqual([19, Number.NaN]);
    // Every fifth epoch has a value, as where only those are validated.
    const rare = new EarlyStopper({ model, monitor: 'quality', horizon: 50 });
    await feed(rare, [0.1, ...Array<number>(4).fill(Number.NaN), 0.2, ...Array<number>(4).fill(Number.NaN)]);
    expect(rare.stoppedAt).toBeNull();
  });

  test('with patience the advice must hold after so many epochs in a row', async () => {
    const { model } = uniformAroundLast();
    const stopper = new EarlyStopper({ model, monitor: 'quality', horizon: 50, minEpochs: 2, patience: 2 });
    await feed(stopper, [0.2, 0.8, 0.5, 0.8, 0.5]);
    expect([stopper.advice?.stop, stopper.stoppedAt]).toEqual([true, null]);
    await stopper.onEpochEnd(5, { quality: 0.4 });
    expect(stopper.stoppedAt).toBe(5);
  });

  test('the best of earlier runs is to be beaten too', async () => {
    const { model } = uniformAroundLast();
    const stopper = new EarlyStopper({ model, monitor: 'quality', horizon: 50, minEpochs: 2, best: 0.9 });
    await feed(stopper, [0.2, 0.8]);
    expect([stopper.advice?.best, stopper.stoppedAt]).toEqual([0.9, 1]);
  });

  test('the best of earlier runs tells the unit of a share', async () => {
    const { model, asked } = uniformAroundLast();
    const options = { model, horizon: 50, minEpochs: 3, monitor: 'val_accuracy' };
    for (const stopper of [new EarlyStopper({ ...options, best: 71 }), new EarlyStopper(options)]) {
      for (const [epoch, val_accuracy] of [0.3, 0.5, 0.8].entries()) await stopper.onEpochEnd(epoch, { val_accuracy });
    }
    // 0.8 beside 71 is less than one per cent.
    expect(asked.map(({ options: { upper } }) => upper)).toEqual([100, 1]);
  });
});

describe('errors', () => {
  const { model } = uniformAroundLast();

  test('a monitored value that is not logged is named, with those that are', async () => {
    const stopper = new EarlyStopper({ model, horizon: 50 });
    await expect(stopper.onEpochEnd(0, { loss: 1, quality: 0.1 })).rejects.toThrow(
      "EarlyStopper: epoch 0 logged no 'val_loss', only 'loss', 'quality'. Set monitor to one of them, or train with validation data.",
    );
    await expect(new EarlyStopper({ model, horizon: 50, monitor: 'quality' }).onEpochEnd(3)).rejects.toThrow(
      "EarlyStopper: epoch 3 logged no 'quality', only nothing. Set monitor to one of them.",
    );
  });

  test('a second training needs a new stopper', async () => {
    const stopper = new EarlyStopper({ model, horizon: 50, monitor: 'quality' });
    await feed(stopper, [0.1, 0.2]);
    await expect(stopper.onEpochEnd(0, { quality: 0.1 })).rejects.toThrow(
      'EarlyStopper: epoch 0 came after epoch 1. Make a new EarlyStopper for each training.',
    );
  });

  test.each([
    [{ horizon: 1.5 }, 'EarlyStopper: horizon must be a whole number of at least 2, got 1.5.'],
    [{ mimDelta: 1 }, "EarlyStopper: there is no option 'mimDelta'. Correct its name, or leave it out."],
    [{ minEpochs: 1 }, 'EarlyStopper: minEpochs must be a whole number of at least 2, got 1.'],
    [{ patience: 0 }, 'EarlyStopper: patience must be a whole number of at least 1, got 0.'],
    [{ best: Number.NaN }, 'EarlyStopper: best must be a finite number, got NaN.'],
    [{ lower: 1, upper: 0 }, 'EarlyStopper: lower must be below upper, got 1 and 0.'],
    [{ goal: 'best' as never }, "EarlyStopper: goal must be one of maximize, minimize, auto, got 'best'."],
    [{ confidence: 95 }, 'adviseStop: confidence must lie strictly between 0 and 1, got 95.'],
  ])('refuses %j', (options, message) => {
    expect(() => new EarlyStopper({ model, horizon: 50, ...options })).toThrow(new RangeError(message));
  });
});

describe('in a training with tfjs', () => {
  const EPOCHS = 60;
  let curves: LearningCurveModel;
  beforeAll(async () => {
    await core.setBackend('cpu');
    curves = await LearningCurveModel.load(undefined, { threads: 1 });
  });
  afterAll(() => curves.dispose());

  /** y = 2 x - 1 with one dense layer, from zero by plain gradient descent: nothing in it is random. */
  function regression(learningRate: number) {
    const model = layers.sequential({
      layers: [layers.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })],
    });
    model.compile({ optimizer: core.train.sgd(learningRate), loss: 'meanSquaredError' });
    const xs = Array.from({ length: 32 }, (_, i) => -1 + i / 16);
    // Noise that no line fits: the loss converges to about its mean square.
    const ys = xs.map((x, i) => 2 * x - 1 + (i % 2 === 0 ? 0.3 : -0.3));
    return { model, x: core.tensor2d(xs, [32, 1]), y: core.tensor2d(ys, [32, 1]) };
  }

  async function train(learningRate: number, batchSize: number, how: 'object' | 'function') {
    const { model, x, y } = regression(learningRate);
    const stopper = new EarlyStopper({ model: curves, horizon: EPOCHS, trainee: model, lower: 0 });
    const { epoch } = await model.fit(x, y, {
      epochs: EPOCHS,
      batchSize,
      shuffle: false,
      verbose: 0,
      validationData: [x, y],
      callbacks: how === 'object' ? stopper : { onEpochEnd: stopper.onEpochEnd },
    });
    return { stopper, epochs: epoch.length };
  }

  test.each(['object', 'function'] as const)('a converged one stops early (callback as %s)', async (how) => {
    const { stopper, epochs } = await train(0.1, 8, how);
    expect(stopper.advice?.stop).toBe(true);
    expect(epochs).toBe(stopper.stoppedAt! + 1);
    expect(stopper.values).toHaveLength(epochs);
    // The loss falls to a fifth in four epochs, and has nothing left to gain after twenty.
    expect(epochs).toBeGreaterThan(5);
    expect(epochs).toBeLessThan(EPOCHS);
  });

  test('one that still improves goes on', async () => {
    const { stopper, epochs } = await train(0.003, 32, 'object');
    expect([stopper.stoppedAt, epochs]).toEqual([null, EPOCHS]);
  });
});
