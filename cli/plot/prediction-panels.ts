import type { Reliability } from '../../model/scores.ts';
import { quantitative } from './panel-parts.ts';
import type { Panel, Size } from './panel-plot.ts';
import { SHAPES } from './plot-legend.ts';
import { shortNames } from './plot-names.ts';
import { grow, span } from './plot-range.ts';
import { LIGHT } from './plot-theme.ts';

/** A row whose target is known, with its median and its 90 % interval. */
export interface PredictedNumber {
  readonly actual: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** More dots than these are no longer told apart; the note counts all. */
const MOST_DOTS = 600;
const LONGEST_NAME = 24;

/** How often what was given a probability came true, with 90 % intervals; areas of the dots are in proportion to their counts. */
export function calibrationPanel(slices: readonly Reliability[], what: string, height = 420): Panel {
  const most = Math.max(...slices.map(({ count }) => count));
  return {
    title: 'Calibration',
    note: what,
    legend: [
      { label: 'predictions (area: count)', color: LIGHT.median, shape: SHAPES.circle },
      { label: '90 % interval', color: LIGHT.inner, shape: SHAPES.upright },
      { label: 'calibrated', color: LIGHT.later, shape: SHAPES.dashes },
    ],
    height,
    spec: (size) => {
      const x = quantitative('predicted', 'predicted probability', [0, 1], size.width);
      const y = (field: string) => quantitative(field, 'share that came true', [0, 1], size.height);
      return {
        ...size,
        layer: [
          diagonal([0, 1], 'predicted probability', 'share that came true', size),
          {
            data: { values: slices },
            mark: { type: 'rule', color: LIGHT.inner, strokeWidth: 3 },
            encoding: { x, y: y('low'), y2: { field: 'high' } },
          },
          {
            data: { values: slices.map((slice) => ({ ...slice, area: 30 + 270 * (slice.count / most) })) },
            mark: { type: 'circle', color: LIGHT.median, opacity: 1 },
            encoding: { x, y: y('observed'), size: { field: 'area', type: 'quantitative', scale: null } },
          },
        ],
      };
    },
  };
}

/** What was predicted by what it was; intervals that do not hold the target stand out. */
export function actualPanel(rows: readonly PredictedNumber[], target: string): Panel {
  const isInside = ({ actual, low, high }: PredictedNumber) => actual >= low && actual <= high;
  const covered = (100 * rows.filter(isInside).length) / rows.length;
  const count = Math.min(rows.length, MOST_DOTS);
  // Copies, since Vega marks the objects that it is given.
  const shown = Array.from({ length: count }, (_, i) => {
    const { actual, median, low, high } = rows[Math.floor((i * rows.length) / count)];
    return { actual, median, low, high };
  });
  const [low, high] = grow(span(rows.flatMap(({ actual, median }) => [actual, median])), 0.06);
  const domain: [number, number] = low < high ? [low, high] : [low - 0.5, high + 0.5];
  const [name] = shortNames([target], LONGEST_NAME);
  const titles = [`${name}, actual`, `${name}, predicted`] as const;
  return {
    title: 'Predicted by actual',
    note: `90 % intervals hold ${covered.toFixed(1)} % of ${rows.length} rows`,
    legend: [
      { label: 'median', color: LIGHT.median, shape: SHAPES.smallCircle },
      { label: '90 % interval', color: LIGHT.inner, shape: SHAPES.upright },
      { label: '90 % interval that misses', color: LIGHT.target, shape: SHAPES.upright },
      { label: 'equal', color: LIGHT.later, shape: SHAPES.dashes },
    ],
    height: 420,
    spec: (size) => {
      const x = quantitative('actual', titles[0], domain, size.width);
      const y = (field: string) => quantitative(field, titles[1], domain, size.height);
      const intervals = (values: readonly PredictedNumber[], color: string) => ({
        data: { values },
        mark: { type: 'rule', color, strokeWidth: 1.2, clip: true },
        encoding: { x, y: y('low'), y2: { field: 'high' } },
      });
      return {
        ...size,
        layer: [
          intervals(shown.filter(isInside), LIGHT.inner),
          intervals(
            shown.filter((row) => !isInside(row)),
            LIGHT.target,
          ),
          diagonal(domain, titles[0], titles[1], size),
          {
            data: { values: shown },
            mark: { type: 'circle', color: LIGHT.median, opacity: 1, size: 16, clip: true },
            encoding: { x, y: y('median') },
          },
        ],
      };
    },
  };
}

const diagonal = (domain: readonly [number, number], xTitle: string, yTitle: string, { width, height }: Size) => ({
  data: { values: domain.map((at) => ({ at })) },
  mark: { type: 'line', color: LIGHT.later, strokeWidth: 1.5, strokeDash: [5, 4] },
  encoding: { x: quantitative('at', xTitle, domain, width), y: quantitative('at', yTitle, domain, height) },
});
