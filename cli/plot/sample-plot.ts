import type { DrawnDataset, DrawnRows } from '../drawn-datasets.ts';
import { counted } from '../wording.ts';
import { htmlLegend, htmlPage } from './html-page.ts';
import { escaped, printable } from './markup.ts';
import type { PlotCurve, PlotPoint } from './plot-data.ts';
import { type Frame, type Frames, plotFrames } from './plot-frames.ts';
import { type LegendEntry, legendSpec, rowLegend } from './plot-legend.ts';
import type { Range } from './plot-range.ts';
import { LIGHT, themedSvg } from './plot-theme.ts';
import { drawnSvg } from './vega-view.ts';

export interface SamplePlotOptions {
  /** The name of the prior. */
  readonly title: string;
  readonly xTitle: string;
  /** Targets are the classes 0 .. numClasses - 1. */
  readonly numClasses?: number;
  /** Whether rows in the order of x are joined by a line. */
  readonly isLine: boolean;
  readonly theme?: 'light' | 'dark';
}

/** y against the first feature of each data set, context and query apart, as SVG text. Several data sets become small multiples. */
export async function sampleSvg(datasets: readonly DrawnDataset[], options: SamplePlotOptions): Promise<string> {
  const plot = layOut(datasets, options);
  const { columns, width, height } = grid(datasets.length);
  const { sharesSteps, sharesValues } = plot.frames;
  const pictures = plot.curves.map((_, i) => {
    const isLeft = i % columns === 0;
    const isBottom = i + columns >= datasets.length;
    return pictureSpec(plot, i, options, {
      width,
      height,
      showX: !sharesSteps || isBottom,
      showY: !sharesValues || isLeft,
      xTitle: isBottom ? options.xTitle : null,
      yTitle: isLeft ? yTitle(options) : null,
      heading: datasets.length > 1 ? String(i + 1) : null,
    });
  });
  const gap = { row: sharesSteps ? 34 : 52, column: sharesValues ? 26 : 60 };
  const svg = await drawnSvg({
    background: LIGHT.paper,
    padding: 16,
    title: { text: printable(heading(datasets.length, options)) },
    bounds: 'flush',
    spacing: datasets.length > 1 ? 28 : 12,
    vconcat: [
      legendSpec(plot.legend, columns * (width + gap.column) - gap.column),
      { columns, spacing: gap, bounds: 'flush', concat: pictures },
    ],
  });
  const label = escaped(`${heading(datasets.length, options)}: ${yTitle(options)} by ${options.xTitle}`);
  return themedSvg(
    svg.replace('<svg ', () => `<svg role="img" aria-label="${label}" `),
    options.theme,
  );
}

/** The same as one HTML page that loads nothing. */
export async function sampleHtml(datasets: readonly DrawnDataset[], options: SamplePlotOptions): Promise<string> {
  const plot = layOut(datasets, options);
  const isOne = datasets.length === 1;
  const figures: string[] = [];
  for (let i = 0; i < datasets.length; i++) {
    const spec = pictureSpec(plot, i, options, {
      ...(isOne ? { width: 760, height: 430 } : { width: 360, height: 230 }),
      showX: true,
      showY: true,
      xTitle: isOne ? options.xTitle : null,
      yTitle: isOne ? yTitle(options) : null,
      heading: null,
    });
    const size = { background: null, padding: 4, autosize: { type: 'fit', contains: 'padding' } };
    const svg = await drawnSvg({ ...size, ...spec }, `clip${i}-`);
    const name = `data set ${i + 1}`;
    const caption = isOne ? '' : `<figcaption>${name}</figcaption>`;
    const picture = svg.replace('<svg ', () => `<svg role="img" aria-label="${name}" `);
    figures.push(`<figure>${caption}<div class="picture">${picture}</div></figure>`);
  }
  return htmlPage({
    title: heading(datasets.length, options),
    note: `${yTitle(options)} by ${options.xTitle}`,
    body: `${htmlLegend(plot.legend)}
<main class="${isOne ? 'one' : 'many'}">
${figures.join('\n')}
</main>`,
    theme: options.theme,
  });
}

const yTitle = ({ numClasses }: SamplePlotOptions): string => (numClasses === undefined ? 'y' : 'class');
const heading = (count: number, { title }: SamplePlotOptions): string => `${title}: ${counted(count, 'data set')}`;

/** What all pictures have in common. Context rows are what a curve has `seen`, query rows are `later`. */
interface Plot {
  readonly curves: readonly PlotCurve[];
  readonly frames: Frames;
  readonly legend: readonly LegendEntry[];
}

function layOut(datasets: readonly DrawnDataset[], { numClasses }: SamplePlotOptions): Plot {
  const curves = datasets.map(({ context, query }, i) => ({
    name: String(i + 1),
    seen: points(context),
    later: points(query),
    forecast: [],
  }));
  const free = plotFrames(curves, { stepTitle: '', valueTitle: '' });
  // Classes are few and all of them count, however rare.
  const values: Range = [-0.5, (numClasses ?? 0) - 0.5];
  const frames =
    numClasses === undefined
      ? free
      : { ...free, sharesValues: true, frames: free.frames.map((frame) => ({ ...frame, values })) };
  const legend = rowLegend(curves, frames.frames);
  return { curves, frames, legend };
}

/** Rows as points, by their first feature; rows that lack it are left out. */
const points = ({ x, y }: DrawnRows): PlotPoint[] =>
  x
    .map(([step], i) => ({ step, value: y[i] }))
    .filter(({ step, value }) => Number.isFinite(step) && Number.isFinite(value));

interface Layout {
  /** Of the plotting area, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Whether an axis has its numbers; without them it still has its grid. */
  readonly showX: boolean;
  readonly showY: boolean;
  readonly xTitle: string | null;
  readonly yTitle: string | null;
  readonly heading: string | null;
}

/** Vega-Lite layers of one data set. */
function pictureSpec({ curves, frames }: Plot, index: number, options: SamplePlotOptions, layout: Layout) {
  const { width, height, showX, showY, xTitle, yTitle, heading } = layout;
  const frame = frames.frames[index];
  const { seen, later } = curves[index];
  const size = Math.min(36, Math.max(8, (4 * width) / (seen.length + later.length + 1)));
  const axis = (title: string | null, isShown: boolean, tickCount: number) => ({
    title,
    axis: { labels: isShown, ticks: isShown, tickCount, labelFlush: false },
  });
  const classes = { values: Array.from({ length: options.numClasses ?? 0 }, (_, k) => k), format: 'd' };
  const y = axis(yTitle, showY, Math.round(2 + height / 60));
  const scale = (domain: Range) => ({ domain, nice: false, zero: false });
  return {
    width,
    height,
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        scale: scale(frame.steps),
        ...axis(xTitle, showX, Math.round(2 + width / 110)),
      },
      y: {
        field: 'value',
        type: 'quantitative',
        scale: scale(frame.values),
        ...y,
        ...(options.numClasses !== undefined && { axis: { ...y.axis, ...classes } }),
      },
    },
    layer: [
      ...(options.isLine ? [lineLayer([...seen, ...later])] : []),
      ...pointLayers(later, LIGHT.later, size, frame),
      ...pointLayers(seen, LIGHT.ink, size, frame),
      ...(heading === null ? [] : [headingLayer(heading)]),
    ],
  };
}

const lineLayer = (values: readonly PlotPoint[]) => ({
  data: { values },
  mark: { type: 'line', color: LIGHT.inner, strokeWidth: 1.2, clip: true },
});

/** Points, and triangles at the edges for those outside. */
function pointLayers(points: readonly PlotPoint[], color: string, size: number, { values: [low, high] }: Frame) {
  const layer = (values: readonly PlotPoint[], mark: object) => ({
    data: { values },
    mark: { color, opacity: 1, ...mark },
  });
  const triangle = { type: 'point', filled: true, size: 45 };
  const at = (value: number) => (point: PlotPoint) => ({ ...point, value });
  return [
    layer(
      points.filter(({ value }) => value >= low && value <= high),
      { type: 'circle', size },
    ),
    layer(points.filter(({ value }) => value > high).map(at(high)), { ...triangle, shape: 'triangle-up', yOffset: 5 }),
    layer(points.filter(({ value }) => value < low).map(at(low)), { ...triangle, shape: 'triangle-down', yOffset: -5 }),
  ].filter(({ data }) => data.values.length > 0);
}

const headingLayer = (text: string) => ({
  data: { values: [{ text }] },
  mark: { type: 'text', align: 'left', baseline: 'bottom', fontSize: 13, color: LIGHT.ink },
  encoding: { x: { value: 0 }, y: { value: -6 }, text: { field: 'text' } },
});

/** How many pictures stand side by side, and how large they are in pixels. */
function grid(count: number): { columns: number; width: number; height: number } {
  if (count === 1) return { columns: 1, width: 680, height: 380 };
  if (count === 2 || count === 4) return { columns: 2, width: 380, height: 220 };
  if (count <= 9) return { columns: 3, width: 260, height: 170 };
  return { columns: 5, width: 165, height: 115 };
}
