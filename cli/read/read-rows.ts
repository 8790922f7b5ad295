import { counted, quoted } from '../wording.ts';
import { cellValue, notANumber, type TableRow } from './cells.ts';
import { leftOut } from './columns.ts';
import { parseTable, type Table } from './read-table.ts';
import { decodeText, readBytes } from './read-text.ts';

/** Rows of numbers from a file: inputs x [N][F] and, where the file has them, targets y [N]. */
export interface RowFile {
  /** As the caller named it, for messages. */
  readonly file: string;
  /** How the header calls x1 .. xF, in this order. */
  readonly inputs: readonly string[];
  /** How it calls y; null where there is none. */
  readonly target: string | null;
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[] | null;
  /** Line of the header and of each row in the file, from 1. */
  readonly headerLine: number;
  readonly lines: readonly number[];
  /** What was found that the user should know. */
  readonly notes: readonly string[];
}

/** Rows whose targets are known. */
export type ContextFile = RowFile & { readonly target: string; readonly y: readonly number[] };

/**
 * Rows from the text of a CSV file (commas, semicolons or tabs), called `file` in messages. Its header names x1 .. xF, or x where
 * there is one input, and y, in any order and in small or capital letters; other columns are left out with a note. Every cell of
 * x and y must be a finite number. An error is one line with file, row (the line in the file) and column.
 */
export function parseRows(text: string, file: string): RowFile {
  const table = parseTable(text, file);
  const [header, ...rows] = table.rows;
  const inputsAt = inputColumns(table);
  const targetAt = targetColumn(table);
  const used = [...inputsAt, targetAt];
  const ragged = rows.find(({ cells }) => cells.length !== header.cells.length);
  if (ragged !== undefined) {
    throw new Error(
      `${file}, row ${ragged.line}: ${counted(ragged.cells.length, 'cell')}, ` +
        `expected ${header.cells.length} as in row ${header.line}. Complete the row, or leave it out.`,
    );
  }
  return {
    file,
    inputs: inputsAt.map((at) => header.cells[at]),
    target: targetAt < 0 ? null : header.cells[targetAt],
    x: rows.map((row) => inputsAt.map((at) => numberIn(table, row, at))),
    y: targetAt < 0 ? null : rows.map((row) => numberIn(table, row, targetAt)),
    headerLine: header.line,
    lines: rows.map(({ line }) => line),
    notes: [
      ...table.notes,
      ...leftOut(
        file,
        header.cells.filter((_, at) => !used.includes(at)),
      ),
    ],
  };
}

/** The rows whose targets are known. There must be one at least: no network is trained to answer from nothing. */
export function readContext(file: string): ContextFile {
  const rows = parseRows(decodeText(file, readBytes(file)), file);
  const { target, y } = rows;
  if (target === null || y === null) {
    throw new Error(`${file}, row ${rows.headerLine}: no column y, the targets of the context. Add it to the header.`);
  }
  if (y.length === 0) {
    throw new Error(
      `${file}, row ${rows.headerLine}: only a header, no rows. Expected at least one context row; networks are not trained to answer without any.`,
    );
  }
  return { ...rows, target, y };
}

/** The rows to answer for, with the inputs of the context. */
export function readQuery(file: string, context: RowFile): RowFile {
  const rows = parseRows(decodeText(file, readBytes(file)), file);
  if (rows.inputs.length !== context.inputs.length) {
    throw new Error(
      `${file}, row ${rows.headerLine}: ${counted(rows.inputs.length, 'input')} (${quoted(rows.inputs)}), ` +
        `expected ${context.inputs.length} as in ${context.file} (${quoted(context.inputs)}).`,
    );
  }
  if (rows.x.length === 0) {
    throw new Error(`${file}, row ${rows.headerLine}: only a header, no rows. Expected a row for each answer.`);
  }
  return rows;
}

/** Where a number of the `row`-th row (from 0) stands: the start of a message about it. */
export const placeOf = ({ file, lines }: RowFile, row: number, column: string): string =>
  `${file}, row ${lines[row]}, column '${column}'`;

/** Positions of x1 .. xF, or of x alone. */
function inputColumns({ file, rows: [header] }: Table): number[] {
  const found = header.cells
    .map((name, at) => ({ name, at, number: /^x(\d*)$/i.exec(name)?.[1] }))
    .flatMap(({ number, ...column }) => (number === undefined ? [] : [{ ...column, number: Number(number || 1) }]))
    .sort((a, b) => a.number - b.number);
  const names = found.map(({ name }) => name);
  if (found.length === 0) {
    throw new Error(
      `${file}, row ${header.line}: expected a header with the inputs x1, x2, ... (or x alone), got ${quoted(header.cells, 5)}.`,
    );
  }
  const isCounted = found.every(({ name, number }, i) => number === i + 1 && (found.length === 1 || name.length > 1));
  if (!isCounted) {
    throw new Error(
      `${file}, row ${header.line}: expected ${inputNames(found.length)}, got ${quoted(names)}. Correct the header.`,
    );
  }
  return found.map(({ at }) => at);
}

const inputNames = (count: number): string =>
  count === 1 ? 'the input x1 (or x)' : `the inputs x1 .. x${count}, each once`;

/** The position of y; -1 where there is none. */
function targetColumn({ file, rows: [header] }: Table): number {
  const found = header.cells.flatMap((name, at) => (name.toLowerCase() === 'y' ? [at] : []));
  if (found.length <= 1) return found[0] ?? -1;
  const names = found.map((at) => header.cells[at]);
  throw new Error(`${file}, row ${header.line}: expected one column y, got ${quoted(names)}. Correct the header.`);
}

/** The number in a cell, which single precision, that networks compute in, must be able to hold. */
function numberIn({ file, rows: [header] }: Table, { line, cells }: TableRow, at: number): number {
  const column = header.cells[at];
  const value = cellValue(cells[at]);
  if (value === undefined) throw notANumber(file, line, column, cells[at], 'Expected a number in every row.');
  if (Number.isNaN(value)) {
    throw new Error(`${file}, row ${line}, column '${column}': no value. Fill it in, or leave out the row.`);
  }
  if (Number.isFinite(Math.fround(value))) return value;
  throw new Error(
    `${file}, row ${line}, column '${column}': expected a number of at most 3.4e38 in size, got '${cells[at]}'.`,
  );
}
