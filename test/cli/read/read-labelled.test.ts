import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numericTargets, readTest, readTrain } from '../../../cli/read/read-labelled.ts';
import { chooseTask } from '../../../infer/table/choose-task.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const refuse = (call: () => unknown, message: string) =>
  expect(call).toThrow(new Error(message.replaceAll('@', folder)));

describe('the rows to learn from', () => {
  test('have inputs by name, and missing ones as null: blank, ?, NA, nan and null', () => {
    const file = write('a.csv', 'age,label,kind\n?,yes,NA\n,no,none\nnan,no,"a, b"\n3,yes,null\n');
    const { inputs, targets, columns, lines, notes } = readTrain(file, 'LABEL');
    expect(columns).toEqual(['age', 'kind']);
    expect(inputs).toEqual([
      { age: null, kind: null },
      { age: null, kind: 'none' },
      { age: null, kind: 'a, b' },
      { age: '3', kind: null },
    ]);
    expect([targets, lines, notes]).toEqual([['yes', 'no', 'no', 'yes'], [2, 3, 4, 5], []]);
  });

  test.each(['#N/A', '<NA>', '#DIV/0!', '\\N'])('have no value where a program writes %s', (gap) => {
    const { inputs, notes } = readTrain(write('gap.csv', `x,kind,y\n1,a,2\n${gap},${gap},3\n`), 'y');
    expect([inputs[1], notes]).toEqual([{ x: null, kind: null }, []]);
  });

  test.each(['-', '--', '.', 'None', 'unknown', '\u2014', '$ -'])(
    'have no value where %s stands among numbers, as in the rows to predict; among text it is a category',
    (gap) => {
      const file = write('among.csv', `x,kind,y\n1,a,2\n${gap},${gap},3\n2.5,b,4\n`);
      const train = readTrain(file, 'y');
      expect(train.inputs[1]).toEqual({ x: null, kind: gap });
      expect(train.notes).toEqual([`${file}: column 'x' has numbers; read as missing there: '${gap}'.`]);
      const { inputs } = readTest(write('new.csv', `kind,x\n${gap},${gap}\n`), train);
      expect(inputs).toEqual([{ x: null, kind: gap }]);
    },
  );

  test('keep targets that may be classes, and leave out rows of numbers without one', () => {
    const rows = (targets: (string | number)[]) => `x,y\n${targets.map((y, i) => `${i},${y}\n`).join('')}`;
    expect(readTrain(write('few.csv', rows([0, 1, 'none', 1])), 'y').targets).toEqual(['0', '1', 'none', '1']);
    const digits = [...Array.from({ length: 10 }, (_, i) => i), 'unknown'];
    expect(readTrain(write('digits.csv', rows(digits)), 'y').targets).toHaveLength(11);
    const many = Array.from({ length: 20 }, (_, i) => i / 3);
    expect(readTrain(write('classes.csv', rows([...many, '-'])), 'y', { task: 'classification' }).targets).toHaveLength(
      21,
    );
    expect(readTrain(write('many.csv', rows([...many, '-'])), 'y').targets).toHaveLength(20);
  });

  test('of more numbers than not are categories for a single text, which a note says', () => {
    const values = ['-', ...Array.from({ length: 20 }, (_, i) => i), 'about 7'];
    const rows = (more: string[]) => `x,y\n${[...values, ...more].map((x, i) => `${x},${i}\n`).join('')}`;
    const file = write('mostly.csv', rows([]));
    expect(readTrain(file, 'y').notes).toEqual([
      `${file}: column 'x' is read as categories, though 20 of its 22 values are numbers, for others such as 'about 7'. Leave cells blank where a value is missing.`,
    ]);
    expect(readTrain(write('third.csv', rows(Array(9).fill('no idea'))), 'y').notes).toHaveLength(1);
    expect(readTrain(write('half.csv', rows(Array(18).fill('no idea'))), 'y').notes).toEqual([]);
  });

  test('of a target that is mostly numbers are refused for a text, unless they are classes', () => {
    const targets = [...Array.from({ length: 20 }, (_, i) => i / 3), 'n.a.'];
    const file = write('stray.csv', `x,y\n${targets.map((y, i) => `${i},${y}\n`).join('')}`);
    refuse(
      () => readTrain(file, 'y'),
      "@/stray.csv, row 22, column 'y': 'n.a.' is not a number. 20 of its 21 values are numbers: leave this one blank, or, if all are classes, --task classification.",
    );
    expect(readTrain(file, 'y', { task: 'classification' }).targets).toHaveLength(21);
    // Codes come again and again.
    const codes = [...targets.slice(0, 20), ...Array.from({ length: 40 }, (_, i) => 100 + (i % 12)), 'A1'].slice(20);
    const coded = write('codes.csv', `x,y\n${codes.map((y, i) => `${i},${y}\n`).join('')}`);
    expect(readTrain(coded, 'y').targets).toHaveLength(41);
    const train = readTrain(write('few.csv', 'x,y\n1,2\n2,-\n3,4\n'), 'y', { task: 'regression' });
    expect(train.targets).toEqual(['2', '4']);
  });

  test('may have blank lines between them, a first line that tells what parts cells, and commas in a header', () => {
    const read = (text: string) => readTrain(write('odd.csv', text), 'y');
    const { inputs, lines } = read('x,y\n1,a\n\n2,b\n\n');
    expect([inputs, lines]).toEqual([
      [{ x: '1' }, { x: '2' }],
      [2, 4],
    ]);
    for (const first of ['sep=;', '"sep=;"', 'SEP=;\r'])
      expect(read(`${first}\nx;y\n1;a\n2;b\n`)).toMatchObject({ columns: ['x'], lines: [3, 4] });
    expect(read('width, mm;y\n1.5;a\n2;b\n').columns).toEqual(['width, mm']);
    expect(read('"width;\nmm";depth, mm;y\n1.5;2;a\n2;1;b\n').columns).toEqual(['width;\nmm', 'depth, mm']);
    expect(read('x,y;z\n1,a\n2,b\n'.replace('y;z', 'y')).columns).toEqual(['x']);
  });

  test('without a target are left out with a note', () => {
    const file = write('gaps.csv', 'x;y\n1;2\n2;?\n3;\n4;5\n');
    const { inputs, targets, lines, notes } = readTrain(file, 'y');
    expect([inputs.map(({ x }) => x), targets, lines]).toEqual([
      ['1', '4'],
      ['2', '5'],
      [2, 5],
    ]);
    expect(notes).toEqual([`${file}: 2 rows left out, without a value in 'y'.`]);
  });

  test.each<[string, string, string | undefined, string]>([
    [
      'no target named',
      'x,y\n1,2\n',
      undefined,
      "--target is missing. Name the column to predict; @/bad.csv has 'x', 'y'.",
    ],
    ['another target', 'x,y\n1,2\n', 'z', "--target: @/bad.csv has no column 'z'. It has 'x', 'y'."],
    ['no other column', 'y\n1\n', 'y', '@/bad.csv, row 1: only the target. Expected columns to predict it from.'],
    ['no targets', 'x,y\n1,?\n', 'y', "@/bad.csv: no row has a value in 'y'. Expected targets to learn from."],
    ['two columns of one name', 'x,x,y\n1,2,3\n', 'y', "@/bad.csv, row 1: two columns are called 'x'. Rename one."],
    ['only a header', 'x,y\n', 'y', '@/bad.csv, row 1: only a header, no rows. Expected a row per example.'],
    [
      'a short row',
      'x,y\n1,2\n3\n',
      'y',
      '@/bad.csv, row 3: 1 cell, expected 2 as in row 1. Leave a cell blank where a value is missing.',
    ],
  ])('are refused in one line: %s', (_, content, target, message) => {
    const file = write('bad.csv', content);
    expect(() => readTrain(file, target)).toThrow(message.replaceAll('@', folder));
  });
});

describe('the rows to predict', () => {
  const train = () => readTrain(write('a.csv', 'b,a,y\n1,2,u\n3,4,v\n'), 'y');

  test('have the columns of the others whatever their order, with or without the target', () => {
    expect(readTest(write('b.csv', 'a,b\n5,6\n'), train())).toMatchObject({
      inputs: [{ a: '5', b: '6' }],
      targets: null,
    });
    const file = write('b.csv', 'y,id,a,b\nu,7,5,6\n,8,5,6\n');
    expect(readTest(file, train())).toMatchObject({
      targets: ['u', null],
      notes: [`${file}: columns left out, as not in ${join(folder, 'a.csv')}: 'id'.`],
    });
  });

  test('are refused where a column of numbers has text', () => {
    const train = readTrain(write('numbers.csv', 'x,y\n1,2\n3,4\n'), 'y');
    refuse(
      () => readTest(write('text.csv', 'x\n1\nabc\n'), train),
      "@/text.csv, row 3, column 'x': 'abc' is not a number. It has numbers in @/numbers.csv. Leave a cell blank where a value is missing.",
    );
  });

  test('have columns that differ in small and capital letters, where there are no others', () => {
    expect(readTest(write('b.csv', 'A,B\n5,6\n'), train()).inputs).toEqual([{ b: '6', a: '5' }]);
    expect(readTest(write('b.csv', 'A,a,b\n5,7,6\n'), train()).inputs).toEqual([{ b: '6', a: '7' }]);
  });

  test('have no target in an input that is called like it but for capital letters', () => {
    const both = readTrain(write('both.csv', 'y,Y,k\n1,u,7\n2,v,8\n'), 'Y', { id: 'k' });
    expect(readTest(write('one.csv', 'y,k\n3,9\n'), both)).toMatchObject({ inputs: [{ y: '3' }], targets: null });
  });

  test('are told of where most values of a column are none that is known', () => {
    const known = readTrain(write('known.csv', 'sex,up,y\nmale,True,1\nfemale,False,2\n'), 'y');
    const file = write('other.csv', 'sex,up\nM,TRUE\nF,FALSE\nmale,TRUE\n');
    expect(readTest(file, known).notes).toEqual([
      `${file}: column 'sex': 2 of its 3 values are not in ${known.file}, such as 'M', and count as missing.`,
    ]);
    expect(readTest(file, known).inputs[0].up).toBe(known.inputs[0].up);
    // Also beside other text, in either file.
    const mixed = readTrain(write('mixed.csv', 'up,y\nTrue,1\nFalse,2\nunknown,1\n'), 'y');
    expect(readTest(write('up.csv', 'up\nTRUE\nFALSE\n'), mixed)).toMatchObject({
      inputs: [mixed.inputs[0], mixed.inputs[1]],
      notes: [],
    });
  });

  test('are refused where a column of dates has other text', () => {
    const dates = readTrain(write('dates.csv', 'd,y\n2024-01-31,1\n2024-02-01,2\n'), 'y');
    refuse(
      () => readTest(write('other.csv', 'd\n2024-03-01\n31.01.2024\n'), dates),
      "@/other.csv, row 3, column 'd': '31.01.2024' is not a date such as 2024-01-31. It has dates in @/dates.csv. Leave a cell blank where a value is missing.",
    );
  });

  test('and those to learn from have no index as pandas writes it, unless it names them', () => {
    const file = write('indexed.csv', ',b,y\n7,1,u\n3,2,v\n');
    const indexed = readTrain(file, 'y');
    expect([indexed.columns, indexed.notes]).toEqual([
      ['b'],
      [`${file}: the first column is read as an index and left out.`],
    ]);
    expect(readTest(write('new.csv', ',b\n0,1\n'), indexed)).toMatchObject({ inputs: [{ b: '1' }], notes: [] });
    const named = readTrain(file, 'y', { id: 'column 1' });
    expect([named.ids, named.notes]).toEqual([{ name: 'column 1', values: ['7', '3'] }, []]);
    for (const name of ['Unnamed: 0', 'index'])
      expect(readTrain(write('again.csv', `${name},b,y\n0,1,u\n1,2,v\n`), 'y').columns).toEqual(['b']);
    // A sample of a large table.
    expect(readTrain(write('far.csv', ',b,y\n70001,1,u\n31,2,v\n'), 'y').columns).toEqual(['b']);
    // A column of measurements is none, whatever its name.
    expect(readTrain(write('stock.csv', 'index,b,y\n70001,1,u\n31,2,v\n'), 'y').columns).toEqual(['index', 'b']);
    expect(readTrain(write('not.csv', ',b,y\n7,1,u\n7,2,v\n'), 'y').columns).toEqual(['column 1', 'b']);
  });

  test('and a column that counts the rows is told of, for it may be no input', () => {
    const counted = (name: string, from: number, count: number) =>
      write(
        `${name}.csv`,
        `no,x,y\n${Array.from({ length: count }, (_, i) => `${from + i},${(7 * i) % 5},${i % 2}\n`).join('')}`,
      );
    const file = counted('counted', 101, 12);
    expect(readTrain(file, 'y').notes).toEqual([
      `${file}: 'no' counts the rows. If it is no input: --id 'no' or --drop 'no'.`,
    ]);
    for (const asked of [{ id: 'no' }, { drop: ['no'] }]) expect(readTrain(file, 'y', asked).notes).toEqual([]);
    expect(readTrain(counted('short', 1, 5), 'y').notes).toEqual([]);
  });

  test('are refused where a column is missing', () => {
    refuse(
      () => readTest(write('b.csv', 'a,c\n5,6\n'), train()),
      "@/b.csv, row 1: no column 'b', expected as in @/a.csv. Add what is missing, blank where it is not known, or leave it out with --drop.",
    );
    refuse(
      () => readTest(write('b.csv', 'c,y\n5,6\n'), train()),
      "@/b.csv, row 1: no columns 'b', 'a', expected as in @/a.csv. Add what is missing, blank where it is not known, or leave it out with --drop.",
    );
  });
});

test('targets of a regression are numbers, or the line of what is none is told', () => {
  const rows = readTrain(write('n.csv', 'x,y\n1,2.5\n2,?\n3,-1e3\n'), 'y');
  expect(numericTargets(rows, [...rows.targets, null])).toEqual([2.5, -1000, Number.NaN]);
  refuse(
    () => numericTargets(rows, ['1', 'high']),
    "@/n.csv, row 4, column 'y': 'high' is not a number. Regression needs numbers; --task classification takes text.",
  );
});

const DATA = new URL('../../../../shared/data/tabular', import.meta.url).pathname;
describe.skipIf(!existsSync(DATA))('real tables (skipped where ../shared/data/tabular is absent)', () => {
  const files = existsSync(DATA)
    ? ['.', 'cc18', 'regression'].flatMap((part) =>
        readdirSync(join(DATA, part)).flatMap((name) => (name.endsWith('.csv') ? [join(part, name)] : [])),
      )
    : [];
  test.each(files)('%s is read as it is', (name) => {
    const rows = readTrain(join(DATA, name), 'target');
    expect(rows.inputs.length).toBeGreaterThan(100);
    expect(chooseTask(rows.targets).task).toBe(name.startsWith('regression') ? 'regression' : 'classification');
  });
});
