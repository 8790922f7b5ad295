import { metricOf } from '../../infer/metric.ts';
import { quoted } from '../wording.ts';
import { cellValue, isBlank, isNumber, notANumber, type TableRow } from './cells.ts';
import type { ReadCurvesOptions } from './curve-file.ts';
import { CURVE_NAMES, chosenSteps, isStepName, type KeyOption, noSuchKey } from './curve-names.ts';

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
    (each) => hasCurves || findTellingColumn(columns, { stepAt: header.indexOf(each), valueAt }) >= 0,
  );
  return { curveAt, valueAt, stepAt: name === undefined || header.length === 1 ? -1 : header.indexOf(name) };
}

/** Of curves that begin together: how much later than the first, in parts of the whole. */
const LATEST_START = 0.1;

/**
 * Where steps come again, a column with which they do not, such as a seed or a fold: it tells curves apart, which all begin at about the first step. -1 where there is none, or no need of one.
 */
export function findTellingColumn({ header, rows }: Columns, { stepAt, valueAt }: Omit<Roles, 'curveAt'>): number {
  if (stepAt < 0) return -1;
  const count = (...at: number[]) =>
    new Set(rows.map(({ cells }) => JSON.stringify(at.map((each) => cells[each])))).size;
  if (count(stepAt) === rows.length) return -1;
  const steps = rows.map(({ cells }) => Number(cells[stepAt]));
  const first = steps.reduce((a, b) => Math.min(a, b));
  const latest = first + LATEST_START * (steps.reduce((a, b) => Math.max(a, b)) - first);
  return header.findIndex((name, at) => {
    if (at === stepAt || at === valueAt || isStepName(name) || metricOf(name) !== undefined) return false;
    const areNames = rows.every(
      ({ cells }) => cells[at] !== '' && (cellValue(cells[at]) === undefined || /^\d+$/.test(cells[at])),
    );
    if (!areNames || 2 * count(at) > rows.length || count(at, stepAt) < rows.length) return false;
    const starts = new Map<string, number>();
    for (const [i, { cells }] of rows.entries())
      starts.set(cells[at], Math.min(starts.get(cells[at]) ?? Infinity, steps[i]));
    return [...starts.values()].every((start) => start <= latest);
  });
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
