/** Round axis values that cover low..high, about `count` of them, and their labels. */
export function ticks(
  low: number,
  high: number,
  count: number,
): { values: readonly number[]; labels: readonly string[] } {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) as number;
  const size = unit * power;
  const first = Math.floor(low / size + 1e-9);
  const last = Math.ceil(high / size - 1e-9);
  const values = Array.from({ length: Math.max(1, last - first) + 1 }, (_, i) => (first + i) * size);
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(size) + 1e-9) + (unit === 2.5 ? 1 : 0)));
  return { values, labels: values.map((value) => value.toFixed(decimals)) };
}
