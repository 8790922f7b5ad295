import { describe, expect, it } from 'vitest';
import { createTabularClassifier } from '../../../infer/table/classifier.ts';
import type { TabularOptions } from '../../../infer/table/ensemble.ts';
import type { Label } from '../../../infer/table/labels.ts';
import type { Cell } from '../../../infer/table/table.ts';
import { columnUnits, toModelCell } from '../../../model/table-units.ts';
import { fakeTableNetwork, kernelBars, kernelClasses, scattered } from './fake-table-network.ts';

const COLOURS = ['red', 'green', 'blue', 'black'];

/** Rows of two numbers, a category and a number with gaps; the label is a matter of the first number and the category. */
function rowsOf(count: number, start = 0): Cell[][] {
  const [a, b, c] = [0, 1000, 2000].map((at) => scattered(count, start + at));
  return a.map((value, i) => [value * 100, b[i] - 5, COLOURS[Math.floor(c[i] * 4)], i % 7 === 3 ? null : c[i] * b[i]]);
}
const labelOf = ([a, , colour]: Cell[]): string =>
  Number(a) > 60 ? 'high' : colour === 'red' || colour === 'green' ? 'warm' : 'cold';

const X = rowsOf(41);
const Y = X.map(labelOf);
const QUERIES = rowsOf(23, 500);

function create(options: TabularOptions = {}) {
  const network = fakeTableNetwork('classes', kernelClasses);
  return { ...network, model: createTabularClassifier(network.predictor, options) };
}
const probabilities = async (x: Cell[][], y: readonly Label[], queries: Cell[][], options: TabularOptions = {}) =>
  (await create(options).model.fit(x, y)).predictProba(queries);

const close = (rows: number[][], digits = 5) => rows.map((row) => row.map((p) => expect.closeTo(p, digits)));

describe('classes', () => {
  it('are predicted with probabilities that sum to 1, better than by chance', async () => {
    const { model } = create();
    expect(await model.fit(X, Y)).toBe(model);
    expect(model.classes).toEqual(['cold', 'high', 'warm']);
    const rows = await model.predictProba(QUERIES);
    expect(rows).toHaveLength(23);
    for (const row of rows) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    const labels = await model.predict(QUERIES);
    expect(labels).toEqual(rows.map((row) => model.classes[row.indexOf(Math.max(...row))]));
    const right = labels.filter((label, i) => label === labelOf(QUERIES[i])).length;
    expect(right).toBeGreaterThan(17);
  });

  it('mix the members by their log probabilities', async () => {
    // The number that a class has decides everything, and the second member turns the numbers on by one.
    const network = fakeTableNetwork('classes', () => [4, 1, 0, ...Array<number>(7).fill(-9)]);
    const model = createTabularClassifier(network.predictor, { nEstimators: 2 });
    await model.fit(X, Y);
    const [row] = await model.predictProba([QUERIES[0]]);
    const means = [(4 + 1) / 2, (1 + 0) / 2, (0 + 4) / 2].map(Math.exp);
    const total = means.reduce((sum, own) => sum + own, 0);
    const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
    expect(sorted(row)).toEqual(sorted(means).map((own) => expect.closeTo(own / total, 6)));
  });

  it('have probabilities also where each is ruled out by a member', async () => {
    // The first number is certain, whichever class has it: exp(-1000) is 0.
    const network = fakeTableNetwork('classes', () => [0, ...Array<number>(9).fill(-1000)]);
    const model = createTabularClassifier(network.predictor, { nEstimators: 3 });
    await model.fit(X, Y);
    expect(await model.predictProba([QUERIES[0]])).toEqual(close([[1 / 3, 1 / 3, 1 / 3]], 9));
  });

  it('of more than the network has are those of its groups, shared by what it says within them', async () => {
    // A network that knows nothing: ten groups of a tenth each, of which two have two of the twelve classes.
    const network = fakeTableNetwork('classes', () => Array<number>(10).fill(0));
    const model = createTabularClassifier(network.predictor, { nEstimators: 1 });
    const y = X.map((_, i) => i % 12);
    await model.fit(X, y);
    const [row] = await model.predictProba([QUERIES[0]]);
    expect(row.toSorted((a, b) => a - b)).toEqual(
      [...Array(4).fill(0.05), ...Array(8).fill(0.1)].map((p) => expect.closeTo(p, 9)),
    );
  });

  it('of many rows, asked for in several calls, are those of each row alone', async () => {
    const { model, predictor, queries } = create({ nEstimators: 2 });
    // So wide a network that a call has room for a few rows.
    Object.assign(predictor.config.model, { width: 2 ** 19, hidden: 2 ** 19 });
    await model.fit(X, Y);
    const together = await model.predictProba(QUERIES);
    expect(new Set(queries.map(({ numQuery }) => numQuery)).size).toBeGreaterThan(1);
    for (const [i, query] of QUERIES.entries()) expect(await model.predictProba([query])).toEqual([together[i]]);
  });

  it.each<[string, readonly Label[]]>([
    ['numbers', [30, -1, 7]],
    ['texts', ['z', '10', 'a']],
  ])('keep their type: %s', async (_, names) => {
    const y = Y.map((label) => names[['cold', 'high', 'warm'].indexOf(label)]);
    const { model } = create();
    await model.fit(X, y);
    const labels = await model.predict(QUERIES);
    expect(labels.every((label) => names.includes(label))).toBe(true);
    expect(new Set(labels).size).toBe(3);
  });

  it('that are truth values stay truth values', async () => {
    const { model } = create();
    await model.fit(
      X,
      Y.map((label) => label === 'high'),
    );
    expect(model.classes).toEqual([false, true]);
    expect(new Set(await model.predict(QUERIES))).toEqual(new Set([false, true]));
  });

  it('are as the network says: one member is one call with the table in its own units', async () => {
    const { model, contexts } = create({ nEstimators: 1 });
    const x = X.map(([a, b]) => [a, b]) as number[][];
    await model.fit(x, Y);
    const rows = await model.predictProba([[50, -4.5]]);
    expect(contexts).toHaveLength(1);
    const units = [0, 1].map((at) => columnUnits(x.map((row) => row[at])));
    const model32 = (row: number[]) => row.map((value, at) => Math.fround(toModelCell(units[at], value)));
    expect(contexts[0].x).toEqual(x.map(model32));
    const logits = kernelClasses(contexts[0], model32([50, -4.5]));
    const total = [0, 1, 2].reduce((sum, number) => sum + Math.exp(logits[number]), 0);
    const told = Y.map((label, i) => [label, contexts[0].y[i]]);
    const expected = model.classes.map((label) => {
      const number = told.find(([name]) => name === label)?.[1] as number;
      return Math.exp(logits[number]) / total;
    });
    expect(rows).toEqual(close([expected]));
  });
});

describe('probabilities do not depend on', () => {
  const turned = (rows: Cell[][]) => rows.map(([a, b, c, d]) => [c, a, d, b]);
  const order = [...X.keys()].map((i) => (i * 17 + 5) % 41);

  it('the order of columns', async () => {
    expect(await probabilities(turned(X), Y, turned(QUERIES))).toEqual(close(await probabilities(X, Y, QUERIES)));
  });

  it('the order of keys', async () => {
    const objects = (rows: Cell[][]) => rows.map(([a, b, c, d]) => ({ a, b, c, d }));
    const mixed = (rows: Cell[][]) => rows.map(([a, b, c, d], i) => (i % 2 ? { d, c, b, a } : { b, a, d, c }));
    const { model } = create();
    await model.fit(objects(X), Y);
    expect(await model.predictProba(mixed(QUERIES))).toEqual(await probabilities(X, Y, QUERIES));
  });

  it('the order of context rows, nor on which label comes first', async () => {
    const shuffled = await probabilities(
      order.map((i) => X[i]),
      order.map((i) => Y[i]),
      QUERIES,
    );
    expect(shuffled).toEqual(close(await probabilities(X, Y, QUERIES)));
  });

  it('what two classes are called', async () => {
    const isHigh = Y.map((label) => label === 'high');
    const plain = await probabilities(X, isHigh, QUERIES);
    const swapped = await probabilities(
      X,
      isHigh.map((high) => !high),
      QUERIES,
    );
    expect(swapped).toEqual(
      close(
        plain.map(([no, yes]) => [yes, no]),
        12,
      ),
    );
  });

  it('the units of a column', async () => {
    const scaled = (rows: Cell[][]) => rows.map(([a, ...rest]) => [Number(a) * 1e-3 + 7e4, ...rest]);
    expect(await probabilities(scaled(X), Y, scaled(QUERIES))).toEqual(close(await probabilities(X, Y, QUERIES), 4));
  });

  it('the other query rows', async () => {
    const { model } = create();
    await model.fit(X, Y);
    const all = await model.predictProba(QUERIES);
    for (const i of [0, 11, 22]) expect(await model.predictProba([QUERIES[i]])).toEqual([all[i]]);
    expect(await model.predictProba([])).toEqual([]);
  });

  it('how often they are asked; the seed decides, and other seeds differ a little', async () => {
    const plain = await probabilities(X, Y, QUERIES);
    expect(await probabilities(X, Y, QUERIES)).toEqual(plain);
    const other = await probabilities(X, Y, QUERIES, { seed: 1 });
    expect(other).not.toEqual(plain);
    for (const [i, row] of other.entries())
      for (const [c, p] of row.entries()) expect(Math.abs(p - plain[i][c])).toBeLessThan(0.5);
  });
});

describe('an ensemble', () => {
  it('gives every class every number equally often, so that what a network prefers cancels', async () => {
    // This one believes in number 0 whatever it sees.
    const network = fakeTableNetwork('classes', () => [2, ...new Array<number>(9).fill(0)]);
    const model = createTabularClassifier(network.predictor, { nEstimators: 6 });
    await model.fit(X, Y);
    expect(await model.predictProba(QUERIES.slice(0, 2))).toEqual(close(new Array(2).fill([1 / 3, 1 / 3, 1 / 3]), 12));
  });

  it('asks members that show the same once, and members of one shape in one call', async () => {
    const { model, conditions, queries } = create();
    const numbers = X.map(([a, b]) => [a, b]);
    await model.fit(
      numbers,
      Y.map((label) => label === 'high'),
    );
    await model.predictProba([[1, 2]]);
    // As it is and by ranks, with two orders of two classes each.
    expect(conditions).toEqual([{ numDatasets: 4, numContext: 41, numFeatures: 2 }]);
    expect(queries).toEqual([{ numDatasets: 4, numQuery: 1 }]);
    await model.predictProba([[1, 2]]);
    expect(conditions).toHaveLength(1); // a context is read once
  });

  it('shows categories as codes and as columns of their own', async () => {
    const { model, conditions } = create();
    await model.fit(X, Y);
    await model.predict(QUERIES);
    expect(conditions.map(({ numFeatures }) => numFeatures).toSorted()).toEqual([4, 7]);
  });
});

describe('columns', () => {
  it('that are constant are left out with a note', async () => {
    const notes: string[] = [];
    const { model, conditions } = create({ onNote: (note) => notes.push(note), nEstimators: 1 });
    const x = X.map(([a]) => ({ same: 'yes', a, empty: null }));
    await model.fit(x, Y);
    await model.predict([{ same: 'no', a: 3, empty: 7 }]);
    expect(conditions[0].numFeatures).toBe(1);
    expect(notes).toEqual(["columns left out, as constant in the context: 'same', 'empty'"]);
    for (const [count, more] of [
      [10, ''],
      [12, ' and 2 more'],
    ] as const) {
      const wide = X.map(([a]) =>
        Object.fromEntries([['a', a], ...Array.from({ length: count }, (_, i) => [`c${i}`, 1])]),
      );
      await model.fit(wide, Y);
      const named = Array.from({ length: 10 }, (_, i) => `'c${i}'`).join(', ');
      expect(notes.at(-1)).toBe(`columns left out, as constant in the context: ${named}${more}`);
    }
    await expect(model.fit([['x'], ['x']], ['a', 'b'])).rejects.toThrow('got only constant ones');
  });

  it('with a category that the context lacks are missing there', async () => {
    const plain = await probabilities(X, Y, [[50, -4.5, null, 0.2]]);
    expect(await probabilities(X, Y, [[50, -4.5, 'yellow', 0.2]])).toEqual(plain);
    expect(await probabilities(X, Y, [[50, -4.5, 'red', 0.2]])).not.toEqual(plain);
  });

  it('with missing values stay missing for the network', async () => {
    const { model, contexts } = create({ nEstimators: 1 });
    await model.fit(X, Y);
    await model.predict(QUERIES);
    expect(contexts[0].x.map((row) => Number.isNaN(row[3]))).toEqual(X.map((row) => row[3] === null));
  });

  it('have units that query rows do not change', async () => {
    const { model } = create();
    await model.fit(X, Y);
    const [alone] = await model.predictProba([QUERIES[0]]);
    const [first] = await model.predictProba([QUERIES[0], [1e9, -1e9, 'pink', 1e9]]);
    expect(first).toEqual(alone);
  });
});

describe('more classes than the network has', () => {
  const x = scattered(300).map((value) => [value]);
  const y = x.map(([value]) => Math.floor(value * 25)); // 25 classes

  it('are all predicted, with probabilities that sum to 1', async () => {
    const { model, conditions } = create();
    await model.fit(x, y);
    expect(model.classes).toEqual([...Array(25).keys()]);
    const middles = [...Array(25).keys()].map((label) => [(label + 0.5) / 25]);
    const rows = await model.predictProba(middles);
    for (const row of rows) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    const near = (await model.predict(middles)).filter((label, i) => Math.abs(Number(label) - i) <= 1).length;
    expect(near).toBeGreaterThan(20); // the kernel is wider than a class
    // Groups of 2 or 3 of 25 classes, each asked with its own rows only.
    const rowsAsked = conditions.map(({ numContext }) => numContext);
    expect(Math.max(...rowsAsked)).toBe(300);
    expect(rowsAsked.filter((count) => count < 60).length).toBeGreaterThan(5);
  });

  it('are told by numbers below the most that the network knows', async () => {
    const { model, contexts } = create({ nEstimators: 2 });
    await model.fit(x, y);
    await model.predict([[0.5]]);
    for (const context of contexts) expect(Math.max(...context.y)).toBeLessThan(10);
  });

  it('of a network that is certain are certain: one group and one class in it', async () => {
    // Knows the class of the nearest row.
    const network = fakeTableNetwork('classes', (context, [query]) => {
      const distances = context.x.map(([value]) => Math.abs(value - query));
      const nearest = context.y[distances.indexOf(Math.min(...distances))];
      return Array.from({ length: 10 }, (_, number) => (number === nearest ? 0 : -1000));
    });
    const model = createTabularClassifier(network.predictor, { nEstimators: 4 });
    await model.fit(x, y);
    const rows = await model.predictProba(x.slice(0, 30));
    for (const [i, row] of rows.entries()) expect(row[y[i]]).toBeCloseTo(1, 12);
  });
});

describe('one line refuses', () => {
  it('to predict before fit', async () => {
    const { model } = create();
    await expect(model.predict(X)).rejects.toThrow('predict: call fit first.');
    expect(() => model.classes).toThrow('classes: call fit first.');
  });

  it('an option that predictions do not have', async () => {
    const { model } = create();
    await model.fit(X, Y);
    await expect(model.predict(QUERIES, { progress: () => {} } as never)).rejects.toThrow(
      "predict: there is no option 'progress'. Correct its name, or leave it out.",
    );
  });

  it('to estimate what is no number of rows', async () => {
    const { model } = create();
    await model.fit(X, Y);
    await expect(model.estimate(-1)).rejects.toThrow(
      'estimate: expected a whole number of rows of at least 1, got -1.',
    );
  });

  it('targets that do not go with the rows, and the last fit stays', async () => {
    const { model } = create();
    await model.fit(X, Y);
    const before = await model.predict(QUERIES);
    await expect(model.fit(X, Y.slice(1))).rejects.toThrow('fit: expected 41 targets, one per row, got 40.');
    await expect((model.fit as (X: unknown) => unknown)(X)).rejects.toThrow(
      'fit: expected an array of targets, one per row, got undefined.',
    );
    expect(await model.predict(QUERIES)).toEqual(before);
  });

  it('another network', () => {
    const bars = fakeTableNetwork('bars', kernelBars).predictor;
    expect(() => createTabularClassifier(bars)).toThrow(
      'TabularClassifier: expected a network for tables that answers with classes, but fake answers with bars.',
    );
    const { predictor } = fakeTableNetwork('classes', kernelClasses);
    const rows = {
      ...predictor,
      config: { ...predictor.config, model: { ...predictor.config.model, layout: undefined } },
    };
    expect(() => createTabularClassifier(rows as never)).toThrow('but fake is not for tables.');
  });

  it.each<[object, string]>([
    [{ estimators: 3 }, "TabularClassifier: expected the options nEstimators, seed and onNote, got 'estimators'."],
    [{ nEstimators: 0 }, 'TabularClassifier: nEstimators must be a whole number of at least 1, got 0.'],
    [{ seed: 0.5 }, 'TabularClassifier: seed must be a whole number, got 0.5.'],
  ])('options %j', (options, message) => {
    expect(() => create(options)).toThrow(message);
  });
});

it('a note says where there are more columns than in training', async () => {
  const notes: string[] = [];
  const { model, predictor } = create({ onNote: (note) => notes.push(note) });
  const wide = X.map((row, i) => Array.from({ length: 10 }, (_, at) => (at === 0 ? row[0] : (i * at) % 11)));
  expect(predictor.config.model.numFeatures).toBe(9);
  await model.fit(wide as never, Y);
  expect(notes).toEqual(['10 columns, and fake was trained with tables of up to 9: answers may be worse']);
});

it.each([40, [20, 40]])('a note says where there are more rows than in training: numRows %j', async (trained) => {
  const notes: string[] = [];
  const { model, predictor } = create({ onNote: (note) => notes.push(note) });
  Object.assign(predictor.config.training, { numRows: trained });
  await model.fit(X, Y);
  expect(notes).toEqual(['41 context rows, and fake was trained with tables of up to 40: answers may be worse']);
});
