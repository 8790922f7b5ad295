import { describe, expect, it, test } from 'vitest';
import type { Observed } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';
import { type StateSpaceOptions, stateSpace } from '../../priors/state-space.ts';

const { exp, log, max, min, PI, sqrt } = Math;

const predict = (options: StateSpaceOptions, observed: Observed) =>
  stateSpace(options).exact!.predict(observed, randomStream('unused'));

/** The data sets of one batch, each with its own arrays. */
function sampled(options: StateSpaceOptions, numDatasets: number, numContext: number, numQuery: number) {
  const batch = stateSpace(options).sample(randomStream('series'), { numDatasets, numContext, numQuery });
  return Array.from({ length: numDatasets }, (_, b) => ({
    numContext,
    numQuery,
    contextX: batch.contextX.subarray(b * numContext, (b + 1) * numContext),
    contextY: batch.contextY.subarray(b * numContext, (b + 1) * numContext),
    queryX: batch.queryX.subarray(b * numQuery, (b + 1) * numQuery),
    queryY: batch.queryY.subarray(b * numQuery, (b + 1) * numQuery),
  }));
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function expectMean(values: readonly number[], expected: number): void {
  const center = mean(values);
  const variance = mean(values.map((value) => (value - center) ** 2));
  expect(Math.abs(center - expected)).toBeLessThan(5 * sqrt(variance / values.length));
}

type Scales = Required<
  Pick<StateSpaceOptions, 'trend' | 'levelScale' | 'slopeScale' | 'damping' | 'noise' | 'initialLevel' | 'initialSlope'>
>;

const levels: Scales = {
  trend: 'level',
  levelScale: 0.4,
  slopeScale: 0.1,
  damping: 0,
  noise: 0.5,
  initialLevel: 2,
  initialSlope: 0.3,
};
const slopes: Scales = { ...levels, trend: 'slope' };
const damped: Scales = { ...slopes, damping: 0.3 };

/** Covariance of the levels at two times. */
function covarianceOf(s: number, t: number, scales: Scales): number {
  const { trend, levelScale, slopeScale, damping, initialLevel, initialSlope } = scales;
  const first = min(s, t);
  const last = max(s, t);
  const walk = initialLevel ** 2 + levelScale ** 2 * first;
  if (trend === 'level') return walk;
  if (damping === 0) {
    // A random line plus integrated Brownian motion.
    return walk + initialSlope ** 2 * s * t + (slopeScale ** 2 * first ** 2 * (3 * last - first)) / 6;
  }
  // The covariance of the slopes, an Ornstein-Uhlenbeck process that starts at 0, integrated over both times by midpoints.
  const cells = 200;
  let sum = 0;
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const [u, v] = [((i + 0.5) * s) / cells, ((j + 0.5) * t) / cells];
      const early = exp(-damping * (u + v));
      const wandered = (slopeScale ** 2 / (2 * damping)) * (exp(-damping * Math.abs(u - v)) - early);
      sum += initialSlope ** 2 * early + wandered;
    }
  }
  return walk + (sum * s * t) / cells ** 2;
}

/** Mean and variance of the last target given those before, and their log density, by Gaussian elimination on the covariance. */
function dense(times: readonly number[], targets: readonly number[], scales: Scales) {
  const rows = times.map((s, i) => times.map((t, j) => covarianceOf(s, t, scales) + (i === j ? scales.noise ** 2 : 0)));
  const size = times.length;
  // Rows end up as the normal of each target given those before: its variance at the pivot.
  const residuals = [...targets];
  let logDensity = 0;
  for (let i = 0; i < size - 1; i++) {
    logDensity -= (log(2 * PI * rows[i][i]) + residuals[i] ** 2 / rows[i][i]) / 2;
    for (let k = i + 1; k < size; k++) {
      const factor = rows[k][i] / rows[i][i];
      rows[k] = rows[k].map((value, j) => value - factor * rows[i][j]);
      residuals[k] -= factor * residuals[i];
    }
  }
  return { mean: targets[size - 1] - residuals[size - 1], variance: rows[size - 1][size - 1], logDensity };
}

describe.each([
  ['level', levels],
  ['level and slope', slopes],
  ['level and damped slope', damped],
  ['slope that never changes', { ...slopes, levelScale: 0, slopeScale: 0 }],
] as const)('the exact posterior of a %s', (_name, scales) => {
  const contextX = [3, 1, 8.5, 4.25, 3];
  const contextY = [0.7, -1.2, 2.9, 1.1, 0.2];
  // The damped covariance is known to the error of the midpoints.
  const digits = scales.damping > 0 ? 3 : 10;

  it('is the dense Gaussian formula: before, between, at and after the observed times', () => {
    const queryX = [0, 12, 3.5, 3, 0.5, 8.5, 40];
    const answers = predict(scales, { numContext: 5, numQuery: queryX.length, contextX, contextY, queryX });
    answers.forEach((answer, i) => {
      const expected = dense([...contextX, queryX[i]], [...contextY, 0], scales);
      expect(answer.mean).toBeCloseTo(expected.mean, digits);
      expect(answer.variance / expected.variance).toBeCloseTo(1, digits);
    });
  });

  it('of nothing observed is the prior', () => {
    const [answer] = predict(scales, { numContext: 0, numQuery: 1, contextX: [], contextY: [], queryX: [7] });
    const { variance } = dense([7], [0], scales);
    expect(answer.mean).toBe(0);
    expect(answer.variance / variance).toBeCloseTo(1, digits);
    expect(answer.logDensity(1)).toBeCloseTo(-(log(2 * PI * variance) + 1 / variance) / 2, digits);
  });

  it('obeys the chain rule: in any order, log densities one by one add up to that of all', () => {
    // One target too many, as `dense` does not count the last.
    const expected = dense([...contextX, 1], [...contextY, 0], scales).logDensity;
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 2, 3, 0, 1],
    ]) {
      const x = order.map((i) => contextX[i]);
      const y = order.map((i) => contextY[i]);
      const sum = order.reduce((total, _, i) => {
        const queryX = [x[i]];
        const [answer] = predict(scales, { numContext: i, numQuery: 1, contextX: x, contextY: y, queryX });
        return total + answer.logDensity(y[i]);
      }, 0);
      expect(sum).toBeCloseTo(expected, digits);
    }
  });

  it('is calibrated: its distribution function at the targets is uniform', () => {
    const options = { ...scales, times: 'irregular' } as const;
    const transforms = sampled(options, 1500, 4, 1).map((observed) =>
      predict(options, observed)[0].cdf(observed.queryY[0]),
    );
    expectMean(transforms, 1 / 2);
    for (let tenth = 0; tenth < 10; tenth++) {
      expectMean(
        transforms.map((p) => (Math.floor(10 * p) === tenth ? 1 : 0)),
        0.1,
      );
    }
  });
});

describe('the exact posterior', () => {
  const observed = { numContext: 2, numQuery: 2, contextX: [2, 5], contextY: [1, 2], queryX: [3, 30] };

  it('changes smoothly from no damping to a little, through the series and beyond', () => {
    const [undamped] = predict(slopes, observed);
    for (const damping of [1e-9, 1e-5, 1e-4]) {
      expect(Math.abs(predict({ ...slopes, damping }, observed)[0].variance - undamped.variance)).toBeLessThan(
        10 * damping,
      );
    }
    // 28 units of time at the edge of the series, on both sides of it.
    const [below, above] = [0.999, 1.001].map(
      (factor) => predict({ ...slopes, damping: (factor * 1e-3) / 25 }, observed)[1].variance,
    );
    expect(above / below).toBeCloseTo(1, 4);
  });

  it('stays right where the noise is tiny', () => {
    const scales = { ...levels, noise: 1e-4 };
    const [between] = predict(scales, observed);
    // A Brownian bridge: a third of the way from 1 to 2, variance 0.16 * 1 * 2 / 3.
    expect(between.mean).toBeCloseTo(4 / 3, 6);
    expect(between.variance).toBeCloseTo(0.32 / 3, 6);
  });

  it('refuses times before 0', () => {
    expect(() => predict(levels, { ...observed, queryX: [1, -1] })).toThrow(
      'state-space: expected times of at least 0, got -1.',
    );
  });
});

describe('draws of a series', () => {
  it.each([
    ['level', levels],
    ['level and slope', slopes],
    ['level and damped slope', damped],
  ] as const)('have the covariance of a %s', (_name, scales) => {
    const options = { ...scales, maxRows: 2, forecasts: 1 }; // times 1 and 2
    const series = sampled(options, 20_000, 1, 1);
    expectMean(
      series.map(({ contextY }) => contextY[0] ** 2),
      covarianceOf(1, 1, scales) + 0.25,
    );
    expectMean(
      series.map(({ queryY }) => queryY[0] ** 2),
      covarianceOf(2, 2, scales) + 0.25,
    );
    expectMean(
      series.map(({ contextY, queryY }) => contextY[0] * queryY[0]),
      covarianceOf(1, 2, scales),
    );
  });

  it('have distinct whole times up to maxRows, without gaps in half of the series', () => {
    const series = sampled({}, 2000, 12, 8).map(({ contextX, queryX }) =>
      [...contextX, ...queryX].sort((a, b) => a - b),
    );
    for (const times of series) {
      expect(times.every((time, i) => Number.isInteger(time) && time >= 1 && (i === 0 || time > times[i - 1]))).toBe(
        true,
      );
      expect(times[19]).toBeLessThanOrEqual(110);
    }
    // The horizon is 20, too, in one of 91 of the others.
    expectMean(
      series.map((times) => (times[19] === 20 ? 1 : 0)),
      1 / 2 + 1 / 182,
    );
  });

  it('have irregular times in 0 .. maxRows', () => {
    const times = sampled({ times: 'irregular' }, 500, 12, 8).flatMap(({ contextX, queryX }) => [
      ...contextX,
      ...queryX,
    ]);
    expect(times.every((time) => time >= 0 && time < 110)).toBe(true);
    // Half of the expected horizon: 20 in half of the series, else (20 + 110) / 2.
    expect(Math.abs(mean(times) - 42.5 / 2)).toBeLessThan(2);
  });

  it('are forecasts in the share of the series that is asked for: the context in order, queries after it', () => {
    const share = (forecasts: number) =>
      sampled({ forecasts }, 1000, 6, 4).map(({ contextX, queryX }) => {
        const times = [...contextX, ...queryX];
        return times.every((time, i) => i === 0 || time > times[i - 1]) ? 1 : 0;
      });
    expect(mean(share(1))).toBe(1);
    expect(mean(share(0))).toBeLessThan(0.01);
    expectMean(share(0.3), 0.3);
  });
});

test('options are checked', () => {
  expect(stateSpace({ trend: 'slope', damping: 0.1 }).options).toEqual({
    trend: 'slope',
    times: 'whole',
    maxRows: 110,
    levelScale: 0.2,
    slopeScale: 0.01,
    damping: 0.1,
    noise: 0.3,
    initialLevel: 1,
    initialSlope: 0.05,
    forecasts: 0.5,
  });
  const refusal = (options: object) => expect(() => stateSpace(options));
  refusal({ numStep: 3 }).toThrow(
    new TypeError(
      'state-space: expected only trend, times, maxRows, levelScale, slopeScale, damping, noise, initialLevel, initialSlope, ' +
        "forecasts, got 'numStep'. Remove or correct it.",
    ),
  );
  refusal({ trend: 'flat' }).toThrow("state-space: trend must be 'level' or 'slope', got \"flat\".");
  refusal({ times: 1 }).toThrow("state-space: times must be 'whole' or 'irregular', got 1.");
  refusal({ maxRows: 501 }).toThrow('state-space: maxRows must be a whole number from 1 to 500, got 501.');
  refusal({ noise: 0 }).toThrow('state-space: noise must be a number above 0, got 0.');
  refusal({ damping: -1 }).toThrow('state-space: damping must be a number of at least 0, got -1.');
  refusal({ forecasts: 2 }).toThrow('state-space: forecasts must be a number from 0 to 1, got 2.');
  const shape = { numDatasets: 1, numContext: 6, numQuery: 4 };
  expect(() => stateSpace({ maxRows: 9 }).sample(randomStream(1), shape)).toThrow(
    'state-space: expected at most 9 rows, got 6 context + 4 query rows. Ask for fewer, or raise maxRows.',
  );
});
