import type { Curve } from '../infer/curve.ts';
import type { Forecast } from '../infer/forecast.ts';
import type { Bounds } from '../infer/value-map.ts';

/**
 * What to say where the 90 % bands go below 0 or above 1 and no value that was seen does: most metrics cannot, but no name tells. Null where there
 * is nothing to say. `bounds` are those of each curve. The forecasts need the quantiles 0.05 and 0.95.
 */
export function boundsHint(
  curves: readonly Pick<Curve, 'values'>[],
  forecasts: readonly Pick<Forecast, 'observed' | 'quantiles'>[],
  bounds: readonly Partial<Bounds>[],
): string | null {
  const seen = forecasts.flatMap(({ observed }, i) => Array.from(curves[i].values.slice(0, observed)));
  if (seen.some((value) => value < 0)) return null;
  const goesBeyond = (isOpen: (own: Partial<Bounds>) => boolean, level: string, isBeyond: (value: number) => boolean) =>
    forecasts.some(({ quantiles }, i) => isOpen(bounds[i]) && quantiles[level].some(isBeyond));
  const below = goesBeyond(
    ({ lower }) => lower === undefined,
    '0.05',
    (value) => value < 0,
  );
  // What has a lower bound alone, such as a loss, is no share of one.
  const above =
    seen.every((value) => value <= 1) &&
    goesBeyond(
      ({ lower, upper }) => lower === undefined && upper === undefined,
      '0.95',
      (value) => value > 1,
    );
  if (!below && !above) return null;
  const [where, options] = below
    ? above
      ? ['below 0 or above 1', '--lower 0 --upper 1']
      : ['below 0', '--lower 0']
    : ['above 1', '--upper 1'];
  return `the 90 % band goes ${where}, where no value is. If none can be there: ${options}.`;
}
