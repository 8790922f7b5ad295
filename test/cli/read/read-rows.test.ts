import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRows, placeOf, readContext, readQuery } from '../../../cli/read/read-rows.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const parse = (text: string) => parseRows(text, 'c.csv');

describe('rows of a file', () => {
  test('are the inputs in the order x1 .. xd and the target, wherever the columns stand', () => {
    const rows = parse('x2,y,x10,x1,x3,x4,x5,x6,x7,x8,x9\n2,-1e-3,10,1,3,4,5,6,7,8,9\n');
    expect(rows.x).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
    expect(rows.y).toEqual([-0.001]);
  });

  test.each([
    ['commas', 'x1,x2,y\n1,2,3\n4,5,6\n'],
    ['semicolons', 'x1;x2;y\n1;2;3\n4;5;6\n'],
    ['tabs', 'x1\tx2\ty\n1\t2\t3\n4\t5\t6\n'],
    ['capital letters', 'Y,X2,X1\n3,2,1\n6,5,4\n'],
    ['a byte-order mark, Windows line ends and blanks', '\ufeffx1 , x2,y\r\n 1, 2,3\r\n4,5,6\r\n\r\n'],
    ['quotes', '"x1","x2","y"\n"1","2","3"\n4,5,6'],
  ])('are read with %s', (_, text) => {
    const { x, y } = readContext(write('rows.csv', text));
    expect([x, y]).toEqual([
      [
        [1, 2],
        [4, 5],
      ],
      [3, 6],
    ]);
  });

  test('of one input may be called x', () => {
    expect(parse('y,x\n1,2\n')).toMatchObject({ inputs: ['x'], target: 'y', x: [[2]], y: [1] });
    expect(parse('X1\n2\n')).toMatchObject({ inputs: ['X1'], target: null, x: [[2]], y: null });
  });

  test('keep their lines in the file, for messages about them', () => {
    const rows = parse('\nx,y\n1,2\n3,4\n');
    expect([rows.headerLine, ...rows.lines]).toEqual([2, 3, 4]);
    expect(placeOf(rows, 1, 'y')).toBe("c.csv, row 4, column 'y'");
  });

  test('have no other columns, which are named', () => {
    const { x, y, notes } = parse('id,x,y,x_2,yy\na,1,2,3,\n');
    expect([x, y, notes]).toEqual([[[1]], [2], ["c.csv: columns left out: 'id', 'x_2', 'yy'."]]);
    expect(parse('x,y\n1,2\n').notes).toEqual([]);
  });
});

describe('one line says what is wrong with', () => {
  test.each([
    ['no inputs', 'a,y\n1,2\n', "row 1: expected a header with the inputs x1, x2, ... (or x alone), got 'a', 'y'."],
    ['no header', '1,2\n3,4\n', "row 1: expected a header with the inputs x1, x2, ... (or x alone), got '1', '2'."],
    ['a gap', 'x1,x3\n1,2\n', "row 1: expected the inputs x1 .. x2, each once, got 'x1', 'x3'. Correct the header."],
    ['a count from 0', 'x1,x0\n1,2\n', "row 1: expected the inputs x1 .. x2, each once, got 'x0', 'x1'."],
    ['an input twice', 'x1,X1\n1,2\n', "row 1: expected the inputs x1 .. x2, each once, got 'x1', 'X1'."],
    ['x among others', 'x,x2\n1,2\n', "row 1: expected the inputs x1 .. x2, each once, got 'x', 'x2'."],
    ['only x2', 'x2\n1\n', "row 1: expected the input x1 (or x), got 'x2'."],
    ['two targets', 'x,y,Y\n1,2,3\n', "row 1: expected one column y, got 'y', 'Y'. Correct the header."],
    ['an empty cell', 'x,y\n1,2\n,4\n', "row 3, column 'x': no value. Fill it in, or leave out the row."],
    ['a missing value', 'x,y\n1,NaN\n', "row 2, column 'y': no value. Fill it in, or leave out the row."],
    ['text', 'x,y\n1,2\n3,high\n', "row 3, column 'y': 'high' is not a number. Expected a number in every row."],
    [
      'a decimal comma beside text',
      'x;y\n1,5;2\nhigh;3\n',
      "row 2, column 'x': '1,5' is not a number. Write decimals with a point.",
    ],
    ['infinity', 'x,y\n1,-inf\n', "row 2, column 'y': expected a number of at most 3.4e38 in size, got '-inf'."],
    [
      'too large a number',
      'x,y\n1e39,1\n',
      "row 2, column 'x': expected a number of at most 3.4e38 in size, got '1e39'.",
    ],
    ['a short row', 'x,y\n1,2\n3\n4,5\n', 'row 3: 1 cell, expected 2 as in row 1. Complete the row, or leave it out.'],
    ['an empty file', ' \n', 'row 1: the file is empty. Expected CSV.'],
  ])('%s', (_, text, message) => {
    expect(() => parse(text)).toThrow(`c.csv, ${message}`);
  });

  test('a file of blank cells', () => {
    expect(() => parse(',,\n,,\n')).toThrow('c.csv: only blank cells. Expected CSV with a header.');
  });

  test('a context without targets or without rows', () => {
    const path = write('c.csv', 'x,z\n1,2\n');
    expect(() => readContext(path)).toThrow(
      new Error(`${path}, row 1: no column y, the targets of the context. Add it to the header.`),
    );
    write('c.csv', 'x,y\n');
    expect(() => readContext(path)).toThrow(
      new Error(
        `${path}, row 1: only a header, no rows. Expected at least one context row; networks are not trained to answer without any.`,
      ),
    );
  });

  test('a query with other inputs than the context, or without rows', () => {
    const context = readContext(write('c.csv', 'x1,x2,y\n1,2,3\n'));
    const path = write('q.csv', 'x\n1\n');
    expect(() => readQuery(path, context)).toThrow(
      new Error(`${path}, row 1: 1 input ('x'), expected 2 as in ${context.file} ('x1', 'x2').`),
    );
    write('q.csv', 'x2,x1\n');
    expect(() => readQuery(path, context)).toThrow(
      new Error(`${path}, row 1: only a header, no rows. Expected a row for each answer.`),
    );
  });

  test('a file that is not there', () => {
    const path = join(folder, 'none.csv');
    expect(() => readContext(path)).toThrow(new Error(`${path}: there is no such file. Check the path.`));
  });
});
