import type { PlotCurve } from '../../../cli/plot/plot-data.ts';

/** 20 seen points of a saturating curve and a forecast to step 60, by formula; `map` brings the values into other units. */
export function plotFixture(
  name = 'accuracy',
  { scale = 1, later = false, map = (value: number) => value } = {},
): PlotCurve {
  const value = (t: number) => 0.75 - 0.6 * t ** -0.7;
  const band = (t: number) => 0.005 + 0.0008 * (t - 20);
  const forecast = Array.from({ length: 40 }, (_, i) => i + 21).map((t) => {
    const quantiles = [-2, -0.7, 0, 0.7, 2].map((width) => map(value(t) + width * band(t)));
    const [q05, q25, median, q75, q95] = quantiles.sort((a, b) => a - b);
    return { step: t * scale, q05, q25, median, q75, q95 };
  });
  const laterSteps = forecast.filter((_, i) => i % 4 === 0);
  return {
    name,
    seen: Array.from({ length: 20 }, (_, i) => ({ step: (i + 1) * scale, value: map(value(i + 1)) })),
    later: later ? laterSteps.map(({ step }) => ({ step, value: map(value(step / scale) + 0.02) })) : [],
    forecast,
  };
}
