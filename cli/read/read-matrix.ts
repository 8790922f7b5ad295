import { isNumber, notANumber } from './cells.ts';
import { readTable } from './read-table.ts';

/**
 * Reads complete curves, one row per curve and one column per step. A first row of names, or of the steps 0, 1, ... or 1, 2, ..., is skipped, and so is
 * an index before them, whose name is blank, as pandas and R write it.
 */
export function readMatrix(path: string): number[][] {
  const table = readTable(path);
  const { file } = table;
  const isHeader = (cells: readonly string[]) =>
    !cells.some(isNumber) ||
    [0, 1].some((start) => cells.every((cell, i) => isNumber(cell) && Number(cell) === start + i));
  const [{ cells: named }] = table.rows;
  const hasIndex = named[0] === '' && named.length > 1 && isHeader(named.slice(1));
  const rows = hasIndex ? table.rows.map(({ line, cells }) => ({ line, cells: cells.slice(1) })) : table.rows;
  const [first] = rows;
  const data = isHeader(first.cells) ? rows.slice(1) : rows;
  if (data.length === 0 || first.cells.length < 2) {
    throw new Error(`${file}, row ${first.line}: expected a row of numbers per curve with a column per step.`);
  }
  return data.map(({ line, cells }) => {
    if (cells.length !== first.cells.length) {
      throw new Error(
        `${file}, row ${line}: ${cells.length} cells, expected ${first.cells.length} as in row ${first.line}; ` +
          'every curve needs a value at every step.',
      );
    }
    return cells.map((cell, i) => {
      if (!isNumber(cell))
        throw notANumber(file, line, String(i + 1), cell, 'Every curve needs a value at every step.');
      return Number(cell);
    });
  });
}
