import type { PlotBand, PlotCurve, PlotPoint } from './plot-data.ts';

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
  quantiles: readonly Readonly<Record<string, number>>[],
): PlotCurve {
  return {
    name,
    seen: points(context.x, context.y),
    later: query === null || query.y === null ? [] : points(query.x, query.y),
    forecast: quantiles.map((at, i): PlotBand => {
      const { '0.05': q05, '0.25': q25, '0.5': median, '0.75': q75, '0.95': q95 } = at;
      return { step: grid[i][0], q05, q25, median, q75, q95 };
    }),
  };
}

/** In the order of x, which rows of a file need not have. */
const points = (x: Rows['x'], y: Rows['y']): PlotPoint[] =>
  x.map(([step], i) => ({ step, value: y[i] })).sort((a, b) => a.step - b.step);
