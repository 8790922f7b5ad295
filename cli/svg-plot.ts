import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { PlotCurve } from './plot-data.ts';

export interface SvgPlotOptions {
  readonly stepTitle: string;
  readonly valueTitle: string;
  readonly target?: number;
}

const BLUE = '#2563a8';
const INK = '#1f2933';
const GREY = '#616e7c';
const ORANGE = '#e07b00';
const RED = '#b42318';
const FONT = 'Helvetica, Arial, sans-serif';

/** The legend's entries, in the order they are shown. */
const SEEN = 'seen';
const LATER = 'later, not seen';
const MEDIAN = 'median';
const INNER = '50 % interval';
const OUTER = '90 % interval';

/** Curves, forecasts and bands as SVG text; several curves become small multiples on shared axes. No DOM is needed. */
export async function svgPlot(curves: readonly PlotCurve[], options: SvgPlotOptions): Promise<string> {
  const view = new View(parse(compile(plotSpec(curves, options)).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

export function plotSpec(
  curves: readonly PlotCurve[],
  { stepTitle, valueTitle, target }: SvgPlotOptions,
): TopLevelSpec {
  const many = curves.length > 1;
  const hasLater = curves.some(({ later }) => later.length > 0);
  const entries = [
    { label: SEEN, colour: INK },
    ...(hasLater ? [{ label: LATER, colour: ORANGE }] : []),
    { label: MEDIAN, colour: BLUE },
    { label: INNER, colour: '#8fb8de' },
    { label: OUTER, colour: '#cfe1f2' },
  ];
  const band = (low: string, high: string, label: string) => ({
    transform: [{ filter: `datum.kind === 'forecast'` }],
    mark: { type: 'area' as const, opacity: 1 },
    encoding: { y: { field: low, ...y }, y2: { field: high }, color: { datum: label, ...colour } },
  });
  const points = (kind: string, label: string, size: number) => ({
    transform: [{ filter: `datum.kind === '${kind}'` }],
    mark: { type: 'circle' as const, size, opacity: 1 },
    encoding: { y: { field: 'value', ...y }, color: { datum: label, ...colour } },
  });
  const y = {
    type: 'quantitative' as const,
    scale: { zero: false, nice: true },
    title: valueTitle,
    axis: { tickCount: 6 },
  };
  const colour = {
    type: 'nominal' as const,
    scale: { domain: entries.map(({ label }) => label), range: entries.map((entry) => entry.colour) },
    legend: {
      title: null,
      orient: 'top' as const,
      direction: 'horizontal' as const,
      symbolOpacity: 1,
      symbolStrokeWidth: 3,
      symbolSize: 130,
      columnPadding: 22,
      gridAlign: 'none' as const,
    },
  };
  const layers = {
    width: many ? 300 : 680,
    height: many ? 200 : 380,
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative' as const,
        title: stepTitle,
        scale: { nice: false, zero: false },
        axis: { tickCount: many ? 4 : 7 },
      },
    },
    layer: [
      band('q05', 'q95', OUTER),
      band('q25', 'q75', INNER),
      ...(hasLater ? [points('later', LATER, many ? 14 : 26)] : []),
      {
        transform: [{ filter: `datum.kind === 'forecast'` }],
        mark: { type: 'line' as const, strokeWidth: 2.5 },
        encoding: { y: { field: 'median', ...y }, color: { datum: MEDIAN, ...colour } },
      },
      points('seen', SEEN, many ? 18 : 34),
      ...(target === undefined ? [] : targetLayers(target)),
    ],
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 16,
    data: { values: curves.flatMap(plotRows) },
    config: {
      font: FONT,
      axis: {
        labelFontSize: 13,
        titleFontSize: 15,
        titleFontWeight: 'normal',
        titlePadding: 10,
        labelColor: GREY,
        titleColor: INK,
        gridColor: '#e4e7eb',
        domainColor: '#9aa5b1',
        tickColor: '#9aa5b1',
      },
      legend: { labelFontSize: 14, labelColor: INK, labelLimit: 300 },
      header: { labelFontSize: 15, labelColor: INK, title: null },
      view: { stroke: null },
    },
    ...(many
      ? {
          facet: {
            field: 'curve',
            type: 'nominal',
            title: null,
            sort: curves.map(({ name }) => name),
            header: { labelLimit: 290 },
          },
          columns: curves.length === 2 || curves.length === 4 ? 2 : 3,
          spec: layers,
        }
      : layers),
  } as TopLevelSpec;
}

function targetLayers(target: number) {
  const y = { datum: target, type: 'quantitative' as const };
  return [
    { mark: { type: 'rule' as const, color: RED, strokeDash: [6, 4], strokeWidth: 1.5 }, encoding: { x: null, y } },
    {
      // One label, not one per row of the data.
      transform: [{ aggregate: [{ op: 'min' as const, field: 'step', as: 'step' }], groupby: ['curve'] }],
      mark: { type: 'text' as const, color: RED, align: 'left' as const, dx: 4, dy: -8, fontSize: 13 },
      encoding: { y, text: { value: `target ${target}` } },
    },
  ];
}

function plotRows({ name: curve, seen, later, forecast }: PlotCurve) {
  return [
    ...seen.map((point) => ({ curve, kind: 'seen', ...point })),
    ...later.map((point) => ({ curve, kind: 'later', ...point })),
    ...forecast.map((point) => ({ curve, kind: 'forecast', ...point })),
  ];
}
