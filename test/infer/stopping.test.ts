import { describe, expect, test } from 'vitest';
import { createLearningCurveModel } from '../../infer/learning-curve.ts';
import { adviseStop, bestOf, divergedTail } from '../../infer/stopping.ts';
import { fakePredictor } from './fake-predictor.ts';

/** Values uniform on [low, high], one pair per step from 11 on. */
function uniform(goal: 'maximize' | 'minimize', ranges: readonly (readonly [low: number, high: number])[]) {
  return {
    goal: { goal, reason: 'a test' },
    steps: ranges.map((_, i) => 11 + i),
    probabilityAbove: (value: number) =>
      ranges.map(([low, high]) => Math.min(1, Math.max(0, (high - value) / (high - low)))),
  };
}

test.each([
  [[], 0],
  [[1, 2], 0],
  [[1, Number.NaN], 0],
  [[1, 2, Number.NaN], 0],
  [[1, 2, Number.NaN, Infinity], 2],
  [[1, 2, Number.NaN, Number.NaN, 2, Number.NaN, Number.NaN], 0],
  [[1, 2, Number.NaN, Number.NaN, 2, Number.NaN, Number.NaN, -Infinity], 3],
  // Every fifth epoch is validated, the first one or not.
  [[1, ...Array(4).fill(Number.NaN), 2, ...Array(4).fill(Number.NaN)], 0],
  [Array(4).fill(Number.NaN), 0],
  [Array(20).fill(Number.NaN), 20],
])('%j ends in so many values of a training that has diverged: %d', (values, count) => {
  expect(divergedTail(values)).toBe(count);
});

describe('the rule', () => {
  test('stops where no predicted step beats the best with more than 1 - confidence', () => {
    // P(> 0.8) is 0.03 / 1 and 0.04 / 1: both at most 0.05.
    const advice = adviseStop(
      uniform('maximize', [
        [-0.17, 0.83],
        [-0.16, 0.84],
        [-0.19, 0.81],
      ]),
      0.8,
    );
    expect(advice).toMatchObject({ stop: true, best: 0.8, step: 12 });
    expect(advice.probability).toBeCloseTo(0.04, 12);
    expect(advice.probabilityFinalBeats).toBeCloseTo(0.01, 12);
    expect(advice.reason).toBe('at most 4 % chance to beat 0.8 at any step up to 13');
  });

  test('goes on where a single step may beat it, though the last one will not', () => {
    const advice = adviseStop(
      uniform('maximize', [
        [0, 1],
        [-1, 0],
        [-1, 0],
      ]),
      0.9,
    );
    expect(advice).toMatchObject({ stop: false, step: 11, probabilityFinalBeats: 0 });
    expect(advice.probability).toBeCloseTo(0.1, 12);
    expect(advice.reason).toBe('10 % chance to beat 0.9 at step 11, more than 5 %');
  });

  test('names the first of the steps that are as good as each other', () => {
    const [low, high] = [
      [0, 0.5],
      [0, 1],
    ] as const;
    expect(adviseStop(uniform('maximize', [low, high, high, low]), 0.9).step).toBe(12);
    expect(adviseStop(uniform('maximize', [low, low]), 0.9)).toMatchObject({ probability: 0, step: 11 });
  });

  test('better is lower where the goal is to minimize', () => {
    const ranges = [[0, 1]] as const;
    expect(adviseStop(uniform('minimize', ranges), 0.3).probability).toBeCloseTo(0.3, 12);
    expect(adviseStop(uniform('maximize', ranges), 0.3).probability).toBeCloseTo(0.7, 12);
    expect(adviseStop(uniform('minimize', ranges), 0.04).stop).toBe(true);
    expect(adviseStop(uniform('minimize', ranges), 0.06).stop).toBe(false);
  });

  test.each([0.8, 0.9, 0.95, 0.99])(
    'a probability of exactly 1 - %d is low enough, a little more is not',
    (confidence) => {
      const beats = (probability: number) => adviseStop(uniform('maximize', [[0, 1]]), 1 - probability, { confidence });
      expect(beats(1 - confidence).stop).toBe(true);
      expect(beats(1 - confidence + 1e-6).stop).toBe(false);
    },
  );

  test('a probability of a tenth is low enough for a confidence of 0.9, though 1 - 0.9 is a little less in binary', () => {
    const forecast = { ...uniform('maximize', [[0, 1]]), probabilityAbove: () => [0.1] };
    expect(1 - 0.9).toBeLessThan(0.1);
    expect(adviseStop(forecast, 1, { confidence: 0.9 }).stop).toBe(true);
  });

  test('steps are told with all of their digits', () => {
    const forecast = { ...uniform('maximize', [[0, 1]]), steps: [169205] };
    expect(adviseStop(forecast, 2).reason).toBe('at most 0 % chance to beat 2 at any step up to 169205');
  });

  test('an improvement of no more than minDelta does not count', () => {
    expect(adviseStop(uniform('maximize', [[0, 1]]), 0.5, { minDelta: 0.2 }).probability).toBeCloseTo(0.3, 12);
    expect(adviseStop(uniform('minimize', [[0, 1]]), 0.5, { minDelta: 0.2 }).probability).toBeCloseTo(0.3, 12);
  });

  test('a run that is certain to stay at the best does not beat it, whichever way is better', () => {
    const staysAt = (at: number) => (value: number) => [value >= at ? 0 : 1];
    for (const best of [0, 1, -3.7, 1e-200]) {
      for (const goal of ['maximize', 'minimize'] as const) {
        const forecast = { ...uniform(goal, [[0, 1]]), probabilityAbove: staysAt(best) };
        expect(adviseStop(forecast, best).probability).toBe(0);
      }
    }
  });

  test('reads the forecast of a network: equal mass on 40 bars of [-0.5, 1.5], half-normal tails outside', async () => {
    const { predictor } = fakePredictor(() => new Array(40).fill(0));
    const forecast = await createLearningCurveModel(predictor).extrapolate([0.1, 0.2, 0.3], { horizon: 20 });
    // Bars of mass 1/40 and width 1/20: six of them lie above 1.2, the outermost with all of its tail.
    const advice = adviseStop(forecast, 1.2, { confidence: 0.8 });
    expect(advice.probability).toBeCloseTo(6 / 40, 6);
    expect(advice.probabilityFinalBeats).toBeCloseTo(6 / 40, 6);
    expect(advice.stop).toBe(true);
  });

  test.each([
    [{ confidence: 1 }, 'adviseStop: confidence must lie strictly between 0 and 1, got 1.'],
    [{ confidence: 0 }, 'adviseStop: confidence must lie strictly between 0 and 1, got 0.'],
    [{ minDelta: -1 }, 'adviseStop: minDelta must be a number of at least 0, got -1.'],
  ])('refuses %j', (options, message) => {
    expect(() => adviseStop(uniform('maximize', [[0, 1]]), 0.5, options)).toThrow(new RangeError(message));
  });

  test('refuses a best that is no number', () => {
    expect(() => adviseStop(uniform('maximize', [[0, 1]]), Number.NaN)).toThrow(
      'adviseStop: best must be a finite number, got NaN.',
    );
  });
});

test('the best of values follows the goal and leaves missing points out', () => {
  expect(bestOf([3, Number.NaN, 1, Infinity, 2], 'maximize')).toBe(3);
  expect(bestOf([3, Number.NaN, 1, -Infinity, 2], 'minimize')).toBe(1);
  expect(() => bestOf([Number.NaN], 'minimize')).toThrow('bestOf: expected at least one finite value, got none.');
});
