import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../cli/commands/posterior.ts';
import { rangeNotes } from '../../cli/prior-ranges.ts';
import { loadPredictor } from '../../infer/load.node.ts';
import { posterior } from '../../infer/posterior.ts';
import { posteriorDraws } from '../../infer/posterior-draws.ts';
import { createBars } from '../../model/bar-distribution.ts';
import type { ModelConfig } from '../../model/config.ts';
import { checkpointFiles } from '../../model/export.ts';
import { parameterCount } from '../../model/parameters.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { runCommand } from './run-command.ts';

const NUM_BARS = 40;
/** Equal bars on [-5, 5], in numbers that single precision has, as files do. */
const BORDERS = Float64Array.from({ length: NUM_BARS + 1 }, (_, k) => -5 + k / 4);
const LENGTH_SCALE = { name: 'lengthScale', low: 0.1, high: 10 };
const NOISE = { name: 'noise', low: 0.01, high: 1 };

const MODEL: ModelConfig = {
  numFeatures: 1,
  xFeatures: [{ kind: 'linear', center: 0.5, scale: 0.3 }],
  yFeatures: [{ kind: 'linear', center: 0, scale: 1 }],
  numLayers: 2,
  width: 8,
  numHeads: 2,
  hidden: 12,
  activation: 'gelu',
  head: 'bars',
  numOutputs: NUM_BARS,
};
const CLASSES = { head: 'classes', numOutputs: 3 } as const;
const GP = { name: 'gaussian-process', options: { maxRows: 12 } };

/** Networks with random weights, so that every input changes every answer. What a prior of theirs is decides nothing but its rows. */
const CHECKPOINTS: Readonly<Record<string, { model: Partial<ModelConfig>; prior?: object; training?: object }>> = {
  one: { model: {} },
  two: { model: { numFeatures: 6, hyperparameters: [LENGTH_SCALE, NOISE] } },
  many: {
    model: {
      numFeatures: 5,
      hyperparameters: [{ name: 'numInputs', low: 1, high: 3, choices: ['1', '2', '3'] }],
    },
  },
  kernel: {
    model: {
      numFeatures: 3,
      hyperparameters: [{ name: 'kernel', low: 1, high: 2, choices: ['rbf', 'matern12'] }],
    },
  },
  classes: { model: CLASSES },
  steps: { model: { xFeatures: [{ kind: 'log', center: 3, scale: 1 }] } },
  short: { model: {}, training: { numRows: 5 } },
  own: { model: {}, prior: { name: 'my-prior', options: {} } },
  counts: { model: {}, prior: { name: 'gamma-poisson', options: {} } },
};

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  for (const [name, { model: changes, prior = GP, training = {} }] of Object.entries(CHECKPOINTS)) {
    const model = { ...MODEL, ...changes };
    const gauss = normals(randomStream('weights', name));
    const weights = Float32Array.from({ length: parameterCount(model) }, () => 0.35 * gauss());
    const about = {
      name,
      model,
      prior: prior as typeof GP,
      training: training as Record<string, unknown>,
      metrics: null,
    };
    const files = await checkpointFiles(about, weights, model.head === 'bars' ? BORDERS : null, name);
    mkdirSync(join(folder, name));
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, name, file), bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** A header and rows as a CSV file. */
const csv = (name: string, header: readonly string[], rows: readonly (readonly number[])[]): string =>
  write(name, [header, ...rows].map((cells) => `${cells.join(',')}\n`).join(''));

const run = (checkpoint: string, options: object) => runCommand(command, join(folder, checkpoint), options);

interface Row {
  readonly x: readonly number[];
  readonly mean: number;
  readonly variance: number;
  readonly quantiles: Readonly<Record<string, number>>;
  readonly logDensity: number | null;
}

/** The lists of the JSON, which have an entry per query row, turned into rows. */
async function rowsOf(checkpoint: string, options: object): Promise<Row[]> {
  const { out } = await run(checkpoint, { ...options, json: true });
  const { x, mean, variance, quantiles, logDensity } = JSON.parse(out);
  return x.map((inputs: number[], i: number) => ({
    x: inputs,
    mean: mean[i],
    variance: variance[i],
    quantiles: Object.fromEntries(Object.entries<number[]>(quantiles).map(([level, values]) => [level, values[i]])),
    logDensity: logDensity?.[i] ?? null,
  }));
}

const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95];

/** Context and queries of one input: x, y. */
const ONE = [0.9, 0.1, 0.45].map((x, i) => [x, [1.2, -0.4, 0.3][i]]);
const ONE_QUERY = [0.2, 1.4].map((x, i) => [x, [0.7, -2.1][i]]);
/** Of two inputs: x1, x2, y. */
const TWO = [
  [0.1, 0.9, 0.5],
  [0.7, 0.3, -1],
  [0.4, 0.2, 0.25],
];
const TWO_QUERY = [
  [0.2, 0.6, 0.1],
  [0.8, 0.5, 0.9],
];
const one = () => csv('one.csv', ['x', 'y'], ONE);
const oneQuery = () => csv('one-query.csv', ['x', 'y'], ONE_QUERY);
const two = () => csv('two.csv', ['x1', 'x2', 'y'], TWO);
const twoQuery = () => csv('two-query.csv', ['x1', 'x2', 'y'], TWO_QUERY);

describe('--draws', () => {
  test('the JSON has targets that go together at the query rows, as the library draws them', async () => {
    const options = { context: two(), query: twoQuery(), given: { noise: 0.1 }, draws: 3, seed: 5 };
    const { out } = await run('two', { ...options, json: true });
    const [contextX, queryX] = [TWO, TWO_QUERY].map((all) => all.map((row) => row.slice(0, 2)));
    const predictor = await loadPredictor(join(folder, 'two'));
    const values = await posteriorDraws(
      predictor,
      { contextX, contextY: TWO.map((row) => row[2]), queryX },
      { draws: 3, random: randomStream(5, 'draws'), given: { noise: 0.1 } },
    );
    await predictor.dispose();
    expect(JSON.parse(out).draws).toEqual({ x: queryX, values });
  });

  test('without query rows they are drawn at 41 points over the range of the context, as lines of the picture', async () => {
    const plot = join(folder, 'draws.svg');
    const { out } = await run('one', { context: one(), draws: 2, json: true, plot });
    const { x, draws } = JSON.parse(out);
    expect([draws.x.length, draws.x[0], draws.x.at(-1)]).toEqual([41, x[0], x.at(-1)]);
    expect(draws.values.map(({ length }: number[]) => length)).toEqual([41, 41]);
    expect(readFileSync(plot, 'utf8').match(/<g class="mark-line role-mark/g)).toHaveLength(3);
  });

  test('classes, and draws that nobody would see, are refused', async () => {
    await expect(run('one', { context: one(), draws: 2 })).rejects.toThrow('--draws: they are in the picture');
    const labels = csv('labels.csv', ['x', 'y'], [[0.5, 1]]);
    const classes = run('classes', { context: labels, draws: 2, json: true });
    await expect(classes).rejects.toThrow('--draws draws targets that are numbers, and those of classes are classes.');
  });
});

describe('the answers', () => {
  test('are those of the library for the same rows', async () => {
    const rows = await rowsOf('two', { context: two(), query: twoQuery(), given: { noise: 0.1 } });
    const predictor = await loadPredictor(join(folder, 'two'));
    const [contextX, queryX] = [TWO, TWO_QUERY].map((all) => all.map((row) => row.slice(0, 2)));
    const expected = await posterior(
      predictor,
      { contextX, contextY: TWO.map((row) => row[2]), queryX },
      { given: { noise: 0.1 } },
    );
    await predictor.dispose();
    expect(rows).toEqual(
      expected.map((distribution, i) => ({
        x: queryX[i],
        mean: distribution.mean,
        variance: distribution.variance,
        quantiles: Object.fromEntries(LEVELS.map((level) => [String(level), distribution.quantile(level)])),
        logDensity: distribution.logDensity(TWO_QUERY[i][2]),
      })),
    );
    expect(rows[0].mean).not.toBeCloseTo(rows[1].mean, 2);
  });

  test('are the distribution over the bars, with hyperparameters told in the columns of their formula', async () => {
    const given = { lengthScale: 2, noise: [0.02, 0.5] as const };
    const rows = await rowsOf('two', { context: two(), query: twoQuery(), given });
    // ln a and ln b of a range a .. b, moved to -1 .. 1 over low .. high.
    const told = [
      [2, LENGTH_SCALE],
      [2, LENGTH_SCALE],
      [0.02, NOISE],
      [0.5, NOISE],
    ] as const;
    const columns = told.map(([value, { low, high }]) => (2 * Math.log(value / low)) / Math.log(high / low) - 1);
    const flat = (all: number[][]) => Float32Array.from(all.flatMap(([x1, x2]) => [x1, x2, ...columns]));
    const predictor = await loadPredictor(join(folder, 'two'));
    const y = Float32Array.from(TWO, (row) => row[2]);
    const conditioned = await predictor.condition({ numDatasets: 1, numContext: 3, x: flat(TWO), y });
    const logits = await conditioned.predict({ numQuery: 2, x: flat(TWO_QUERY) });
    await predictor.dispose();
    for (const [i, { mean, variance, quantiles, logDensity }] of rows.entries()) {
      const weights = Array.from(logits.subarray(i * NUM_BARS, (i + 1) * NUM_BARS), Math.exp);
      const total = weights.reduce((a, b) => a + b, 0);
      const shares = weights.map((weight) => weight / total);
      // The outer bars are half-normals with half of their mass within the bar, the quartile of a normal.
      const scale = 0.25 / 0.6744897501960817;
      const centers = shares.map((_, k) => -4.875 + k / 4);
      centers[0] = -4.75 - scale * Math.sqrt(2 / Math.PI);
      centers[NUM_BARS - 1] = 4.75 + scale * Math.sqrt(2 / Math.PI);
      const within = shares.map((_, k) => (k % (NUM_BARS - 1) === 0 ? scale ** 2 * (1 - 2 / Math.PI) : 0.25 ** 2 / 12));
      const expectedMean = shares.reduce((sum, share, k) => sum + share * centers[k], 0);
      expect(mean).toBeCloseTo(expectedMean, 9);
      expect(variance).toBeCloseTo(
        shares.reduce((sum, share, k) => sum + share * (within[k] + (centers[k] - expectedMean) ** 2), 0),
        9,
      );
      const target = TWO_QUERY[i][2];
      expect(logDensity).toBeCloseTo(Math.log(shares[Math.floor((target + 5) * 4)] / 0.25), 9);
      for (const level of [0.25, 0.5, 0.75]) {
        const value = quantiles[String(level)];
        expect(Math.abs(value)).toBeLessThan(4.75); // where bars are uniform
        const bar = Math.floor((value + 5) * 4);
        const below = shares.slice(0, bar).reduce((a, b) => a + b, 0) + shares[bar] * ((value + 5) * 4 - bar);
        expect(below).toBeCloseTo(level, 9);
      }
    }
  });

  test('without --given are those for hyperparameters anywhere in their widest range', async () => {
    const files = { context: two(), query: twoQuery() };
    const given = { lengthScale: [0.1, 10], noise: [0.01, 1] };
    const rows = await rowsOf('two', files);
    expect(rows).toEqual(await rowsOf('two', { ...files, given }));
    expect(rows).not.toEqual(await rowsOf('two', { ...files, given: { noise: 0.5 } }));
  });

  test('take a choice by its name', async () => {
    const files = { context: one(), query: oneQuery() };
    const rows = await rowsOf('kernel', files);
    expect(await rowsOf('kernel', { ...files, given: { kernel: 'rbf' } })).toEqual(rows); // by default the first
    expect(await rowsOf('kernel', { ...files, given: { kernel: 'matern12' } })).not.toEqual(rows);
  });

  test('do not depend on the order of columns, nor on how the header writes them', async () => {
    const expected = await rowsOf('two', { context: two(), query: twoQuery() });
    const turned = (rows: readonly (readonly number[])[]) => rows.map(([x1, x2, y]) => [y, x2, x1]);
    const context = csv('turned.csv', ['Y', 'x2', 'X1'], turned(TWO));
    const query = csv('turned-query.csv', ['y', 'X2', 'x1'], turned(TWO_QUERY));
    expect(await rowsOf('two', { context, query })).toEqual(expected);
  });

  test('of a row do not depend on the other query rows, however many there are', async () => {
    const x = (i: number) => ((i * 7919) % 10_007) / 10_007;
    const query = csv(
      'long.csv',
      ['x'],
      Array.from({ length: 10_003 }, (_, i) => [x(i)]),
    );
    const rows = await rowsOf('one', { context: one(), query });
    expect(rows.map((row) => row.x)).toEqual(Array.from({ length: 10_003 }, (_, i) => [x(i)]));
    for (const i of [0, 1999, 2000, 9999, 10_000, 10_002]) {
      const [alone] = await rowsOf('one', { context: one(), query: csv('single.csv', ['x'], [[x(i)]]) });
      expect(alone.mean).toBeCloseTo(rows[i].mean, 5);
      expect(alone.quantiles['0.95']).toBeCloseTo(rows[i].quantiles['0.95'], 5);
    }
  });

  test('of a network for any number of inputs are those for as many as the files have', async () => {
    const rows = await rowsOf('many', { context: two(), query: twoQuery() });
    const predictor = await loadPredictor(join(folder, 'many'));
    const told = (2 * Math.log(2)) / Math.log(3) - 1; // the second of three choices
    const flat = (all: number[][]) => Float32Array.from(all.flatMap(([x1, x2]) => [x1, x2, 0, told, told]));
    const y = Float32Array.from(TWO, (row) => row[2]);
    const conditioned = await predictor.condition({ numDatasets: 1, numContext: 3, x: flat(TWO), y });
    const logits = await conditioned.predict({ numQuery: 2, x: flat(TWO_QUERY) });
    await predictor.dispose();
    const bars = createBars(BORDERS);
    const means = [0, 1].map((i) => bars.distribution(logits.subarray(i * NUM_BARS, (i + 1) * NUM_BARS)).mean);
    expect(rows.map(({ mean }) => mean)).toEqual(means);
  });

  test('have log densities only where the query file has targets', async () => {
    const query = csv('no-y.csv', ['x'], [[0.2], [1.4]]);
    const { out: json } = await run('one', { context: one(), query, json: true });
    expect(JSON.parse(json).logDensity).toBeNull();
    const { out } = await run('one', { context: one(), query });
    expect(out).not.toMatch(/log density|^mean/m);
  });

  test('are probabilities where targets are classes', async () => {
    const context = write('labels.csv', 'x,y\n0.1,0\n0.5,2\n0.9,1\n');
    const query = write('label-query.csv', 'x,y\n0.3,2\n0.7,0\n');
    const { out } = await run('classes', { context, query, json: true });
    const { x, probabilities, logProbability } = JSON.parse(out);
    expect(x).toEqual([[0.3], [0.7]]);
    for (const [i, row] of (probabilities as number[][]).entries()) {
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      expect(row).toHaveLength(3);
      expect(logProbability[i]).toBeCloseTo(Math.log(row[[2, 0][i]]), 9);
    }
    const { out: table } = await run('classes', { context, query });
    const [header, first] = table.split('\n').map((line) => line.split(/ {2,}/));
    expect(header).toEqual(['x', 'P(0)', 'P(1)', 'P(2)', 'y', 'log probability']);
    const cells = [0.3, ...probabilities[0], 2, logProbability[0]];
    expect(first).toEqual(cells.map((value) => String(Number(value.toPrecision(4)))));
  });
});

describe('without --query', () => {
  test('one input is asked at 201 points over its range and a tenth of it more on both sides', async () => {
    const rows = await rowsOf('one', { context: one() });
    const expected = Array.from({ length: 201 }, (_, i) => 0.1 - 0.08 + (i * 0.8 * 1.2) / 200);
    expect(rows.map(({ x }) => x)).toEqual(expected.map((x) => [expect.closeTo(x, 12)]));
    expect(rows.every(({ logDensity }) => logDensity === null)).toBe(true);
  });

  test('a single place is asked half a unit to both sides', async () => {
    const rows = await rowsOf('one', { context: write('place.csv', 'x,y\n3,1\n3,2\n') });
    expect([rows[0].x, rows[200].x]).toEqual([[2.5], [3.5]]);
  });

  test('inputs that must be above 0 are asked from the first one on', async () => {
    const context = write('steps.csv', 'x,y\n1,0.1\n50,0.5\n21,0.4\n');
    const rows = await rowsOf('steps', { context });
    expect([rows[0].x, rows[200].x]).toEqual([[1], [expect.closeTo(54.9, 9)]]);
  });

  test('the table is eleven of the points, from end to end; a CSV and the JSON have all', async () => {
    const path = join(folder, 'grid.csv');
    const { out } = await run('one', { context: one(), out: path });
    const table = out.slice(0, out.indexOf('\n\n')).split('\n').slice(1);
    const steps = table.map((line) => Number(line.split(' ')[0]));
    expect(steps).toEqual(Array.from({ length: 11 }, (_, i) => expect.closeTo(0.02 + 0.096 * i, 9)));
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(1 + 201);
  });

  test('several inputs are refused', async () => {
    const context = two();
    await expect(run('two', { context })).rejects.toMatchObject({
      name: 'UsageError',
      message: `--query is missing: ${context} has 2 inputs ('x1', 'x2'), and only one has a default. Name the file of the rows to answer for.`,
    });
  });
});

describe('the output', () => {
  test('--json is one document of the documented shape', async () => {
    const { out, notes } = await run('one', { context: one(), query: oneQuery(), json: true });
    const entries = [expect.any(Number), expect.any(Number)];
    expect(JSON.parse(out)).toEqual({
      checkpoint: 'one',
      device: { name: 'cpu', reason: 'asked for' },
      x: [[0.2], [1.4]],
      mean: entries,
      variance: entries,
      quantiles: Object.fromEntries(LEVELS.map((level) => [String(level), entries])),
      logDensity: entries,
    });
    expect(notes).toEqual([]);
  });

  test('is a table with the mean log density in its last line, a plot and the device', async () => {
    const files = { context: one(), query: oneQuery() };
    const rows = await rowsOf('one', files);
    const { out } = await run('one', files);
    const lines = out.split('\n');
    const cells = lines.slice(0, 4).map((line) => line.split(/ {2,}/));
    expect(cells[0]).toEqual(['x', 'mean', 'sd', 'median', '5 %', '95 %', 'y', 'log density']);
    const text = (value: number) => String(Number(value.toPrecision(4)));
    rows.forEach(({ mean, variance, quantiles, logDensity }, i) => {
      const numbers = [mean, Math.sqrt(variance), quantiles['0.5'], quantiles['0.05'], quantiles['0.95']];
      expect(cells[i + 1]).toEqual([ONE_QUERY[i][0], ...numbers, ONE_QUERY[i][1], Number(logDensity)].map(text));
    });
    const mean = rows.reduce((sum, { logDensity }) => sum + Number(logDensity), 0) / 2;
    expect(cells[3]).toEqual(['mean', text(mean)]);
    expect(out).toContain('● context   ○ query   ⠒⠒ median   ▒ 50 %   ░ 90 % band');
    expect(lines.at(-1)).toBe('one on cpu (asked for)');
  });

  test('has no plot where there are several inputs', async () => {
    const { out } = await run('two', { context: two(), query: twoQuery() });
    expect(out.split('\n')).toHaveLength(1 + 2 + 1 + 2);
    expect(out).not.toContain('median   ▒');
  });

  test('--out writes the table as CSV with all digits, and nothing half-written stays', async () => {
    const path = join(folder, 'answers.csv');
    const files = { context: two(), query: twoQuery() };
    const { notes } = await run('two', { ...files, out: path });
    expect(notes).toEqual([`wrote ${path}: 2 rows`]);
    const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(header).toBe('x1,x2,mean,sd,median,q05,q95,y,logDensity');
    const expected = (await rowsOf('two', files)).map(({ x, mean, variance, quantiles, logDensity }, i) => {
      const { '0.5': median, '0.05': q05, '0.95': q95 } = quantiles;
      return [...x, mean, Math.sqrt(variance), median, q05, q95, TWO_QUERY[i][2], logDensity];
    });
    expect(lines.map((line) => line.split(',').map(Number))).toEqual(expected);
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('--plot writes an SVG or a page over context and queries, with the names of the columns', async () => {
    const context = csv('named.csv', ['X1', 'Y'], ONE);
    for (const name of ['plot.svg', 'plot.html']) {
      const path = join(folder, name);
      const { notes } = await run('one', { context, query: oneQuery(), plot: path, json: true });
      expect(notes).toEqual([`wrote ${path}`]);
      const picture = readFileSync(path, 'utf8');
      expect(picture).toMatch(name.endsWith('.svg') ? /^<svg .*<\/svg>\s*$/s : /^<!doctype html>.*<\/html>\s*$/s);
      for (const text of ['one, 3 context rows', '>X1<', '>Y<', '>context<', '>query<'])
        expect(picture).toContain(text);
    }
  });

  test('--plot says which hyperparameters are given', async () => {
    const path = join(folder, 'given.svg');
    await run('kernel', { context: one(), plot: path, given: { kernel: 'matern12' }, json: true });
    expect(readFileSync(path, 'utf8')).toContain('>given kernel matern12<');
  });
});

describe('notes say', () => {
  const rows = (count: number) =>
    write('count.csv', `x,y\n${Array.from({ length: count }, (_, i) => `${i / 100},0\n`).join('')}`);

  test.each([
    ['one', 11], // 12 rows of the prior, of which one at least is a query
    ['short', 4], // 5 rows in training, though the prior has more
  ])('that there are more context rows than in training: %s', async (checkpoint, most) => {
    expect((await run(checkpoint, { context: rows(most) })).notes).toEqual([]);
    const { notes, out } = await run(checkpoint, { context: rows(most + 1) });
    expect(notes).toEqual([
      `${join(folder, 'count.csv')} has ${most + 1} rows, and ${checkpoint} was trained with ${most} context rows at most: answers may be worse.`,
    ]);
    expect(out).toMatch(/^x +mean/);
  });

  test('nothing of that where no one knows how many there were', async () => {
    expect((await run('own', { context: rows(100) })).notes).toEqual([]);
  });

  test('that numbers lie far from what the prior draws, whether inputs, targets or queries', async () => {
    const context = write('far.csv', 'x,y\n0.1,500\n0.9,1500\n');
    const query = write('far-query.csv', 'x\n0.5\n300\n');
    const { notes } = await run('one', { context, query });
    expect(notes).toEqual([
      expect.stringMatching(
        /far-query\.csv: 'x' goes from 0\.5 to 300, and draws of the prior of one from 0\.0\d* to (1|0\.99\d*): answers there mean little\. Rescale it\.$/,
      ),
      expect.stringMatching(
        /far\.csv: 'y' goes from 500 to 1500, and draws of the prior of one from -\d\.\d+ to \d\.\d+: /,
      ),
    ]);
  });

  test('that an input is another one than the only one that the prior draws; and where none is asked for, that one is', async () => {
    const context = write('throws.csv', 'x,y\n1,3\n2,5\n3,4\n');
    const { notes, out } = await run('counts', { context, json: true });
    expect(notes).toEqual([
      `${context}: 'x' goes from 1 to 3, and is 0 in all draws of the prior of counts: answers elsewhere mean nothing. Put 0 there.`,
    ]);
    expect(JSON.parse(out).x).toEqual([[0]]);
    const zeros = write('zeros.csv', 'x,y\n0,3\n0,5\n0,4\n');
    expect((await run('counts', { context: zeros })).notes).toEqual([]);
  });

  test('that targets lie far from the bars of a prior that is not ours, whose code is not run', async () => {
    const context = write('far.csv', 'x,y\n0.1,500\n0.9,1500\n');
    expect((await run('own', { context })).notes).toEqual([
      expect.stringMatching(/far\.csv: 'y' goes from 500 to 1500, and draws of the prior of own from -?\d.* to \d/),
    ]);
  });

  test('that parts of a step are no steps, which a network that sees logarithms sees far off', () => {
    const xFeatures = [{ kind: 'linear' }, { kind: 'log' }];
    const model = { units: 'own', head: 'bars', xFeatures };
    const config = { prior: { name: 'learning-curve', options: {} }, model };
    const notes = (x: readonly number[]) => {
      const file = { file: 'c.csv', inputs: ['x'], target: 'y', x: x.map((step) => [step]), y: x.map(() => 0.5) };
      return rangeNotes({ name: 'lc', config } as never, file as never, null);
    };
    expect(notes([0.1, 0.4, 0.8])).toEqual([
      "c.csv: 'x' goes from 0.1 to 0.8, and draws of the prior of lc from 1 to 100: answers there mean little. Rescale it.",
    ]);
    expect(notes([0.5, 1, 120])).toEqual([]);
  });

  test('nothing of that where steps of curves go on as far as their prior draws', () => {
    const config = {
      prior: { name: 'learning-curve', options: {} },
      model: { units: 'own', head: 'bars', xFeatures: [] },
    };
    const steps = Array.from({ length: 60 }, (_, i) => [i + 1]);
    const file = { file: 'c.csv', inputs: ['x'], target: 'y', x: steps, y: steps.map(() => 0.5) };
    const asked = { ...file, x: [[50], [100]], y: null };
    expect(rangeNotes({ name: 'lc', config } as never, file as never, asked as never)).toEqual([]);
  });

  test('which columns are left out', async () => {
    const context = write('extra.csv', 'x,y,name\n1,2,a\n');
    expect((await run('one', { context })).notes).toEqual([`${context}: columns left out: 'name'.`]);
  });
});

describe('one line refuses', () => {
  const parse = (flag: string, text: string) =>
    command.options.find(({ flags }) => flags.startsWith(`${flag} `))?.parse?.(text);

  test('no --context', async () => {
    await expect(run('one', {})).rejects.toMatchObject({
      name: 'UsageError',
      message: '--context is missing. Name the file of the known rows: --context seen.csv.',
    });
  });

  test.each([
    ['one', "2 inputs ('x1', 'x2'), expected 1, x, for the checkpoint one."],
    ['two', "3 inputs ('x1', 'x2', 'x3'), expected 2, x1 .. x2, for the checkpoint two."],
    ['many', "4 inputs ('x1', 'x2', 'x3', 'x4'), expected at most 3, x1 .. x3, for the checkpoint many."],
  ])('another number of inputs than %s has', async (checkpoint, message) => {
    const count = Number(message[0]);
    const header = [...Array.from({ length: count }, (_, i) => `x${i + 1}`), 'y'];
    const path = csv('inputs.csv', header, [header.map((_, i) => i)]);
    for (const options of [{ query: path }, {}, { plot: 'a.svg' }]) {
      const error = new Error(`${path}, row 1: ${message}`);
      await expect(run(checkpoint, { context: path, ...options })).rejects.toThrow(error);
    }
  });

  test.each([
    [{ width: 1 }, "--given: expected lengthScale, noise, got 'width'."],
    [{ noise: 5 }, '--given: expected noise to lie within 0.01..1, which the network was trained for, got 5.'],
    [
      { lengthScale: [1, 20] },
      '--given: expected lengthScale to lie within 0.1..10, which the network was trained for, got 1..20.',
    ],
  ])('--given %j', async (given, message) => {
    await expect(run('two', { context: two(), query: twoQuery(), given })).rejects.toMatchObject({
      name: 'UsageError',
      message,
    });
  });

  test.each([
    ['kernel', { kernel: 'linear' }, '--given: expected kernel to be one of rbf, matern12, got linear.'],
    ['one', { noise: 1 }, "--given: expected no hyperparameters for this checkpoint, got 'noise'."],
    ['many', { numInputs: 2 }, '--given: expected numInputs to be 1, as the rows have, got 2. Leave it out.'],
  ])('--given that %s does not know', async (checkpoint, given, message) => {
    await expect(run(checkpoint, { context: one(), given })).rejects.toMatchObject({ name: 'UsageError', message });
  });

  test('inputs of 0 and below where the network takes their logarithm', async () => {
    const context = write('zero.csv', 'y,x\n1,1\n1,0\n');
    const message = (path: string) =>
      `${path}, row 3, column 'x': expected a number above 0, as steps was trained for, got 0.`;
    await expect(run('steps', { context })).rejects.toThrow(new Error(message(context)));
    const query = csv('zero-query.csv', ['x'], [[1], [0]]);
    await expect(run('steps', { context: one(), query })).rejects.toThrow(new Error(message(query)));
  });

  test.each([[3], [-1], [0.5]])('the class %d of three', async (label) => {
    const path = write('label.csv', `x,y\n1,0\n2,${label}\n`);
    await expect(run('classes', { context: path })).rejects.toThrow(
      new Error(`${path}, row 3, column 'y': expected a class from 0 to 2, as of classes, got ${label}.`),
    );
    const context = csv('good.csv', ['x', 'y'], [[1, 0]]);
    await expect(run('classes', { context, query: path })).rejects.toThrow('expected a class from 0 to 2');
  });

  test('--plot of several inputs, and of classes', async () => {
    const context = two();
    await expect(run('two', { context, query: twoQuery(), plot: 'a.svg' })).rejects.toMatchObject({
      name: 'UsageError',
      message: `--plot draws y by one input, and ${context} has 2 inputs ('x1', 'x2'). Leave it out.`,
    });
    await expect(run('classes', { context: csv('c.csv', ['x', 'y'], [[1, 0]]), plot: 'a.svg' })).rejects.toMatchObject({
      name: 'UsageError',
      message: '--plot draws targets that are numbers, and those of classes are classes. Leave it out.',
    });
  });

  test.each([
    ['--out', 'a.txt', "--out writes CSV, so its file must end in .csv, got 'a.txt'."],
    ['--plot', 'a.png', "--plot writes SVG or HTML, so its file must end in .svg or .html, got 'a.png'."],
    ['--theme', 'blue', "--theme must be one of light, dark, got 'blue'."],
  ])('%s %s', (flag, text, message) => {
    expect(() => parse(flag, text)).toThrow(message);
  });
});
