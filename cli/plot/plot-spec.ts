import type { PlotBand, PlotCurve, PlotOptions, PlotPoint } from './plot-data.ts';
import type { Frame } from './plot-frames.ts';
import type { Range } from './plot-range.ts';
import { FONT, LIGHT } from './plot-theme.ts';
import { logTicks, type Ticks, ticks } from './ticks.ts';

/** How the picture of one curve is laid out; sizes are of its plotting area, in pixels. */
export interface CurveLayout {
  readonly width: number;
  readonly height: number;
  /** Whether an axis has its numbers; without them it still has its grid. */
  readonly showSteps: boolean;
  readonly showValues: boolean;
  /** Texts beside the axes and above. */
  readonly stepTitle?: string;
  readonly valueTitle?: string;
  readonly heading?: string;
}

/** Settings of all pictures. */
export const PLOT_CONFIG = {
  font: FONT,
  aria: false,
  view: { stroke: null },
  axis: {
    labelFontSize: 12,
    titleFontSize: 13,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelColor: LIGHT.label,
    titleColor: LIGHT.ink,
    gridColor: LIGHT.grid,
    domainColor: LIGHT.axis,
    tickColor: LIGHT.axis,
  },
  title: { fontSize: 16, fontWeight: 'normal', color: LIGHT.ink, anchor: 'start', offset: 10 },
} as const;

/** Vega-Lite layers of one curve, its forecast and the target, on the axes of its frame. */
export function curveSpec(curve: PlotCurve, frame: Frame, options: PlotOptions, layout: CurveLayout) {
  const { width, height, showSteps, showValues, stepTitle = null, valueTitle = null, heading } = layout;
  const { target, logValue = false } = options;
  const count = Math.round(2 + height / 60);
  const x = {
    field: 'step',
    type: 'quantitative',
    scale: { domain: frame.steps, nice: false, zero: false },
    title: stepTitle,
    axis: axis(frame.steps, ticks(...frame.steps, Math.round(2 + width / 110)), showSteps),
  };
  const y = {
    type: 'quantitative',
    scale: { ...(logValue ? { type: 'log' } : { zero: false }), domain: frame.values, nice: false },
    title: valueTitle,
    axis: axis(frame.values, (logValue ? logTicks : ticks)(...frame.values, count), showValues),
  };
  const points = thin(
    [
      ...curve.later.map((point) => ({ ...point, kind: 'later' as const })),
      ...curve.seen.map((point) => ({ ...point, kind: 'seen' as const })),
    ],
    width,
  );
  return {
    width,
    height,
    encoding: { x },
    layer: [
      ...forecastLayers(logValue ? curve.forecast.map((band) => aboveZero(band, frame.values[0])) : curve.forecast, y),
      ...drawLayers(curve.draws ?? [], logValue ? frame.values[0] : -Infinity, y),
      ...(target === undefined ? [] : targetLayers(target, frame, y)),
      ...pointLayers(points, frame.values, width, y),
      ...(heading === undefined ? [] : [headingLayer(heading)]),
    ],
  };
}

type Encoding = Readonly<Record<string, unknown>>;

/** Bands and median; a single predicted step is a bar and a dot. */
function forecastLayers(forecast: readonly PlotBand[], y: Encoding) {
  const isLine = forecast.length > 1;
  const band = (low: keyof PlotBand, high: keyof PlotBand, color: string) => ({
    mark: isLine
      ? { type: 'area', color, opacity: 1, clip: true }
      : { type: 'rule', color, strokeWidth: 9, clip: true },
    encoding: { y: { field: low, ...y }, y2: { field: high } },
  });
  const median = isLine
    ? { type: 'line', color: LIGHT.median, strokeWidth: 2.5, clip: true }
    : { type: 'circle', color: LIGHT.median, size: 60, opacity: 1 };
  return [
    {
      data: { values: forecast },
      layer: [
        band('q05', 'q95', LIGHT.outer),
        band('q25', 'q75', LIGHT.inner),
        { mark: median, encoding: { y: { field: 'median', ...y } } },
      ],
    },
  ];
}

/** A thin line each, no lower than `low`. */
function drawLayers(draws: readonly (readonly PlotPoint[])[], low: number, y: Encoding) {
  if (draws.length === 0) return [];
  return [
    {
      data: {
        values: draws.flatMap((points, draw) =>
          points.map(({ step, value }) => ({ step, value: Math.max(value, low), draw })),
        ),
      },
      mark: { type: 'line', color: LIGHT.median, strokeWidth: 1, opacity: 0.45, clip: true },
      encoding: { y: { field: 'value', ...y }, detail: { field: 'draw', type: 'nominal' } },
    },
  ];
}

/** A dashed line, named in the legend; a target outside of the axis is a number at the edge it lies beyond. */
function targetLayers(target: number, { steps, values: [low, high] }: Frame, y: Encoding) {
  if (target >= low && target <= high) {
    return [
      {
        data: { values: [{ value: target }] },
        mark: { type: 'rule', color: LIGHT.target, strokeDash: [6, 4], strokeWidth: 1.5 },
        encoding: { x: null, y: { field: 'value', ...y } },
      },
    ];
  }
  const isAbove = target > high;
  return [
    {
      data: { values: [{ step: steps[1], value: isAbove ? high : low, text: `${isAbove ? '▲' : '▼'} ${target}` }] },
      mark: { type: 'text', color: LIGHT.target, align: 'right', dx: -4, dy: isAbove ? 9 : -8, fontSize: 12 },
      encoding: { y: { field: 'value', ...y }, text: { field: 'text' } },
    },
  ];
}

type KindPoint = PlotPoint & { readonly kind: 'seen' | 'later' };

/** Points, and triangles at the edges for those outside. */
function pointLayers(points: readonly KindPoint[], [low, high]: Range, width: number, y: Encoding) {
  const size = Math.min(36, Math.max(8, (4 * width) / (points.length + 1)));
  const layer = (kind: KindPoint['kind'], mark: Encoding, values: readonly PlotPoint[]) => ({
    data: { values },
    mark: { ...mark, color: kind === 'seen' ? LIGHT.ink : LIGHT.later, opacity: 1 },
    encoding: { y: { field: 'value', ...y } },
  });
  const edge = (value: number, shape: string, yOffset: number) => ({
    mark: { type: 'point', filled: true, shape, yOffset, size: 45 },
    at: (point: PlotPoint) => ({ ...point, value }),
  });
  const above = edge(high, 'triangle-up', 5);
  const below = edge(low, 'triangle-down', -5);
  return (['later', 'seen'] as const).flatMap((kind) => {
    const own = points.filter((point) => point.kind === kind);
    return [
      layer(
        kind,
        { type: 'circle', size },
        own.filter(({ value }) => value >= low && value <= high),
      ),
      layer(kind, above.mark, own.filter(({ value }) => value > high).map(above.at)),
      layer(kind, below.mark, own.filter(({ value }) => value < low).map(below.at)),
    ].filter(({ data }) => data.values.length > 0);
  });
}

/** Not a title of Vega, which stands higher where an axis has numbers. */
const headingLayer = (text: string) => ({
  data: { values: [{ text }] },
  mark: { type: 'text', align: 'left', baseline: 'bottom', fontSize: 13, color: LIGHT.ink },
  encoding: { x: { value: 0 }, y: { value: -6 }, text: { field: 'text' } },
});

function axis([low, high]: Range, { values, labels }: Ticks, isShown: boolean) {
  const inside = values.map((_, i) => i).filter((i) => values[i] >= low && values[i] <= high);
  const at = inside.map((i) => values[i]);
  return {
    values: at,
    labels: isShown,
    ticks: isShown,
    labelExpr: `${JSON.stringify(inside.map((i) => labels[i]))}[indexof(${JSON.stringify(at)}, datum.value)]`,
  };
}

/** A logarithmic axis has no place for 0 and below: such edges end where the axis does. */
const aboveZero = (band: PlotBand, low: number): PlotBand => {
  const raise = (value: number) => Math.max(value, low);
  return {
    ...band,
    q05: raise(band.q05),
    q25: raise(band.q25),
    median: raise(band.median),
    q75: raise(band.q75),
    q95: raise(band.q95),
  };
};

/** At most about `most` points: the lowest and the highest of each stretch of the curve, so that no spike is lost. */
function thin(points: readonly KindPoint[], most: number): readonly KindPoint[] {
  if (points.length <= most) return points;
  const size = Math.ceil((2 * points.length) / most);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const stretch = points.slice(i * size, (i + 1) * size).sort((a, b) => a.value - b.value);
    return stretch.length > 1 ? [stretch[0], stretch[stretch.length - 1]] : stretch;
  }).flat();
}
