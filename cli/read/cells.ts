export interface TableRow {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** The cells as the file has them, where some are read as other numbers: `85 %` is 85. */
  readonly written?: readonly string[];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MISSING = /^(|[+-]?nan|na|n\/a|null|none)$/i;
/** Of a table: gaps as programs write them, and the errors of spreadsheets. `none` is not among them: it is often a category. */
const GAP = /^(|\?|[+-]?nan|na|n\/a|null|<na>|\\n|#(n\/?a|null!|num!|div\/0!|value!|ref!|name\?))$/i;
/** Of a table: where these stand among numbers, a value is missing; among other text they may be a category. */
const NO_NUMBER = /^(\p{Sc}?\s*-+|[\u2013\u2014]|\.|none|missing|unknown)$/iu;
const INFINITE = /^([+-]?)inf(inity)?$/i;

export const isNumber = (cell: string): boolean => NUMBER.test(cell);
export const isMissing = (cell: string): boolean => MISSING.test(cell);
/** Nothing was logged, where `nan` would be what came out. */
export const isBlank = (cell: string): boolean => isMissing(cell) && !/nan/i.test(cell);
export const isGap = (cell: string): boolean => GAP.test(cell);
export const isNoNumber = (cell: string): boolean => NO_NUMBER.test(cell);

/** The number in a cell: NaN where it is missing, an infinity where it says so or is too large, undefined where it is text. */
export function cellValue(cell: string): number | undefined {
  if (isNumber(cell)) return Number(cell);
  if (isMissing(cell)) return Number.NaN;
  const infinite = INFINITE.exec(cell);
  return infinite ? Number(`${infinite[1]}Infinity`) : undefined;
}

/** The position of a name, or of one that differs from it in small and capital letters alone; -1 where there is neither. */
export function positionOf(names: readonly (string | null)[], name: string): number {
  const exact = names.indexOf(name);
  return exact >= 0 ? exact : names.findIndex((other) => other?.toLowerCase() === name.toLowerCase());
}

/** One line that names file, row and column, for a cell that should have been a number. */
export function notANumber(file: string, line: number, column: string, cell: string, remedy: string): Error {
  const parts = cell.split(/ +/);
  const hint = /^[+-]?\d+,\d+$/.test(cell)
    ? 'Write decimals with a point.'
    : parts.length > 1 && parts.every(isNumber)
      ? 'Part cells by commas, semicolons or tabs.'
      : remedy;
  return new Error(`${file}, row ${line}, column '${column}': '${cell}' is not a number. ${hint}`);
}
