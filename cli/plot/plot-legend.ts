import type { PlotCurve } from './plot-data.ts';
import type { Frame } from './plot-frames.ts';
import { LIGHT } from './plot-theme.ts';

/** An entry of the legend; its shape is an SVG path within about -1..1. */
export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  readonly shape: string;
}

/** Such shapes. */
export const SHAPES = {
  circle: 'M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z',
  smallCircle: 'M0.6,0A0.6,0.6,0,1,1,-0.6,0A0.6,0.6,0,1,1,0.6,0Z',
  square: 'M-0.9,-0.9H0.9V0.9H-0.9Z',
  triangle: 'M0,-0.9L1,0.8H-1Z',
  line: 'M-1.4,-0.25H1.4V0.25H-1.4Z',
  thinLine: 'M-1.4,-0.08H1.4V0.08H-1.4Z',
  upright: 'M-0.2,-1.1H0.2V1.1H-0.2Z',
  dashes: 'M-1.5,-0.2H-0.75V0.2H-1.5ZM-0.35,-0.2H0.35V0.2H-0.35ZM0.75,-0.2H1.5V0.2H0.75Z',
} as const;

/** What the pictures of these curves show, in the order of a legend. */
export function legendEntries(curves: readonly PlotCurve[], frames: readonly Frame[], target?: number): LegendEntry[] {
  const isOutside = curves.some(({ seen, later }, i) => {
    const [low, high] = frames[i].values;
    return [...seen, ...later].some(({ value }) => value < low || value > high);
  });
  return [
    { label: 'seen', color: LIGHT.ink, shape: SHAPES.circle },
    ...(curves.some(({ later }) => later.length > 0)
      ? [{ label: 'later, not seen', color: LIGHT.later, shape: SHAPES.circle }]
      : []),
    ...(curves.some(({ draws = [] }) => draws.length > 0)
      ? [{ label: 'drawn', color: LIGHT.median, shape: SHAPES.thinLine }]
      : []),
    { label: 'median', color: LIGHT.median, shape: SHAPES.line },
    { label: '50 % interval', color: LIGHT.inner, shape: SHAPES.square },
    { label: '90 % interval', color: LIGHT.outer, shape: SHAPES.square },
    ...(target === undefined ? [] : [{ label: `target ${target}`, color: LIGHT.target, shape: SHAPES.dashes }]),
    ...(isOutside ? [{ label: 'off the axis', color: LIGHT.label, shape: SHAPES.triangle }] : []),
  ];
}

/** The same where what is seen and later are context and query rows; without the forecast where there is none. */
export function rowLegend(curves: readonly PlotCurve[], frames: readonly Frame[]): LegendEntry[] {
  const isForecast = curves.some(({ forecast }) => forecast.length > 0);
  const ofPoints = ['seen', 'later, not seen', 'off the axis'];
  const names: Readonly<Record<string, string>> = { seen: 'context', 'later, not seen': 'query' };
  return legendEntries(curves, frames)
    .filter(({ label }) => isForecast || ofPoints.includes(label))
    .map((entry) => ({ ...entry, label: names[entry.label] ?? entry.label }));
}

const FONT_SIZE = 13;
const ROW = 20;

/**
 * A picture of the legend, in rows of at most `width` pixels. Vega's own legend has one symbol for all entries, and without a
 * canvas it takes text for half as wide again as it is.
 */
export function legendSpec(entries: readonly LegendEntry[], width: number) {
  let [x, row] = [0, 0];
  const values = entries.map((entry) => {
    const room = 32 + 0.47 * FONT_SIZE * entry.label.length;
    if (x > 0 && x + room > width) [x, row] = [0, row + 1];
    const placed = { ...entry, x: x + 7, y: row * ROW + ROW / 2 };
    x += room;
    return placed;
  });
  const at = (field: string) => ({ field, type: 'quantitative', scale: null, axis: null });
  const as = (field: string) => ({ field, type: 'nominal', scale: null, legend: null });
  return {
    width,
    height: (row + 1) * ROW,
    data: { values },
    encoding: { x: at('x'), y: at('y') },
    layer: [
      {
        mark: { type: 'point', filled: true, opacity: 1, size: 110 },
        encoding: { color: as('color'), shape: as('shape') },
      },
      {
        mark: { type: 'text', align: 'left', dx: 12, dy: 0.5, fontSize: FONT_SIZE, color: LIGHT.ink },
        encoding: { text: { field: 'label' } },
      },
    ],
  };
}
