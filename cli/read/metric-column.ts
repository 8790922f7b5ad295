import { cellValue } from './cells.ts';
import type { Columns } from './columns.ts';
import type { ReadCurvesOptions } from './curve-file.ts';
import { noSuchKey } from './curve-names.ts';

const isText = (cells: readonly string[]): boolean =>
  cells.every((cell) => cell === '' || cellValue(cell) === undefined) && cells.some((cell) => cell !== '');

/** What a column is called that says which metric a row has the value of, the preferred first. */
const METRIC_NAMES = ['metric', 'metric_name', 'tag', 'key', 'variable', 'measure'];

/** The position of the column of text that says which metric a row is of, beside a column that is called `value`; -1 where there is none. */
export function metricColumn({ header, rows }: Columns): number {
  if (!header.some((name) => name.toLowerCase() === 'value')) return -1;
  const lower = header.map((name) => name.toLowerCase());
  const found = METRIC_NAMES.map((name) => lower.indexOf(name));
  return found.find((at) => at >= 0 && isText(rows.map(({ cells }) => cells[at]))) ?? -1;
}

/**
 * Where `--value-key` names one of the metrics in such a column, its rows, with their values under that name; else all as it is.
 */
export function ofMetric(columns: Columns, options: ReadCurvesOptions): Columns {
  const at = metricColumn(columns);
  const { valueKey } = options;
  if (at < 0 || valueKey === undefined || columns.header.includes(valueKey)) return columns;
  const rows = columns.rows.filter(({ cells }) => cells[at] === valueKey);
  if (rows.length === 0) {
    const metrics = [...new Set(columns.rows.map(({ cells }) => cells[at]))];
    throw noSuchKey(columns.source, 'column', [...columns.header, ...metrics], '--value-key', valueKey);
  }
  const without = <T>(values: readonly T[]) => values.filter((_, i) => i !== at);
  return {
    ...columns,
    header: without(columns.header).map((name) => (name.toLowerCase() === 'value' ? valueKey : name)),
    rows: rows.map((row) => ({ ...row, cells: without(row.cells) })),
  };
}
