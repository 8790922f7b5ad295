import type { Task } from '../../infer/table/choose-task.ts';
import { LARGEST } from '../../infer/table/column.ts';
import { daysIn } from '../../infer/table/dates.ts';
import { UsageError } from '../errors.ts';
import { counted, quoted } from '../wording.ts';
import { cellValue, isGap, isNoNumber, isNumber, notANumber, positionOf, type TableRow } from './cells.ts';
import { isBlankLine, type Like, readTable } from './read-table.ts';

/** Rows of a table for the library: inputs by the names of their columns, null where one is missing. */
export interface LabelledRows {
  readonly file: string;
  readonly target: string;
  readonly inputs: readonly Readonly<Record<string, string | null>>[];
  /** What the target's column says of each row, null where it is missing; null where there is no such column. */
  readonly targets: readonly (string | null)[] | null;
  /** The same as the file has it, where a number is written in another way: `10 %`. */
  readonly labels: readonly (string | null)[] | null;
  /** What each row is called, by a column that is no input, and what the file calls that; null where there is none. */
  readonly ids: { readonly name: string; readonly values: readonly string[] } | null;
  /** Line of each row in the file, from 1. */
  readonly lines: readonly number[];
  readonly notes: readonly string[];
}

/** Rows that have a target each. */
export interface TrainRows extends LabelledRows {
  readonly targets: readonly string[];
  readonly labels: readonly string[];
  readonly header: readonly string[];
  /** Names of the columns of `inputs`. */
  readonly columns: readonly string[];
  /** Those of numbers, the target's among them: texts that say of a number that it is missing are no categories there. */
  readonly numeric: ReadonlySet<string>;
  /** Those of dates. */
  readonly dates: ReadonlySet<string>;
  /** What the rows to predict are read like. */
  readonly like: Like;
  readonly asked: ColumnsAsked;
}

/** Columns that are no inputs: the one that names the rows, and others. */
export interface ColumnsAsked {
  readonly id?: string;
  readonly drop?: readonly string[];
}

/** A column of which so many values are numbers, and of so many sizes, is hardly meant as categories. */
const MOSTLY = 0.5;
const MOSTLY_OF_TARGET = 0.8;
const MANY = 10;

/** Reads the rows to learn from; those without a target are left out with a note. */
export function readTrain(
  file: string,
  target: string | undefined,
  { task = 'auto', ...asked }: ColumnsAsked & { readonly task?: 'auto' | Task } = {},
): TrainRows {
  const { header, rows, headerLine, index, like, notes } = readNamed(file);
  if (target === undefined) {
    throw new UsageError(`--target is missing. Name the column to predict; ${file} has ${quoted(header, 8)}.`);
  }
  const at = positionOf(header, target);
  if (at < 0) {
    throw noColumn('--target', file, header, target);
  }
  const idAt = asked.id === undefined ? -1 : positionOf(header, asked.id);
  const apart = columnsApart(file, header, header[at], asked);
  const columns = header.filter((name, i) => i !== at && name !== index && !apart.includes(name));
  if (columns.length === 0) {
    const left = apart.length === 0 ? 'only the target' : 'no column is left but the target';
    throw new Error(`${file}, row ${headerLine}: ${left}. Expected columns to predict it from.`);
  }
  const { numeric, notes: ofColumns } = columnsOfNumbers(
    file,
    header,
    rows,
    { auto: MANY, classification: Infinity, regression: 0 }[task],
    header[at],
  );
  const isMissing = missingIn(header, numeric);
  const labelled = rows.filter(({ cells }) => !isMissing(cells, at));
  const lacking = rows.length - labelled.length;
  const inputs = inputsOf(labelled, header, columns, isMissing);
  if (labelled.length === 0)
    throw new Error(`${file}: no row has a value in '${header[at]}'. Expected targets to learn from.`);
  return {
    file,
    target: header[at],
    columns,
    inputs,
    numeric,
    dates: new Set(columns.filter((name) => areDates(inputs, name))),
    targets: labelled.map(({ cells }) => cells[at]),
    labels: labelled.map(({ cells, written = cells }) => written[at]),
    like,
    asked,
    header,
    ids: idsAt(header, idAt, labelled),
    lines: labelled.map(({ line }) => line),
    notes: [
      ...notes,
      ...(index === undefined || index === header[at] || apart.includes(index)
        ? []
        : [`${file}: the first column is read as an index and left out.`]),
      ...countNotes(file, inputs, columns),
      ...ofColumns,
      ...(lacking === 0 ? [] : [`${file}: ${counted(lacking, 'row')} left out, without a value in '${header[at]}'.`]),
    ],
  };
}

/** Reads the rows to predict. Their columns are found by name; others are left out. */
export function readTest(file: string, train: TrainRows): LabelledRows {
  const named = readNamed(file, train.like);
  const { rows, headerLine, notes } = named;
  const header = named.header.map((name) => inCaseOf(name, train.columns, named.header));
  const alike = header.find((name, i) => header.indexOf(name) < i);
  if (alike !== undefined) {
    throw new Error(`${file}, row ${headerLine}: two columns could be '${alike}' of ${train.file}. Rename one.`);
  }
  const missing = train.columns.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${file}, row ${headerLine}: no ${missing.length === 1 ? 'column' : 'columns'} ${quoted(missing, 5)}, expected as in ${train.file}. Add what is missing, blank where it is not known, or leave it out with --drop.`,
    );
  }
  // What differs from an input in small and capital letters alone is not another column.
  const free = header.map((name) => (train.columns.includes(name) ? null : name));
  const at = positionOf(free, train.target);
  const { id, drop = [] } = train.asked;
  const idAt = id === undefined ? -1 : positionOf(free, id);
  if (id !== undefined && idAt < 0) throw noColumn('--id', file, header, id);
  const dropped = drop.map((name) => name.toLowerCase());
  const others = header.filter(
    (name, i) =>
      i !== at &&
      i !== idAt &&
      name !== named.index &&
      !train.columns.includes(name) &&
      !dropped.includes(name.toLowerCase()),
  );
  const numeric = new Set([...train.numeric].map((name) => (name === train.target && at >= 0 ? header[at] : name)));
  const isMissing = missingIn(header, numeric);
  for (const name of train.columns.filter((column) => numeric.has(column))) {
    const column = header.indexOf(name);
    const bad = rows.find(({ cells }) => !isMissing(cells, column) && cellValue(cells[column]) === undefined);
    if (bad !== undefined) {
      const remedy = `It has numbers in ${train.file}. Leave a cell blank where a value is missing.`;
      throw notANumber(file, bad.line, name, bad.cells[column], remedy);
    }
  }
  for (const name of train.dates) {
    const column = header.indexOf(name);
    const bad = rows.find(({ cells }) => !isMissing(cells, column) && Number.isNaN(daysIn(cells[column])));
    if (bad === undefined) continue;
    throw new Error(
      `${file}, row ${bad.line}, column '${name}': '${bad.cells[column]}' is not a date such as 2024-01-31. It has dates in ${train.file}. Leave a cell blank where a value is missing.`,
    );
  }
  const inputs = inputsOf(rows, header, train.columns, isMissing);
  return {
    file,
    target: train.target,
    inputs,
    ids: idsAt(header, idAt, rows),
    targets: at < 0 ? null : rows.map(({ cells }) => (isMissing(cells, at) ? null : cells[at])),
    labels: at < 0 ? null : rows.map(({ cells, written = cells }) => (isMissing(cells, at) ? null : written[at])),
    lines: rows.map(({ line }) => line),
    notes: [
      ...notes,
      ...(others.length === 0 ? [] : [`${file}: columns left out, as not in ${train.file}: ${quoted(others, 5)}.`]),
      ...unseenNotes(file, inputs, train),
    ],
  };
}

function areDates(inputs: LabelledRows['inputs'], column: string): boolean {
  const values = inputs.map((row) => row[column]).filter((cell) => cell !== null);
  return values.length > 0 && values.every((cell) => !Number.isNaN(daysIn(cell)));
}

/** Columns of which most values are categories that the rows to learn from do not have: each counts as missing. */
function unseenNotes(file: string, inputs: LabelledRows['inputs'], train: TrainRows): string[] {
  return train.columns.flatMap((name) => {
    if (train.numeric.has(name) || train.dates.has(name)) return [];
    const seen = new Set(train.inputs.map((row) => row[name]));
    const values = inputs.map((row) => row[name]).filter((cell) => cell !== null);
    const unseen = values.filter((cell) => !seen.has(cell));
    // A column with one value is left out.
    if (seen.size < 2 || 2 * unseen.length <= values.length) return [];
    return [
      `${file}: column '${name}': ${unseen.length} of its ${values.length} values are not in ${train.file}, such as '${unseen[0]}', and count as missing.`,
    ];
  });
}

const TEXT_TARGET = 'Regression needs numbers; --task classification takes text.';

/** Targets as numbers, NaN where one is missing. Throws one line where one is text. */
export function numericTargets({ file, target, lines }: LabelledRows, targets: readonly (string | null)[]): number[] {
  return targets.map((text, i) => {
    if (text === null) return Number.NaN;
    if (isNumber(text) && Math.abs(Number(text)) <= LARGEST) return Number(text);
    const isLarge = cellValue(text) !== undefined;
    if (!isLarge) throw notANumber(file, lines[i], target, text, TEXT_TARGET);
    throw new Error(
      `${file}, row ${lines[i]}, column '${target}': expected a number of at most ${LARGEST} in size, got '${text}'. Leave out such rows, or put a largest value there.`,
    );
  });
}

/** The name of a column to learn from that differs in small and capital letters alone, where there is no other; else the name. */
function inCaseOf(name: string, columns: readonly string[], header: readonly string[]): string {
  const found = columns.find((column) => column.toLowerCase() === name.toLowerCase());
  return found !== undefined && !header.includes(found) ? found : name;
}

const idsAt = (header: readonly string[], at: number, rows: readonly TableRow[]): LabelledRows['ids'] =>
  at < 0 ? null : { name: header[at], values: rows.map(({ cells, written = cells }) => written[at]) };

export const noColumn = (option: string, file: string, header: readonly string[], name: string): UsageError =>
  new UsageError(`${option}: ${file} has no column '${name}'. It has ${quoted(header)}.`);

/** The columns of the header that are asked to be no inputs. Those that name rows may be in the other file alone. */
function columnsApart(file: string, header: readonly string[], target: string, { id, drop = [] }: ColumnsAsked) {
  const names = drop.map((name) => {
    const at = positionOf(header, name);
    if (at < 0) throw noColumn('--drop', file, header, name);
    return header[at];
  });
  const idAt = id === undefined ? -1 : positionOf(header, id);
  if (idAt >= 0) names.push(header[idAt]);
  if (names.includes(target)) throw new UsageError(`'${target}' is the target, so it is not left out as an input.`);
  return names;
}

/** What pandas calls its index as it writes it, and as it reads it again. */
const INDEX_NAME = /^(|unnamed: 0|index)$/i;
/** So many rows count no further by chance. */
const COUNTED_ROWS = 10;

/** Columns that are the numbers of the rows: of no use, and where the rows are sorted by the target, of too much. */
function countNotes(file: string, inputs: TrainRows['inputs'], columns: readonly string[]): string[] {
  if (inputs.length < COUNTED_ROWS) return [];
  const counts = columns.filter((name) =>
    inputs.every((row, i) => /^\d+$/.test(row[name] ?? '') && Number(row[name]) === Number(inputs[0][name]) + i),
  );
  return counts.map(
    (name) => `${file}: '${name}' counts the rows. If it is no input: --id '${name}' or --drop '${name}'.`,
  );
}

/** A split of a table has numbers of all its rows, some times as many as its own. */
const MOST_SPLIT = 20;

/** As pandas writes it, in a first column: numbers of rows, each once. Where it has a name that may be of something else, they do not exceed the rows by much. */
const isIndex = (name: string, cells: readonly string[]): boolean =>
  INDEX_NAME.test(name) &&
  cells.every((cell) => /^\d+$/.test(cell)) &&
  (!/^index$/i.test(name) || cells.every((cell) => Number(cell) <= MOST_SPLIT * cells.length)) &&
  new Set(cells).size === cells.length;

function inputsOf(
  rows: readonly TableRow[],
  header: readonly string[],
  columns: readonly string[],
  isMissing: IsMissing,
) {
  const places = columns.map((name) => header.indexOf(name));
  return rows.map(({ cells }) =>
    Object.fromEntries(columns.map((name, i) => [name, isMissing(cells, places[i]) ? null : cells[places[i]]])),
  );
}

type IsMissing = (cells: readonly string[], at: number) => boolean;

const missingIn =
  (header: readonly string[], numeric: ReadonlySet<string>): IsMissing =>
  (cells, at) =>
    isGap(cells[at]) || (numeric.has(header[at]) && isNoNumber(cells[at]));

/** The columns that hold numbers, and notes on what stands among them. */
function columnsOfNumbers(
  file: string,
  header: readonly string[],
  rows: readonly TableRow[],
  mostClasses: number,
  target: string,
) {
  const numeric = new Set<string>();
  const notes: string[] = [];
  for (const [at, name] of header.entries()) {
    const values = rows.map(({ cells }) => cells[at]).filter((cell) => !isGap(cell));
    const texts = values.filter((cell) => isNoNumber(cell) || cellValue(cell) === undefined);
    const numbers = values.length - texts.length;
    if (numbers === 0) continue;
    const distinct = new Set(values).size - new Set(texts).size;
    const other = texts.find((text) => !isNoNumber(text));
    const mayBeClass = name === target && distinct <= mostClasses;
    if (other === undefined && !(mayBeClass && texts.length > 0)) {
      numeric.add(name);
      if (texts.length > 0)
        notes.push(`${file}: column '${name}' has numbers; read as missing there: ${quoted([...new Set(texts)], 3)}.`);
    } else if (other !== undefined && distinct > MANY) {
      const counts = `${numbers} of its ${values.length} values are numbers`;
      if (name !== target && numbers > MOSTLY * values.length) {
        notes.push(
          `${file}: column '${name}' is read as categories, though ${counts}, for others such as '${other}'. Leave cells blank where a value is missing.`,
        );
      } else if (name === target && mostClasses === MANY && numbers > MOSTLY_OF_TARGET * values.length) {
        // Numbers that come again and again may be classes as well.
        if (2 * distinct <= numbers) continue;
        const { line } = rows.find(({ cells }) => cells[at] === other) as TableRow;
        const remedy = `${counts}: leave this one blank, or, if all are classes, --task classification.`;
        throw notANumber(file, line, name, other, remedy);
      }
    }
  }
  return { numeric, notes };
}

const TRUTH = /^(true|false)$/i;

/** Truth values in small letters, however a program writes them: `TRUE` and `True` are alike in two files. */
const withPlainTruth = ({ line, cells, written = cells }: TableRow): TableRow => ({
  line,
  cells: cells.map((cell) => (TRUTH.test(cell) ? cell.toLowerCase() : cell)),
  written,
});

function readNamed(file: string, like?: Like) {
  const table = readTable(file, like);
  const [first, ...all] = table.rows;
  // Without blank lines, but of one column blank cells are missing values.
  const rows = all.filter((row) => first.cells.length === 1 || !isBlankLine(row)).map(withPlainTruth);
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
  const isIndexed =
    header.length > 1 &&
    isIndex(
      first.cells[0],
      rows.map(({ cells }) => cells[0]),
    );
  return {
    header,
    rows,
    headerLine: first.line,
    index: isIndexed ? header[0] : undefined,
    like: { header: first.cells, notations: table.notations },
    notes: table.notes,
  };
}
