/** A curve from lines of a value, or of a step and a value; a first line of words is a header. An error is one line that names the line. */
export function curveOf(text: string): { steps: number[]; values: number[] } {
  const lines = text.split('\n').map((line, i) => ({ number: i + 1, cells: line.trim().split(/[\s,;]+/) }));
  const filled = lines.filter(({ cells }) => cells[0] !== '');
  const rows = filled.slice(Number.isNaN(Number(filled[0]?.cells[0])) ? 1 : 0);
  const wrong = rows.find(({ cells }) => cells.length > 2 || cells.some((cell) => !Number.isFinite(Number(cell))));
  if (wrong)
    throw new Error(`Line ${wrong.number}: expected a value, or a step and a value, got '${wrong.cells.join(' ')}'.`);
  return {
    steps: rows.map(({ cells }, i) => (cells.length === 2 ? Number(cells[0]) : i + 1)),
    values: rows.map(({ cells }) => Number(cells[cells.length - 1])),
  };
}
