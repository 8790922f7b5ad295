import { quoted } from '../wording.ts';
import { cellValue, isNumber, notANumber, type TableRow } from './cells.ts';
import type { ReadCurvesOptions } from './curve-file.ts';
import { type KeyOption, noSuchKey, stepNames } from './curve-names.ts';

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
  const [name] = stepNames(header.filter((_, at) => at !== valueAt && at !== curveAt));
  return { curveAt, valueAt, stepAt: name === undefined || header.length === 1 ? -1 : header.indexOf(name) };
}

function keyColumn({ source, header }: Columns, option: KeyOption, key: string | undefined): number {
  if (key === undefined) return -1;
  const exact = header.indexOf(key);
  const at = exact >= 0 ? exact : header.findIndex((name) => name.toLowerCase() === key.toLowerCase());
  if (at < 0) throw noSuchKey(source, 'column', header, option, key);
  return at;
}

export const hasNumber = ({ header, rows }: Columns, name: string): boolean => {
  const at = header.indexOf(name);
  return rows.some(({ cells }) => isNumber(cells[at]));
};

/** The number in a cell: NaN where it is missing. An error where it is text. */
export function valueIn({ source, header }: Columns, { line, cells }: TableRow, at: number): number {
  const value = cellValue(cells[at]);
  if (value !== undefined) return value;
  throw notANumber(source, line, header[at], cells[at], 'Leave a cell blank where a point is missing.');
}

/** A finite number; where the value is missing too, the step may be, and is then 0. */
export function stepIn(columns: Columns, row: TableRow, at: number, value: number): number {
  const step = valueIn(columns, row, at);
  if (Number.isFinite(step)) return step;
  if (Number.isNaN(value)) return 0;
  throw new Error(
    `${columns.source}, row ${row.line}, column '${columns.header[at]}': no step. Every point needs one.`,
  );
}

export const leftOut = (source: string, names: readonly string[]): string[] =>
  names.length > 0 ? [`${source}: columns left out: ${quoted(names, 5)}.`] : [];
