import { isNumber, notANumber } from './cells.ts';
import { readTable } from './read-table.ts';

/** Reads complete curves, one row per curve and one column per step. A first row of names, or of the steps 1, 2, ..., is skipped. */
export function readMatrix(path: string): number[][] {
  const { file, rows } = readTable(path);
  const [first] = rows;
  const isHeader = !first.cells.some(isNumber) || first.cells.every((cell, i) => Number(cell) === i + 1);
  const data = isHeader ? rows.slice(1) : rows;
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
