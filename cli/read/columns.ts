import { quoted } from '../wording.ts';
import { cellValue, isBlank, isNumber, notANumber, positionOf, type TableRow } from './cells.ts';
import type { ReadCurvesOptions } from './curve-file.ts';
import { CURVE_NAMES, chosenSteps, type KeyOption, noSuchKey } from './curve-names.ts';
import { tellingNames } from './telling-names.ts';

/** Named columns of text cells; every row has a cell per column. */
export interface Columns {
  readonly source: string;
  readonly header: readonly string[];
  /** The line of the header. */
  readonly line: number;
  readonly rows: readonly TableRow[];
}

/** Positions of columns; -1 where there is none. */
export interface Roles {
  readonly curveAt: number;
  readonly stepAt: number;
  readonly valueAt: number;
}

/** The columns that the options name, and the steps also by what they are usually called. */
export function namedRoles(columns: Columns, { stepKey, valueKey, curveKey }: ReadCurvesOptions): Roles {
  const { header } = columns;
  const valueAt = keyColumn(columns, '--value-key', valueKey);
  const curveAt = keyColumn(columns, '--curve-key', curveKey);
  if (stepKey !== undefined) return { curveAt, valueAt, stepAt: keyColumn(columns, '--step-key', stepKey) };
  const numbersAt = (at: number) =>
    columns.rows.flatMap(({ cells }) => (isNumber(cells[at]) ? [Number(cells[at])] : []));
  const hasCurves = curveAt >= 0 || header.some((each) => CURVE_NAMES.includes(each.toLowerCase()));
  const name = chosenSteps(
    header.filter((_, at) => at !== valueAt && at !== curveAt),
    (each) => numbersAt(header.indexOf(each)),
    (each) => hasCurves || tellingColumns(columns, { stepAt: header.indexOf(each), valueAt }).length > 0,
  );
  return { curveAt, valueAt, stepAt: name === undefined || header.length === 1 ? -1 : header.indexOf(name) };
}

/** The columns that tell curves apart where steps come again, also with those that are told; see `tellingNames`. */
export function tellingColumns(
  { header, rows }: Pick<Columns, 'header' | 'rows'>,
  { stepAt, valueAt }: Omit<Roles, 'curveAt'>,
  told: readonly string[] = [],
): readonly string[] {
  if (stepAt < 0) return [];
  const stepped = rows.filter(({ cells }) => isNumber(cells[stepAt]));
  const named = {
    names: header.filter((_, at) => at !== stepAt && at !== valueAt),
    steps: stepped.map(({ cells }) => Number(cells[stepAt])),
    cells: (name: string) => stepped.map(({ cells }) => cells[header.indexOf(name)]),
  };
  const found = tellingNames(named, told);
  const isLeft = (name: string, at: number) => at !== stepAt && ![...found, ...told].includes(name);
  return header.some((name, at) => isLeft(name, at) && hasNumber({ header, rows }, name)) ? found : [];
}

/** With one column in place of several, the last: what they say together. Their names with commas between are its name. */
export function joinedColumns({ source, header, line, rows }: Columns, names: readonly string[]): Columns {
  const at = names.map((name) => header.indexOf(name));
  const others = <T>(values: readonly T[]) => values.filter((_, column) => !at.includes(column));
  return {
    source,
    header: [...others(header), names.join(',')],
    line,
    rows: rows.map((row) => {
      const own = at.map((column) => row.cells[column]);
      return { line: row.line, cells: [...others(row.cells), own.includes('') ? '' : own.join(' - ')] };
    }),
  };
}

/** The position of a column that an option names, in small or capital letters; -1 where it names none. */
export function keyColumn({ source, header }: Columns, option: KeyOption, key: string | undefined): number {
  if (key === undefined) return -1;
  const at = positionOf(header, key);
  if (at < 0) throw noSuchKey(source, 'column', header, option, key);
  return at;
}

export const hasNumber = ({ header, rows }: Pick<Columns, 'header' | 'rows'>, name: string): boolean => {
  const at = header.indexOf(name);
  return rows.some(({ cells }) => isNumber(cells[at]));
};

/** The number in a cell, which may be NaN; null where it is blank. An error where it is text. */
export function valueIn({ source, header }: Columns, { line, cells }: TableRow, at: number): number | null {
  if (isBlank(cells[at])) return null;
  const value = cellValue(cells[at]);
  if (value !== undefined) return value;
  throw notANumber(source, line, header[at], cells[at], 'Leave a cell blank where a point is missing.');
}

/** A finite number; where the value is missing too, the step may be, and is then null. */
export function stepIn(columns: Columns, row: TableRow, at: number, value: number | null): number | null {
  const step = valueIn(columns, row, at);
  if (step !== null && Number.isFinite(step)) return step;
  if (value === null || Number.isNaN(value)) return null;
  throw new Error(
    `${columns.source}, row ${row.line}, column '${columns.header[at]}': no step. Every point needs one.`,
  );
}

export const leftOut = (source: string, names: readonly string[]): string[] =>
  names.length > 0 ? [`${source}: columns left out: ${quoted(names, 5)}.`] : [];
