import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settingsOf } from '../../../cli/curve-settings.ts';
import { readCurveFiles } from '../../../cli/read/read-curve-files.ts';
import { readCurves } from '../../../cli/read/read-curves.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const LOSSES = 'epoch,val_loss\n1,3\n2,2\n';
const HISTORY = 'epoch,val_loss,val_accuracy\n1,3,0.1\n2,2,0.2\n';
const names = (paths: readonly string[], options = {}) => readCurveFiles(paths, options).curves.map(({ name }) => name);
const goals = (paths: readonly string[]) => {
  const file = readCurveFiles(paths);
  const seen = file.curves.map(({ values }) => values);
  const { settings, areMetrics } = settingsOf({ goal: 'auto' }, file, seen);
  return { areMetrics, goals: settings.map(({ goal }) => goal.goal) };
};

test('one file is read as it is alone', () => {
  const path = write('alone.csv', HISTORY);
  expect(readCurveFiles([path])).toEqual(readCurves(path));
});

test('steps are not their own values', () => {
  expect(() => readCurveFiles([write('same.csv', HISTORY)], { stepKey: 'epoch', valueKey: 'epoch' })).toThrow(
    "--step-key and --value-key are both 'epoch'. Steps are not their own values.",
  );
});

test('a run that never had a value is left out beside others, which a note says', () => {
  const lost = write('lost.jsonl', Array.from({ length: 20 }, (_, i) => `{"step":${i},"loss":NaN}\n`).join(''));
  const { curves, notes } = readCurveFiles([lost, write('found.jsonl', '{"step":1,"loss":3}\n{"step":2,"loss":2}\n')]);
  expect(curves.map(({ name }) => name)).toEqual(['found']);
  expect(notes).toEqual([`left out: ${lost}: diverged: nothing but NaN or infinities in 'lost', from step 0 on.`]);
});

test.each([
  [
    ['a.csv', 'b.csv'],
    ['a', 'b'],
  ],
  [
    ['runs/a/log.csv', 'runs/b/log.csv'],
    ['a', 'b'],
  ],
  [
    ['runs/lr0.1/log.csv', 'runs/lr0.01/log.csv', 'runs/base/seed1/log.csv'],
    ['lr0.1', 'lr0.01', 'base/seed1'],
  ],
])('files with a curve each name it by what tells them apart: %j', (files, expected) => {
  const paths = files.map((name) => write(`each/${name}`, LOSSES));
  const { curves, valueTitle, stepTitle } = readCurveFiles(paths);
  expect([valueTitle, stepTitle]).toEqual(['val_loss', 'epoch']);
  expect(curves.map(({ name }) => name)).toEqual(expected);
  expect(curves[1]).toMatchObject({ steps: [1, 2], values: [3, 2] });
  expect(goals(paths)).toEqual({ areMetrics: false, goals: files.map(() => 'minimize') });
});

test('a file with nothing to read yet is left out, unless that is all there is', () => {
  const [empty, started] = [write('new/a.csv', ''), write('new/b.csv', LOSSES)];
  const { curves, notes } = readCurveFiles([empty, started]);
  expect([curves.map(({ name }) => name), notes]).toEqual([
    ['b'],
    [`left out: ${empty}, row 1: the file is empty. Expected CSV.`],
  ]);
  expect(() => readCurveFiles([empty, write('new/c.csv', '')])).toThrow('the file is empty');
});

test('the end that files name is theirs together', () => {
  const state = (name: string, max_steps: number) =>
    write(name, JSON.stringify({ max_steps, log_history: [1, 2].map((step) => ({ step, loss: 3 / step })) }));
  expect(readCurveFiles([state('end/a.json', 500), state('end/b.json', 700)]).end).toBe(700);
});

test('names that would be alike or empty are the paths', () => {
  const nested = [write('nested/a/log.csv', LOSSES), write('nested/log.csv', LOSSES)];
  expect(names(nested)).toEqual(nested);
  const paths = [write('alike/a.csv', LOSSES), write('alike/a.tsv', LOSSES.replaceAll(',', '\t'))];
  expect(names(paths)).toEqual(paths);
});

test('files with several curves keep the name of each behind that of the file, and metrics go by theirs', () => {
  const paths = [write('several/a.csv', HISTORY), write('several/b.csv', HISTORY)];
  expect(names(paths)).toEqual(['a - val_loss', 'a - val_accuracy', 'b - val_loss', 'b - val_accuracy']);
  expect(goals(paths)).toEqual({ areMetrics: true, goals: ['minimize', 'maximize', 'minimize', 'maximize'] });
  expect(names(paths, { valueKey: 'val_accuracy' })).toEqual(['a', 'b']);
  const logs = [0, 1].map((i) =>
    write(`several/${i}.jsonl`, '{"step":1,"loss":3,"accuracy":0.1}\n{"step":2,"loss":2,"accuracy":0.2}\n'),
  );
  expect(goals(logs)).toEqual({ areMetrics: true, goals: ['minimize', 'maximize', 'minimize', 'maximize'] });
});

test('files with a curve each of different metrics have both names', () => {
  const paths = [write('mixed/a.csv', LOSSES), write('mixed/b.csv', LOSSES.replace('val_loss', 'val_accuracy'))];
  expect(names(paths)).toEqual(['a - val_loss', 'b - val_accuracy']);
  expect(goals(paths)).toEqual({ areMetrics: true, goals: ['minimize', 'maximize'] });
});
