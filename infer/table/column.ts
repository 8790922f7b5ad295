import { daysIn, looksLikeDate } from './dates.ts';
import type { Cell } from './table.ts';

/**
 * What the context says a column is. Its values are numbers from here on, NaN where one is missing:
 *
 *   numbers      as they are; numbers written as text count as numbers where all observed values are; true is 1, false is 0
 *   dates        days since 1970, with the time of the day as a fraction; Date, or text that begins with the year (`2024-01-31`), all of them
 *   categories   the position in the sorted list of what was observed; a category that the context lacks is missing
 *   constant     left out: one value in every row, or none at all
 */
export type Column =
  | { readonly kind: 'numbers' }
  | { readonly kind: 'dates' }
  | { readonly kind: 'categories'; readonly categories: readonly string[] }
  | { readonly kind: 'constant' };

const NUMBER = /^\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?)\s*$/i;
/** Whether the day or the month comes first, it does not tell. */
const OTHER_DATE = /^\s*\d{1,2}([-/.])\d{1,2}\1\d{4}\b/;
/** Squares of larger numbers overflow. */
export const LARGEST = 1e150;

const isMissing = (cell: Cell): boolean =>
  cell === null || cell === undefined || (typeof cell === 'string' ? cell.trim() === '' : Number.isNaN(Number(cell)));

/** Decides from the cells of the context. `name` is for messages. Throws one line for dates that may be read in two ways and for what is no value. */
export function fitColumn(cells: readonly Cell[], name: string): Column {
  const observed = cells.filter((cell) => !isMissing(cell));
  for (const [i, cell] of cells.entries()) checkCell(cell, i, name, 'fit');
  const texts = new Set(observed.filter((cell) => typeof cell === 'string'));
  const isNumbers = [...texts].every((text) => NUMBER.test(text));
  const isDates = observed.length > 0 && observed.every((cell) => !Number.isNaN(daysIn(cell)));
  if (!isDates) checkDates(observed, name);
  const values = new Set<string | number>(
    observed.map((cell) => (isDates ? daysIn(cell) : isNumbers ? numberIn(cell) : String(cell))),
  );
  if (values.size === 0 || (values.size === 1 && observed.length === cells.length)) return { kind: 'constant' };
  if (isDates) return { kind: 'dates' };
  if (isNumbers) return { kind: 'numbers' };
  // By code units: the same on every machine, whatever its language.
  return { kind: 'categories', categories: [...values].map(String).toSorted((a, b) => (a < b ? -1 : 1)) };
}

/** Cells as numbers, NaN where a value is missing or its category is not one of the context's. `call` is for messages. */
export function columnValues(
  column: Column,
  cells: readonly Cell[],
  name: string,
  call: 'fit' | 'predict',
): Float64Array {
  for (const [i, cell] of cells.entries()) checkCell(cell, i, name, call);
  if (column.kind === 'categories') {
    const codes = new Map(column.categories.map((category, code) => [category, code]));
    return Float64Array.from(cells, (cell) => (isMissing(cell) ? Number.NaN : (codes.get(String(cell)) ?? Number.NaN)));
  }
  const read = column.kind === 'dates' ? daysIn : numberIn;
  return Float64Array.from(cells, (cell, i) => {
    if (isMissing(cell)) return Number.NaN;
    const value = read(cell);
    if (Number.isNaN(value)) {
      throw new RangeError(
        `${call}: expected ${column.kind === 'dates' ? 'dates such as 2024-01-31' : 'numbers'} in column ${name} as in fit, got '${cell}' (row ${i + 1}). Use null where a value is missing.`,
      );
    }
    if (Math.abs(value) <= LARGEST) return value;
    throw new RangeError(
      `${call}: expected finite numbers up to ${LARGEST} in column ${name}, got ${value} (row ${i + 1}). Use null where a value is missing, or a largest value.`,
    );
  });
}

export const isNumberText = (text: string): boolean => NUMBER.test(text);

/** NaN where it is other text. */
function numberIn(cell: Cell): number {
  if (cell instanceof Date) return Number.NaN;
  if (typeof cell !== 'string') return Number(cell);
  if (!NUMBER.test(cell)) return Number.NaN;
  return /inf/i.test(cell) ? Number(`${cell.includes('-') ? '-' : ''}Infinity`) : Number(cell);
}

function checkCell(cell: unknown, row: number, name: string, call: string): void {
  if (cell === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof cell) || cell instanceof Date)
    return;
  throw new TypeError(
    `${call}: expected numbers, strings, booleans, dates or null in column ${name}, got ${typeof cell} (row ${row + 1}).`,
  );
}

/** Dates among other values, and those that do not say which number is the day. */
function checkDates(observed: readonly Cell[], name: string): void {
  if (observed.length > 0 && observed.every(looksLikeDate)) {
    const none = observed.find((cell) => Number.isNaN(daysIn(cell)));
    throw new RangeError(
      `fit: column ${name}: expected dates, got '${none}', which is no day of the calendar. Correct it, or leave it out.`,
    );
  }
  const other = observed.find((cell) => cell instanceof Date);
  const isOtherDates =
    observed.length > 0 && observed.every((cell) => typeof cell === 'string' && OTHER_DATE.test(cell));
  if (other === undefined && !isOtherDates) return;
  const got = other === undefined ? `'${observed[0]}'` : 'dates among other values';
  throw new RangeError(
    `fit: column ${name}: expected dates that begin with the year, such as 2024-01-31, got ${got}. Write them so, or as numbers of your own.`,
  );
}
