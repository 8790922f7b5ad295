import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCsvCurves } from '../../../cli/read/read-curves-csv.ts';
import { readTest, readTrain } from '../../../cli/read/read-labelled.ts';
import { parseRows } from '../../../cli/read/read-rows.ts';
import { parseTable } from '../../../cli/read/read-table.ts';
import { randomStream } from '../../../priors/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'pfnkit-numbers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The column `v` of a file with the texts in it, read as a table. */
function columnOf(texts: readonly string[], delimiter: string) {
  const { rows, notes } = parseTable(
    [`a${delimiter}v`, ...texts.map((text) => `7${delimiter}"${text}"`)].join('\n'),
    'x.csv',
  );
  return { cells: rows.slice(1).map(({ cells }) => cells[1]), notes };
}

describe.each([
  ['en-US', ',', {}],
  ['en-US', ',', { style: 'currency', currency: 'USD' }],
  ['en-US', '\t', { style: 'percent', maximumFractionDigits: 2 }],
  ['en-GB', ',', { style: 'currency', currency: 'GBP' }],
  ['ja-JP', ',', { style: 'currency', currency: 'JPY', maximumFractionDigits: 3 }],
  ['de-DE', ';', {}],
  ['de-DE', ';', { style: 'currency', currency: 'EUR' }],
  ['de-DE', '\t', { style: 'percent', maximumFractionDigits: 2 }],
  ['de-CH', ';', {}],
  ['fr-FR', ';', {}],
  ['fr-FR', ';', { style: 'currency', currency: 'EUR' }],
  ['sv-SE', ';', { maximumFractionDigits: 2 }],
  ['es-ES', ';', { useGrouping: false }],
] as const)('numbers as %s writes them, parted by %j, %j', (locale, delimiter, options) => {
  it('are read as the numbers they are', () => {
    const random = randomStream(locale);
    const values = Array.from({ length: 60 }, () =>
      Number(((random() < 0.3 ? -1 : 1) * 10 ** (8 * random() - 2)).toFixed(2)),
    );
    const format = new Intl.NumberFormat(locale, options);
    const scale = 'style' in options && options.style === 'percent' ? 100 : 1;
    const { cells, notes } = columnOf(
      values.map((value) => format.format(value)),
      delimiter,
    );
    const digits = format.resolvedOptions().maximumFractionDigits ?? 3;
    cells.forEach((cell, i) => {
      expect(Number(cell)).toBeCloseTo(Number((scale * values[i]).toFixed(digits)), 6);
    });
    expect(notes).toHaveLength(1);
  });
});

it.each([
  [
    'in brackets, as accountants write what is below zero',
    ['$1,288.18', '$66.34', '($1,092.17)'],
    ',',
    [1288.18, 66.34, -1092.17],
  ],
  ['in brackets after a currency', ['$ (500.00)', '$(1,000.00)', '$ 20.00'], ',', [-500, -1000, 20]],
  ['with a comma after a zero, which parts no thousands', ['1', '0,016', '0,032'], '\t', [1, 0.016, 0.032]],
  ['with spaces between thousands', ['1 234', '99', '-12 345 678'], ',', [1234, 99, -12345678]],
])('numbers are read %s', (_, texts, delimiter, expected) => {
  const { cells, notes } = columnOf(texts, delimiter);
  expect([cells.map(Number), notes.length]).toEqual([expected, 1]);
});

it('points part thousands beside a column with decimal commas, and are those of decimals elsewhere', () => {
  const cells = (text: string, at: number) =>
    parseTable(text, 'x.csv')
      .rows.slice(1)
      .map((row) => row.cells[at]);
  expect(cells('p;b\n3.864;1,449\n199;-0,765\n', 0)).toEqual(['3864', '199']);
  expect(cells('p;b\n3.864;1.449\n199;-0.765\n', 0)).toEqual(['3.864', '199']);
  // Nothing says that these commas are those of decimals, and that these points are not.
  expect(cells('p;b\n3.864;28,846\n199;12,000\n', 0)).toEqual(['3.864', '199']);
  expect(cells('p;b\n48.825;94,36\n47.101;12,1\n', 0)).toEqual(['48.825', '47.101']);
  expect(cells('p;b\n3.86;1,449\n199;-0,765\n', 0)).toEqual(['3.86', '199']);
  expect(cells('p;b\n0.864;1,449\n199;-0,765\n', 0)).toEqual(['0.864', '199']);
});

it('a note says how numbers are read, and in which columns', () => {
  const { notes } = parseTable('name;age;income\nA;59,5;1.882,74\nB;61;950', 'people.csv');
  expect(notes).toEqual(["people.csv: '59,5' is read as 59.5, and likewise all of 'age', 'income'."]);
});

it.each([
  ['plain numbers', ['1.5', '-2', '3e-4', ''], ','],
  ['a text among the numbers', ['1,5', '2,5', 'about 3'], ';'],
  ['shares and other numbers', ['85%', '0.9'], ','],
  ['two currencies', ['$3', '€3'], ','],
  ['lists of digits', ['1,2', '1,2,3'], ';'],
  ['commas at other places than those of thousands', ['12,34,567', '1,234'], ','],
  ['dates', ['2024-01-02', '2024-01-03'], ','],
  ['versions', ['1.2.3', '1.2.4'], ';'],
  ['nothing but blanks', ['', 'NA'], ';'],
  ['brackets around a sign', ['(-5)', '3,000'], ','],
  ['nothing but brackets', ['(100,)', '(3,3)'], ','],
])('columns are left as they are where they have %s', (_, texts, delimiter) => {
  expect(columnOf(texts, delimiter)).toEqual({ cells: texts, notes: [] });
});

it('missing cells stay missing', () => {
  expect(columnOf(['1,5', '', '?', 'NA', '2,5'], ';').cells).toEqual(['1.5', '', '?', 'NA', '2.5']);
});

it('a comma before three digits parts thousands, but where semicolons part the cells it is a decimal one', () => {
  expect(columnOf(['1,234'], ',').cells).toEqual(['1234']);
  expect(columnOf(['1,234'], '\t').cells).toEqual(['1234']);
  expect(columnOf(['1,234'], ';').cells).toEqual(['1.234']);
});

it('curves, rows of numbers and tables with labels take them', () => {
  const { curves, notes } = parseCsvCurves('epoch;acc\n1;85,5 %\n2;87 %\n', 'acc.csv');
  expect(curves).toMatchObject([{ steps: [1, 2], values: [85.5, 87] }]);
  expect(notes).toContain("acc.csv: '85,5 %' is read as 85.5, and likewise all of 'acc'.");
  const bare = parseCsvCurves('0,5;2,5\n1,5;2\n', 'bare.csv');
  expect(bare.curves.map(({ values }) => values)).toEqual([
    [0.5, 1.5],
    [2.5, 2],
  ]);
  expect(bare.notes).toContain("bare.csv: '1,5' is read as 1.5, and likewise all of 'column 1', 'column 2'.");
  expect(parseRows('x;y\n0,5;1\n1,5;2,25\n', 'rows.csv')).toMatchObject({ x: [[0.5], [1.5]], y: [1, 2.25] });
  const train = readTrain(fileOf('train.csv', 'price,area\n"$1,200","1,050.5"\n$900,80\n'), 'price');
  expect(train).toMatchObject({ targets: ['1200', '900'], inputs: [{ area: '1050.5' }, { area: '80' }] });
});

it('the errors of a spreadsheet are gaps among them', () => {
  const train = readTrain(fileOf('errors.csv', 'a;y\n1,5;1\n#DIV/0!;2\n2,5;3\n'), 'y');
  expect(train.inputs).toEqual([{ a: '1.5' }, { a: null }, { a: '2.5' }]);
});

it('rows to predict are read as the rows to learn from are', () => {
  const test = fileOf('test.csv', 'share,size\n10%,"1,5"\n20%,"2,5"\n');
  // A category: with 'none of it' it is no column of numbers.
  const categories = readTrain(fileOf('categories.csv', 'share,size,y\n10%,1,a\nnone of it,2,b\n'), 'y');
  expect(readTest(fileOf('plain.csv', 'share,size\n10%,1\n'), categories).inputs).toEqual([
    { share: '10%', size: '1' },
  ]);
  expect(() => readTest(test, categories)).toThrow(
    "column 'size': '1,5' is not a number. Write decimals with a point.",
  );
  const numbers = readTrain(fileOf('numbers.csv', 'share;size;y\n10%;1,5;a\n30%;2;b\n'), 'y');
  expect(readTest(test, numbers).inputs).toEqual([
    { share: '10', size: '1.5' },
    { share: '20', size: '2.5' },
  ]);
});

it('plain numbers of rows to predict are what they are, though the rows to learn from have decimal commas', () => {
  const train = readTrain(fileOf('german.csv', 'p;y\n1,500;a\n2,25;b\n'), 'y');
  const inputs = (name: string, text: string) => readTest(fileOf(name, text), train).inputs.map(({ p }) => p);
  expect(inputs('english.csv', 'p,y\n3.125,a\n7.25,b\n')).toEqual(['3.125', '7.25']);
  expect(inputs('again.csv', 'p;y\n3,125;a\n7,25;b\n')).toEqual(['3.125', '7.25']);
});
