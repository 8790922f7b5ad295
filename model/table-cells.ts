/**
 * Cells [.., C] in the units of their columns, NaN where missing -> what the network sees of each, [.., C, 2]: its value, 0 where it is missing,
 * and 1 where it is missing, else 0.
 */
export function toCells(x: Float32Array): Float32Array {
  const cells = new Float32Array(2 * x.length);
  x.forEach((value, i) => {
    const isMissing = Number.isNaN(value);
    cells[2 * i] = isMissing ? 0 : value;
    cells[2 * i + 1] = isMissing ? 1 : 0;
  });
  return cells;
}
