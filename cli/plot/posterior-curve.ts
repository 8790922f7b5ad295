import { type PlotCurve, type PlotPoint, plotBands } from './plot-data.ts';

/** Rows of one input: x [N][1], y [N]. */
interface Rows {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/**
 * A posterior of one input as a curve to draw: context rows are what it has `seen`, query rows with known targets come `later`,
 * and at the rising inputs `grid` [M][1] it has a forecast, from the quantiles there by level.
 */
export function posteriorCurve(
  name: string,
  context: Rows,
  query: { readonly x: Rows['x']; readonly y: Rows['y'] | null } | null,
  grid: Rows['x'],
  quantiles: Readonly<Record<string, readonly number[]>>,
): PlotCurve {
  return {
    name,
    seen: rowPoints(context.x, context.y),
    later: query === null || query.y === null ? [] : rowPoints(query.x, query.y),
    forecast: plotBands(
      grid.map(([x]) => x),
      quantiles,
    ),
  };
}

/** In the order of x, which rows of a file need not have. */
export const rowPoints = (x: Rows['x'], y: Rows['y']): PlotPoint[] =>
  x.map(([step], i) => ({ step, value: y[i] })).sort((a, b) => a.step - b.step);
