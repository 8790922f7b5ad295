import { describe, expect, it } from 'vitest';
import { createPrior, priors } from '../../priors/index.ts';
import type { Batch } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';

const shape = { numDatasets: 3, numContext: 5, numQuery: 7 };
const arrays = ({ contextX, contextY, queryX, queryY }: Batch) => ({ contextX, contextY, queryX, queryY });
/** Priors whose x may be NaN, since values that are not there are what they are about. */
const MAY_LACK_X = ['missing-values', 'structural-causal'];

describe.each(Object.keys(priors))('the contract of a prior: %s', (name) => {
  const prior = createPrior(name);

  it('goes by the name it is registered under', () => {
    expect(prior.name).toBe(name);
  });

  it('draws the same batch from the same stream, whatever was drawn in between', () => {
    const first = prior.sample(randomStream(1, 2), shape);
    const kept = structuredClone(first);
    prior.sample(randomStream(1, 3), shape);
    expect(prior.sample(randomStream(1, 2), shape)).toEqual(kept);
    expect(first).toEqual(kept);
  });

  it('draws other targets from another stream', () => {
    const first = prior.sample(randomStream(1, 2), shape);
    const second = prior.sample(randomStream(1, 3), shape);
    expect(second.contextY).not.toEqual(first.contextY);
    expect(second.queryY).not.toEqual(first.queryY);
  });

  it('draws every data set of a batch anew', () => {
    const { contextX, contextY, numFeatures: F } = prior.sample(randomStream(4), shape);
    // Five classes of two are often those of another data set: x tells them apart.
    const drawn = [0, 1, 2].map((b) => [
      ...contextX.slice(b * 5 * F, (b + 1) * 5 * F),
      ...contextY.slice(b * 5, (b + 1) * 5),
    ]);
    expect(new Set(drawn.map((values) => values.join())).size).toBe(3);
  });

  it('fills arrays of exactly the shapes asked for', () => {
    const batch = prior.sample(randomStream(5), shape);
    const { numFeatures } = batch;
    expect(batch).toMatchObject(shape);
    if (!prior.anyFeatures) expect(numFeatures).toBe(prior.numFeatures);
    expect(arrays(batch)).toEqual({
      contextX: expect.any(Float32Array),
      contextY: expect.any(Float32Array),
      queryX: expect.any(Float32Array),
      queryY: expect.any(Float32Array),
    });
    expect(batch.contextX).toHaveLength(3 * 5 * numFeatures); // [B, N, F]
    expect(batch.contextY).toHaveLength(3 * 5); // [B, N]
    expect(batch.queryX).toHaveLength(3 * 7 * numFeatures); // [B, M, F]
    expect(batch.queryY).toHaveLength(3 * 7); // [B, M]
  });

  if (prior.anyFeatures) {
    it('draws any number of columns up to numFeatures, one for each batch', () => {
      const drawn = Array.from({ length: 300 }, (_, i) =>
        prior.sample(randomStream(5, i), { ...shape, numDatasets: 1 }),
      );
      const counts = new Set(drawn.map(({ numFeatures }) => numFeatures));
      expect(counts.size).toBeGreaterThan(1);
      for (const count of counts)
        expect(Number.isInteger(count) && count >= 1 && count <= prior.numFeatures).toBe(true);
    });
  }

  it('draws finite values only', () => {
    const batch = prior.sample(randomStream(6), { ...shape, numDatasets: 200 });
    const { contextX, queryX, ...targets } = arrays(batch);
    const isX = MAY_LACK_X.includes(name) ? (x: number) => Number.isNaN(x) || Number.isFinite(x) : Number.isFinite;
    for (const values of [contextX, queryX]) expect(values.every(isX)).toBe(true);
    for (const values of Object.values(targets)) expect(values.every(Number.isFinite)).toBe(true);
  });

  if (prior.numClasses !== undefined) {
    it('draws classes from 0 to the last one', () => {
      // A context can be too small to have all classes.
      const numContext = Math.min(50, prior.maxRows - shape.numQuery);
      const { contextY, queryY } = prior.sample(randomStream(6), { ...shape, numDatasets: 500, numContext });
      const drawn = new Set([...contextY, ...queryY]);
      expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: prior.numClasses ?? 0 }, (_, k) => k));
    });
  }

  if (prior.sample(randomStream(7), shape).queryLaw !== undefined) {
    it('says how its query targets are distributed: less their mean, in their sd, they are standard normal', () => {
      const { queryY, queryLaw } = prior.sample(randomStream(9), { ...shape, numDatasets: 2000 });
      const z = Array.from(queryY, (y, i) => (y - queryLaw!.mean[i]) / queryLaw!.sd[i]);
      // Rows of one data set go together, so their errors are those of 2000 values.
      for (const [power, moment] of [0, 1, 0, 3].entries()) {
        const mean = z.reduce((sum, value) => sum + value ** (power + 1), 0) / z.length;
        expect(Math.abs(mean - moment)).toBeLessThan(
          (4.5 * [1, Math.SQRT2, Math.sqrt(15), Math.sqrt(96)][power]) / Math.sqrt(2000),
        );
      }
    });
  }

  it('answers with no context and with no queries', () => {
    expect(prior.sample(randomStream(7), { ...shape, numContext: 0 }).contextY).toHaveLength(0);
    expect(prior.sample(randomStream(7), { ...shape, numQuery: 0 }).queryY).toHaveLength(0);
  });

  it('is built again by its name and options, also after JSON', () => {
    const again = createPrior(prior.name, JSON.parse(JSON.stringify(prior.options)));
    expect(again.options).toEqual(prior.options);
    expect(again.sample(randomStream(8), shape)).toEqual(prior.sample(randomStream(8), shape));
  });

  it('gives as many rows as it says, and refuses one more by numbers', () => {
    const numQuery = prior.maxRows - 5;
    const { queryY } = prior.sample(randomStream(9), { numDatasets: 2, numContext: 5, numQuery });
    expect(queryY).toHaveLength(2 * numQuery);
    const tooMany = () => prior.sample(randomStream(9), { numDatasets: 2, numContext: 6, numQuery });
    expect(tooMany).toThrow(RangeError);
    expect(tooMany).toThrow(
      new RegExp(`^${name}: expected at most ${prior.maxRows} rows.*got 6 context \\+ ${numQuery} query`),
    );
  });

  it('refuses an option it does not know, by name', () => {
    const misspelt = () => createPrior(name, { ...prior.options, numStep: 3 });
    expect(misspelt).toThrow(new RegExp(`^${name}: expected only .*got 'numStep'`));
  });
});

describe('createPrior', () => {
  it('refuses an unknown name and lists the known ones', () => {
    const known = Object.keys(priors).join(', ');
    expect(() => createPrior('learning-curves')).toThrow(
      new RangeError(`createPrior: expected one of ${known}, got 'learning-curves'.`),
    );
    expect(() => createPrior('constructor')).toThrow("got 'constructor'");
  });
});
