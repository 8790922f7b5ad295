/** What a picture of one curve needs, in the units of the user's file. */
export interface PlotCurve {
  readonly name: string;
  readonly seen: readonly PlotPoint[];
  /** What the curve did later, where the file has it. */
  readonly later: readonly PlotPoint[];
  readonly forecast: readonly PlotBand[];
  /** Whole curves that it may be, each a line. */
  readonly draws?: readonly (readonly PlotPoint[])[];
}

export interface PlotPoint {
  readonly step: number;
  readonly value: number;
}

/** The quantiles of one predicted step. */
export interface PlotBand {
  readonly step: number;
  readonly q05: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly q95: number;
}

/** What `svgPlot` and `htmlPlot` can be told. */
export interface PlotOptions {
  /** What the step and value columns are called. */
  readonly stepTitle: string;
  readonly valueTitle: string;
  /** A value to draw a line at. */
  readonly target?: number;
  readonly title?: string;
  /** Default: light, and dark where the reader's system asks for it. */
  readonly theme?: 'light' | 'dark';
  /** A logarithmic value axis; values that are drawn must then lie above 0. */
  readonly logValue?: boolean;
  /** Each curve has its own axis of values, as those of different metrics need. */
  readonly ownValues?: boolean;
}

/** The quantiles a forecast must have for `plotCurve`. */
export const PLOT_QUANTILES: readonly number[] = [0.05, 0.25, 0.5, 0.75, 0.95];

/** The curve as in the file, gaps (values that are no numbers) included. */
interface CurveOfFile {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

interface ForecastOfCurve {
  /** How many points of the curve were used. */
  readonly observed: number;
  /** The predicted steps. */
  readonly steps: readonly number[];
  /** The curve's values at `steps`, where it has them. */
  readonly later: readonly number[] | null;
  /** By level, `{ '0.05': [..], .. }`, one entry per predicted step. */
  readonly quantiles: Readonly<Record<string, readonly number[]>>;
}

/** Puts a curve, its forecast and futures [draws][steps] together for a picture. The forecast needs `PLOT_QUANTILES`. */
export function plotCurve(
  { name, steps, values }: CurveOfFile,
  forecast: ForecastOfCurve,
  draws: readonly (readonly number[])[] = [],
): PlotCurve {
  const seen = points(steps.slice(0, forecast.observed), values);
  return {
    name,
    seen,
    later: points(forecast.steps, forecast.later ?? []),
    forecast: plotBands(forecast.steps, forecast.quantiles),
    // From the last point on.
    ...(draws.length > 0 && {
      draws: draws.map((future) => [...seen.slice(-1), ...points(forecast.steps, future)]),
    }),
  };
}

/** Bands from the quantiles by level, one entry per step. */
export function plotBands(steps: readonly number[], quantiles: ForecastOfCurve['quantiles']): PlotBand[] {
  const { '0.05': q05, '0.25': q25, '0.5': median, '0.75': q75, '0.95': q95 } = quantiles;
  return steps.map((step, i) => ({ step, q05: q05[i], q25: q25[i], median: median[i], q75: q75[i], q95: q95[i] }));
}

/** Pairs of step and value; gaps are left out. */
const points = (steps: readonly number[], values: readonly number[]): PlotPoint[] =>
  steps.map((step, i) => ({ step, value: values[i] })).filter(({ value }) => Number.isFinite(value));
