import { describe, expect, it, test } from 'vitest';
import { classify } from '../../priors/combinators/classify.ts';
import type { CreatePrior } from '../../priors/combinators/inner-prior.ts';
import { inputWarp, kumaraswamyQuantile } from '../../priors/combinators/input-warp.ts';
import { missingValues } from '../../priors/combinators/missing-values.ts';
import { mixture } from '../../priors/combinators/mixture.ts';
import { outputNoise } from '../../priors/combinators/output-noise.ts';
import { createPrior } from '../../priors/index.ts';
import type { Prior } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';

const B = 4000;
const [N, M] = [7, 5];
const shape = { numDatasets: B, numContext: N, numQuery: M };

/**
 * Inner priors for tests, by name: 'uniform' has x ~ U(0, 1) in all columns and y ~ U(0, 1), or y = `constant`. 'told' tells a
 * hyperparameter by its last two columns.
 */
const create: CreatePrior = (name, options = {}) => {
  const { numFeatures = 1, maxRows = 20, constant, ...rest } = options as Partial<Prior> & { constant?: number };
  return {
    name,
    options,
    numFeatures,
    maxRows,
    ...(name === 'told' && { hyperparameters: [{ name: 'noise', low: 0.1, high: 1 }] }),
    ...rest,
    sample(random, batchShape) {
      const { numDatasets, numContext, numQuery } = batchShape;
      const draw = (length: number) => Float32Array.from({ length }, random);
      const targets = (length: number) =>
        constant === undefined ? draw(length) : new Float32Array(length).fill(constant);
      return {
        ...batchShape,
        numFeatures,
        contextX: draw(numDatasets * numContext * numFeatures),
        contextY: targets(numDatasets * numContext),
        queryX: draw(numDatasets * numQuery * numFeatures),
        queryY: targets(numDatasets * numQuery),
      };
    },
  };
};

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, each) => sum + each, 0) / values.length;
function variance(values: ArrayLike<number>): number {
  const centre = mean(values);
  return mean(Array.from(values, (each) => (each - centre) ** 2));
}
/** Rows of [B, n] as arrays. */
const rows = (values: Float32Array, n: number) =>
  Array.from({ length: values.length / n }, (_, b) => [...values.subarray(b * n, (b + 1) * n)]);
/** A count of `trials` independent events is within five standard deviations of the share. */
function expectShare(count: number, trials: number, share: number): void {
  expect(Math.abs(count - trials * share)).toBeLessThan(5 * Math.sqrt(trials * share * (1 - share)));
}

describe('mixture', () => {
  const constant = (value: number, options = {}) => ({ name: 'uniform', options: { constant: value, ...options } });
  const parts = [
    { prior: constant(0, { maxRows: 30 }), weight: 1 },
    { prior: constant(1), weight: 2 },
    { prior: constant(2), weight: 5 },
  ];

  it('draws parts as often as their weights say, and every data set from one part', () => {
    const { contextY, queryY } = mixture({ parts }, create).sample(randomStream(1), shape);
    const datasets = rows(contextY, N).map((y, b) => new Set([...y, ...queryY.subarray(b * M, (b + 1) * M)]));
    expect(datasets.every(({ size }) => size === 1)).toBe(true);
    for (const part of [0, 1, 2]) {
      expectShare(datasets.filter((values) => values.has(part)).length, B, parts[part].weight / 8);
    }
  });

  it('has the rows of the smallest part, and a weight of 1 by default', () => {
    const { maxRows, options } = mixture({ parts: [parts[0], { prior: constant(1) }] }, create);
    expect(maxRows).toBe(20);
    expect(options).toEqual({ parts: [parts[0], { prior: constant(1), weight: 1 }] });
  });

  it('copies all columns of x', () => {
    const one = mixture({ parts: [{ prior: { name: 'uniform', options: { numFeatures: 3 } } }] }, create);
    const { contextX, queryX } = one.sample(randomStream(2), { numDatasets: 2, numContext: 4, numQuery: 5 });
    expect([contextX.length, queryX.length]).toEqual([2 * 4 * 3, 2 * 5 * 3]);
    expect(new Set([...contextX, ...queryX]).size).toBe(2 * 9 * 3);
  });

  it('tells its parts what is given of hyperparameters', () => {
    const told: unknown[] = [];
    const listening: CreatePrior = (name, options) => {
      const prior = create(name, options);
      return {
        ...prior,
        sample(random, batchShape) {
          told.push(batchShape);
          return prior.sample(random, batchShape);
        },
      };
    };
    const given = { noise: 0.3 };
    mixture({ parts: [parts[0], parts[1]] }, listening).sample(randomStream(4), { ...shape, numDatasets: 2, given });
    expect(told).toEqual(Array(2).fill({ numDatasets: 1, numContext: N, numQuery: M, given }));
  });

  it('draws the first data sets alike, however many follow', () => {
    const prior = mixture({ parts: [{ prior: { name: 'uniform' } }] }, create);
    const first = (numDatasets: number) =>
      prior.sample(randomStream(3), { ...shape, numDatasets }).queryY.subarray(0, 2 * M);
    expect(first(2)).toEqual(first(9));
  });

  test.each([
    ['numFeatures', { numFeatures: 2 }, '1', '2'],
    ['numClasses', { numClasses: 3 }, 'none', '3'],
  ])('refuses parts that differ in %s', (key, options, expected, got) => {
    const differing = [{ prior: constant(0) }, { prior: { name: 'other', options } }];
    expect(() => mixture({ parts: differing }, create)).toThrow(
      `mixture: expected parts with the same ${key}, got ${expected} of 'uniform' and ${got} of 'other'.`,
    );
  });

  it('tells hyperparameters that all parts have, and refuses parts of which only some have them', () => {
    const told = { prior: { name: 'told', options: { numFeatures: 3 } } };
    const untold = { prior: { name: 'uniform', options: { numFeatures: 3 } } };
    expect(mixture({ parts: [told, told] }, create).hyperparameters).toEqual([{ name: 'noise', low: 0.1, high: 1 }]);
    expect(() => mixture({ parts: [told, untold] }, create)).toThrow('the same hyperparameters');
  });

  it('refuses parts that draw their number of columns for each batch', () => {
    expect(() => createPrior('mixture', { parts: [{ prior: { name: 'structural-causal' } }] })).toThrow(
      "mixture: expected parts with one number of columns, got 'structural-causal', which draws it for each batch. Choose another prior.",
    );
  });

  it('refuses no parts, and weights that are not above 0', () => {
    expect(() => mixture({ parts: [] }, create)).toThrow('mixture: parts must be a list of { prior, weight }, got [].');
    expect(() => mixture({ parts: [{ prior: constant(0), weight: 0 }] }, create)).toThrow(
      'mixture: weight must be a number above 0, got 0.',
    );
    expect(() => mixture({ parts: [null] } as never, create)).toThrow(
      'mixture: expected each of parts to be an object with a prior, got null.',
    );
  });
});

describe('input-warp', () => {
  const W = (a: number, b: number) => (x: number) => 1 - (1 - x ** a) ** b; // as in the header

  it('maps 0 to 0 and 1 to 1, rises, and is the inverse of the distribution function of Kumaraswamy', () => {
    for (const [a, b] of [
      [1, 1],
      [0.3, 4],
      [5, 0.5],
      [2, 3],
    ]) {
      const unwarp = kumaraswamyQuantile(a, b);
      expect([unwarp(0), unwarp(1)]).toEqual([0, 1]);
      const grid = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
      for (const z of grid) {
        expect(unwarp(z)).toBeGreaterThan(unwarp(z - 0.01));
        expect(W(a, b)(unwarp(z))).toBeCloseTo(z, 12);
      }
    }
  });

  it('draws ln a, ln b ~ N(0, scale^2), one pair for each data set and feature', () => {
    // Near 0, z = W(x) is b x^a, so that two inputs tell a and b.
    const [z1, z2] = [1e-4, 1e-6];
    const twoInputs: CreatePrior = (name, options) => {
      const prior = create(name, options);
      const alternate = (x: Float32Array) => x.map((_, i) => (i % 4 < 2 ? z1 : z2)); // rows of two features
      return {
        ...prior,
        sample(random, batchShape) {
          const batch = prior.sample(random, batchShape);
          return { ...batch, contextX: alternate(batch.contextX), queryX: alternate(batch.queryX) };
        },
      };
    };
    const inner = { name: 'uniform', options: { numFeatures: 2 } };
    const prior = inputWarp({ prior: inner, scale: 0.2 }, twoInputs);
    const batch = prior.sample(randomStream(4), { ...shape, numContext: 2, numQuery: 2 });
    expect(batch.queryX).toEqual(batch.contextX); // the same warp in all rows of a data set
    expect(batch.queryY).toEqual(
      create(inner.name, inner.options).sample(randomStream(4), { ...shape, numContext: 2, numQuery: 2 }).queryY,
    );
    const pairs = rows(batch.contextX, 4).flatMap(([x1, other1, x2, other2]) => [
      [x1, x2],
      [other1, other2],
    ]);
    const a = pairs.map(([x1, x2]) => Math.log(z1 / z2) / Math.log(x1 / x2));
    const logA = a.map(Math.log);
    const logB = pairs.map(([x1], i) => Math.log(z1) - a[i] * Math.log(x1));
    for (const logs of [logA, logB]) {
      expect(Math.abs(mean(logs)) / 0.2).toBeLessThan(5 / Math.sqrt(2 * B));
      expect(Math.abs(variance(logs) / 0.04 - 1)).toBeLessThan(5 * Math.sqrt(2 / (2 * B)));
    }
    expect(new Set(logA).size).toBe(2 * B);
  });

  it('leaves columns that tell hyperparameters as they are', () => {
    const told = { name: 'told', options: { numFeatures: 3 } };
    const prior = inputWarp({ prior: told }, create);
    const warped = prior.sample(randomStream(5), shape).contextX;
    const plain = create(told.name, told.options).sample(randomStream(5), shape).contextX;
    expect(prior.hyperparameters).toHaveLength(1);
    expect(warped.filter((_, i) => i % 3 > 0)).toEqual(plain.filter((_, i) => i % 3 > 0));
    expect(warped.filter((x, i) => i % 3 === 0 && x === plain[i])).toHaveLength(0);
  });

  it('refuses inputs outside of [0, 1]', () => {
    const curves = inputWarp({ prior: { name: 'learning-curve' } }, createPrior);
    expect(() => curves.sample(randomStream(6), { numDatasets: 1, numContext: 2, numQuery: 0 })).toThrow(
      "input-warp: expected inputs of 'learning-curve' in [0, 1], got 2. Choose a prior with such inputs.",
    );
  });
});

describe('output-noise', () => {
  const drawn = (options: object) => {
    const { contextY, queryY } = outputNoise({ prior: { name: 'uniform' }, ...options }, create).sample(
      randomStream(7),
      shape,
    );
    return [contextY, queryY];
  };

  it('adds its variance to that of the targets, in context and query alike', () => {
    for (const targets of drawn({ scale: 0.4 })) {
      const expected = 1 / 12 + 0.16; // of U(0, 1), and 0.4^2
      expect(Math.abs(mean(targets) - 0.5)).toBeLessThan(5 * Math.sqrt(expected / targets.length));
      // The variance of a sample variance is less than that of normal targets, 2 / n.
      expect(Math.abs(variance(targets) / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / targets.length));
    }
  });

  it('adds Student-t noise of variance dof / (dof - 2)', () => {
    for (const targets of drawn({ scale: 0.4, dof: 12 })) {
      const expected = 1 / 12 + (0.16 * 12) / 10;
      // Kurtosis of t: 3 + 6 / (dof - 4) = 3.75.
      expect(Math.abs(variance(targets) / expected - 1)).toBeLessThan(5 * Math.sqrt(2.75 / targets.length));
    }
  });

  it('adds noise with the tails of a Student-t: Cauchy noise is above 1 with probability 1/4', () => {
    const prior = outputNoise({ prior: { name: 'uniform', options: { constant: 0 } }, scale: 2, dof: 1 }, create);
    const { contextY } = prior.sample(randomStream(8), shape);
    for (const [beyond, share] of [
      [2, 1 / 4],
      [-2, 3 / 4],
      [20, 0.5 - Math.atan(10) / Math.PI],
    ]) {
      expectShare(contextY.filter((y) => y > beyond).length, B * N, share);
    }
  });

  it('leaves x as it is', () => {
    const prior = outputNoise({ prior: { name: 'uniform' } }, create);
    expect(prior.sample(randomStream(9), shape).queryX).toEqual(
      create('uniform').sample(randomStream(9), shape).queryX,
    );
  });

  it('refuses scales, degrees of freedom and targets that have no noise', () => {
    expect(() => outputNoise({ scale: 0 }, create)).toThrow('output-noise: scale must be a number above 0, got 0.');
    expect(() => outputNoise({ dof: 0.5 }, create)).toThrow(
      'output-noise: dof must be a number of at least 1, or null for normal noise, got 0.5.',
    );
    const classes = { name: 'uniform', options: { numClasses: 2 } };
    expect(() => outputNoise({ prior: classes }, create)).toThrow(
      "output-noise: expected a prior of real targets, got 'uniform' with 2 classes. Choose another prior.",
    );
  });
});

describe('missing-values', () => {
  const inner = { name: 'uniform', options: { numFeatures: 3 } };

  it('lacks a share that is uniform up to maxShare, drawn for each data set', () => {
    const { contextX, queryX } = missingValues({ prior: inner, maxShare: 0.6 }, create).sample(randomStream(10), shape);
    const count = (x: Float32Array, n: number) => rows(x, n).map((values) => values.filter(Number.isNaN).length);
    const context = count(contextX, N * 3);
    const query = count(queryX, M * 3);
    const shares = context.map((missing, b) => (missing + query[b]) / (12 * 3));
    expect(Math.abs(mean(shares) - 0.3)).toBeLessThan(5 * Math.sqrt((0.6 ** 2 / 12 + 0.25 / 36) / B));
    // Variance of the share plus E[share (1 - share)] / 36 = 0.03 + (0.3 - 0.12) / 36.
    expect(variance(shares)).toBeCloseTo(0.03 + 0.18 / 36, 2);
    expect(Math.max(...shares)).toBeGreaterThan(0.6);
  });

  it('keeps all other values, targets and columns that tell hyperparameters', () => {
    const told = { name: 'told', options: { numFeatures: 3 } };
    const batch = missingValues({ prior: told, maxShare: 1 }, create).sample(randomStream(11), shape);
    const plain = create(told.name, told.options).sample(randomStream(11), shape);
    expect(batch.contextX.every((x, i) => x === plain.contextX[i] || (Number.isNaN(x) && i % 3 === 0))).toBe(true);
    expect(batch.queryY).toEqual(plain.queryY);
  });

  it('keeps the number of columns that a batch of the inner prior has', () => {
    const tables = { name: 'structural-causal', options: { task: 'regression' } };
    const prior = createPrior('missing-values', { prior: tables, maxShare: 1 });
    expect(prior).toMatchObject({ anyFeatures: true, numFeatures: 50 });
    const shape = { numDatasets: 40, numContext: 9, numQuery: 3 };
    const { contextX, numFeatures: F } = prior.sample(randomStream(3), shape);
    expect(contextX).toHaveLength(40 * 9 * F);
    for (let f = 0; f < F; f++) expect(contextX.some((x, i) => i % F === f && Number.isNaN(x))).toBe(true);
  });

  it('refuses a share that is not in (0, 1]', () => {
    expect(() => missingValues({ maxShare: 1.5 }, create)).toThrow(
      'missing-values: maxShare must be a number above 0 and at most 1, got 1.5.',
    );
  });
});

describe('classify', () => {
  const draw = (options: object) => {
    const prior = classify({ prior: { name: 'uniform' }, ...options }, create);
    const { contextY, queryY } = prior.sample(randomStream(12), shape);
    return rows(contextY, N).map((y, b) => [...y, ...queryY.subarray(b * M, (b + 1) * M)]);
  };

  it('has whole numbers below numClasses, all of which occur', () => {
    expect(classify({ numClasses: 4 }, create).numClasses).toBe(4);
    expect([...new Set(draw({ numClasses: 4 }).flat())].sort()).toEqual([0, 1, 2, 3]);
  });

  it('keeps the order of the targets without permutation', () => {
    const labels = draw({ numClasses: 4, permuteLabels: false });
    const { contextY, queryY } = create('uniform').sample(randomStream(12), shape);
    for (let b = 0; b < 100; b++) {
      const targets = [...contextY.subarray(b * N, (b + 1) * N), ...queryY.subarray(b * M, (b + 1) * M)];
      const byTarget = labels[b].map((label, i) => ({ label, y: targets[i] })).sort((one, other) => one.y - other.y);
      expect(byTarget.map(({ label }) => label)).toEqual([...labels[b]].sort());
    }
  });

  it('cuts at targets of random rows: class 0 holds the rows up to the smallest of numClasses - 1 ranks', () => {
    const R = N + M;
    const counts = draw({ numClasses: 4, permuteLabels: false }).map((y) => y.filter((label) => label === 0).length);
    // The rank r of the smallest of 3 draws from 1 .. R has P(r > j) = ((R - j) / R)^3.
    const above = Array.from({ length: R }, (_, j) => ((R - j) / R) ** 3);
    const first = above.reduce((sum, p) => sum + p, 0);
    const second = above.reduce((sum, p, j) => sum + (2 * j + 1) * p, 0);
    expect(Math.abs(mean(counts) - first)).toBeLessThan(5 * Math.sqrt((second - first ** 2) / B));
    expect(Math.min(...counts)).toBe(1);
    expect(Math.max(...counts)).toBe(R);
  });

  it('cuts at targets of context and query rows alike', () => {
    const labels = draw({ numClasses: 2, permuteLabels: false });
    const { contextY, queryY } = create('uniform').sample(randomStream(12), shape);
    // The largest target of class 0 is the threshold: that of a query row in M of N + M data sets.
    const cutAtQuery = labels.filter((own, b) => {
      const targets = [...contextY.subarray(b * N, (b + 1) * N), ...queryY.subarray(b * M, (b + 1) * M)];
      const below = targets.map((y, i) => (own[i] === 0 ? y : -1));
      return below.indexOf(Math.max(...below)) >= N;
    });
    expectShare(cutAtQuery.length, B, M / (N + M));
  });

  it('gives all classes equally many rows on average with permutation', () => {
    const labels = draw({ numClasses: 3 });
    for (const k of [0, 1, 2]) {
      const shares = labels.map((y) => y.filter((label) => label === k).length / y.length);
      expect(Math.abs(mean(shares) - 1 / 3)).toBeLessThan(5 * Math.sqrt(variance(shares) / B));
    }
  });

  it('refuses a single class, and targets that are classes already', () => {
    expect(() => classify({ numClasses: 1 }, create)).toThrow(
      'classify: numClasses must be a whole number of at least 2, got 1.',
    );
    expect(() => classify({ prior: { name: 'classify' } }, createPrior)).toThrow(
      "classify: expected a prior of real targets, got 'classify' with 3 classes.",
    );
  });
});

describe.each([
  ['classify', classify],
  ['output-noise', outputNoise],
] as const)('%s', (_, combinator) => {
  it('does not keep the law of targets that it changes', () => {
    const lawful: CreatePrior = (name, options) => ({
      ...create(name, options),
      sample(random, batchShape) {
        const batch = create(name, options).sample(random, batchShape);
        return { ...batch, queryLaw: { mean: batch.queryY.slice(), sd: batch.queryY.slice() } };
      },
    });
    const batch = combinator({ prior: { name: 'uniform' } }, lawful).sample(randomStream(20), shape);
    expect(batch).not.toHaveProperty('queryLaw');
  });
});

describe.each(['classify', 'input-warp', 'missing-values', 'output-noise'])('%s', (name) => {
  it('keeps the options of the inner prior, defaults filled in, and combines with others', () => {
    const inner = { name: 'input-warp', options: { prior: { name: 'training-run' } } };
    const { options, maxRows } = createPrior(name, { prior: inner });
    expect(options.prior).toEqual({
      name: 'input-warp',
      options: { prior: { name: 'training-run', options: { maxRows: 120 } }, scale: 0.75 },
    });
    expect(maxRows).toBe(120);
  });

  it('does not claim an exact posterior', () => {
    expect(createPrior(name).exact).toBeUndefined();
  });

  it('says what a prior is where it gets something else', () => {
    expect(() => createPrior(name, { prior: 'training-run' })).toThrow(
      `${name}: expected a prior as { name, options }, got "training-run". Name one, such as { name: 'training-run' }.`,
    );
  });
});
