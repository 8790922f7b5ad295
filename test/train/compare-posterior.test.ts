import { expect, test } from 'vitest';
import { normalMixture } from '../../priors/exact/normal-mixture.ts';
import type { BatchShape, Prior } from '../../priors/prior.ts';
import { normals, uniform } from '../../priors/random.ts';
import { comparePosterior } from '../../train/compare-posterior.ts';
import type { Answering } from '../../train/evaluate-prior.ts';

const normal = (mean: number, scale: number) => normalMixture(Float64Array.of(mean), Float64Array.of(scale));
/** Of N(0, 1) at 5, 25, 50, 75 and 95 %. */
const Z = [-1.6448536, -0.6744898, 0, 0.6744898, 1.6448536];

/** y ~ N(x, 0.25), whatever the context; columns after the first are 0. `asked` hears the shapes. */
function lines(numFeatures = 1, asked: BatchShape[] = []): Prior {
  return {
    name: 'lines',
    options: {},
    numFeatures,
    maxRows: 60,
    exact: {
      method: 'closed form',
      predict: ({ numQuery, queryX }) =>
        Array.from({ length: numQuery }, (_, i) => normal(queryX[i * numFeatures], 0.5)),
    },
    sample(random, shape) {
      asked.push(shape);
      const { numDatasets: B, numContext: N, numQuery: M } = shape;
      const gauss = normals(random);
      const xs = (rows: number) =>
        Float32Array.from({ length: rows * numFeatures }, (_, i) =>
          i % numFeatures === 0 ? uniform(random, -1, 1) : 0,
        );
      const ys = (x: Float32Array) =>
        Float32Array.from({ length: x.length / numFeatures }, (_, i) => x[i * numFeatures] + 0.5 * gauss());
      const [contextX, queryX] = [xs(B * N), xs(B * M)];
      return { ...shape, numFeatures, contextX, contextY: ys(contextX), queryX, queryY: ys(queryX) };
    },
  };
}

const BORDERS = Float64Array.from({ length: 401 }, (_, k) => -6 + 0.03 * k);

/** A network that answers every query with the bars of N(x, 1), or of N(2, 1) where x is larger. */
function answering(model: object = {}, heard: { x?: Float32Array } = {}, numFeatures = 1): Answering {
  return {
    borders: BORDERS,
    config: { name: 'fake', model: { head: 'bars', numFeatures, ...model } as Answering['config']['model'] },
    async condition() {
      return {
        async predict({ numQuery, x }) {
          heard.x = x;
          const logits = Array.from({ length: numQuery }, (_, i) => {
            const { cdf } = normal(Math.min(2, x[i * numFeatures]), 1);
            return Array.from({ length: 400 }, (_, k) => Math.log(cdf(BORDERS[k + 1]) - cdf(BORDERS[k])));
          });
          return Float32Array.from(logits.flat());
        },
      };
    },
  };
}

test('both answer over the range of the rows, with the quantiles of their distributions', async () => {
  const comparison = await comparePosterior(answering(), lines());
  const { context, query, x, network, exact, inContextUnits } = comparison ?? expect.fail();
  expect([exact?.method, inContextUnits]).toEqual(['closed form', false]);
  const all = [...context, ...query].map((row) => row.x);
  expect(x[0]).toBeCloseTo(Math.min(...all), 9);
  expect(x[x.length - 1]).toBeCloseTo(Math.max(...all), 9);
  expect([network.length, exact?.quantiles.length]).toEqual([x.length, x.length]);
  for (const at of [0, 70, x.length - 1]) {
    for (const [i, z] of Z.entries()) {
      expect(exact?.quantiles[at][i]).toBeCloseTo(x[at] + 0.5 * z, 5);
      expect(network[at][i]).toBeCloseTo(x[at] + z, 2);
    }
  }
});

test('the data set has 5 to 10 context rows by rising x, and the seed decides which', async () => {
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  const all = await Promise.all(seeds.map((seed) => comparePosterior(answering(), lines(), { seed })));
  const counts = all.map((comparison) => comparison?.context.length ?? 0);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...counts)).toBeLessThanOrEqual(10);
  expect(new Set(counts).size).toBeGreaterThan(2);
  for (const comparison of all) {
    const xs = comparison?.context.map(({ x }) => x) ?? [];
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
  }
  expect(await comparePosterior(answering(), lines(), { seed: 3 })).toEqual(all[3]);
});

test('what is given is told to the prior', async () => {
  const asked: BatchShape[] = [];
  await comparePosterior(answering(), lines(1, asked), { given: { noise: 0.5 } });
  expect(asked.map(({ given }) => given)).toEqual([{ noise: 0.5 }]);
});

test('a prior for any number of inputs is asked for one, and told so in all queries', async () => {
  const asked: BatchShape[] = [];
  const heard: { x?: Float32Array } = {};
  // Two inputs and the two columns of a choice.
  const hyperparameters = [{ name: 'numInputs', low: 1, high: 2, choices: ['1', '2'] }];
  const prior = { ...lines(4, asked), hyperparameters };
  const comparison = await comparePosterior(answering({}, heard, 4), prior, { given: { noise: 0.5 } });
  expect(asked[0].given).toEqual({ numInputs: '1', noise: 0.5 });
  expect(heard.x).toEqual(Float32Array.from(comparison?.x.flatMap((x) => [x, 0, 0, 0]) ?? []));
});

test('several inputs, one that never changes, and classes are not for a picture', async () => {
  const drawn = lines(2);
  const two: Prior = {
    ...drawn,
    sample: (random, shape) => {
      const batch = drawn.sample(random, shape);
      return { ...batch, contextX: batch.contextX.map((x) => x + 1), queryX: batch.queryX.map((x) => x + 1) };
    },
  };
  expect(await comparePosterior(answering({}, {}, 2), two)).toBeNull();
  const one = lines();
  const constant: Prior = {
    ...one,
    sample: (random, shape) => {
      const batch = one.sample(random, shape);
      return { ...batch, contextX: batch.contextX.fill(3), queryX: batch.queryX.fill(3) };
    },
  };
  expect(await comparePosterior(answering(), constant)).toBeNull();
  expect(await comparePosterior(answering({ head: 'classes' }), one)).toBeNull();
});

test('without an exact posterior there is only the network', async () => {
  const comparison = await comparePosterior(answering(), { ...lines(), exact: undefined });
  expect(comparison?.exact).toBeNull();
  expect(comparison?.query.length).toBeGreaterThan(10);
});

/** Steps 1, 2, 3, ..., the first ones known. */
function steps(): Prior {
  const drawn = lines();
  return {
    ...drawn,
    sample: (random, shape) => ({
      ...drawn.sample(random, shape),
      contextX: Float32Array.from({ length: shape.numContext }, (_, i) => i + 1),
      queryX: Float32Array.from({ length: shape.numQuery }, (_, i) => shape.numContext + i + 1),
    }),
  };
}

test('forecasts of steps are asked at the steps after the context', async () => {
  const { context, x } = (await comparePosterior(answering(), steps())) ?? expect.fail();
  expect(x).toEqual(Array.from({ length: 60 - context.length }, (_, i) => context.length + i + 1));
});

test('a network in units of the context is drawn in them, where no exact posterior is known', async () => {
  const { context, x, exact, inContextUnits } =
    (await comparePosterior(answering({ units: 'context' }), steps())) ?? expect.fail();
  expect([exact, inContextUnits]).toEqual([null, true]);
  // The context spans 0 to 1, and the next step is one more of its steps.
  expect([context[0].x, context.at(-1)?.x]).toEqual([0, 1]);
  expect(x[0]).toBeCloseTo(1 + 1 / (context.length - 1), 5);
});
