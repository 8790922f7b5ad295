const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MISSING = /^(|nan|na|n\/a|null|none)$/i;

export const isNumber = (cell: string): boolean => NUMBER.test(cell);
export const isMissing = (cell: string): boolean => MISSING.test(cell);

/** One line that names file, row and column, for a cell that should have been a number. */
export function notANumber(file: string, line: number, column: string, cell: string, remedy: string): Error {
  const hint = /^[+-]?\d+,\d+$/.test(cell) ? 'Write decimals with a point.' : remedy;
  return new Error(`${file}, row ${line}, column '${column}': '${cell}' is not a number. ${hint}`);
}
