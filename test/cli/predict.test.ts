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

  test('--json is one document of the documented shape', async () => {
    const { out, notes } = await run({ ...classes(), json: true });
    const { seconds, probabilities, labels, ...rest } = JSON.parse(out);
    expect(rest).toEqual({
      checkpoint: 'fake',
      device: { name: 'cpu', reason: 'a test' },
      task: 'classification',
      classes: ['high', 'low', 'mid'],
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
    expect(lines[13]).toBe('scores of 13 rows');
    expect(out).toMatch(new RegExp(`^accuracy +${Number(scores.accuracy.toPrecision(4))}$`, 'm'));
    expect(out).toMatch(new RegExp(`mean\\) +${Number(scores.rocAuc?.toPrecision(4))}$`, 'm'));
    expect(out).toMatch(new RegExp(`^log loss +${Number(scores.logLoss.toPrecision(4))}$`, 'm'));
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
    expect(out).toMatch(/^row +name +y +prediction .*\n1 +p0 /);
    expect(readFileSync(path, 'utf8')).toMatch(/^name,y,prediction,.*\np0,.*\np7,/);
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

  test('hands its options to the model', async () => {
    loaded.length = 0;
    await run({ ...classes(), checkpoint: 'runs/mine', device: 'auto', threads: 3, nEstimators: 2, seed: 5 });
    expect(loaded).toEqual([['runs/mine', expect.objectContaining({ device: 'cpu', threads: 3 })]]);
    const [one, two] = [
      await json({ ...classes(), nEstimators: 1 }),
      await json({ ...classes(), nEstimators: 1, seed: 1 }),
    ];
    expect(one.probabilities).not.toEqual(two.probabilities);
  });
});

describe('regression', () => {
  test('--json is one document of the documented shape', async () => {
    const { seconds, mean, variance, quantiles, ...rest } = await json(numbers());
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
    const { rmse, r2 } = numberScores(
      mean,
      NEW_PRICES.map(([, , y]) => Number(y)),
      null,
    );
    const { out, notes } = await run(numbers());
    expect(out).toMatch(new RegExp(`^RMSE +${Number(rmse.toPrecision(4))}$`, 'm'));
    expect(out).toMatch(new RegExp(`^R2 +${Number(r2?.toPrecision(4))}$`, 'm'));
    expect(out).toMatch(/^log-likelihood \(nats\) +-?\d/m);
    expect(notes).toEqual([
      expect.stringMatching(/^task regression: the targets are numbers, \d+ different values\. Another one: --task\.$/),
    ]);
  });

  test('of text is refused with its place', async () => {
    await expect(run({ ...classes(), task: 'regression' })).rejects.toThrow(
      `${join(folder, 'a.csv')}, row 2, column 'y': '${KNOWN[0][2]}' is not a number.`,
    );
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
        '--test is missing. Name the file of the rows to predict: --test new.csv. To score, put some rows with known targets there.',
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
