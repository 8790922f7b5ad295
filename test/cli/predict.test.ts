import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { command } from '../../cli/commands/predict.ts';
import { classScores, numberScores } from '../../model/scores.ts';
import { fakeTableNetwork, kernelBars, kernelClasses, scattered } from '../infer/table/fake-table-network.ts';
import { runCommand } from './run-command.ts';

// The command with networks whose answers are known: what is tested here is what it reads and prints.
const loaded: [string, unknown][] = [];
vi.mock('../../infer/load.node.ts', () => ({
  async loadPredictor(name: string, options: unknown) {
    loaded.push([name, options]);
    const isClasses = name !== 'tabular-regressor';
    return fakeTableNetwork(isClasses ? 'classes' : 'bars', isClasses ? kernelClasses : kernelBars).predictor;
  },
}));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const run = (options: object) => runCommand(command, '', options);
const json = async (options: object) => JSON.parse((await run({ ...options, json: true })).out);

/** Rows a, kind, y of a target that depends on a and, a little, on kind. */
const rowsOf = (count: number, start: number, target: (a: number, kind: string) => string | number) => {
  const kinds = scattered(count, start + 90).map((value) => ['red', 'blue', 'green'][Math.floor(3 * value)]);
  return scattered(count, start).map((a, i) => [a.toFixed(4), kinds[i], target(a, kinds[i])]);
};
const csv = (name: string, header: string, rows: readonly (readonly (string | number)[])[]) =>
  write(name, `${header}\n${rows.map((row) => row.join(',')).join('\n')}\n`);

const label = (a: number) => (a < 0.3 ? 'low' : a < 0.7 ? 'mid' : 'high');
const price = (a: number, kind: string) => Math.round(1000 + 500 * a + (kind === 'red' ? 40 : 0)) + 0.5;
const KNOWN = rowsOf(31, 0, label);
const NEW = rowsOf(13, 200, label);
const PRICES = rowsOf(31, 0, price);
const NEW_PRICES = rowsOf(13, 200, price);

const classes = () => ({ train: csv('a.csv', 'a,kind,y', KNOWN), test: csv('b.csv', 'a,kind,y', NEW), target: 'y' });
const numbers = () => ({
  train: csv('c.csv', 'a,kind,y', PRICES),
  test: csv('d.csv', 'a,kind,y', NEW_PRICES),
  target: 'y',
});
const unknown = () => ({
  ...classes(),
  test: csv(
    'u.csv',
    'kind,a',
    NEW.map(([a, kind]) => [kind, a]),
  ),
});
const AUTO = 'task classification: the targets are text, 3 different values. Another one: --task.';

describe('classification', () => {
  test('labels are called as the file calls them, also where they are read as numbers', async () => {
    const tier = (a: number) => (a < 0.5 ? '10 %' : '20 %');
    const known = csv('t.csv', 'a,kind,y', rowsOf(31, 0, tier));
    const fresh = csv('n.csv', 'a,kind,y', rowsOf(13, 200, tier));
    const { classes, labels } = await json({ train: known, test: fresh, target: 'y' });
    expect(classes).toEqual(['10 %', '20 %']);
    expect(new Set(labels)).toEqual(new Set(classes));
    const { out } = await run({ train: known, test: fresh, target: 'y', out: join(folder, 'tiers.csv') });
    expect(out).toContain('P(20 %)');
    expect(out).toContain('scores of 13 rows');
    expect(readFileSync(join(folder, 'tiers.csv'), 'utf8')).toMatch(/^y,prediction,P\(10 %\),P\(20 %\)\n\d0 %,\d0 %,/);
    // Labels are of one type, and those of the rows to predict are as their own file has them.
    const thousands = rowsOf(31, 0, (a) => (a < 0.5 ? '500' : '"1,000"'));
    const other = csv('o.csv', 'a,kind,y', [...rowsOf(3, 200, () => '500'), ['0.1', 'red', '"3,000"']]);
    const file = join(folder, 'thousands.csv');
    const mixed = { train: csv('m.csv', 'a,kind,y', thousands), test: other, target: 'y', task: 'classification' };
    expect((await json({ ...mixed, out: file })).classes).toEqual(['500', '1,000']);
    expect(readFileSync(file, 'utf8').split('\n')[4]).toMatch(/^"3,000",/);
    // A column beside it that is written so changes nothing.
    const shares = rowsOf(31, 0, (a) => (a < 0.5 ? 1 : 2)).map(([a, , y]) => [`${a} %`, y]);
    const beside = csv('s.csv', 'a,y', shares);
    expect((await json({ train: beside, test: beside, target: 'y' })).classes).toEqual([1, 2]);
  });

  test('1 and 1.0 are one class, and truth values are called as the file calls them', async () => {
    const halves = rowsOf(31, 0, (a) => (a < 0.5 ? '1.0' : a < 0.75 ? '2' : '1'));
    const file = csv('halves.csv', 'a,kind,y', halves);
    expect((await json({ train: file, test: file, target: 'y' })).classes).toEqual([1, 2]);
    const python = csv(
      'python.csv',
      'a,kind,y',
      rowsOf(31, 0, (a) => (a < 0.5 ? 'True' : 'False')),
    );
    const r = csv(
      'r.csv',
      'a,kind,y',
      rowsOf(13, 200, (a) => (a < 0.5 ? 'TRUE' : 'FALSE')),
    );
    const { classes, scores } = await json({ train: python, test: r, target: 'y' });
    expect(classes).toEqual(['False', 'True']);
    expect(scores.accuracy).toBeGreaterThan(0.5);
  });

  test('--json is one document of the documented shape', async () => {
    const { out, notes } = await run({ ...classes(), json: true });
    const { seconds, probabilities, labels, baseline, ...rest } = JSON.parse(out);
    expect(Object.keys(baseline)).toEqual(Object.keys(rest.scores));
    expect(rest).toEqual({
      checkpoint: 'fake',
      device: { name: 'cpu', reason: 'a test' },
      task: 'classification',
      classes: ['high', 'low', 'mid'],
      scores: classScores(
        probabilities,
        NEW.map(([, , y]) => ['high', 'low', 'mid'].indexOf(String(y))),
      ),
    });
    expect(seconds).toBeGreaterThan(0);
    expect([probabilities.length, labels.length]).toEqual([13, 13]);
    for (const [i, row] of probabilities.entries()) {
      expect(row.reduce((sum: number, p: number) => sum + p, 0)).toBeCloseTo(1, 9);
      expect(labels[i]).toBe(rest.classes[row.indexOf(Math.max(...row))]);
    }
    expect(notes).toEqual([AUTO]);
  });

  test('does not need the target in the test file, nor its columns in order', async () => {
    const [with_, without] = [await json(classes()), await json(unknown())];
    expect(without.probabilities).toEqual(with_.probabilities);
    const { out } = await run(unknown());
    expect(out).not.toMatch(/scores of/);
  });

  test('prints the first rows, what all rows score, and the device', async () => {
    const { out } = await run(classes());
    const lines = out.split('\n');
    expect(lines[0].split(/ {2,}/)).toEqual(['row', 'y', 'prediction', 'P(high)', 'P(low)', 'P(mid)']);
    expect(lines[10]).toMatch(/^10 /);
    expect(lines[11]).toBe('... 3 more rows: --out writes all');
    const { probabilities, classes: names } = await json(classes());
    const scores = classScores(
      probabilities,
      NEW.map(([, , y]) => names.indexOf(y)),
    );
    expect(lines[13]).toMatch(/^scores of 13 rows +without inputs$/);
    // Beside them those of the shares of classes in the rows to learn from.
    const share = (name: string) => KNOWN.filter(([, , y]) => y === name).length / KNOWN.length;
    const blind = classScores(
      NEW.map(() => names.map(share)),
      NEW.map(([, , y]) => names.indexOf(y)),
    );
    const four = (value: number | null) => Number(value?.toPrecision(4));
    expect(out).toMatch(new RegExp(`^accuracy +${four(scores.accuracy)} +${four(blind.accuracy)}$`, 'm'));
    expect(out).toMatch(new RegExp(`mean\\) +${four(scores.rocAuc)} +0.5$`, 'm'));
    expect(out).toMatch(new RegExp(`^log loss +${four(scores.logLoss)} +${four(blind.logLoss)}$`, 'm'));
    expect(lines.at(-1)).toMatch(/^fake on cpu \(a test\), \d+\.\d{3} s$/);
  });

  test('scores only rows whose target is known to the model, and says so', async () => {
    const rows = NEW.map(([a, kind, y], i) => [a, kind, i === 2 ? '' : i === 5 ? 'new' : y]);
    const { out, notes } = await run({ ...classes(), test: csv('gaps.csv', 'a,kind,y', rows) });
    expect(out).toContain('scores of 11 rows');
    expect(notes[1]).toBe(`${join(folder, 'gaps.csv')}: 2 rows not scored, without a 'y' that the model knows.`);
  });

  test('keeps labels that are numbers as numbers', async () => {
    const rows = KNOWN.map(([a, kind, y]) => [a, kind, { low: 9, mid: 10, high: 2 }[y as string] ?? 0]);
    const result = await json({ ...classes(), train: csv('n.csv', 'a,kind,y', rows), test: unknown().test });
    expect(result.classes).toEqual([2, 9, 10]);
    expect(typeof result.labels[0]).toBe('number');
  });

  test('--out writes every row as CSV with all digits, quoted where needed, and nothing half-written stays', async () => {
    const path = join(folder, 'out.csv');
    const rows = KNOWN.map(([a, kind, y]) => [a, kind, y === 'low' ? '"lo, w"' : y]);
    const files = { ...unknown(), train: csv('q.csv', 'a,kind,y', rows) };
    const { notes } = await run({ ...files, out: path });
    expect(notes.at(-1)).toBe(`wrote ${path}: 13 rows`);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe('prediction,P(high),"P(lo, w)",P(mid)');
    const { probabilities } = await json(files);
    expect(lines.slice(1).map((line) => line.split(',').slice(-3).map(Number))).toEqual(probabilities);
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('--id and --drop: columns that are no inputs, of which the one that names the rows is beside each answer', async () => {
    const withNames = (rows: typeof KNOWN) => rows.map((row, i) => [`p${7 * i}`, i, ...row]);
    const plain = unknown();
    const files = {
      train: csv('named.csv', 'name,count,a,kind,y', withNames(KNOWN)),
      test: csv('named-new.csv', 'Name,count,a,kind,y', withNames(NEW)),
      target: 'y',
      id: 'name',
      drop: ['count'],
    };
    const path = join(folder, 'named-out.csv');
    const { notes, out } = await run({ ...files, out: path });
    expect(notes).toEqual([AUTO, `wrote ${path}: 13 rows`]);
    expect(out).toMatch(/^row +Name +y +prediction .*\n1 +p0 /);
    expect(readFileSync(path, 'utf8')).toMatch(/^Name,y,prediction,.*\np0,.*\np7,/);
    const { ids, probabilities } = await json(files);
    expect(ids).toEqual(NEW.map((_, i) => `p${7 * i}`));
    expect(probabilities).toEqual((await json(plain)).probabilities);
    // A name that only the rows to predict have.
    expect(await json({ ...files, train: plain.train, drop: [] })).toMatchObject({ ids });
  });

  test.each<[object, string]>([
    [{ drop: ['no'] }, "--drop: @/a.csv has no column 'no'. It has 'a', 'kind', 'y'."],
    [{ id: 'no' }, "--id: @/b.csv has no column 'no'. It has 'a', 'kind', 'y'."],
    [{ drop: ['Y'] }, "'y' is the target, so it is not left out as an input."],
  ])('refuses %j', async (options, message) => {
    await expect(run({ ...classes(), ...options })).rejects.toMatchObject({
      name: 'UsageError',
      message: message.replace('@', folder),
    });
  });

  test('no column may be left to predict from', async () => {
    await expect(run({ ...classes(), drop: ['a', 'kind'] })).rejects.toThrow(
      'no column is left but the target. Expected columns to predict it from.',
    );
  });

  test('--drop takes names with commas between, more than once', () => {
    const parse = command.options.find(({ flags }) => flags.startsWith('--drop '))?.parse;
    expect(parse?.('c', parse?.('a, b'))).toEqual(['a', 'b', 'c']);
  });

  test('a number of a class may be written in another way, as 1 is 1.0 in a column with gaps', async () => {
    const numbered = (text: (y: string) => string) =>
      [KNOWN, NEW].map((rows) =>
        rows.map(([a, kind, y]) => [a, kind, text({ low: '0', mid: '1', high: '2' }[y] ?? '')]),
      );
    const [known] = numbered((y) => y);
    const [, fresh] = numbered((y) => `${y}.0`);
    const files = { train: csv('i.csv', 'a,kind,y', known), test: csv('f.csv', 'a,kind,y', fresh), target: 'y' };
    const { out, notes } = await run(files);
    expect(out).toContain('scores of 13 rows');
    expect(notes).toHaveLength(1);
    // And so may a truth value.
    const truths = [KNOWN, NEW].map((rows, i) =>
      rows.map(([a, kind, y]) => [a, kind, y === 'low' ? ['True', 'true'][i] : ['False', 'false'][i]]),
    );
    const mixed = {
      train: csv('tr.csv', 'a,kind,y', truths[0]),
      test: csv('fa.csv', 'a,kind,y', truths[1]),
      target: 'y',
    };
    expect((await run(mixed)).out).toContain('scores of 13 rows');
  });

  test('of more classes than fit, the table has the likeliest of each row', async () => {
    const many = (rows: typeof KNOWN) => rows.map(([a, kind]) => [a, kind, `k${Math.floor(8 * Number(a))}`]);
    const files = {
      train: csv('m.csv', 'a,kind,y', many(KNOWN)),
      test: csv('n.csv', 'a,kind,y', many(NEW)),
      target: 'y',
    };
    const { out } = await run(files);
    const { probabilities, labels, classes: names } = await json(files);
    const [header, first] = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(header).toEqual(['row', 'y', 'prediction', 'P', 'or', 'P', 'or', 'P', 'P(others)']);
    const sorted = probabilities[0]
      .map((p: number, k: number) => [p, names[k]])
      .sort(([a]: [number], [b]: [number]) => b - a);
    expect(first[2]).toBe(labels[0]);
    expect(first.slice(2, 8)).toEqual(
      sorted.slice(0, 3).flatMap(([p, name]: [number, string]) => [name, String(Number(p.toPrecision(4)))]),
    );
    const rest = sorted.slice(3).reduce((sum: number, [p]: [number]) => sum + p, 0);
    expect(Number(first[8])).toBeCloseTo(rest, 4);
    expect(out).toContain('the probabilities of all classes: --out writes all');
  });

  test('rows to predict that are rows to learn from are told of', async () => {
    const { train } = classes();
    const { notes } = await run({ train, test: train, target: 'y' });
    expect(notes[1]).toBe(
      `${train}: 31 of its rows are rows of ${train} too, so scores say little. --cv 5 scores on rows that are left out.`,
    );
    expect((await run(classes())).notes).toEqual([AUTO]);
  });

  test('hands its options to the model', async () => {
    loaded.length = 0;
    await run({ ...classes(), checkpoint: 'runs/mine', device: 'auto', threads: 3, nEstimators: 2, seed: 5 });
    expect(loaded).toEqual([['runs/mine', expect.objectContaining({ device: 'cpu', threads: 3 })]]);
    const [one, two] = [
      await json({ ...classes(), nEstimators: 1 }),
      await json({ ...classes(), nEstimators: 1, seed: 1 }),
    ];
    expect(one.probabilities).not.toEqual(two.probabilities);
    const several = await json({ ...classes(), nEstimators: 3 });
    expect(several.probabilities).not.toEqual(one.probabilities);
  });
});

describe('regression', () => {
  test('--json is one document of the documented shape', async () => {
    const { seconds, mean, variance, quantiles, scores, baseline, ...rest } = await json(numbers());
    expect(baseline.rmse).toBeGreaterThan(scores.rmse);
    expect(rest).toEqual({ checkpoint: 'fake', device: { name: 'cpu', reason: 'a test' }, task: 'regression' });
    expect(Object.keys(quantiles)).toEqual(['0.05', '0.25', '0.5', '0.75', '0.95']);
    for (const list of [mean, variance, ...Object.values<number[]>(quantiles)]) expect(list).toHaveLength(13);
    expect(quantiles['0.05'][3]).toBeLessThan(quantiles['0.95'][3]);
    expect(loaded.at(-1)?.[0]).toBe('tabular-regressor');
  });

  test('--out has a column for each quantile, called as those of the other commands', async () => {
    const path = join(folder, 'prices.csv');
    await run({ ...numbers(), out: path });
    expect(readFileSync(path, 'utf8')).toMatch(/^y,mean,sd,q05,q25,median,q75,q95\n/);
  });

  test('prints the scores of its means', async () => {
    const { mean } = await json(numbers());
    const { rmse, mae, r2 } = numberScores(
      mean,
      NEW_PRICES.map(([, , y]) => Number(y)),
      null,
    );
    const { out, notes } = await run(numbers());
    // A prediction without inputs: the mean and the variance of the known prices.
    const prices = PRICES.map(([, , y]) => Number(y));
    const center = prices.reduce((sum, price) => sum + price, 0) / prices.length;
    const squares = NEW_PRICES.map(([, , y]) => (Number(y) - center) ** 2);
    const blind = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    const four = (value: number | null) => Number(value?.toPrecision(4));
    expect(out).toMatch(new RegExp(`^RMSE +${four(rmse)} +${four(blind)}$`, 'm'));
    expect(out).toMatch(new RegExp(`^mean absolute error +${four(mae)} `, 'm'));
    expect(out).toMatch(new RegExp(`^R2 +${four(r2)} `, 'm'));
    expect(out).toMatch(/^log-likelihood \(nats\) +-?\d\S* +-?\d/m);
    expect(notes).toEqual([
      expect.stringMatching(/^task regression: the targets are numbers, \d+ different values\. Another one: --task\.$/),
    ]);
  });

  test('scores each of many rows by its own target', async () => {
    // More rows than are asked for at a time.
    const many = rowsOf(2100, 500, price);
    const asked = { ...numbers(), test: csv('many.csv', 'a,kind,y', many), nEstimators: 1 };
    const { mean } = await json(asked);
    const { rmse } = numberScores(
      mean,
      many.map(([, , y]) => Number(y)),
      null,
    );
    const { out } = await run(asked);
    expect(out).toMatch(new RegExp(`^RMSE +${Number(rmse.toPrecision(4))}( |$)`, 'm'));
  });

  test('of text is refused with its place', async () => {
    await expect(run({ ...classes(), task: 'regression' })).rejects.toThrow(
      `${join(folder, 'a.csv')}, row 2, column 'y': '${KNOWN[0][2]}' is not a number.`,
    );
  });
});

describe('--cv', () => {
  const folds = async (files: { train: string; target: string }, cv: number) => {
    const { train, target } = files;
    return { answer: await json({ train, target, cv }), text: await run({ train, target, cv }) };
  };

  test('predicts each row from the other parts alone, and scores all of them', async () => {
    // Leaving out one row at a time is the same whatever the parts are.
    const { answer, text } = await folds(classes(), KNOWN.length);
    const rest = KNOWN.filter((_, i) => i !== 4);
    const one = { train: csv('rest.csv', 'a,kind,y', rest), test: csv('one.csv', 'a,kind,y', [KNOWN[4]]), target: 'y' };
    const alone = await json(one);
    expect(answer.probabilities[4]).toEqual(alone.probabilities[0]);
    expect(answer.probabilities).toHaveLength(31);
    expect(text.out).toContain('scores of 31 rows');
    expect(text.notes).toEqual([AUTO]);
  });

  test('has parts with as many of each class, and of low and high numbers; another seed, other parts', async () => {
    // With a class of five rows in five parts, each is predicted by a network that knows four.
    const five = KNOWN.map(([a, kind], i) => [a, kind, i % 6 === 0 ? 'few' : 'many']).slice(0, 25);
    const files = { train: csv('five.csv', 'a,kind,y', five), target: 'y' };
    expect((await folds(files, 5)).answer.classes).toEqual(['few', 'many']);
    const prices = { train: numbers().train, target: 'y' };
    const [one, again] = [(await folds(prices, 4)).answer, await json({ ...prices, cv: 4 })];
    expect(again.mean).toEqual(one.mean);
    expect((await json({ ...prices, cv: 4, seed: 1 })).mean).not.toEqual(one.mean);
    expect(one.scores.r2).toBeGreaterThan(0.5);
  });

  test('a part without one of the classes has none of its probability', async () => {
    const rare = KNOWN.map(([a, kind, y], i) => [a, kind, i === 3 ? 'rare' : y]);
    const rareFile = csv('rare.csv', 'a,kind,y', rare);
    const { answer, text } = await folds({ train: rareFile, target: 'y' }, 4);
    // It is not scored, since no other part knows of its class.
    expect(text.out).toContain('scores of 30 rows');
    expect(text.notes).toContain(`${rareFile}: 1 row not scored, whose 'y' is in no other part. Leave out such rows.`);
    const at = answer.classes.indexOf('rare');
    expect(answer.probabilities[3][at]).toBe(0);
    expect(answer.probabilities.filter((row: number[]) => row[at] > 0).length).toBeGreaterThan(20);
  });

  test('names the part that cannot be learnt from, and a column of names that is not there', async () => {
    const lone = KNOWN.slice(0, 4).map(([a, kind], i) => [a, kind, i === 0 ? 'q' : 'p']);
    await expect(run({ train: csv('lone.csv', 'a,kind,y', lone), target: 'y', cv: 2 })).rejects.toThrow(
      /^--cv 2: without part [12] of 2: \/.*lone\.csv: expected at least 2 classes in y, got only 'p'\. Take more parts, or add rows\.$/,
    );
    const { train, target } = classes();
    await expect(run({ train, target, cv: 3, id: 'no' })).rejects.toThrow(`--id: ${train} has no column 'no'.`);
  });

  test('takes categories for what they are where all others of a part are numbers or dates', async () => {
    for (const [text, other] of [
      [(i: number) => String(i), 'many'],
      [(i: number) => `2024-01-${String(i + 1).padStart(2, '0')}`, 'soon'],
    ] as const) {
      const mixed = KNOWN.map(([a, , y], i) => [a, i === 5 ? other : text(i % 4), y]);
      const { answer } = await folds({ train: csv('mixed.csv', 'a,kind,y', mixed), target: 'y' }, 4);
      expect(answer.probabilities).toHaveLength(KNOWN.length);
    }
  });

  test('takes no --test, and no more parts than rows', async () => {
    await expect(run({ ...classes(), cv: 5 })).rejects.toMatchObject({
      name: 'UsageError',
      message: '--cv predicts the rows of --train. Leave out --test, or --cv.',
    });
    const { train, target } = classes();
    await expect(run({ train, target, cv: 32 })).rejects.toThrow('--cv must be at most 31, the rows of');
  });
});

describe('--plot', () => {
  test.each(['svg', 'html'])('draws calibration or predicted by actual: .%s', async (kind) => {
    const path = join(folder, `plot.${kind}`);
    const { notes } = await run({ ...classes(), plot: path, json: true });
    expect(notes.at(-1)).toBe(`wrote ${path}`);
    const calibration = readFileSync(path, 'utf8');
    expect(calibration).toMatch(kind === 'svg' ? /^<svg .*<\/svg>\s*$/s : /^<!doctype html>.*<\/html>\s*$/s);
    expect(calibration).toContain('probabilities of 3 classes, 13 rows');
    await run({ ...numbers(), plot: path, json: true });
    const actual = readFileSync(path, 'utf8');
    expect(actual).toMatch(/90 % intervals hold \d+\.\d % of 13 rows/);
    for (const picture of [calibration, actual]) expect(picture).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('needs targets to compare with', async () => {
    await expect(run({ ...unknown(), plot: 'x.svg' })).rejects.toMatchObject({
      name: 'UsageError',
      message: `--plot compares with what is known, and ${join(folder, 'u.csv')} has no 'y'. Leave it out.`,
    });
  });
});

describe('one line refuses', () => {
  test('a call without files', async () => {
    const usage = (message: string) => ({ name: 'UsageError', message });
    await expect(run({})).rejects.toMatchObject(
      usage('--train is missing. Name the file of the rows to learn from: --train known.csv.'),
    );
    await expect(run({ ...classes(), test: undefined })).rejects.toMatchObject(
      usage(
        '--test is missing. Name the file of the rows to predict: --test new.csv. To score on the known rows: --cv 5.',
      ),
    );
  });

  test.each([
    ['--out', 'a.txt', "--out writes CSV, so its file must end in .csv, got 'a.txt'."],
    ['--plot', 'a.png', "--plot writes SVG or HTML, so its file must end in .svg or .html, got 'a.png'."],
    ['--task', 'ranking', "--task must be one of auto, classification, regression, got 'ranking'."],
    ['--n-estimators', '0', "--n-estimators must be a whole number from 1 to 1000, got '0'."],
  ])('%s %s', (flag, text, message) => {
    const parse = command.options.find(({ flags }) => flags.startsWith(`${flag} `))?.parse;
    expect(() => parse?.(text)).toThrow(message);
  });
});
