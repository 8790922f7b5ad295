import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCurves } from '../../cli/read-curves.ts';
import { readMatrix } from '../../cli/read-matrix.ts';

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function write(content: string | Uint8Array): string {
  writeFileSync('f.csv', content);
  return 'f.csv';
}

function read(content: string) {
  const { curves, ...rest } = readCurves(write(content));
  return { ...rest, curves: curves.map(({ name, steps, values }) => ({ name, steps, values })) };
}

describe('layouts', () => {
  const a = { name: 'a', steps: [1, 2, 3], values: [0.1, 0.2, 0.3] };
  const b = { name: 'b', steps: [1, 2], values: [0.4, 0.5] };

  test.each([
    ['a column per curve, the shorter one with blank cells at its end', 'a,b\n0.1,0.4\n0.2,0.5\n0.3,\n'],
    ['a step column', 'epoch,a,b\n1,0.1,0.4\n2,0.2,0.5\n3,0.3,\n'],
    ['curve, step, value', 'curve,step,value\na,1,0.1\na,2,0.2\na,3,0.3\nb,1,0.4\nb,2,0.5\n'],
    ['value, curve, step in capitals, unsorted', 'Value,CURVE,Step\n0.3,a,3\n0.4,b,1\n0.1,a,1\n0.5,b,2\n0.2,a,2\n'],
    ['Windows line ends and a byte-order mark', '\ufeffa,b\r\n0.1,0.4\r\n0.2,0.5\r\n0.3,\r\n\r\n'],
    ['quotes and spaces', '"a", "b"\n"0.1", 0.4\n 0.2 ,0.5\n0.3,\n'],
  ])('%s', (_, content) => {
    const file = read(content);
    expect(file.curves.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(file.curves.find(({ name }) => name === 'a')).toEqual(a);
    expect(file.curves.find(({ name }) => name === 'b')).toEqual(b);
    expect(file.notes).toEqual([]);
  });

  test('no header', () => {
    expect(read('0.1,0.4\n0.2,0.5\n').curves.map(({ name }) => name)).toEqual(['curve1', 'curve2']);
  });

  test('step, value is one curve named after the file', () => {
    expect(read('step,value\n1,0.1\n2,0.2').curves).toEqual([{ name: 'f', steps: [1, 2], values: [0.1, 0.2] }]);
  });

  test('titles of the axes come from the columns', () => {
    expect(read('Epoch,accuracy\n1,0.1\n2,0.2')).toMatchObject({ stepTitle: 'Epoch', valueTitle: 'accuracy' });
    expect(read('a,b\n0.1,0.4\n0.2,0.5')).toMatchObject({ stepTitle: 'step', valueTitle: 'value' });
  });

  test.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('%s are found and noted', (name, separator) => {
    const file = read(['a,b', '0.1,0.4', '0.2,0.5'].join('\n').replaceAll(',', separator));
    expect(file.curves[1].values).toEqual([0.4, 0.5]);
    expect(file.notes).toEqual([`f.csv is read as separated by ${name}.`]);
  });

  test('blank and NaN cells in the middle are missing points', () => {
    expect(read('a,b\n0.1,0.4\n,0.5\nNaN,0.6\n0.3,0.7\n').curves[0]).toEqual({
      name: 'a',
      steps: [1, 4],
      values: [0.1, 0.3],
    });
    expect(read('a\n0.1\n\n0.3\n').curves[0].steps).toEqual([1, 3]);
  });
});

describe('steps outside of 1..100 are counted', () => {
  test('a real log: the first evaluation is step 1, and steps of the file are known or continued', () => {
    const { curves, notes } = readCurves(write('curve,step,value\nx,1,0.1\nx,2397,0.2\nx,4800,\nx,7205,0.4\n'));
    expect(curves[0].steps).toEqual([1, 2, 4]);
    expect([1, 2, 3, 4].map(curves[0].stepInFile)).toEqual([1, 2397, 4801, 7205]);
    expect(curves[0].stepInFile(6)).toBe(7205 + 2 * 2404);
    expect(notes).toEqual([
      "f.csv: steps are not all whole numbers in 1..100, so evaluations are counted instead (first = 1); results show the file's own steps.",
    ]);
  });

  test('epochs from 0', () => {
    const { curves } = readCurves(write('epoch,a\n0,0.1\n1,0.2\n2,0.3\n'));
    expect(curves[0].steps).toEqual([1, 2, 3]);
    expect([1, 3, 100].map(curves[0].stepInFile)).toEqual([0, 2, 99]);
  });

  test('steps within 1..100 stay as they are', () => {
    const { curves } = readCurves(write('step,a\n10,0.1\n20,0.2\n'));
    expect([curves[0].steps, curves[0].stepInFile(30)]).toEqual([[10, 20], 30]);
  });
});

const long = (length: number) => `a\n${Array.from({ length }, (_, i) => `0.${100 + i}`).join('\n')}\n`;

describe('each bad file gets one line with file, row and column', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['empty', '', 'f.csv, row 1: the file is empty. Expected CSV with one number per cell.'],
    ['blank', ' \n\n', 'f.csv, row 1: the file is empty. Expected CSV with one number per cell.'],
    ['header only', 'a,b\n', 'f.csv, row 1: only a header, no data. Expected a row of numbers per step.'],
    [
      'text',
      'a,b\n0.1,0.2\n0.3,high\n',
      "f.csv, row 3, column 'b': 'high' is not a number. Leave a cell blank where a point is missing.",
    ],
    [
      'infinite',
      'a\n0.1\ninf\n',
      "f.csv, row 3, column 'a': 'inf' is not a number. Leave a cell blank where a point is missing.",
    ],
    [
      'decimal comma',
      'a;b\n0,1;0,2\n',
      "f.csv, row 2, column 'a': '0,1' is not a number. Write decimals with a point.",
    ],
    [
      'text in the step column',
      'step,a\n1,0.1\ntwo,0.2\n',
      "f.csv, row 3, column 'step': 'two' is not a number. Leave a cell blank where a point is missing.",
    ],
    ['no step', 'step,a\n1,0.1\n,0.2\n', "f.csv, row 3, column 'step': no step. Every point needs one."],
    [
      'short row',
      'a,b\n0.1,0.2\n0.3\n',
      'f.csv, row 3: 1 cell, expected 2 as in row 1. Leave a cell blank where a point is missing.',
    ],
    [
      'long row',
      'a,b\n0.1,0.2,0.3\n',
      'f.csv, row 2: 3 cells, expected 2 as in row 1. Leave a cell blank where a point is missing.',
    ],
    [
      'one point',
      'a,b\n0.1,0.2\n0.3,\n',
      "f.csv, row 2, column 'b': curve 'b' has only one point, at least 2 are needed.",
    ],
    [
      'NaN only',
      'a,b\n0.1,nan\n0.3,NaN\n',
      "f.csv, rows 1-3, column 'b': curve 'b' has no numbers. Remove it or fill it.",
    ],
    [
      'Latin-1',
      Uint8Array.from([...Buffer.from('a\n0.1\n'), 0xe9, 0x0a]),
      'f.csv, row 3: not valid UTF-8. Save the file as CSV in UTF-8.',
    ],
    [
      'binary',
      Uint8Array.from([0x50, 0x4b, 0x0a, 0x00, 0xff]),
      'f.csv, row 2: not a text file (it has a zero byte). Expected CSV in UTF-8.',
    ],
    ['open quote', 'a\n0.1\n"0.2\n', 'f.csv, row 3: not readable as CSV (CSV_QUOTE_NOT_CLOSED). Check the quotes.'],
    [
      'same name',
      'a,a\n0.1,0.2\n0.3,0.4\n',
      "f.csv, row 1, column 'a': two columns have this name. Give every curve its own name.",
    ],
    [
      'repeated step',
      'curve,step,value\na,1,0.1\na,2,0.2\na,1,0.3\n',
      "f.csv, row 4: step 1 of curve 'a' was already given in row 2. Keep one value per step.",
    ],
    [
      'no curve name',
      'curve,step,value\na,1,0.1\n,2,0.2\n',
      "f.csv, row 3, column 'curve': blank. Name the curve in every row.",
    ],
    [
      'percent',
      'a\n0.9\n1.2\n',
      "f.csv, row 3, column 'a': values must lie in [0, 1] and rise, got 1.2; other ranges are not supported yet, rescale with (value - low) / (high - low).",
    ],
    [
      'a loss',
      'loss\n0.9\n0.6\n0.4\n0.3\n',
      "f.csv, rows 2-5, column 'loss': values must lie in [0, 1] and rise, curve 'loss' falls (it starts at 0.900 and its last third averages 0.350); falling curves are not supported yet, rescale with 1 - value.",
    ],
    [
      'too long',
      long(101),
      "f.csv, row 102, column 'a': curve 'a' has more than 100 points, the limit is 100. Thin it out, for example to every second point.",
    ],
  ])('%s', (_, content, message) => {
    expect(() => readCurves(write(content))).toThrow(new Error(message));
  });

  test('100 points are not too many', () => {
    expect(read(long(100)).curves[0].steps).toHaveLength(100);
  });

  test('missing, a directory, unreadable', () => {
    mkdirSync('d.csv', { recursive: true });
    expect(() => readCurves('no.csv')).toThrow(new Error('no.csv: there is no such file. Check the path.'));
    expect(() => readCurves('d.csv')).toThrow(new Error('d.csv: is a directory, expected a CSV file.'));
    chmodSync(write('a\n0.1\n0.2\n'), 0);
    // The superuser may read everything.
    if (process.getuid?.() !== 0) {
      expect(() => readCurves('f.csv')).toThrow(
        new Error('f.csv: permission to read it is denied. Check its access rights.'),
      );
    }
    chmodSync('f.csv', 0o600);
  });
});

test('a noisy rising curve, or one that rises and then falls less, is not called falling', () => {
  expect(read('a\n0.1\n0.9\n0.8\n0.7\n0.6\n0.5\n0.4\n0.3\n0.2\n').curves).toHaveLength(1);
  const noisy = Array.from({ length: 60 }, (_, i) => 0.5 + 0.002 * i + 0.3 * Math.sin(i * i));
  expect(read(`a\n${noisy.join('\n')}`).curves).toHaveLength(1);
});

describe('a matrix of complete curves', () => {
  test('a row per curve, with or without a first row of names or steps', () => {
    for (const header of ['', 't1,t2,t3\n', '1,2,3\n']) {
      expect(readMatrix(write(`${header}0.1,0.2,0.3\n0.4,0.5,1.6\n`))).toEqual([
        [0.1, 0.2, 0.3],
        [0.4, 0.5, 1.6],
      ]);
    }
  });

  test('refusals', () => {
    expect(() => readMatrix(write('0.1,0.2\n0.3,\n'))).toThrow(
      new Error("f.csv, row 2, column '2': '' is not a number. Every curve needs a value at every step."),
    );
    expect(() => readMatrix(write('0.1,0.2\n0.3\n'))).toThrow(
      new Error('f.csv, row 2: 1 cells, expected 2 as in row 1; every curve needs a value at every step.'),
    );
  });
});
