import { expect, test } from 'vitest';
import { type Curve, countObserved, createLearningCurveModel } from '../../infer/learning-curve.ts';
import { bump, fakePredictor } from './fake-predictor.ts';

const curve = (name: string, length: number, top = 0.8): Curve => ({
  name,
  steps: Array.from({ length }, (_, i) => i + 1),
  values: Array.from({ length }, (_, i) => top - top / (i + 2)),
});

const create = () => {
  const { predictor, calls } = fakePredictor(bump);
  return { model: createLearningCurveModel(predictor), calls };
};

/** Everything of a forecast that is data. */
const data = (forecast: unknown) => JSON.parse(JSON.stringify(forecast));

test('predicts each step up to the horizon where the curve has no later points', async () => {
  const { model } = create();
  const forecast = await model.extrapolate(curve('a', 20), { horizon: 50 });
  expect(forecast.observed).toBe(20);
  expect(forecast.steps).toEqual(Array.from({ length: 30 }, (_, i) => 21 + i));
  expect(forecast.final.step).toBe(50);
  expect(forecast.final.mean).toBe(forecast.mean[29]);
  expect(Object.keys(forecast.quantiles)).toEqual(['0.05', '0.25', '0.5', '0.75', '0.95']);
  expect([forecast.later, forecast.logDensity, forecast.target]).toEqual([null, null, null]);
});

test('quantiles rise with their level and invert the distribution', async () => {
  const { model } = create();
  const forecast = await model.extrapolate(curve('a', 10), { quantiles: [0.1, 0.5, 0.9] });
  forecast.steps.forEach((step, i) => {
    const [low, middle, high] = ['0.1', '0.5', '0.9'].map((level) => forecast.quantiles[level][i]);
    expect(low).toBeLessThan(middle);
    expect(middle).toBeLessThan(high);
    expect(forecast.distributionAt(step).cdf(high)).toBeCloseTo(0.9, 12);
  });
});

test('scores the later points of the curve, at their own steps', async () => {
  const { model } = create();
  const input = { name: 'a', steps: [1, 2, 4, 7, 11], values: [0.1, 0.2, 0.3, 0.4, 0.5] };
  const forecast = await model.extrapolate(input, { observed: 2 });
  expect(forecast.steps).toEqual([4, 7, 11]);
  expect(forecast.later).toEqual([0.3, 0.4, 0.5]);
  expect(forecast.logDensity).toEqual(
    [4, 7, 11].map((step, i) => forecast.distributionAt(step).logDensity([0.3, 0.4, 0.5][i])),
  );
  const cut = await model.extrapolate(input, { observed: 2, horizon: 8 });
  expect(cut.steps).toEqual([4, 7]);
});

test('the target is the probability that the last predicted value is above it', async () => {
  const { model } = create();
  const forecast = await model.extrapolate(curve('a', 10), { target: 0.7 });
  expect(forecast.target).toEqual({ value: 0.7, probability: 1 - forecast.distributionAt(100).cdf(0.7) });
});

test('many curves of several lengths give each curve the answer that it gets alone, with one call per length', async () => {
  const { model, calls } = create();
  const curves = [curve('a', 10), curve('b', 30, 0.5), curve('c', 10, 0.6), curve('d', 30), curve('e', 11)];
  const together = await model.extrapolate(curves);
  expect(calls).toEqual([
    { numDatasets: 2, numContext: 10, numQuery: 90 },
    { numDatasets: 2, numContext: 30, numQuery: 70 },
    { numDatasets: 1, numContext: 11, numQuery: 89 },
  ]);
  for (const [i, single] of curves.entries()) {
    const alone = await model.extrapolate(single);
    expect(data(together[i])).toEqual(data(alone));
    expect(together[i].distributionAt(100).mean).toBe(alone.distributionAt(100).mean);
  }
});

test('calls are bounded at 128 curves, and progress is reported after each', async () => {
  const { model, calls } = create();
  const progress: number[] = [];
  const curves = Array.from({ length: 300 }, (_, i) => curve(`c${i}`, 98));
  await model.extrapolate(curves, { keepDistributions: false, onProgress: (done) => progress.push(done) });
  expect(calls.map(({ numDatasets }) => numDatasets)).toEqual([128, 128, 44]);
  expect(progress).toEqual([128, 256, 300]);
});

test('observed is a number of points or a share of them', async () => {
  expect(countObserved(undefined, 50)).toBe(50);
  expect(countObserved(20, 50)).toBe(20);
  expect(countObserved(60, 50)).toBe(50);
  expect(countObserved('20%', 50)).toBe(10);
  expect(countObserved('33%', 65)).toBe(21);
  expect(countObserved('1%', 5)).toBe(1);
  for (const wrong of [0, -3, 2.5, '0%', '101%', 'half'] as (number | `${number}%`)[]) {
    expect(() => countObserved(wrong, 50)).toThrow(
      `extrapolate: observed must be a number of points such as 20 or a share such as '20%', got '${wrong}'.`,
    );
  }
  const { model } = create();
  expect((await model.extrapolate(curve('a', 50), { observed: '20%' })).observed).toBe(10);
});

test('refusals say what is wrong and what to do', async () => {
  const { model } = create();
  const refusal = (input: Partial<Curve>, options = {}) =>
    model.extrapolate({ ...curve('a', 10), ...input }, options).then(
      () => 'no error',
      (error) => error.message,
    );
  const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  expect(await refusal({ steps: [...steps.slice(0, 9), 9] })).toBe(
    "extrapolate: steps must be rising whole numbers in 1..100, curve 'a' has 9 after 9.",
  );
  expect(await refusal({ steps: [0, ...steps.slice(0, 9)] })).toContain("curve 'a' has 0 after 0.");
  expect(await refusal({ steps: [1, 2] })).toContain('as many steps as values and at least one, got 2 and 10.');
  expect(await refusal({ values: [...steps.slice(1).map((s) => s / 20), 1.5] })).toContain(
    "curve 'a' has 1.5. Rescale",
  );
  expect(await refusal({ values: steps.map((s) => (s === 4 ? Number.NaN : 0.5)) })).toBe(
    "extrapolate: curve 'a' has NaN at step 4. Leave missing points out.",
  );
  expect(await refusal({}, { horizon: 10 })).toContain("curve 'a' is seen up to step 10, at or past the horizon 10");
  expect(await refusal({}, { horizon: 101 })).toBe(
    'extrapolate: horizon must be a whole number from 2 to 100, got 101.',
  );
  expect(await refusal({}, { quantiles: [0.5, 1] })).toBe(
    'extrapolate: quantiles must lie strictly between 0 and 1, got 1.',
  );
  const forecast = await model.extrapolate(curve('a', 10), { keepDistributions: false });
  expect(() => forecast.distributionAt(50)).toThrow('dropped by keepDistributions: false');
});
