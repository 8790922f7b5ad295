import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseTabularAnswer, type TabularRequest } from '../../bench/peers/sklearn-tabular.ts';
import { type Dataset, peerTable, readDatasets, splitRows } from '../../bench/tabular/data.ts';
import { meanRanks, meanScores, type Scored, scoreTable } from '../../bench/tabular/table.ts';

const CLASSES = ['a', 'b', 'c'];
/** 41 rows of three classes: 20, 14 and 7. */
const targets = Array.from({ length: 41 }, (_, i) => (i % 6 === 5 ? 2 : i % 3 === 1 ? 1 : 0));
const counts = (rows: readonly number[]) => CLASSES.map((_, c) => rows.filter((row) => targets[row] === c).length);
const dataset = (task: Dataset['task']): Dataset => ({
  name: 'mine',
  task,
  targets,
  classes: CLASSES,
  rows: null as never,
});

describe('a split', () => {
  test('is the same at every run, and others are others', () => {
    const split = splitRows(dataset('classification'), 0, 1);
    expect(splitRows(dataset('classification'), 0, 1)).toEqual(split);
    expect(splitRows(dataset('classification'), 1, 1)).not.toEqual(split);
    expect(splitRows(dataset('classification'), 0, 2)).not.toEqual(split);
  });

  test('has every row once, and half of each class on either side', () => {
    const { train, test: others } = splitRows(dataset('classification'), 3, 1);
    expect([...train, ...others].toSorted((a, b) => a - b)).toEqual([...targets.keys()]);
    const all = counts([...targets.keys()]);
    expect(counts(train)).toEqual(all.map((count) => Math.ceil(count / 2)));
    expect(counts(others)).toEqual(all.map((count) => Math.floor(count / 2)));
  });

  test('of more rows than the most has so many', () => {
    const { train, test: others } = splitRows(dataset('regression'), 0, 1, 15);
    expect([train.length, others.length]).toEqual([8, 7]);
    expect(new Set([...train, ...others]).size).toBe(15);
  });
});

test('columns of numbers of a table of classes are targets, too, without the class and in their standard deviations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-tabular-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'tabular'));
  // Few values in b, a gap in c, text in d; e is the second that will do, f the third.
  const rows = Array.from({ length: 30 }, (_, i) => [10 * i, i % 3, i === 7 ? '' : i, `k${i}`, i * i, i, 'xy'[i % 2]]);
  const lines = [['a', 'b', 'c', 'd', 'e', 'f', 'target'], ...rows].map((row) => row.join(','));
  writeFileSync(join(folder, 'tabular', 'mine.csv'), lines.join('\n'));
  const [classes, a, e, ...more] = readDatasets(folder);
  expect(more).toEqual([]);
  expect([classes, a, e].map(({ name, task }) => [name, task])).toEqual([
    ['mine', 'classification'],
    ['mine: a', 'regression'],
    ['mine: e', 'regression'],
  ]);
  expect(a.rows.columns).toEqual(['b', 'c', 'd', 'e', 'f']);
  expect(a.rows.inputs[7]).toEqual({ b: '1', c: null, d: 'k7', e: '49', f: '7' });
  // 0 .. 29 have the variance (30^2 - 1) / 12.
  expect(a.targets[3]).toBeCloseTo(3 / Math.sqrt(899 / 12), 9);
});

test('peers get numbers where a whole column is of numbers, text elsewhere, and null where a value is missing', () => {
  const inputs = [
    { x: '1.5', kind: '7', gone: null },
    { x: null, kind: 'b', gone: '2' },
  ];
  const rows = { columns: ['x', 'kind', 'gone'], inputs } as never;
  expect(peerTable(rows)).toEqual({
    columns: ['number', 'category', 'number'],
    rows: [
      [1.5, '7', null],
      [null, 'b', 2],
    ],
  });
});

describe('tables', () => {
  const scored = (dataset: string, method: string, auc: number | null, loss: number): Scored => ({
    dataset,
    method,
    scores: { auc, loss },
  });
  const all = [
    scored('one', 'A', 0.8, 0.5),
    scored('one', 'A', 0.6, 0.3),
    scored('one', 'B', 0.9, 0.4),
    scored('two', 'A', 0.5, 0.2),
    scored('two', 'B', 0.4, 0.1),
    scored('three', 'A', null, 0.2),
    scored('three', 'B', 0.4, 0.2),
  ];
  const metrics = [
    { name: 'auc', isHigherBetter: true },
    { name: 'loss', isHigherBetter: false },
  ];

  test('have means over splits, of what is known', () => {
    expect(meanScores(all, metrics)[0]).toEqual(scored('one', 'A', 0.7, 0.4));
    expect(meanScores(all, metrics)[4]).toEqual(scored('three', 'A', null, 0.2));
  });

  test('rank methods where all are known, ties in the middle', () => {
    const means = meanScores(all, metrics);
    expect(meanRanks(means, metrics[0])).toEqual({ A: 1.5, B: 1.5 });
    // one: equal; two: B is better; three: equal.
    expect(meanRanks(means, metrics[1])).toEqual({ A: (1.5 + 2 + 1.5) / 3, B: (1.5 + 1 + 1.5) / 3 });
  });

  test('are a line per data set and method, and one per method', () => {
    const lines = scoreTable(all, metrics).split('\n');
    expect(lines[0].split(/ +/)).toEqual(['data', 'set', 'method', 'auc', 'loss']);
    expect(lines[1].split(/ +/)).toEqual(['one', 'A', '0.7000', '0.4000']);
    expect(lines[5].split(/ +/)).toEqual(['three', 'A', '-', '0.2000']);
    expect(lines.filter((line) => line.startsWith('mean '))).toHaveLength(3);
  });
});

describe('an answer of the peers', () => {
  const request: TabularRequest = {
    task: 'classification',
    seed: 1,
    columns: ['number'],
    train: [[1], [2], [3]],
    test: [[4], [5]],
    targets: [0, 1, 2],
  };
  const print = (probabilities: number[][]) =>
    JSON.stringify({ versions: {}, failed: {}, answers: { kNN: { seconds: 0.1, probabilities } } });

  test('has a probability per class of every row', () => {
    const whole = [
      [0.2, 0.3, 0.5],
      [1, 0, 0],
    ];
    expect(parseTabularAnswer(print(whole), request)).toMatchObject({ answers: { kNN: { probabilities: whole } } });
    const message = 'sklearn_tabular.py: expected an answer of kNN for each of 2 rows.';
    expect(() => parseTabularAnswer(print(whole.slice(1)), request)).toThrow(message);
    expect(() =>
      parseTabularAnswer(
        print([
          [0.5, 0.5],
          [1, 0],
        ]),
        request,
      ),
    ).toThrow(message);
  });

  test('is a reason where scikit-learn is absent', () => {
    const unavailable = JSON.stringify({ unavailable: "No module named 'sklearn'" });
    expect(parseTabularAnswer(unavailable, request)).toEqual({
      skipped: 'peers: python3-sklearn not installed: skipped',
    });
  });
});
