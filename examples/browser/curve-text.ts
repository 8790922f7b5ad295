/**
 * A curve from lines of a value, or of a step and a value; a first line of words is a header. A blank value or NaN is a missing point. An error is one line
 * that names the line.
 */
export function curveOf(text: string): { steps: number[]; values: number[] } {
  const lines = text.split('\n').map((line, i) => ({ number: i + 1, cells: line.trim().split(/\s*[,;\t]\s*|\s+/) }));
  const filled = lines.filter(({ cells }) => cells.some((cell) => cell !== ''));
  const isHeader = filled.length > 0 && filled[0].cells.every((cell) => !isNumber(cell));
  const rows = filled.slice(isHeader ? 1 : 0).map(({ number, cells }, i) => {
    const value = cells[cells.length - 1];
    const step = cells.length === 2 ? cells[0] : String(i + 1);
    if (cells.length > 2 || !isNumber(step) || !(isNumber(value) || isMissing(value))) {
      throw new Error(`Line ${number}: expected a value, or a step and a value, got '${cells.join(' ')}'.`);
    }
    return { step: Number(step), value: isMissing(value) ? Number.NaN : Number(value) };
  });
  const points = rows.filter(({ value }) => Number.isFinite(value));
  return { steps: points.map(({ step }) => step), values: points.map(({ value }) => value) };
}

const isMissing = (cell: string): boolean => cell === '' || cell.toLowerCase() === 'nan';
const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell));
