import type { DrawnDataset, DrawnRows } from '../drawn-datasets.ts';
import type { PlotCurve, PlotPoint } from './plot-data.ts';
import { type Frame, plotFrames } from './plot-frames.ts';
import { rowLegend } from './plot-legend.ts';
import type { Range } from './plot-range.ts';
import { LIGHT } from './plot-theme.ts';
import { headingLayer, type PictureLayout, pointSize, type SamplePictures } from './sample-pictures.ts';

export interface SampleRowsOptions {
  readonly xTitle: string;
  /** Targets are the classes 0 .. numClasses - 1. */
  readonly numClasses?: number;
  /** Whether rows in the order of x are joined by a line. */
  readonly isLine: boolean;
}

/** y against the first feature of each data set, context and query apart. Context rows are what a curve has `seen`, query rows are `later`. */
export function rowPictures(datasets: readonly DrawnDataset[], options: SampleRowsOptions): SamplePictures {
  const { numClasses, xTitle } = options;
  const yTitle = numClasses === undefined ? 'y' : 'class';
  const curves = datasets.map(({ context, query }, i) => ({
    name: String(i + 1),
    seen: points(context),
    later: points(query),
    forecast: [],
  }));
  const free = plotFrames(curves, { stepTitle: '', valueTitle: '' });
  // Classes are few and all of them count, however rare.
  const values: Range = [-0.5, (numClasses ?? 0) - 0.5];
  const { frames, sharesSteps, sharesValues } =
    numClasses === undefined
      ? free
      : { ...free, sharesValues: true, frames: free.frames.map((frame) => ({ ...frame, values })) };
  return {
    count: datasets.length,
    ownTitles: false,
    legend: rowLegend(curves, frames),
    subject: `${yTitle} by ${xTitle}`,
    sharesX: sharesSteps,
    sharesY: sharesValues,
    xTitle: () => xTitle,
    yTitle: () => yTitle,
    spec: (i, layout) => rowSpec(curves[i], frames[i], options, layout),
  };
}

/** Rows as points, by their first feature; rows that lack it are left out. */
const points = ({ x, y }: DrawnRows): PlotPoint[] =>
  x
    .map(([step], i) => ({ step, value: y[i] }))
    .filter(({ step, value }) => Number.isFinite(step) && Number.isFinite(value));

/** Vega-Lite layers of one data set. */
function rowSpec({ seen, later }: PlotCurve, frame: Frame, options: SampleRowsOptions, layout: PictureLayout) {
  const { width, height, showX, showY, xTitle, yTitle, heading } = layout;
  const size = pointSize(width, seen.length + later.length);
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
