import type { Forecast } from '../infer/learning-curve.ts';
import type { FileCurve } from './read-curves.ts';

/** What a picture of one curve needs, in the file's own steps. */
export interface PlotCurve {
  readonly name: string;
  readonly seen: readonly PlotPoint[];
  /** What the curve did later, where the file has it. */
  readonly later: readonly PlotPoint[];
  readonly forecast: readonly PlotBand[];
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

/** The quantiles a forecast must have for `plotCurve`. */
export const PLOT_QUANTILES: readonly number[] = [0.05, 0.25, 0.5, 0.75, 0.95];

export function plotCurve(curve: FileCurve, forecast: Forecast): PlotCurve {
  const { stepInFile } = curve;
  const at = (level: string, i: number) => forecast.quantiles[level][i];
  return {
    name: curve.name,
    seen: curve.steps
      .slice(0, forecast.observed)
      .map((step, i) => ({ step: stepInFile(step), value: curve.values[i] })),
    later: (forecast.later ?? []).map((value, i) => ({ step: stepInFile(forecast.steps[i]), value })),
    forecast: forecast.steps.map((step, i) => ({
      step: stepInFile(step),
      q05: at('0.05', i),
      q25: at('0.25', i),
      median: at('0.5', i),
      q75: at('0.75', i),
      q95: at('0.95', i),
    })),
  };
}
