import type { PlotBand, PlotCurve } from './plot-data.ts';
import { shortNames } from './plot-names.ts';
import { type Range, stepRange, valueRange } from './plot-range.ts';
import { type Canvas, type Cell, createCanvas, painter, type Style } from './terminal-canvas.ts';
import { ticks } from './ticks.ts';

export interface TerminalPlotOptions {
  /** Characters per line, axis included. */
  readonly width?: number;
  /** Lines of the plotting area. */
  readonly height?: number;
  readonly colour?: boolean;
  readonly target?: number;
  /** What the axes show: the first is a line above the plot, the second stands at the end of its axis. */
  readonly valueTitle?: string;
  readonly stepTitle?: string;
  /** What the two kinds of points are called. */
  readonly seenName?: string;
  readonly laterName?: string;
}

/** Where steps and values are: fractions of cells, 0 is the centre of the first one. */
interface Place {
  readonly columns: number;
  readonly rows: number;
  readonly column: (step: number) => number;
  readonly row: (value: number) => number;
  readonly stepAt: (column: number) => number;
}

/**
 * Draws one curve: seen and later points, the median, the 50 % and 90 % bands. Points far from the rest are marks on the first or
 * the last line. No line ends in spaces.
 */
export function terminalPlot(
  curve: PlotCurve,
  {
    width = 80,
    height = 16,
    colour = false,
    target,
    valueTitle,
    stepTitle,
    seenName = 'seen',
    laterName = 'later',
  }: TerminalPlotOptions = {},
): string {
  const values = valueRange(curve, { target });
  const steps = stepRange(curve);
  const labels = valueLabels(values);
  const margin = Math.max(...labels.map(([, label]) => label.length));
  const place = placeOn(steps, values, Math.max(20, width - margin - 2), height);
  const canvas = createCanvas(place.columns, height);
  drawForecast(canvas, curve, place);
  const isTargetShown = target !== undefined && target >= values[0] && target <= values[1];
  if (isTargetShown) {
    for (let c = 0; c < place.columns; c += 2) canvas.put(Math.round(place.row(target)), c, '╌', 'target');
  }
  drawMedian(canvas, curve, place);
  const outside = drawPoints(canvas, curve, values, place);

  const paint = painter(colour);
  const labelOf = new Map(labels.map(([value, label]) => [Math.round(place.row(value)), label]));
  const lines = canvas.lines(paint).map((line, r) => {
    const label = labelOf.get(r);
    return (
      paint({ text: `${(label ?? '').padStart(margin)} ${label === undefined ? '│' : '┤'}`, style: 'axis' }) + line
    );
  });
  const axis = stepAxis(steps, place, stepTitle).map((line, i) => {
    const start = i === 0 ? `${' '.repeat(margin + 1)}└` : ' '.repeat(margin + 2);
    return paint({ text: (start + line).trimEnd(), style: 'axis' });
  });
  const entries: readonly (readonly [text: string, style: Style, meaning: string, isPresent: boolean])[] = [
    ['●', 'seen', seenName, true],
    ['○', 'later', laterName, curve.later.length > 0],
    ['▲', 'plain', 'above', outside.above],
    ['▼', 'plain', 'below', outside.below],
    ['⠒⠒', 'median', 'median', curve.forecast.length > 0],
    ['▒', 'band', '50 %', curve.forecast.length > 0],
    ['░', 'band', '90 % band', curve.forecast.length > 0],
    ['╌', 'target', 'target', isTargetShown],
    [
      target !== undefined && target > values[1] ? '▲' : '▼',
      'target',
      `target ${target}`,
      target !== undefined && !isTargetShown,
    ],
  ];
  const title =
    valueTitle === undefined ? [] : [' '.repeat(margin + 1) + shortNames([valueTitle], width - margin - 1)[0]];
  const legend = wrapped(
    entries.filter(([, , , isPresent]) => isPresent).map(([text, style, meaning]) => ({ text, style, meaning })),
    ' '.repeat(margin + 2),
    width,
    paint,
  );
  return [...title, ...lines, ...axis, ...legend].join('\n');
}

/** Values of the axis with their labels, inside of the range only. */
function valueLabels([low, high]: Range): (readonly [value: number, label: string])[] {
  const { values, labels } = ticks(low, high, 6);
  return values.map((value, i) => [value, labels[i]] as const).filter(([value]) => value >= low && value <= high);
}

function placeOn([left, right]: Range, [low, high]: Range, columns: number, rows: number): Place {
  return {
    columns,
    rows,
    column: (step) => ((step - left) / (right - left)) * (columns - 1),
    row: (value) => ((high - value) / (high - low)) * (rows - 1),
    stepAt: (column) => left + (column / (columns - 1)) * (right - left),
  };
}

/** Shades between the quantiles, and a dotted line along the outer ones. */
function drawForecast(canvas: Canvas, { forecast }: PlotCurve, place: Place): void {
  if (forecast.length === 0) return;
  const { columns, rows, row, stepAt } = place;
  const start = Math.round(place.column(forecast[0].step));
  for (let c = start; c < columns; c++) {
    const { q05, q25, q75, q95 } = bandAt(forecast, stepAt(c));
    const shade = (high: number, low: number, text: string) => {
      const last = Math.min(rows - 1, Math.floor(row(low)));
      for (let r = Math.max(0, Math.ceil(row(high))); r <= last; r++) canvas.put(r, c, text, 'band');
    };
    shade(q95, q05, '░');
    shade(q75, q25, '▒');
  }
  const edges = (['q05', 'q95'] as const).flatMap((key) => dotRows(forecast, key, place));
  canvas.putDots(
    edges.filter(([x]) => x % 2 === 0),
    'band',
  );
}

/** A solid line over everything but points. */
function drawMedian(canvas: Canvas, { forecast }: PlotCurve, place: Place): void {
  if (forecast.length === 0) return;
  const dots = dotRows(forecast, 'median', place);
  canvas.putDots(
    dots.flatMap(([x, y], i) => between(dots[i - 1]?.[1] ?? y, y).map((filled) => [x, filled] as const)),
    'median',
  );
}

function drawPoints(canvas: Canvas, { seen, later }: PlotCurve, [low, high]: Range, { rows, column, row }: Place) {
  const draw = (points: PlotCurve['seen'], mark: string, style: Style) => {
    for (const { step, value } of points) {
      const c = Math.round(column(step));
      if (value > high) canvas.put(0, c, '▲', style);
      else if (value < low) canvas.put(rows - 1, c, '▼', style);
      else canvas.put(Math.round(row(value)), c, mark, style);
    }
  };
  draw(later, '○', 'later');
  draw(seen, '●', 'seen');
  const points = [...seen, ...later];
  return { above: points.some(({ value }) => value > high), below: points.some(({ value }) => value < low) };
}

/** The dots of a quantile, two per column. */
function dotRows(forecast: readonly PlotBand[], key: keyof PlotBand, { columns, rows, column, row, stepAt }: Place) {
  const start = 2 * Math.round(column(forecast[0].step));
  return Array.from({ length: 2 * columns - start }, (_, i): readonly [x: number, y: number] => {
    const x = start + i;
    const y = Math.round((row(bandAt(forecast, stepAt(x / 2 - 0.25))[key]) + 0.5) * 4 - 0.5);
    return [x, Math.max(-1, Math.min(4 * rows, y))];
  });
}

/** Median and bands at any step, linear between the predicted ones. */
function bandAt(forecast: readonly PlotBand[], step: number): PlotBand {
  const next = forecast.findIndex((band) => band.step >= step);
  if (next === 0) return forecast[0];
  if (next < 0) return forecast[forecast.length - 1];
  const [a, b] = [forecast[next - 1], forecast[next]];
  const weight = (step - a.step) / (b.step - a.step);
  const mix = (key: keyof PlotBand) => a[key] + weight * (b[key] - a[key]);
  return { step, q05: mix('q05'), q25: mix('q25'), median: mix('median'), q75: mix('q75'), q95: mix('q95') };
}

/** The dot rows that join `from` (left out) to `to`, so that a steep line has no gaps. */
function between(from: number, to: number): number[] {
  const length = Math.max(1, Math.abs(to - from));
  return Array.from({ length }, (_, i) => to - Math.sign(to - from) * i);
}

/** A line with ticks, and one with their labels and the title at its end. */
function stepAxis([left, right]: Range, { columns, column }: Place, stepTitle = ''): string[] {
  const [title] = shortNames([stepTitle], Math.floor(columns / 3));
  const end = columns - (title === '' ? 0 : title.length + 2);
  const { values, labels } = ticks(left, right, Math.max(2, Math.floor(end / 10)));
  const line = Array.from({ length: columns }, () => '─');
  const text = Array.from({ length: columns }, () => ' ');
  let free = 0;
  values.forEach((value, i) => {
    if (value < left || value > right) return;
    const at = Math.round(column(value));
    const start = Math.max(0, Math.min(at - Math.floor(labels[i].length / 2), columns - labels[i].length));
    if (start < free || start + labels[i].length > end) return;
    line[at] = '┬';
    text.splice(start, labels[i].length, ...labels[i]);
    free = start + labels[i].length + 1;
  });
  text.splice(columns - title.length, title.length, ...title);
  return [line.join(''), text.join('')];
}

interface Entry extends Cell {
  readonly meaning: string;
}

/** Entries of a legend in lines of at most `width` characters. */
function wrapped(entries: readonly Entry[], indent: string, width: number, paint: (cell: Cell) => string): string[] {
  const lines: string[] = [];
  let used = width;
  for (const { text, style, meaning } of entries) {
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
  return lines;
}
