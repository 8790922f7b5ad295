import { describe, expect, it } from 'vitest';
import { createLearningCurveModel } from '../../infer/learning-curve.ts';
import { loadPredictor } from '../../infer/load.node.ts';
import { posterior } from '../../infer/posterior.ts';
import { posteriorDraws } from '../../infer/posterior-draws.ts';
import { cholesky, solveLower } from '../../priors/linear-algebra.ts';
import { randomStream } from '../../priors/random.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const covariance = (a: readonly number[], b: readonly number[]) =>
  mean(a.map((value, i) => (value - mean(a)) * (b[i] - mean(b))));
const column = (rows: readonly (readonly number[])[], at: number) => rows.map((row) => row[at]);

/** Of noisy targets at the queries under the kernel exp(-d^2 / (2 0.3^2)) and noise 0.1: Rasmussen and Williams (2006), equations 2.23 and 2.24. */
function exactPosterior(context: readonly number[], y: readonly number[], queries: readonly number[]) {
  const N = context.length;
  const kernel = (a: number, b: number) => Math.exp(-0.5 * ((a - b) / 0.3) ** 2);
  const lower = Float64Array.from({ length: N * N }, (_, at) => {
    const [i, j] = [Math.floor(at / N), at % N];
    return kernel(context[i], context[j]) + (i === j ? 0.1 ** 2 : 0);
  });
  cholesky(lower, N);
  const whitened = (vector: readonly number[]) => {
    const solved = Float64Array.from(vector);
    solveLower(lower, solved, N);
    return solved;
  };
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const seen = queries.map((query) => whitened(context.map((x) => kernel(query, x))));
  return {
    means: seen.map((row) => dot(row, whitened(y))),
    covariances: queries.map((a, i) =>
      queries.map((b, j) => kernel(a, b) + (i === j ? 0.1 ** 2 : 0) - dot(seen[i], seen[j])),
    ),
  };
}

const gp = await loadPredictor('gp', { threads: 1 });
const curves = createLearningCurveModel(await loadPredictor('curves', { threads: 1 }));
const lc = createLearningCurveModel(await loadPredictor('lc', { threads: 1 }));

describe('posteriorDraws', () => {
  it('refuses an option that it does not have', async () => {
    await expect(posteriorDraws(gp, rows, { drws: 2 } as never)).rejects.toThrow(
      "posteriorDraws: there is no option 'drws'. Correct its name, or leave it out.",
    );
  });

  const given = { lengthScale: 0.3, noise: 0.1, kernel: 'rbf' };
  const rows = {
    contextX: [[0.1], [0.35], [0.9]],
    contextY: [0.8, 0.1, -0.6],
    queryX: [[0.5], [0.55], [0.7], [0.2]],
  };

  it('have the mean and the covariance of the exact Gaussian process, noise included', async () => {
    const draws = 800;
    const values = await posteriorDraws(gp, rows, { draws, random: randomStream(1), given });
    const exact = exactPosterior(
      rows.contextX.map(([x]) => x),
      rows.contextY,
      rows.queryX.map(([x]) => x),
    );
    exact.means.forEach((expected, i) => {
      const sd = Math.sqrt(exact.covariances[i][i]);
      expect(Math.abs(mean(column(values, i)) - expected) / sd).toBeLessThan(4 / Math.sqrt(draws));
      for (let j = 0; j <= i; j++) {
        const scale = sd * Math.sqrt(exact.covariances[j][j]);
        const found = covariance(column(values, i), column(values, j)) / scale;
        // The standard error of a correlation is at most 1 / sqrt(draws), that of a variance sqrt(2) times as much.
        expect(Math.abs(found - exact.covariances[i][j] / scale)).toBeLessThan((4 * Math.SQRT2) / Math.sqrt(draws));
      }
    });
  });

  it('are decided by the random numbers; more draws change none of the first ones', async () => {
    const ask = (draws: number) => posteriorDraws(gp, rows, { draws, random: randomStream(2), given });
    const few = await ask(3);
    const many = await ask(70);
    expect(few).toEqual(await ask(3));
    expect(many).toHaveLength(70);
    few.forEach((row, d) => {
      row.forEach((value, m) => {
        expect(value).toBeCloseTo(many[d][m], 3);
      });
    });
  });

  it('the first row is drawn from the distribution that it has by itself', async () => {
    const one = { ...rows, queryX: [[0.5]] };
    const [distribution] = await posterior(gp, one, { given });
    const [[low], [high]] = await posteriorDraws(gp, one, { draws: 2, random: () => 0.25, given });
    expect(low).toBeCloseTo(distribution.quantile(0.25), 5);
    expect(high).toBeCloseTo(low, 6);
  });

  it('each takes a random number of its own, also beyond the first call to the network', async () => {
    const one = { ...rows, queryX: [[0.5]] };
    const draws = 70;
    const [distribution] = await posterior(gp, one, { given });
    const uniforms = Array.from({ length: draws }, (_, d) => (d + 0.5) / draws);
    let at = 0;
    const values = await posteriorDraws(gp, one, { draws, random: () => uniforms[at++], given });
    values.forEach(([value], d) => {
      expect(value).toBeCloseTo(distribution.quantile(uniforms[d]), 4);
    });
  });

  it('a number of draws that is none is refused', async () => {
    const ask = posteriorDraws(gp, rows, { draws: 0, random: Math.random });
    await expect(ask).rejects.toThrow('posteriorDraws: expected draws to be a whole number of at least 1, got 0.');
  });
});

describe.each([
  ['curves', curves],
  ['lc', lc],
])('futures drawn by %s', (_, model) => {
  const values = [0.31, 0.46, 0.52, 0.58, 0.61, 0.63];
  const options = { goal: 'maximize', upper: 1, horizon: 24 } as const;

  it('have the distribution of the forecast at every step, and go together where its steps do not', async () => {
    const draws = 120;
    const forecast = await model.extrapolate(values, { ...options, steps: [8, 12, 16, 20, 24] });
    const futures = await model.draw(values, {
      ...options,
      steps: forecast.steps,
      draws,
      random: randomStream(3),
    });
    expect(futures.steps).toEqual(forecast.steps);
    for (const [m, step] of forecast.steps.entries()) {
      const levels = column(futures.values, m).map((value) => forecast.distributionAt(step).cdf(value));
      // Of a uniform: mean 1/2 with sd sqrt(1/12); as much again for what the network is off.
      expect(Math.abs(mean(levels) - 0.5)).toBeLessThan(8 * Math.sqrt(1 / 12 / draws));
      expect(Math.abs(mean(levels.map((level) => (level < 0.25 || level > 0.75 ? 1 : 0))) - 0.5)).toBeLessThan(0.2);
    }
    const ranks = futures.steps.map((step, m) =>
      column(futures.values, m).map((value) => forecast.distributionAt(step).cdf(value)),
    );
    const [before, last] = ranks.slice(-2);
    const correlation = covariance(before, last) / Math.sqrt(covariance(before, before) * covariance(last, last));
    expect(correlation).toBeGreaterThan(0.5);
  });

  it('stay within the bounds, take the steps of the forecast and depend on the random numbers alone', async () => {
    const ask = () => model.draw(values, { ...options, draws: 4, random: randomStream(4) });
    const futures = await ask();
    expect(futures.steps).toEqual((await model.extrapolate(values, options)).steps);
    expect(futures.values.map(({ length }) => length)).toEqual(Array(4).fill(futures.steps.length));
    expect(Math.max(...futures.values.flat())).toBeLessThanOrEqual(1);
    const { steps, values: again } = await ask();
    expect([steps, again]).toEqual([futures.steps, futures.values]);
  });

  it('tell when a target is reached: with a share of them by each step, which no step by itself exceeds', async () => {
    const draws = 120;
    const losses = values.map((value) => 1 - value);
    const steps = [8, 12, 16, 20, 24];
    const falling = { goal: 'minimize', lower: 0, steps } as const;
    const futures = await model.draw(losses, { ...falling, draws, random: randomStream(5) });
    const target = 0.33;
    const { probability, quantile } = futures.stepReached(target);
    const lowest = futures.values.map((future) => future.map((_, m) => Math.min(...future.slice(0, m + 1))));
    expect(probability).toEqual(steps.map((_, m) => mean(column(lowest, m).map((low) => Number(low <= target)))));
    expect(quantile(probability[2])).toBe(steps[probability.indexOf(probability[2])]);
    expect(futures.stepReached(-1).quantile(0.05)).toBeNull();
    const alone = (await model.extrapolate(losses, falling)).stepReached(target).probability;
    alone.forEach((bound, m) => {
      expect(probability[m]).toBeGreaterThan(bound - 4 * Math.sqrt(0.25 / draws));
    });
  });
});
