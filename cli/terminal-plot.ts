import type { PlotCurve } from './plot-data.ts';
import { ticks } from './ticks.ts';

export interface TerminalPlotOptions {
  /** Characters per line, axis included. */
  readonly width?: number;
  /** Lines of the plotting area. */
  readonly height?: number;
  readonly colour?: boolean;
  readonly target?: number;
}

/** One character and what it stands for, which decides its colour. */
interface Cell {
  readonly text: string;
  readonly style: Style;
}

type Style = 'blank' | 'band' | 'median' | 'seen' | 'later' | 'target' | 'axis';

/** ANSI colours that read on dark and light backgrounds. */
const COLOURS: Readonly<Record<Style, string>> = {
  blank: '',
  band: '\x1b[34m',
  median: '\x1b[1;36m',
  seen: '\x1b[1;33m',
  later: '\x1b[32m',
  target: '\x1b[31m',
  axis: '\x1b[2m',
};

/** Bits of the dots of a braille character, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** How far below the forecast the plot reaches for the seen points, in heights of the forecast. */
const ROOM_BELOW = 2;

/**
 * Draws one curve: seen points, the median, and the 90 % band. Seen points far below the forecast
 * are marks on the bottom line. No line ends in spaces.
 */
export function terminalPlot(
  curve: PlotCurve,
  { width = 80, height = 16, colour = false, target }: TerminalPlotOptions = {},
): string {
  const values = [
    ...[...curve.seen.slice(-1), ...curve.later].map(({ value }) => value),
    ...curve.forecast.flatMap(({ q05, q95 }) => [q05, q95]),
    ...(target === undefined ? [] : [target]),
  ];
  const steps = [...curve.seen, ...curve.forecast].map(({ step }) => step);
  const top = Math.max(...values, ...curve.seen.map(({ value }) => value));
  // A curve that starts near 0 would squeeze the forecast into a line or two: its first points may fall off the bottom.
  const focus = Math.min(...values);
  const bottom = Math.max(
    Math.min(focus, ...curve.seen.map(({ value }) => value)),
    focus - ROOM_BELOW * (top - focus || 1),
  );
  const y = ticks(bottom, top, 6);
  const labelWidth = Math.max(...y.labels.map((label) => label.length));
  const columns = Math.max(20, width - labelWidth - 2);
  const [left, right] = [Math.min(...steps), Math.max(...steps)];
  const grid: Cell[][] = Array.from({ length: height }, () =>
    Array.from({ length: columns }, () => ({ text: ' ', style: 'blank' })),
  );
  // Positions as fractions of cells: 0 is the centre of the first one.
  const column = (step: number) => ((step - left) / (right - left || 1)) * (columns - 1);
  const row = (value: number) => ((top - value) / (top - bottom || 1)) * (height - 1);
  const put = (r: number, c: number, text: string, style: Style) => {
    if (r >= 0 && r < height && c >= 0 && c < columns) grid[r][c] = { text, style };
  };

  if (curve.forecast.length > 0) {
    const stepAt = (c: number) => left + (c / (columns - 1)) * (right - left);
    const start = Math.round(column(curve.forecast[0].step));
    for (let c = start; c < columns; c++) {
      const { q05, q95 } = bandAt(curve, stepAt(c));
      for (let r = Math.ceil(row(q95)); r <= Math.floor(row(q05)); r++) put(r, c, '░', 'band');
    }
    if (target !== undefined) {
      for (let c = 0; c < columns; c += 2) put(Math.round(row(target)), c, '╌', 'target');
    }
    // Two dots per column. The edges are dotted, the median is solid and drawn over them.
    const xs = Array.from({ length: (columns - start) * 2 }, (_, i) => start * 2 + i);
    const line = (key: 'q05' | 'median' | 'q95') =>
      xs.map((x) => Math.round((row(bandAt(curve, stepAt(x / 2 - 0.25))[key]) + 0.5) * 4 - 0.5));
    const dotted = [...line('q05'), ...line('q95')].flatMap((y, i) => (i % 2 === 0 ? [[xs[i % xs.length], y]] : []));
    putDots(dotted, 'band', put);
    const median = line('median');
    const solid = median.flatMap((y, i) => between(median[i - 1] ?? y, y).map((filled) => [xs[i], filled]));
    const medianCells = new Set(solid.map(([x, y]) => `${y >> 2} ${x >> 1}`));
    putDots([...solid, ...dotted.filter(([x, y]) => medianCells.has(`${y >> 2} ${x >> 1}`))], 'median', put);
  }
  for (const { step, value } of curve.later) put(Math.round(row(value)), Math.round(column(step)), '○', 'later');
  for (const { step, value } of curve.seen) {
    const r = Math.round(row(value));
    put(Math.min(r, height - 1), Math.round(column(step)), r < height ? '●' : '▼', 'seen');
  }

  const below = curve.seen.some(({ value }) => Math.round(row(value)) >= height);
  const paint = ({ text, style }: Cell) => (colour && COLOURS[style] ? `${COLOURS[style]}${text}\x1b[0m` : text);
  const labels = new Map(
    y.values.flatMap((value, i) => (value < bottom || value > top ? [] : [[Math.round(row(value)), y.labels[i]]])),
  );
  const lines = grid.map((cells, r) => {
    const label = labels.get(r);
    const axis = `${(label ?? '').padStart(labelWidth)} ${label === undefined ? '│' : '┤'}`;
    const end = cells.findLastIndex(({ text }) => text !== ' ') + 1;
    return paint({ text: axis, style: 'axis' }) + cells.slice(0, end).map(paint).join('');
  });
  const axes = stepAxis(left, right, columns, column).map((line, i) => {
    const start = i === 0 ? `${' '.repeat(labelWidth + 1)}└` : ' '.repeat(labelWidth + 2);
    return paint({ text: (start + line).trimEnd(), style: 'axis' });
  });
  return [...lines, ...axes, legend(curve, target, below, ' '.repeat(labelWidth + 2), width, paint)].join('\n');
}

/** Median and bands at any step, linear between the predicted ones. */
function bandAt({ forecast }: PlotCurve, step: number): { q05: number; median: number; q95: number } {
  const next = forecast.findIndex((band) => band.step >= step);
  if (next === 0) return forecast[0];
  if (next < 0) return forecast[forecast.length - 1];
  const [a, b] = [forecast[next - 1], forecast[next]];
  const weight = (step - a.step) / (b.step - a.step);
  const mix = (key: 'q05' | 'median' | 'q95') => a[key] + weight * (b[key] - a[key]);
  return { q05: mix('q05'), median: mix('median'), q95: mix('q95') };
}

/** Dots [x, y], two columns and four rows of them per character, as braille characters. */
function putDots(
  dots: readonly (readonly number[])[],
  style: Style,
  put: (r: number, c: number, text: string, style: Style) => void,
): void {
  const cells = new Map<string, number>();
  for (const [x, y] of dots) {
    const cell = `${y >> 2} ${x >> 1}`;
    cells.set(cell, (cells.get(cell) ?? 0) | DOTS[y & 3][x & 1]);
  }
  for (const [cell, bits] of cells) {
    const [r, c] = cell.split(' ').map(Number);
    put(r, c, String.fromCodePoint(0x2800 + bits), style);
  }
}

/** The dot rows that join `from` (left out) to `to`, so that a steep line has no gaps. */
function between(from: number, to: number): number[] {
  const length = Math.max(1, Math.abs(to - from));
  return Array.from({ length }, (_, i) => to - Math.sign(to - from) * i);
}

function stepAxis(left: number, right: number, columns: number, column: (step: number) => number): string[] {
  const x = ticks(left, right, Math.max(2, Math.floor(columns / 10)));
  const line = Array.from({ length: columns }, () => '─');
  const text = Array.from({ length: columns + 8 }, () => ' ');
  let free = 0;
  x.values.forEach((value, i) => {
    if (value < left || value > right) return;
    const at = Math.round(column(value));
    const start = Math.max(0, Math.min(at - Math.floor(x.labels[i].length / 2), columns - x.labels[i].length));
    if (start < free) return;
    line[at] = '┬';
    [...x.labels[i]].forEach((letter, j) => {
      text[start + j] = letter;
    });
    free = start + x.labels[i].length + 1;
  });
  return [line.join(''), text.join('')];
}

function legend(
  curve: PlotCurve,
  target: number | undefined,
  below: boolean,
  indent: string,
  width: number,
  paint: (cell: Cell) => string,
): string {
  const entries: readonly (readonly [string, Style, string, boolean])[] = [
    ['●', 'seen', 'seen', true],
    ['▼', 'seen', 'below', below],
    ['○', 'later', 'later', curve.later.length > 0],
    ['⠒⠒', 'median', 'median', true],
    ['░', 'band', '90 % band', true],
    ['╌', 'target', 'target', target !== undefined],
  ];
  const lines: string[] = [];
  let used = width;
  for (const [text, style, meaning, present] of entries) {
    if (!present) continue;
    const entry = `${paint({ text, style })} ${meaning}`;
    const length = text.length + 1 + meaning.length;
    if (used + 3 + length > width) {
      lines.push(indent + entry);
      used = indent.length + length;
    } else {
      lines[lines.length - 1] += `   ${entry}`;
      used += 3 + length;
    }
  }
  return lines.join('\n');
}
