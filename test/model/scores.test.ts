import { describe, expect, it } from 'vitest';
import {
  binaryAuc,
  calibrationCurve,
  calibrationError,
  classScores,
  numberScores,
  pooledReliability,
  reliability,
  rocAuc,
} from '../../model/scores.ts';
import { scattered } from '../infer/table/fake-table-network.ts';

/** By its definition: the share of pairs in the right order, ties counted half. */
function pairCount(scores: readonly number[], isPositive: readonly boolean[]): number {
  let [right, pairs] = [0, 0];
  for (const [i, a] of scores.entries()) {
    for (const [j, b] of scores.entries()) {
      if (!isPositive[i] || isPositive[j]) continue;
      pairs++;
      right += a > b ? 1 : a === b ? 0.5 : 0;
    }
  }
  return right / pairs;
}

describe('ROC AUC', () => {
  it('is the share of pairs in the right order', () => {
    for (const [count, levels] of [
      [50, 1000],
      [60, 4], // many ties
      [3, 2],
    ]) {
      const scores = scattered(count).map((value) => Math.floor(value * levels));
      const isPositive = scattered(count, 77).map((value, i) => value + 0.3 * scattered(count)[i] > 0.6);
      expect(binaryAuc(scores, isPositive)).toBeCloseTo(pairCount(scores, isPositive), 12);
    }
    expect(binaryAuc([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(binaryAuc([0.1, Number.NaN, 0.3], [false, true, true])).not.toBeNull(); // ends, whatever a NaN is worth
    expect(binaryAuc([1, 2, 3, 4], [true, true, false, false])).toBe(0);
    expect(binaryAuc([5, 5, 5], [true, false, true])).toBe(0.5);
  });

  it('of three classes is the mean of each against the rest', () => {
    const labels = [0, 2, 1, 1, 2, 0, 0];
    const rows = scattered(21).reduce<number[][]>((all, value, i) => {
      if (i % 3 === 0) all.push([]);
      all[all.length - 1].push(value);
      return all;
    }, []);
    const areas = [0, 1, 2].map((c) =>
      pairCount(
        rows.map((row) => row[c]),
        labels.map((label) => label === c),
      ),
    );
    expect(rocAuc(rows, labels)).toBeCloseTo((areas[0] + areas[1] + areas[2]) / 3, 12);
  });

  it('is not known where only one class occurs, and counts those that do', () => {
    expect(rocAuc([[0.2, 0.8]], [1])).toBeNull();
    expect(
      rocAuc(
        [
          [0.2, 0.3, 0.5],
          [0.1, 0.8, 0.1],
        ],
        [0, 0],
      ),
    ).toBeNull();
    // Class 0 against 1 is ranked wrong, 1 against 0 right; class 2 does not occur.
    expect(
      rocAuc(
        [
          [0.1, 0.4, 0.5],
          [0.2, 0.7, 0.1],
        ],
        [0, 1],
      ),
    ).toBe(0.5);
  });
});

it('class scores are accuracy, log loss in nats, and the rest', () => {
  const rows = [
    [0.7, 0.3],
    [0.4, 0.6],
    [0.9, 0.1],
  ];
  const { accuracy, logLoss, rocAuc: area } = classScores(rows, [0, 0, 1]);
  expect(accuracy).toBeCloseTo(1 / 3, 12);
  expect(logLoss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.4) + Math.log(0.1)) / 3, 12);
  expect(area).toBe(0);
  expect(
    classScores(
      [
        [1, 0],
        [0, 1],
      ],
      [1, 1],
    ).logLoss,
  ).toBeCloseTo(-Math.log(1e-15) / 2, 9);
});

describe('calibration', () => {
  it('has the mean prediction and the share that came true in each slice', () => {
    expect(reliability([0.05, 0.09, 0.5, 0.55, 1], [false, true, true, true, true])).toMatchObject([
      { predicted: expect.closeTo(0.07, 12), observed: 0.5, count: 2 },
      { predicted: expect.closeTo(0.525, 12), observed: 1, count: 2 },
      { predicted: 1, observed: 1, count: 1 },
    ]);
  });

  it('has 90 % intervals that solve (observed - p)^2 = z^2 p (1 - p) / n', () => {
    const [{ observed, count, low, high }] = reliability([0.31, 0.33, 0.35, 0.37], [true, false, false, false]);
    for (const p of [low, high]) expect((observed - p) ** 2).toBeCloseTo((1.6448536 ** 2 * p * (1 - p)) / count, 6);
    expect(low).toBeLessThan(0.25);
    expect(high).toBeGreaterThan(0.25);
  });

  it('of sets of predictions together is as if they had been one set', () => {
    const predicted = scattered(300);
    const isTrue = scattered(300, 1000).map((chance, i) => chance < predicted[i]);
    const sets = [0, 1, 2].map((part) => {
      const own = predicted.flatMap((_, i) => (i % 3 === part ? [i] : []));
      return reliability(
        own.map((i) => predicted[i]),
        own.map((i) => isTrue[i]),
      );
    });
    const pooled = pooledReliability(sets).map((slice) => Object.values(slice));
    const whole = reliability(predicted, isTrue).map((slice) => Object.values(slice));
    expect(pooled).toEqual(whole.map((slice) => slice.map((value) => expect.closeTo(value, 9))));
    expect(pooledReliability([[], sets[0].slice(2)])).toHaveLength(sets[0].length - 2);
  });

  it('curves show the second of two classes, and every class of more', () => {
    const two = calibrationCurve(
      [
        [0.2, 0.8],
        [0.7, 0.3],
      ],
      [1, 1],
    );
    expect(two.map(({ predicted, observed }) => [predicted, observed])).toEqual([
      [0.3, 1],
      [0.8, 1],
    ]);
    const three = calibrationCurve(
      [
        [0.25, 0.15, 0.6],
        [0.2, 0.1, 0.7],
      ],
      [2, 0],
    );
    expect(three.map(({ count, observed }) => [count, observed])).toEqual([
      [2, 0],
      [2, 0.5],
      [1, 1],
      [1, 0],
    ]);
  });

  it('is wrong by the mean gap over rows of their most probable class', () => {
    const rows = [
      [0.85, 0.1, 0.05],
      [0.02, 0.81, 0.17],
      [0.3, 0.3, 0.4],
    ];
    // 0.85 and 0.81 share a slice with one of two right; 0.4 is alone and right.
    expect(calibrationError(rows, [0, 0, 2])).toBeCloseTo((2 * Math.abs(0.83 - 0.5) + (1 - 0.4)) / 3, 12);
  });
});

it('number scores are the root of the mean square, the mean absolute error, R2 and the mean log density', () => {
  const scores = numberScores([1, 2, 5], [1, 4, 4], [-1, -2, -6]);
  expect(scores.rmse).toBeCloseTo(Math.sqrt(5 / 3), 12);
  expect(scores.mae).toBe(1);
  expect(scores.r2).toBeCloseTo(1 - 5 / 6, 12); // deviations from 3: 4 + 1 + 1
  expect(scores.logLikelihood).toBe(-3);
  expect(numberScores([1, 2], [3, 3], null)).toEqual({
    rmse: expect.closeTo(Math.sqrt(2.5), 12),
    mae: 1.5,
    r2: null,
    logLikelihood: null,
  });
});
