import { describe, expect, it, test } from 'vitest';
import { randomStream } from '../../priors/random.ts';
import { trainingRun } from '../../priors/training-run.ts';

const prior = trainingRun();
const NUM = 4000;
const [N, M] = [100, 20];
/** Rows of [B, n] as arrays. */
const rows = (values: Float32Array, n: number) =>
  Array.from({ length: values.length / n }, (_, b) => [...values.subarray(b * n, (b + 1) * n)]);

const batch = prior.sample(randomStream(1, 'training-run'), { numDatasets: NUM, numContext: N, numQuery: M });
const contextX = rows(batch.contextX, N);
const contextY = rows(batch.contextY, N);
const queryX = rows(batch.queryX, M);

/** How often something holds in NUM runs is within five standard deviations of the stated share. */
function expectShare(count: number, share: number): void {
  expect(Math.abs(count - NUM * share)).toBeLessThan(5 * Math.sqrt(NUM * share * (1 - share)));
}

describe('training-run', () => {
  it('draws finite numbers of a moderate size', () => {
    for (const values of [batch.contextX, batch.contextY, batch.queryX, batch.queryY]) {
      expect(values.every((value) => Number.isFinite(value) && Math.abs(value) < 1e4)).toBe(true);
    }
  });

  it('draws finite numbers for every size of the context', () => {
    for (let numContext = 1; numContext < 120; numContext += 6) {
      const shape = { numDatasets: 60, numContext, numQuery: 120 - numContext };
      const { contextX, contextY, queryX, queryY } = prior.sample(randomStream(2, numContext), shape);
      for (const values of [contextX, contextY, queryX, queryY]) expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('has times in 0..1 that rise, queries after the context', () => {
    for (let b = 0; b < NUM; b++) {
      const times = [...contextX[b], ...queryX[b]];
      expect(times[0]).toBeGreaterThanOrEqual(0);
      expect(times[N + M - 1]).toBeLessThanOrEqual(1);
      expect(times.every((time, i) => i === 0 || time >= times[i - 1])).toBe(true);
      expect(queryX[b][0]).toBeGreaterThan(contextX[b][N - 1]);
    }
  });

  it('ends its contexts uniformly over (0.03, 0.97)', () => {
    const seen = contextX.map((times) => times[N - 1]);
    expect(Math.min(...seen)).toBeGreaterThan(0.03);
    expect(Math.max(...seen)).toBeLessThan(0.97);
    const mean = seen.reduce((sum, each) => sum + each, 0) / NUM;
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * 0.94) / Math.sqrt(12 * NUM));
  });

  it('starts 70 % of its contexts at 0, and spaces 85 % of them regularly', () => {
    expectShare(contextX.filter(([first]) => first === 0).length, 0.7);
    const isRegular = (times: number[]) => {
      const spacing = (times[N - 1] - times[0]) / (N - 1);
      return times.every((time, i) => Math.abs(time - times[0] - i * spacing) < 1e-5);
    };
    expectShare(contextX.filter(isRegular).length, 0.85);
  });

  it('freezes some runs, whose last values are all the same', () => {
    // 5 % of 85 % of the runs freeze, uniformly over the run; rounded and capped runs can look the same.
    const frozen = contextY.filter((values) => values.slice(-10).every((value) => value === values[N - 1])).length;
    expect(frozen / NUM).toBeGreaterThan(0.01);
    expect(frozen / NUM).toBeLessThan(0.12);
  });

  it('freezes runs that have moved before: hardly any is constant', () => {
    // Those that freeze before their first row: 5 % of 85 %, a little for contexts that do not start at 0. Some are rounded to one value.
    const constant = contextY.filter((values) => new Set(values).size === 1).length;
    expect(constant / NUM).toBeLessThan(0.03);
  });

  it('caps runs from above: many have their largest value again and again, and few their least', () => {
    // Runs that are not rounded have no other value twice. 6 % of 85 % have a cap, 4 % of them upside down.
    const repeated = (values: number[]) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const others = values.filter((value) => value !== low && value !== high);
      if (new Set(others).size < others.length) return undefined;
      const [lows, highs] = [low, high].map((end) => values.filter((value) => value === end).length);
      return highs > 2 && lows === 1 ? 'largest' : lows > 2 && highs === 1 ? 'least' : undefined;
    };
    const found = contextY.map(repeated);
    const count = (which: string) => found.filter((each) => each === which).length;
    expect(count('largest')).toBeGreaterThan(0.02 * NUM);
    expect(count('largest')).toBeGreaterThan(4 * count('least'));
  });

  it('has noise in every run: three rows are hardly ever on a line, also of curves that are lines between their steps', () => {
    const isSmooth = (y: number[], b: number) => {
      const slopes = y.slice(1).map((value, i) => (value - y[i]) / (contextX[b][i + 1] - contextX[b][i]));
      const turns = slopes
        .slice(1)
        .map((slope, i) => Math.abs(slope - slopes[i]) / (Math.abs(slope) + Math.abs(slopes[i])));
      const moving = turns.filter((turn) => !Number.isNaN(turn)); // frozen and capped rows have no slope
      return moving.length > 20 && moving.filter((turn) => turn < 1e-3).length > moving.length / 3;
    };
    // 15 % of the runs are of `learning-curve`, and half of them have their rows closer together than its steps.
    expect(contextY.filter(isSmooth).length / NUM).toBeLessThan(0.02);
  });

  it('has outliers that are worse three times as often as better', () => {
    // Of the runs with outliers half have them on either side and half for the worse alone; 4 % are turned upside down.
    const outliers = contextY.flatMap((whole) => {
      const y = whole.slice(N / 2); // where most runs are no longer steep
      const off = y.slice(2).map((_, i) => y[i + 1] - (y[i] + y[i + 2]) / 2);
      const sizes = off.map(Math.abs);
      const largest = Math.max(...sizes);
      const usual = sizes.toSorted((a, b) => a - b)[sizes.length >> 1];
      return usual > 0 && largest > 20 * usual ? [off[sizes.indexOf(largest)] < 0] : [];
    });
    const worse = outliers.filter(Boolean).length / outliers.length;
    expect(outliers.length).toBeGreaterThan(0.05 * NUM);
    // 3/4 of 96 % and 1/4 of 4 %; of some 250 runs four standard errors.
    expect(Math.abs(worse - 0.73)).toBeLessThan(0.12);
  });

  it('rises by 1 with its first stage: few runs rise far beyond that', () => {
    // Half of the runs have later stages, whose size is above 1.5 in 14 %; less than 20 % of those with two of them.
    const far = contextY.filter((y) => y[N - 1] - y[0] > 2.5).length;
    expect(far / NUM).toBeLessThan(0.06);
  });

  it('is noisy on the scale it states: the median of ln s is near -5.2', () => {
    // Third differences of white noise have standard deviation sqrt(20) s; the median of |e| is 0.6745 standard deviations.
    const logs = contextY
      .map((y) => {
        const thirds = y.slice(3).map((_, i) => Math.abs(y[i + 3] - 3 * y[i + 2] + 3 * y[i + 1] - y[i]));
        return Math.log(thirds.sort((a, b) => a - b)[thirds.length >> 1] / (0.6745 * Math.sqrt(20)));
      })
      .sort((a, b) => a - b);
    // 69 % of the runs N(-5.3, 1.5^2), 16 % quick ones N(-6, 1.5^2), 15 % of `learning-curve` N(-4, 1). Wide, since walks and wiggles add to it.
    expect(Math.abs(logs[NUM >> 1] + 5.2)).toBeLessThan(0.5);
  });

  it('mostly rises', () => {
    const rises = contextY.filter((y) => {
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      return mean(y.slice(-20)) > mean(y.slice(0, 20));
    }).length;
    expect(rises / NUM).toBeGreaterThan(0.7);
  });

  it('does not depend on the batch it is drawn in: the first run of two batches of the same stream is the same', () => {
    const first = (numDatasets: number) => {
      const { contextY } = prior.sample(randomStream(3), { numDatasets, numContext: 7, numQuery: 5 });
      return [...contextY.subarray(0, 7)];
    };
    expect(first(1)).toEqual(first(9));
  });
});

test('options are checked', () => {
  expect(() => trainingRun({ maxRows: 2 })).toThrow(
    'training-run: maxRows must be a whole number of at least 3, got 2.',
  );
  expect(() => trainingRun({ maxRows: 10.5 })).toThrow('got 10.5.');
  expect(() => trainingRun({ numSteps: 5 } as object)).toThrow(
    "training-run: expected only maxRows, got 'numSteps'. Remove or correct it.",
  );
  expect(() =>
    trainingRun({ maxRows: 9 }).sample(randomStream(1), { numDatasets: 1, numContext: 5, numQuery: 5 }),
  ).toThrow('training-run: expected at most 9 rows, got 5 context + 5 query rows. Ask for fewer, or raise maxRows.');
});
