/** A value of a table; null, undefined, '' and NaN are missing. */
export type Cell = number | string | boolean | Date | null | undefined;

/** Rows as arrays, rows as objects (matched by key, whatever their order), or numbers row by row with the number of columns. */
export type Table =
  | readonly (readonly Cell[])[]
  | readonly Readonly<Record<string, Cell>>[]
  | { readonly data: Float32Array | Float64Array | Int32Array; readonly width: number };

/** A table turned: its columns, each with a cell per row. */
export interface CellColumns {
  /** Keys of objects; null where columns are known by their position. */
  readonly keys: readonly string[] | null;
  readonly columns: readonly (readonly Cell[])[];
  readonly numRows: number;
}

/** How messages call a column: `'age'`, or `3` where it has no name. */
export const columnName = (keys: readonly string[] | null, at: number): string =>
  keys === null ? String(at + 1) : `'${keys[at]}'`;

/** The columns of a context. Throws a TypeError or RangeError of one line where rows differ in shape. */
export function contextColumns(table: Table): CellColumns {
  if (isNumbers(table)) return fromNumbers(table, 'fit');
  checkRows(table, 'fit');
  if (table.length === 0) throw new RangeError('fit: expected at least 2 rows, got none.');
  const [first] = table;
  if (Array.isArray(first)) return fromArrays(table, 'fit', first.length, (i) => `values in row ${i + 1} as in row 1`);
  const keys = Object.keys(first);
  for (const [i, row] of table.entries()) {
    const unknown = Object.keys(row).find((key) => !Object.hasOwn(first, key));
    if (unknown === undefined) continue;
    throw new RangeError(
      `fit: expected the keys of row 1 in every row, got another one, '${unknown}', in row ${i + 1}. Use null where a value is missing.`,
    );
  }
  return fromObjects(table, 'fit', keys, 'as in row 1');
}

/** The columns of query rows, in the order of the context's. Keys that the context lacks are left out. */
export function queryColumns(table: Table, context: CellColumns): CellColumns {
  const { keys } = context;
  const width = context.columns.length;
  const remedy = 'Pass the same columns in the same order.';
  if (isNumbers(table)) {
    if (keys !== null)
      throw new TypeError('predict: expected rows as objects with the keys of fit, got { data, width }.');
    if (table.width === width) return fromNumbers(table, 'predict');
    throw new RangeError(`predict: expected ${width} features as in fit, got ${table.width}. ${remedy}`);
  }
  checkRows(table, 'predict');
  const isArrays = Array.isArray(table[0]);
  if (keys !== null) {
    if (!isArrays) return fromObjects(table, 'predict', keys, 'as in fit');
    throw new TypeError('predict: expected rows as objects with the keys of fit, got arrays.');
  }
  if (isArrays || table.length === 0) {
    return fromArrays(table, 'predict', width, () => 'features as in fit', ` ${remedy}`);
  }
  throw new TypeError('predict: expected rows as arrays as in fit, got objects. Fit on objects to match them by key.');
}

const isNumbers = (table: Table): table is Extract<Table, { width: number }> =>
  typeof table === 'object' && table !== null && 'data' in table && !Array.isArray(table);

function checkRows(table: unknown, call: string): asserts table is readonly object[] {
  const wrong = Array.isArray(table) ? table.findIndex((row) => row === null || typeof row !== 'object') : 0;
  if (wrong < 0) return;
  throw new TypeError(
    `${call}: expected rows as arrays or objects, or { data, width }, got ${Array.isArray(table) ? `${table[wrong]} as row ${wrong + 1}` : typeof table}.`,
  );
}

function fromArrays(
  table: readonly object[],
  call: string,
  width: number,
  what: (row: number) => string,
  remedy = '',
): CellColumns {
  for (const [i, row] of table.entries()) {
    const got = Array.isArray(row) ? row.length : 'an object';
    if (got !== width) throw new RangeError(`${call}: expected ${width} ${what(i)}, got ${got}.${remedy}`);
  }
  const rows = table as readonly (readonly Cell[])[];
  return { keys: null, numRows: rows.length, columns: columnsOf(width, rows.length, (i, at) => rows[i][at]) };
}

function fromObjects(table: readonly object[], call: string, keys: readonly string[], as: string): CellColumns {
  const rows = table as readonly Readonly<Record<string, Cell>>[];
  for (const [i, row] of rows.entries()) {
    const lacking = keys.find((key) => !Object.hasOwn(row, key));
    if (lacking === undefined) continue;
    throw new RangeError(
      `${call}: expected a key '${lacking}' in row ${i + 1} ${as}, got none. Use null where a value is missing.`,
    );
  }
  return { keys, numRows: rows.length, columns: columnsOf(keys.length, rows.length, (i, at) => rows[i][keys[at]]) };
}

function fromNumbers({ data, width }: Extract<Table, { width: number }>, call: string): CellColumns {
  if (!(Number.isInteger(width) && width >= 1 && data.length % width === 0)) {
    throw new RangeError(
      `${call}: expected data of a whole number of rows of width ${width}, got ${data.length} numbers.`,
    );
  }
  const numRows = data.length / width;
  return { keys: null, numRows, columns: columnsOf(width, numRows, (i, at) => data[i * width + at]) };
}

const columnsOf = (width: number, numRows: number, cell: (row: number, at: number) => Cell): Cell[][] =>
  Array.from({ length: width }, (_, at) => Array.from({ length: numRows }, (_, i) => cell(i, at)));
