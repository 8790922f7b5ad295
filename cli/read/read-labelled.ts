import { UsageError } from '../errors.ts';
import { counted, quoted } from '../wording.ts';
import { isNumber, notANumber, type TableRow } from './cells.ts';
import type { Notations } from './local-numbers.ts';
import { readTable } from './read-table.ts';

/** Rows of a table for the library: inputs by the names of their columns, null where one is missing. */
export interface LabelledRows {
  readonly file: string;
  readonly target: string;
  readonly inputs: readonly Readonly<Record<string, string | null>>[];
  /** What the target's column says of each row, null where it is missing; null where there is no such column. */
  readonly targets: readonly (string | null)[] | null;
  /** The same as the file has it, where a number is written in another way: `10 %`. */
  readonly labels: readonly (string | null)[] | null;
  /** Line of each row in the file, from 1. */
  readonly lines: readonly number[];
  readonly notes: readonly string[];
}

/** Rows that have a target each. */
export interface TrainRows extends LabelledRows {
  readonly targets: readonly string[];
  readonly labels: readonly string[];
  /** Names of the columns of `inputs`. */
  readonly columns: readonly string[];
  readonly notations: Notations;
}

/** `none` is not among them: it is often a category. */
const MISSING = /^(|\?|[+-]?nan|na|n\/a|null)$/i;

/** Reads the rows to learn from; those without a target are left out with a note. */
export function readTrain(file: string, target: string | undefined): TrainRows {
  const { header, rows, headerLine, notations, notes } = readNamed(file);
  if (target === undefined) {
    throw new UsageError(`--target is missing. Name the column to predict; ${file} has ${quoted(header, 8)}.`);
  }
  const at = columnAt(header, target);
  if (at < 0) {
    throw new UsageError(`--target: ${file} has no column '${target}'. It has ${quoted(header)}.`);
  }
  const columns = header.filter((_, i) => i !== at);
  if (columns.length === 0) {
    throw new Error(`${file}, row ${headerLine}: only the target. Expected columns to predict it from.`);
  }
  const labelled = rows.filter(({ cells }) => !MISSING.test(cells[at]));
  const lacking = rows.length - labelled.length;
  if (labelled.length === 0)
    throw new Error(`${file}: no row has a value in '${header[at]}'. Expected targets to learn from.`);
  return {
    file,
    target: header[at],
    columns,
    inputs: inputsOf(labelled, header, columns),
    targets: labelled.map(({ cells }) => cells[at]),
    labels: labelled.map(({ cells, written = cells }) => written[at]),
    notations,
    lines: labelled.map(({ line }) => line),
    notes: [
      ...notes,
      ...(lacking === 0 ? [] : [`${file}: ${counted(lacking, 'row')} left out, without a value in '${header[at]}'.`]),
    ],
  };
}

/** Reads the rows to predict. Their columns are found by name; others are left out. */
export function readTest(file: string, train: TrainRows): LabelledRows {
  const { header, rows, headerLine, notes } = readNamed(file, train.notations);
  const missing = train.columns.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${file}, row ${headerLine}: no ${missing.length === 1 ? 'column' : 'columns'} ${quoted(missing, 5)}, expected as in ${train.file}.`,
    );
  }
  const at = columnAt(header, train.target);
  const others = header.filter((name, i) => i !== at && !train.columns.includes(name));
  return {
    file,
    target: train.target,
    inputs: inputsOf(rows, header, train.columns),
    targets: at < 0 ? null : rows.map(({ cells }) => (MISSING.test(cells[at]) ? null : cells[at])),
    labels: at < 0 ? null : rows.map(({ cells, written = cells }) => (MISSING.test(cells[at]) ? null : written[at])),
    lines: rows.map(({ line }) => line),
    notes: [
      ...notes,
      ...(others.length === 0 ? [] : [`${file}: columns left out, as not in ${train.file}: ${quoted(others, 5)}.`]),
    ],
  };
}

/** Targets as numbers, NaN where one is missing. Throws one line where one is text. */
export function numericTargets({ file, target, lines }: LabelledRows, targets: readonly (string | null)[]): number[] {
  return targets.map((text, i) => {
    if (text === null) return Number.NaN;
    if (isNumber(text)) return Number(text);
    throw notANumber(file, lines[i], target, text, 'Regression needs numbers; --task classification takes text.');
  });
}

function columnAt(header: readonly string[], name: string): number {
  const exact = header.indexOf(name);
  return exact >= 0 ? exact : header.findIndex((other) => other.toLowerCase() === name.toLowerCase());
}

function inputsOf(rows: readonly TableRow[], header: readonly string[], columns: readonly string[]) {
  const places = columns.map((name) => header.indexOf(name));
  return rows.map(({ cells }) =>
    Object.fromEntries(columns.map((name, i) => [name, MISSING.test(cells[places[i]]) ? null : cells[places[i]]])),
  );
}

function readNamed(file: string, notations?: Notations) {
  const table = readTable(file, notations);
  const [first, ...rows] = table.rows;
  if (first === undefined)
    throw new Error(`${file}: only blank cells. Expected a header with the names of the columns.`);
  // pandas writes its index as a first column without a name.
  const header = first.cells.map((cell, i) => cell || `column ${i + 1}`);
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new Error(`${file}, row ${first.line}: two columns are called '${twice}'. Rename one.`);
  }
  if (rows.length === 0) {
    throw new Error(`${file}, row ${first.line}: only a header, no rows. Expected a row per example.`);
  }
  const ragged = rows.find(({ cells }) => cells.length !== header.length);
  if (ragged !== undefined) {
    throw new Error(
      `${file}, row ${ragged.line}: ${counted(ragged.cells.length, 'cell')}, ` +
        `expected ${header.length} as in row ${first.line}. Leave a cell blank where a value is missing.`,
    );
  }
  return { header, rows, headerLine: first.line, notations: table.notations, notes: table.notes };
}
