import type { PlotCurve } from '../../cli/plot-data.ts';

/** 20 seen points of a saturating curve and a forecast to step 60, by formula. */
export function plotFixture(name = 'accuracy', { scale = 1, later = false } = {}): PlotCurve {
  const value = (t: number) => 0.75 - 0.6 * t ** -0.7;
  const band = (t: number) => 0.005 + 0.0008 * (t - 20);
  const forecast = Array.from({ length: 40 }, (_, i) => i + 21).map((t) => ({
    step: t * scale,
    q05: value(t) - 2 * band(t),
    q25: value(t) - 0.7 * band(t),
    median: value(t),
    q75: value(t) + 0.7 * band(t),
    q95: value(t) + 2 * band(t),
  }));
  return {
    name,
    seen: Array.from({ length: 20 }, (_, i) => ({ step: (i + 1) * scale, value: value(i + 1) })),
    later: later
      ? forecast.filter((_, i) => i % 4 === 0).map(({ step, median }) => ({ step, value: median + 0.02 }))
      : [],
    forecast,
  };
}
