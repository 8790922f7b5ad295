import { columnUnits, toModelCell } from '../../model/table-units.ts';
import { type Column, columnValues, fitColumn } from './column.ts';
import type { Labels } from './labels.ts';
import { type CellColumns, columnName, contextColumns, queryColumns, type Table } from './table.ts';
import { type FittedView, fitView, type View } from './views.ts';

/** What a context says of how rows become numbers. Query rows are read by it and change nothing. */
export interface Encoder {
  readonly numRows: number;
  /** Values [columns][N] of the context, constant columns left out; NaN where one is missing. */
  readonly context: readonly Float64Array[];
  /** The same of query rows. */
  read(table: Table): { readonly numRows: number; readonly values: readonly Float64Array[] };
  /** `labels` of the context; null for a real target. */
  view(view: View, seed: number, labels: Labels | null): FittedView;
  /** What was done to the table that its owner should know. */
  readonly notes: readonly string[];
}

export function fitEncoder(table: Table): Encoder {
  const cells = contextColumns(table);
  const { keys, numRows, columns } = cells;
  const name = (at: number) => columnName(keys, at);
  const fitted = columns.map((column, at) => fitColumn(column, name(at)));
  const kept = fitted.flatMap(({ kind }, at) => (kind === 'constant' ? [] : [at]));
  if (kept.length === 0) throw new RangeError('fit: expected a column with different values, got only constant ones.');
  const namesOf = (kind: Column['kind']) => fitted.flatMap((column, at) => (column.kind === kind ? [name(at)] : []));
  const note = (names: readonly string[], what: string) =>
    names.length === 0 ? [] : [`${names.length === 1 ? 'column' : 'columns'} ${what}: ${shortList(names)}`];
  const context = kept.map((at) => columnValues(fitted[at], columns[at], name(at), 'fit'));
  return {
    numRows,
    context,
    read(queries) {
      const read: CellColumns = queryColumns(queries, cells);
      const values = kept.map((at) => columnValues(fitted[at], read.columns[at], name(at), 'predict'));
      return { numRows: read.numRows, values };
    },
    view: (view, seed, labels) =>
      fitView(
        view,
        kept.map((at, i): { column: Column; values: Float64Array } => ({ column: fitted[at], values: context[i] })),
        seed,
        labels,
      ),
    notes: [
      ...note(namesOf('constant'), 'left out, as constant in the context'),
      ...note(namesOf('dates'), 'read as dates, in days'),
    ],
  };
}

const shortList = (names: readonly string[], most = 10): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');

/** Row by row, [rows, columns of the view]. */
export interface ModelRows {
  readonly numFeatures: number;
  readonly x: Float32Array;
  /** Of query rows from .. to - 1, by their values [columns][M]. */
  readonly query: (values: readonly Float64Array[], from: number, to: number) => Float32Array;
}

/** Some rows of a context as the network sees them, in the units that these rows give themselves, and query rows in the same units. */
export function modelRows(view: FittedView, context: readonly Float64Array[], rows: Int32Array): ModelRows {
  const columns = view.columns.map(({ source, map }) => {
    const values = Float64Array.from(rows, (row) => map(context[source][row]));
    return { source, map, values, units: columnUnits(values) };
  });
  const width = columns.length;
  const x = new Float32Array(rows.length * width);
  for (const [at, { values, units }] of columns.entries()) {
    for (let i = 0; i < rows.length; i++) x[i * width + at] = toModelCell(units, values[i]);
  }
  const query: ModelRows['query'] = (values, from, to) => {
    const cells = new Float32Array((to - from) * width);
    for (const [at, { source, map, units }] of columns.entries()) {
      for (let i = from; i < to; i++) cells[(i - from) * width + at] = toModelCell(units, map(values[source][i]));
    }
    return cells;
  };
  return { numFeatures: width, x, query };
}
