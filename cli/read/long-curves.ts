import { cellValue, type TableRow } from './cells.ts';
import { type Columns, hasNumber, leftOut, type Roles, stepIn, valueIn } from './columns.ts';
import { CURVE_NAMES, isValueName, unclear, valueNames } from './curve-names.ts';
import type { Layout, RawPoint } from './curve-points.ts';

/** The column whose name and cells say which curve a row belongs to; -1 in a wide file. */
export function findCurveColumn(columns: Columns, { curveAt, stepAt, valueAt }: Roles): number {
  if (curveAt >= 0) return curveAt;
  const { header, rows } = columns;
  const lower = header.map((name) => name.toLowerCase());
  const isCurve = (at: number): boolean => {
    if (at < 0 || at === stepAt || at === valueAt) return false;
    if (!header.some((name, other) => other !== at && other !== stepAt && hasNumber(columns, name))) return false;
    const cells = rows.map((row) => row.cells[at]).filter((cell) => cell !== '');
    if (cells.some((cell) => cellValue(cell) === undefined)) return true;
    // Whole numbers are ids. Others may be the values of a curve that is called 'run'.
    if (cells.every((cell) => /^\d+$/.test(cell))) return header.length > 2;
    return stepAt >= 0 && lower.includes('value');
  };
  return CURVE_NAMES.map((name) => lower.indexOf(name)).find(isCurve) ?? -1;
}

/** A row per point; the columns `curveAt` and `metricAt`, where they are 0 or more, say which curve it belongs to: `run`, `val_loss` or `run - val_loss`. */
export function longCurves(columns: Columns, roles: Roles & { readonly metricAt: number }): Layout {
  const { header } = columns;
  const naming = [roles.curveAt, roles.metricAt].filter((at) => at >= 0);
  const { stepAt, valueAt, notes } = complete(columns, roles, naming);
  const raw = [...rowsOfCurves(columns, naming)].map(([name, rows]) => {
    const points = rows.map((row, i): RawPoint => {
      const value = valueIn(columns, row, valueAt);
      return { step: stepAt < 0 ? i + 1 : stepIn(columns, row, stepAt, value), value };
    });
    return { name, points };
  });
  return { raw, stepTitle: stepAt < 0 ? 'step' : header[stepAt], valueTitle: header[valueAt], notes };
}

function rowsOfCurves({ source, header, rows }: Columns, naming: readonly number[]): Map<string, TableRow[]> {
  const rowsOf = new Map<string, TableRow[]>();
  for (const row of rows) {
    if (row.cells.every((cell) => cell === '')) continue;
    const blank = naming.find((at) => row.cells[at] === '');
    if (blank !== undefined) {
      throw new Error(`${source}, row ${row.line}, column '${header[blank]}': blank. Name the curve in every row.`);
    }
    const name = naming.map((at) => row.cells[at]).join(' - ');
    const known = rowsOf.get(name);
    if (known === undefined) rowsOf.set(name, [row]);
    else known.push(row);
  }
  return rowsOf;
}

/** Finds the columns of steps (-1: rows are counted) and values where their names do not say, and notes what it assumed. */
function complete(columns: Columns, { stepAt, valueAt }: Roles, naming: readonly number[]) {
  const { source, header } = columns;
  const others = header.filter((name, at) => !naming.includes(at) && at !== stepAt && !(at === 0 && name === ''));
  const numeric = others.filter((name) => hasNumber(columns, name));
  const free = valueNames(numeric.length > 0 ? numeric : others);
  const value = valueAt >= 0 ? header[valueAt] : free.length === 1 ? free[0] : free.find(isValueName);
  if (stepAt >= 0) {
    if (value === undefined) throw unclear(source, 'column', free, 'values', '--value-key');
    const ignored = valueAt >= 0 ? [] : others.filter((name) => name !== value);
    return { stepAt, valueAt: header.indexOf(value), notes: leftOut(source, ignored) };
  }
  const candidates = free.filter((name) => name !== value);
  if (value !== undefined && candidates.length === 0) {
    const notes = [`${source}: no column of steps, so the rows of each curve are counted from 1.`];
    return { stepAt, valueAt: header.indexOf(value), notes };
  }
  const step =
    candidates.length > (value === undefined ? 2 : 1)
      ? undefined
      : candidates.find((name) => rises(columns, naming, header.indexOf(name)));
  if (step === undefined) {
    throw value === undefined
      ? unclear(source, 'column', candidates, 'steps or the values', '--step-key', '--value-key')
      : unclear(source, 'column', candidates, 'steps', '--step-key');
  }
  const read = value ?? candidates.find((name) => name !== step)!;
  return {
    stepAt: header.indexOf(step),
    valueAt: header.indexOf(read),
    notes: [`${source}: '${step}' is read as the steps and '${read}' as the values (see --step-key, --value-key).`],
  };
}

/** Steps rise from row to row of a curve; values seldom do. */
function rises(columns: Columns, naming: readonly number[], at: number): boolean {
  return [...rowsOfCurves(columns, naming).values()].every((rows) => {
    const steps = rows.map((row) => valueIn(columns, row, at) ?? Number.NaN);
    return steps.every((step, i) => i === 0 || step > steps[i - 1]);
  });
}
