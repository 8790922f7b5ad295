import { describe, expect, test } from 'vitest';
import type { Curve } from '../../infer/curve.ts';
import type { Forecast } from '../../infer/forecast.ts';
import {
  countObserved,
  createLearningCurveModel,
  type ExtrapolateOptions,
  type LearningCurveModel,
} from '../../infer/learning-curve.ts';
import { loadPredictor } from '../../infer/load.node.ts';
import { randomStream } from '../../priors/random.ts';
import { bump, contextBump, contextPredictor, fakePredictor } from './fake-predictor.ts';

const curve = (name: string, length: number, top = 0.8): Curve => ({
  name,
  steps: Array.from({ length }, (_, i) => i + 1),
  values: Array.from({ length }, (_, i) => top - top / (i + 2)),
});

const create = () => {
  const { predictor, calls } = fakePredictor(bump);
  return { model: createLearningCurveModel(predictor), calls };
};
const createContext = () => createLearningCurveModel(contextPredictor(contextBump).predictor);
const trained = createLearningCurveModel(await loadPredictor('curves', { threads: 1 }));

/** Everything of a forecast that is data. */
const data = (forecast: unknown) => JSON.parse(JSON.stringify(forecast));

/** A noisy curve at `length` steps that rises to about 5. */
function noisy(length: number, seed = 0): number[] {
  const random = randomStream(seed, 'noisy');
  // Multiples of 2^-10, so that changes of units by powers of two are exact.
  return Array.from({ length }, (_, i) => Math.round(1024 * (5 - 4 / (1 + i / 5) + 0.3 * (random() - 0.5))) / 1024);
}

describe('steps', () => {
  test('each up to the horizon where the curve has no later points', async () => {
    const { model } = create();
    const forecast = await model.extrapolate(curve('a', 20), { horizon: 50 });
    expect(forecast.observed).toBe(20);
    expect(forecast.steps).toEqual(Array.from({ length: 30 }, (_, i) => 21 + i));
    expect(forecast.final.step).toBe(50);
    expect(forecast.final.mean).toBe(forecast.mean[29]);
    expect(forecast.final.quantiles).toEqual(
      Object.fromEntries(Object.entries(forecast.quantiles).map(([p, values]) => [p, values[29]])),
    );
    expect(Object.keys(forecast.quantiles)).toEqual(['0.05', '0.25', '0.5', '0.75', '0.95']);
    expect([forecast.later, forecast.laterLogDensity, forecast.target]).toEqual([null, null, null]);
  });

  test('of the values alone are 1, 2, 3, ...', async () => {
    const { model } = create();
    const { steps, values } = curve('a', 7);
    const [short, long] = [await model.extrapolate(values), await model.extrapolate({ steps, values })];
    expect(data(short)).toEqual(data(long));
    expect(short.name).toBe('curve');
  });

  test('exactly those asked for, within and beyond 100', async () => {
    const { model } = create();
    const steps = [21.5, 60, 1000];
    const asked = await model.extrapolate(curve('a', 20), { steps });
    expect(asked.steps).toEqual(steps);
    expect(asked.mean.every(Number.isFinite)).toBe(true);
    const wide = await model.extrapolate(curve('a', 20), { horizon: 400 });
    expect([wide.steps.length, wide.steps[0] > 20, wide.final.step]).toEqual([100, true, 400]);
  });

  test('the later ones of the curve, where it has them, are scored at their own steps', async () => {
    const { model } = create();
    const input = { name: 'a', steps: [1, 2, 4, 7, 11], values: [0.1, 0.2, 0.3, 0.4, 0.5] };
    const forecast = await model.extrapolate(input, { observed: 2 });
    expect(forecast.steps).toEqual([4, 7, 11]);
    expect(forecast.later).toEqual([0.3, 0.4, 0.5]);
    expect(forecast.laterLogDensity).toEqual(forecast.logDensity([0.3, 0.4, 0.5]));
    for (const horizon of [7, 8]) {
      expect((await model.extrapolate(input, { observed: 2, horizon })).steps).toEqual([4, 7]);
    }
  });

  test('may be unsorted, repeated and with missing values: the forecast is that of the clean curve', async () => {
    const messy = { steps: [9, 1, 4, 2, 4, 6], values: [0.6, 0.1, 0.99, 0.2, 0.3, Number.NaN] };
    const clean = { steps: [1, 2, 4, 9], values: [0.1, 0.2, 0.3, 0.6] };
    for (const model of [create().model, trained]) {
      expect(data(await model.extrapolate(messy, { horizon: 30 }))).toEqual(
        data(await model.extrapolate(clean, { horizon: 30 })),
      );
    }
  });

  test('of more points than the network knows are thinned out, and all of them count as observed', async () => {
    const { predictor, calls } = contextPredictor(contextBump);
    const forecast = await createLearningCurveModel(predictor).extrapolate(noisy(1000), { horizon: 1500 });
    expect(forecast.observed).toBe(1000);
    expect(calls[0].numContext).toBe(100);
    expect(forecast.steps[0]).toBeGreaterThan(1000);
  });
});

describe('what an answer depends on', () => {
  const close = (actual: readonly number[], expected: readonly number[], scale: readonly number[], tolerance: number) =>
    actual.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance * scale[i]);
    });

  test('not on the horizon', async () => {
    const steps = [31, 40, 55];
    for (const model of [createContext(), trained]) {
      const near = await model.extrapolate(noisy(30), { steps });
      const far = await model.extrapolate(noisy(30), { steps: [...steps, 100, 5000] });
      for (const key of ['mean', 'median'] as const) close(near[key], far[key].slice(0, 3), near.variance, 1e-4);
      close(near.quantile(0.9), far.quantile(0.9).slice(0, 3), near.variance.map(Math.sqrt), 1e-5);
    }
  });

  test('not on the later values of the curve', async () => {
    for (const model of [create().model, createContext(), trained]) {
      const values = noisy(30);
      const wild = values.map((value, i) => (i < 12 ? value : -1e6 * value));
      const [calm, other] = await Promise.all(
        [values, wild].map((each) => model.extrapolate({ values: each }, { observed: 12 })),
      );
      for (const key of ['goal', 'steps', 'mean', 'variance', 'median', 'quantiles'] as const) {
        expect(other[key]).toEqual(calm[key]);
      }
    }
  });

  test('not on the other curves: 300 of mixed lengths get the answers that each gets alone', async () => {
    const curves = Array.from({ length: 300 }, (_, i) => ({ name: `c${i}`, values: noisy(2 + ((i * 7) % 23), i) }));
    const options = { steps: [30, 100] };
    const together = await trained.extrapolate(curves, options);
    const reversed = (await trained.extrapolate([...curves].reverse(), options)).reverse();
    for (const [i, each] of curves.entries()) {
      const alone = await trained.extrapolate(each, options);
      for (const some of [together[i], reversed[i]]) {
        expect([some.name, some.observed, some.goal]).toEqual([each.name, each.values.length, alone.goal]);
        const width = alone.quantiles['0.95'].map((upper, j) => upper - alone.quantiles['0.05'][j]);
        for (const level of Object.keys(alone.quantiles)) {
          close(some.quantiles[level], alone.quantiles[level], width, 1e-5);
        }
        close(some.mean, alone.mean, width, 1e-4);
      }
    }
  });
});

describe('units', () => {
  interface Change {
    readonly name: string;
    readonly a: number;
    readonly b: number;
    readonly c: number;
    readonly d: number;
  }
  const changes: Change[] = [
    { name: 'larger values, by a power of two', a: 8, b: 0, c: 1, d: 0 },
    { name: 'shifted values', a: 1, b: 16, c: 1, d: 0 },
    { name: 'values upside down', a: -0.5, b: 4, c: 1, d: 0 },
    { name: 'steps of another length and start', a: 1, b: 0, c: 64, d: 128 },
    { name: 'any numbers', a: 37.3, b: -1234.5, c: 0.37, d: 17.1 },
    { name: 'any numbers, upside down', a: -0.0123, b: 5.67, c: 1e5, d: -3e5 },
  ];
  const models: [string, LearningCurveModel][] = [
    ['a network in units of the context', createContext()],
    ['the shipped network', trained],
  ];

  describe.each(models)('%s', (_, model) => {
    test.each(changes)('a change of units changes every output by itself: $name', async ({ a, b, c, d }) => {
      const values = noisy(25);
      const steps = values.map((_, i) => 3 * i + (i % 3));
      const asked = [steps[24] + 1, steps[24] + 20, 200, 1000];
      const own: ExtrapolateOptions = { steps: asked, goal: 'maximize', lower: 0, upper: 5.5, target: 5 };
      const bounds = [a * 0 + b, a * 5.5 + b].sort((low, high) => low - high);
      const other: ExtrapolateOptions = {
        steps: asked.map((step) => c * step + d),
        goal: a > 0 ? 'maximize' : 'minimize',
        lower: bounds[0],
        upper: bounds[1],
        target: 5 * a + b,
      };
      for (const bounded of [true, false]) {
        const strip = (options: ExtrapolateOptions) =>
          bounded ? options : { ...options, lower: undefined, upper: undefined };
        const before = await model.extrapolate({ steps, values }, strip(own));
        const after = await model.extrapolate(
          { steps: steps.map((step) => c * step + d), values: values.map((value) => a * value + b) },
          strip(other),
        );
        sameUpTo(before, after, a, b, 2e-4);
      }
    });
  });

  /** `after` is `before` in units y -> a y + b, to a tolerance relative to the width of each distribution. */
  function sameUpTo(before: Forecast, after: Forecast, a: number, b: number, tolerance: number) {
    const level = (p: number) => (a > 0 ? p : 1 - p);
    const width = before.quantile(0.95).map((upper, i) => upper - before.quantile(0.05)[i]);
    const same = (actual: readonly number[], expected: readonly number[], unit = 1) =>
      actual.forEach((value, i) => {
        expect(Math.abs(value - expected[i])).toBeLessThan(tolerance * width[i] * unit);
      });
    const there = (ys: readonly number[]) => ys.map((y) => a * y + b);
    same(after.mean, there(before.mean), Math.abs(a));
    same(after.median, there(before.median), Math.abs(a));
    for (const p of [0.02, 0.05, 0.4, 0.95]) {
      same(after.quantile(p), there(before.quantile(level(p))), Math.abs(a));
    }
    after.variance.forEach((variance, i) => {
      expect(Math.abs(variance / (a * a * before.variance[i]) - 1)).toBeLessThan(10 * tolerance);
    });
    const [one, two] = [before.interval(0.8), after.interval(0.8)];
    same(two.lower, there(a > 0 ? one.lower : one.upper), Math.abs(a));
    same(two.upper, there(a > 0 ? one.upper : one.lower), Math.abs(a));
    for (const y of [4.2, 4.9, 5.3]) {
      // Where bars meet the density jumps, so that rounding may change it; elsewhere it is that of y, less ln|a|.
      const densities = after
        .logDensity(a * y + b)
        .map((value, i) => value + Math.log(Math.abs(a)) - before.logDensity(y)[i]);
      for (const difference of densities) expect(Math.abs(difference)).toBeLessThan(5e-3);
      after.probabilityAbove(a * y + b).forEach((probability, i) => {
        const expected = before.probabilityAbove(y)[i];
        expect(probability).toBeCloseTo(a > 0 ? expected : 1 - expected, 3);
      });
    }
    const reached = (forecast: Forecast, target: number) => forecast.stepReached(target).probability;
    reached(after, 5 * a + b).forEach((p, i) => {
      expect(p).toBeCloseTo(reached(before, 5)[i], 3);
    });
  }

  test("LC-PFN's network sees the same where values are not in [0, 1], whatever their units", async () => {
    const { model } = create();
    const values = noisy(25);
    const before = await model.extrapolate(values, { goal: 'maximize', horizon: 80 });
    for (const [a, b] of [
      [8, 0],
      [-2, 64],
    ]) {
      const after = await model.extrapolate(
        values.map((value) => a * value + b),
        { goal: a > 0 ? 'maximize' : 'minimize', horizon: 80 },
      );
      sameUpTo(before, after, a, b, 1e-6);
    }
  });
});

describe('a forecast', () => {
  test('has quantiles that rise with their level and invert the distribution', async () => {
    for (const model of [create().model, createContext(), trained]) {
      const forecast = await model.extrapolate(curve('a', 10), { quantiles: [0.1, 0.5, 0.9] });
      forecast.steps.forEach((step, i) => {
        const [low, middle, high] = ['0.1', '0.5', '0.9'].map((level) => forecast.quantiles[level][i]);
        expect(low).toBeLessThan(middle);
        expect(middle).toBeLessThan(high);
        expect(forecast.median[i]).toBe(middle);
        expect(forecast.distributionAt(step).cdf(high)).toBeCloseTo(0.9, 9);
      });
    }
  });

  test('has each quantile once, however often it is asked for', async () => {
    const { model } = create();
    const once = await model.extrapolate(curve('a', 10), { horizon: 14, quantiles: [0.05, 0.5] });
    const twice = await model.extrapolate(curve('a', 10), { horizon: 14, quantiles: [0.5, 0.05, 0.5] });
    expect(twice.quantiles).toEqual(once.quantiles);
    expect(twice.final).toEqual(once.final);
  });

  test('answers for all steps what the distribution at each says', async () => {
    const forecast = await createContext().extrapolate(noisy(10), { steps: [11, 20] });
    const at = forecast.steps.map((step) => forecast.distributionAt(step));
    expect(forecast.mean).toEqual(at.map(({ mean }) => mean));
    expect(forecast.variance).toEqual(at.map(({ variance }) => variance));
    expect(forecast.quantile(0.3)).toEqual(at.map((each) => each.quantile(0.3)));
    expect(forecast.interval(0.8).lower).toEqual(at.map((each) => each.interval(0.8)[0]));
    expect(forecast.interval(0.8).upper).toEqual(at.map((each) => each.interval(0.8)[1]));
    expect(forecast.probabilityAbove(4)).toEqual(at.map((each) => each.probabilityAbove(4)));
    expect(forecast.logDensity(4)).toEqual(at.map((each) => each.logDensity(4)));
    expect(forecast.logDensity([4, 5])).toEqual([4, 5].map((y, i) => at[i].logDensity(y)));
    expect(() => forecast.logDensity([4])).toThrow('logDensity: expected one value or 2, one per step, got 1.');
    expect(() => forecast.distributionAt(12)).toThrow(
      "distributionAt: step 12 of curve 'curve' was not predicted. Ask for one of 11..20.",
    );
  });

  test('draws the same from the same stream, with the moments of each step', async () => {
    const forecast = await createContext().extrapolate(noisy(10), { steps: [11, 20, 30] });
    const draws = forecast.sample(4000, randomStream(5, 'sample'));
    expect(forecast.sample(4000, randomStream(5, 'sample'))).toEqual(draws);
    expect([draws.length, draws[0].length]).toEqual([4000, 3]);
    for (const i of [0, 1, 2]) {
      const below = draws.filter((draw) => draw[i] <= forecast.median[i]).length;
      expect(Math.abs(below - 2000)).toBeLessThan(4 * Math.sqrt(1000)); // binomial, four standard deviations
    }
  });

  test('says how probable a target is at the last step, above and below', async () => {
    const { model } = create();
    const { target, distributionAt } = await model.extrapolate(curve('a', 10), { target: 0.7 });
    const below = distributionAt(100).cdf(0.7);
    expect(target).toMatchObject({ value: 0.7, probability: 1 - below });
    expect(target?.probabilityBelow).toBeCloseTo(below, 12);
  });

  test('says when a target will have been reached, or has been: probabilities never fall', async () => {
    for (const [goal, target] of [
      ['maximize', 4.9],
      ['minimize', 1.2],
    ] as const) {
      const values = goal === 'maximize' ? noisy(15) : noisy(15).map((value) => 6 - value);
      for (const model of [createContext(), trained]) {
        const forecast = await model.extrapolate(values, { goal, target });
        const { probability, quantile } = forecast.stepReached(target);
        const above = forecast.probabilityAbove(target);
        const beyond = goal === 'maximize' ? above : above.map((p) => 1 - p);
        probability.forEach((p, i) => {
          expect(p).toBeCloseTo(Math.max(...beyond.slice(0, i + 1)), 12);
        });
        expect(Object.keys(forecast.target?.reachedBy ?? {})).toEqual(['0.05', '0.25', '0.5', '0.75', '0.95']);
        for (const [p, step] of Object.entries(forecast.target?.reachedBy ?? {})) {
          expect(step).toBe(quantile(Number(p)));
          const first = probability.findIndex((reached) => reached >= Number(p));
          expect(step).toBe(first < 0 ? null : forecast.steps[first]);
        }
        const hopeless = goal === 'maximize' ? 1e9 : -1e9;
        expect(forecast.stepReached(hopeless).quantile(0.05)).toBeNull();
        // What was seen counts: whatever comes, it has been reached.
        const seen = forecast.stepReached(values[5]);
        const first = values.findIndex((value) => (goal === 'maximize' ? value >= values[5] : value <= values[5])) + 1;
        expect([seen.quantile(0.05), seen.quantile(0.95), ...seen.probability]).toEqual([
          first,
          first,
          ...forecast.steps.map(() => 1),
        ]);
        const again = await model.extrapolate(values, { goal, target: values[5], horizon: 40, observed: first });
        expect(again.target?.reachedBy['0.5']).toBe(first);
        const before = await model.extrapolate(values, { goal, target: values[14], horizon: 40, observed: 2 });
        expect(before.target?.reachedBy['0.95']).not.toBe(1);
      }
    }
  });

  test('tells its goal and why', async () => {
    const { model } = create();
    expect((await model.extrapolate([0.1, 0.2, 0.3])).goal).toEqual({
      goal: 'maximize',
      reason: '2 of 2 later points lie above the first',
    });
    expect((await model.extrapolate([3, 2, 1])).goal.goal).toBe('minimize');
    expect((await model.extrapolate([3, 2, 1], { goal: 'maximize' })).goal).toEqual({
      goal: 'maximize',
      reason: 'asked for',
    });
  });

  test('keeps to the bounds', async () => {
    for (const model of [create().model, createContext(), trained]) {
      const forecast = await model.extrapolate([0.9, 0.99, 0.97, 1], { lower: 0, upper: 1, quantiles: [0.001, 0.999] });
      for (const values of [
        forecast.mean,
        ...Object.values(forecast.quantiles),
        ...forecast.sample(20, randomStream(1)),
      ]) {
        for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
      }
      expect(forecast.probabilityAbove(1).every((p) => p === 0)).toBe(true);
      expect(forecast.logDensity(1.01).every((density) => density === -Infinity)).toBe(true);
    }
  });

  test('has a mean and a spread of the size of its quantiles', async () => {
    for (const seed of [1, 2, 3]) {
      const { mean, variance, interval } = await trained.extrapolate(noisy(20, seed));
      const { lower, upper } = interval(0.99);
      mean.forEach((value, i) => {
        expect(value > lower[i] && value < upper[i]).toBe(true);
        expect(Math.sqrt(variance[i])).toBeLessThan(upper[i] - lower[i]);
      });
    }
  });
});

describe('many curves', () => {
  test('share a call with those of their length', async () => {
    const { model, calls } = create();
    const curves = [curve('a', 10), curve('b', 30, 0.5), curve('c', 10, 0.6), curve('d', 30), curve('e', 11)];
    const together = await model.extrapolate(curves, { horizon: 100 });
    expect(calls).toEqual([
      { numDatasets: 2, numContext: 10, numQuery: 90 },
      { numDatasets: 2, numContext: 30, numQuery: 70 },
      { numDatasets: 1, numContext: 11, numQuery: 89 },
    ]);
    for (const [i, single] of curves.entries()) {
      const alone = await model.extrapolate(single, { horizon: 100 });
      expect(data(together[i])).toEqual(data(alone));
      expect(together[i].distributionAt(100).mean).toBe(alone.distributionAt(100).mean);
    }
    expect(await model.extrapolate([])).toEqual([]);
  });

  test('are asked about 128 at a time, and progress is reported after each call', async () => {
    const { model, calls } = create();
    const progress: number[] = [];
    const curves = Array.from({ length: 300 }, (_, i) => curve(`c${i}`, 98));
    await model.extrapolate(curves, {
      horizon: 100,
      keepDistributions: false,
      onProgress: (done) => progress.push(done),
    });
    expect(calls.map(({ numDatasets }) => numDatasets)).toEqual([128, 128, 44]);
    expect(progress).toEqual([128, 256, 300]);
  });

  test('with many steps are asked about fewer at a time, so that memory stays bounded', async () => {
    const { model, calls } = create();
    const steps = Array.from({ length: 6000 }, (_, i) => 11 + i / 100);
    const curves = Array.from({ length: 5 }, (_, i) => curve(`c${i}`, 10));
    await model.extrapolate(curves, { steps, keepDistributions: false });
    expect(calls.map(({ numDatasets }) => numDatasets)).toEqual([2, 2, 1]);
  });
});

describe('a future that is drawn', () => {
  test.each([
    ["LC-PFN's network", () => create().model],
    ['a network in units of the context', createContext],
  ])('begins as the forecast does, within the same bounds and up to the same last step: %s', async (_, model) => {
    const values = noisy(20).map((value) => value / 8);
    // So near that a part of what could come lies beyond them.
    const options = { lower: Math.min(...values), upper: Math.max(...values), steps: [25, 60, 400] };
    for (const u of [0.02, 0.98]) {
      const forecast = await model().extrapolate(values, options);
      const drawn = await model().draw(values, { ...options, draws: 1, random: () => u });
      expect(drawn.values[0][0]).toBeCloseTo(forecast.distributionAt(25).quantile(u), 9);
    }
  });

  test('has reached a target from the step on where it is as good', async () => {
    const { model } = create();
    const random = randomStream(6, 'draws');
    const { values, stepReached } = await model.draw(curve('a', 20), { steps: [25, 40, 60], draws: 20, random });
    // The best value of all is reached by one of the futures, at its step and not before.
    const best = Math.max(...values.flat());
    const at = (values.find((future) => future.includes(best)) as readonly number[]).indexOf(best);
    expect(stepReached(best).probability).toEqual([0, 1, 2].map((m) => (m < at ? 0 : 1 / 20)));
  });
});

test('observed is a number of points or a share of them', async () => {
  expect(countObserved(undefined, 50)).toBe(50);
  expect(countObserved(20, 50)).toBe(20);
  expect(countObserved(60, 50)).toBe(50);
  expect(countObserved('20%', 50)).toBe(10);
  expect(countObserved('33%', 65)).toBe(21);
  expect(countObserved('1%', 5)).toBe(1);
  expect(countObserved('1%', 5, 2)).toBe(2);
  for (const wrong of [0, -3, 2.5, '0%', '101%', 'half'] as (number | `${number}%`)[]) {
    expect(() => countObserved(wrong, 50)).toThrow(
      `extrapolate: observed must be a number of points such as 20 or a share such as '20%', got '${wrong}'.`,
    );
  }
  const { model } = create();
  expect((await model.extrapolate(curve('a', 50), { observed: '20%' })).observed).toBe(10);
});

test('values come as arrays of any kind, with null for a missing point, one curve or many', async () => {
  const { model } = create();
  const values = [0.1, 0.3, 0.4, 0.45];
  const expected = await model.extrapolate({ values }, { horizon: 10 });
  expect((await model.extrapolate(Float64Array.from(values), { horizon: 10 })).median).toEqual(expected.median);
  const many = await model.extrapolate([values, { values }], { horizon: 10 });
  expect(many.map(({ median }) => median)).toEqual([expected.median, expected.median]);
  const gap = { values: [0.1, Number.NaN, 0.4, 0.45] };
  const holed = await model.extrapolate([0.1, null, 0.4, 0.45], { horizon: 10 });
  expect(holed.median).toEqual((await model.extrapolate(gap, { horizon: 10 })).median);
  for (const wrong of [undefined, 'x', ['0.1', '0.2'], { steps: [1] }, [{ values: 3 }]]) {
    await expect(model.extrapolate(wrong as never)).rejects.toThrow(/^extrapolate: expected a curve, .* got /);
  }
});

test('refusals say what is wrong and what to do', async () => {
  const refusal = (input: Partial<Curve>, options: ExtrapolateOptions = {}, { model } = create()) =>
    model.extrapolate({ ...curve('a', 10), ...input }, options).then(
      () => 'no error',
      (error) => error.message,
    );
  expect(await refusal({ steps: [1, 2] })).toBe("extrapolate: curve 'a' needs as many steps as values, got 2 and 10.");
  expect(await refusal({ values: [], steps: [] })).toBe(
    "extrapolate: curve 'a' has 0 points, at least 1 are needed. Wait for more, or leave it out.",
  );
  expect(await refusal({ values: [1], steps: [1] }, {}, { ...create(), model: trained })).toBe(
    "extrapolate: curve 'a' has 1 point, at least 2 are needed. Wait for more, or leave it out.",
  );
  expect(await refusal({}, { horizon: 10 })).toContain("curve 'a' is seen up to step 10, at or past the horizon 10");
  expect(await refusal({}, { horizon: Number.NaN })).toBe('extrapolate: horizon must be a finite number, got NaN.');
  expect(await refusal({}, { target: Number.NaN })).toBe('extrapolate: target must be a finite number, got NaN.');
  expect(await refusal({}, { steps: [11, 11] })).toBe(
    "extrapolate: steps must rise and lie after the last observed step 10 of curve 'a', got 11.",
  );
  expect(await refusal({}, { steps: [] })).toContain("of curve 'a', got none.");
  expect(await refusal({}, { goal: 'up' as 'auto' })).toBe(
    "extrapolate: goal must be one of maximize, minimize, auto, got 'up'.",
  );
  expect(await refusal({}, { lower: 1, upper: 0 })).toBe('extrapolate: lower must be below upper, got 1 and 0.');
  expect(await refusal({}, { lower: 0.6 })).toContain(
    "curve 'a' has 0.4, outside the bounds 0.6 and Infinity. Correct the bounds.",
  );
  expect(await refusal({}, { upper: 0.62 })).toContain(
    `curve 'a' has ${0.8 - 0.8 / 5}, outside the bounds -Infinity and 0.62. Correct the bounds.`,
  );
  expect(await refusal({}, { quantiles: [0.5, 1] })).toBe(
    'extrapolate: quantiles must lie strictly between 0 and 1, got 1.',
  );
  expect(await refusal({}, { quantiles: [0, 0.5] })).toBe(
    'extrapolate: quantiles must lie strictly between 0 and 1, got 0.',
  );
  expect(await refusal({}, { horzon: 20 } as object)).toBe(
    "extrapolate: there is no option 'horzon'. Correct its name, or leave it out.",
  );
  const { model } = create();
  for (const none of [5, null, {}]) {
    await expect(model.extrapolate(none as never)).rejects.toThrow(
      `extrapolate: expected a curve, { values: [numbers] }, or its values alone, got ${JSON.stringify(none)}.`,
    );
  }
  const forecast = await model.extrapolate(curve('a', 10), { keepDistributions: false });
  expect(() => forecast.distributionAt(50)).toThrow('dropped by keepDistributions: false');
});
