import { describe, expect, it } from 'vitest';
import { posterior, posteriorClasses, toldValues } from '../../infer/posterior.ts';
import type { Predictor } from '../../infer/predictor.ts';
import { BORDERS } from './fake-predictor.ts';

const HYPERPARAMETERS = [
  { name: 'lengthScale', low: 0.1, high: 10 },
  { name: 'noise', low: 0.01, high: 1 },
];

/** Remembers what it was shown; answers with the bar that holds the first input of the query. */
function echo(head: 'bars' | 'classes' = 'bars') {
  const shown: { contextX: number[]; queryX: number[]; calls: number } = { contextX: [], queryX: [], calls: 0 };
  const predictor = {
    name: 'echo',
    borders: BORDERS,
    config: { model: { head, numFeatures: 5, numOutputs: head === 'bars' ? 40 : 3, hyperparameters: HYPERPARAMETERS } },
    async condition({ x }: { x: Float32Array }) {
      shown.contextX = [...x];
      return {
        async predict({ numQuery, x: queries }: { numQuery: number; x: Float32Array }) {
          shown.calls++;
          shown.queryX = [...queries];
          if (head === 'classes') return Float32Array.from({ length: 3 * numQuery }, (_, i) => Math.log((i % 3) + 1));
          const answer = new Float32Array(40 * numQuery).fill(-1000);
          for (let i = 0; i < numQuery; i++) answer[40 * i + Math.floor((queries[5 * i] + 0.5) * 20)] = 0;
          return answer;
        },
      };
    },
  } as unknown as Predictor;
  return { predictor, shown };
}

const rows = { contextX: [[0.25]], contextY: [1], queryX: [[0.11], [0.62]] };

describe('posterior', () => {
  it('has one distribution per query, in their order', async () => {
    const [low, high] = await posterior(echo().predictor, rows);
    expect([low.mean, high.mean]).toEqual([expect.closeTo(0.125), expect.closeTo(0.625)]);
  });

  it('is a mixture of normals where the network answers with these', async () => {
    const { predictor } = echo();
    Object.assign(predictor.config.model, { head: 'normals', kernels: 2, numOutputs: 6 });
    const mixture = Float32Array.of(0, Math.log(3), 1, 2, Math.log(0.5), Math.log(0.25));
    Object.assign(predictor, {
      borders: new Float64Array(0),
      condition: async () => ({ predict: async () => Float32Array.of(...mixture, ...mixture) }),
    });
    const [first, second] = await posterior(predictor, rows);
    expect(first.mean).toBeCloseTo(0.25 * 1 + 0.75 * 2, 6);
    expect(first.cdf(2)).toBeCloseTo(0.25 * 0.977249868 + 0.75 * 0.5, 6);
    expect(second.quantile(0.3)).toBe(first.quantile(0.3));
  });

  it('shows hyperparameters behind each row: where the logarithm lies in the widest range, from -1 to 1', async () => {
    const { predictor, shown } = echo();
    await posterior(predictor, rows, { given: { lengthScale: 1, noise: [0.01, 0.1] } });
    expect(shown.contextX).toEqual([0.25, 0, 0, -1, 0].map((value) => expect.closeTo(value, 6)));
    expect(shown.queryX.slice(6, 10)).toEqual([0, 0, -1, 0].map((value) => expect.closeTo(value, 6)));
    await posterior(predictor, rows);
    expect(shown.contextX.slice(1)).toEqual([-1, 1, -1, 1].map((value) => expect.closeTo(value, 6)));
  });

  it('fills up the columns of a network for any number of inputs with zeros, and tells how many there are', async () => {
    const { predictor, shown } = echo();
    const choices = ['1', '2', '3'];
    const { model } = predictor.config;
    Object.assign(model, { hyperparameters: [{ name: 'numInputs', low: 1, high: 3, choices }] });
    const twoInputs = { contextX: [[0.25, 0.5]], contextY: [1], queryX: [[0.1, 0.2]] };
    const two = (2 * Math.log(2)) / Math.log(3) - 1;
    for (const given of [undefined, { numInputs: 2 }]) {
      await posterior(predictor, twoInputs, { given });
      expect(shown.contextX).toEqual([0.25, 0.5, 0, two, two].map((value) => expect.closeTo(value, 6)));
    }
    await expect(posterior(predictor, twoInputs, { given: { numInputs: '3' } })).rejects.toThrow(
      'given: expected numInputs to be 2, as the rows have, got 3. Leave it out.',
    );
    const bad = posterior(predictor, { contextX: [[1, 2]], contextY: [1], queryX: [[1]] });
    await expect(bad).rejects.toThrow('expected 2 numbers in each row, got 1 in query row 1');
  });

  it('asks many queries in chunks, with the same answers', async () => {
    const { predictor, shown } = echo();
    const queryX = Array.from({ length: 4321 }, (_, i) => [(i % 20) / 20 + 0.01]);
    const done: number[] = [];
    const answers = await posterior(predictor, { ...rows, queryX }, { onProgress: (count) => done.push(count) });
    expect([shown.calls, done]).toEqual([5, [1000, 2000, 3000, 4000, 4321]]);
    for (const i of [0, 999, 1000, 4320]) expect(Math.abs(answers[i].mean - queryX[i][0])).toBeLessThan(0.025);
  });

  it('gives probabilities where targets are classes', async () => {
    const [first] = await posteriorClasses(echo('classes').predictor, rows);
    expect(first).toEqual([1 / 6, 2 / 6, 3 / 6].map((p) => expect.closeTo(p, 6)));
    await expect(posterior(echo('classes').predictor, rows)).rejects.toThrow(
      'expected a checkpoint that answers with distributions of numbers, got one with classes',
    );
    await expect(posteriorClasses(echo().predictor, rows)).rejects.toThrow(
      'that answers with classes, got one with distributions of numbers',
    );
  });

  it('is not for networks that see learning curves in units of their own', async () => {
    const { predictor } = echo();
    Object.assign(predictor.config.model, { units: 'context' });
    await expect(posterior(predictor, rows)).rejects.toThrow(
      'echo: its network sees learning curves in units of their own; use extrapolate for it.',
    );
  });

  it.each([
    ['rows of another width', { ...rows, queryX: [[1, 2]] }, 'expected 1 numbers in each row, got 2 in query row 1'],
    ['no context', { ...rows, contextX: [], contextY: [] }, 'at least one row, got 0 rows and 0 targets'],
    ['a target too many', { ...rows, contextY: [1, 2] }, 'got 1 rows and 2 targets'],
    ['a number that is not finite', { ...rows, contextX: [[Number.NaN]] }, 'got NaN in context row 1'],
    ['a target that is not finite', { ...rows, contextY: [Infinity] }, 'got Infinity in context row 1'],
  ])('refuses %s', async (_, bad, message) => {
    await expect(posterior(echo().predictor, bad)).rejects.toThrow(message);
  });

  it('refuses an option that it does not have', async () => {
    await expect(posterior(echo().predictor, rows, { givn: { noise: 0.1 } } as never)).rejects.toThrow(
      "posterior: there is no option 'givn'. Correct its name, or leave it out.",
    );
  });
});

describe('hyperparameters that are given', () => {
  it.each([
    [{ width: 1 }, "given: expected lengthScale, noise, got 'width'."],
    [{ noise: 2 }, 'given: expected noise to lie within 0.01..1, which the network was trained for, got 2.'],
    [{ noise: 0.005 }, 'given: expected noise to lie within 0.01..1, which the network was trained for, got 0.005.'],
    [{ noise: [0.005, 0.1] as const }, 'got 0.005..0.1'],
    [{ noise: [0.5, 0.1] as const }, 'got 0.5..0.1'],
    [{ noise: [0.1, 0.2, 0.3] as never }, 'got 0.1..0.2..0.3'],
    [{ lengthScale: Number.NaN }, 'expected lengthScale to lie within 0.1..10'],
  ])('are refused where the network does not know them: %j', (given, message) => {
    expect(() => toldValues(HYPERPARAMETERS, given, 1)).toThrow(message);
  });
});

it('a choice is told by its name, by default the first, and no other is taken', () => {
  const kernel = { name: 'kernel', low: 1, high: 3, choices: ['rbf', 'matern32', 'matern12'] };
  expect(toldValues([kernel], {}, 1)).toEqual([-1, -1]);
  expect(toldValues([kernel], { kernel: 'matern12' }, 1)).toEqual([1, 1]);
  expect(() => toldValues([kernel], { kernel: 'linear' }, 1)).toThrow(
    'given: expected kernel to be one of rbf, matern32, matern12, got linear.',
  );
});
