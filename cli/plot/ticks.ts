export interface Ticks {
  readonly values: readonly number[];
  readonly labels: readonly string[];
}

/** Round axis values that cover low..high, about `count` of them, and their labels. */
export function ticks(low: number, high: number, count: number): Ticks {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) as number;
  const size = unit * power;
  const first = Math.floor(low / size + 1e-9);
  const last = Math.ceil(high / size - 1e-9);
  const values = Array.from({ length: Math.max(1, last - first) + 1 }, (_, i) => (first + i) * size);
  return { values, labels: tickLabels(values, size, unit === 2.5 ? 1 : 0) };
}

/** Axis values of low..high (both above 0) for a logarithmic axis, about `count` of them at most, and their labels. */
export function logTicks(low: number, high: number, count: number): Ticks {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const candidates = [[1, 2, 5], [1, 3], [1]].map((factors) =>
    decades
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((v) => v >= low && v <= high),
  );
  if (candidates[0].length < 3) {
    const { values, labels } = ticks(low, high, count);
    const inside = values.map((_, i) => i).filter((i) => values[i] >= low && values[i] <= high);
    return { values: inside.map((i) => values[i]), labels: inside.map((i) => labels[i]) };
  }
  const fewest = candidates[2];
  const every = Math.ceil(fewest.length / count);
  const values = candidates.find(({ length }) => length <= count) ?? fewest.filter((_, i) => i % every === 0);
  return { values, labels: values.map((value) => tickLabels([value], value, 0)[0]) };
}

/** 1200000 is 1.2M: what a thousand, a million, a billion and a trillion are called. */
const SUFFIXES = ['', 'k', 'M', 'B', 'T'];

/** Labels of values that are `size` apart; all get the same decimals and the same suffix. */
function tickLabels(values: readonly number[], size: number, moreDecimals: number): string[] {
  const largest = Math.max(...values.map(Math.abs));
  const decimals = (unit: number) => Math.max(0, moreDecimals - Math.floor(Math.log10(size / unit) + 1e-9));
  if (largest < 1e-4 || largest >= 1e15) {
    const unit = 10 ** Math.floor(Math.log10(largest) + 1e-9);
    return values.map((value) =>
      value === 0 ? '0' : `${(value / unit).toFixed(decimals(unit))}e${Math.round(Math.log10(unit))}`,
    );
  }
  const power = largest < 1e4 ? 0 : Math.floor(Math.log10(largest) / 3);
  const unit = 1000 ** power;
  if (power === 0 || decimals(unit) > 2)
    return values.map((value) => noMinusZero(value.toFixed(Math.min(12, decimals(1)))));
  return values.map((value) => (value === 0 ? '0' : `${(value / unit).toFixed(decimals(unit))}${SUFFIXES[power]}`));
}

/** A number in full, to the digit that tells apart values which differ by `resolution`; far from 1 as 1.23e-9. */
export function numberText(value: number, resolution: number): string {
  const digit = Math.floor(Math.log10(resolution) + 1e-9);
  const size = Math.abs(value);
  if (size >= 1e15 || (digit < -9 && size < 1e-4 && size > 0)) {
    return value.toExponential(Math.min(12, Math.max(0, Math.floor(Math.log10(size)) - digit)));
  }
  return noMinusZero(value.toFixed(Math.min(12, Math.max(0, -digit))));
}

const noMinusZero = (text: string): string => (/^-[0.]+$/.test(text) ? text.slice(1) : text);
