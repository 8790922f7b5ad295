import type { PlotCurve } from './plot-data.ts';

/** Lowest and highest, in the units of the axis. */
export type Range = readonly [low: number, high: number];

interface ValueRangeOptions {
  readonly target?: number;
  readonly logValue?: boolean;
}

/** One in eight of the seen points, the first ones, need not be in the picture: curves start far away from where they end. */
const FIRST_SHARE = 1 / 8;
/** Points outside of the quartiles by this many interquartile ranges are spikes (Tukey's outer fences)... */
const FENCE = 3;
/** ... unless they are more than this share of the points: then they are what the curve does. */
const MOST_SPIKES = 0.1;
/** How far the picture may grow on each side, in heights of what it must show. */
const ROOM = { band: 1, target: 2, points: 0.5 };
/** Axes are shared as long as the common one is at most this many times as long as a curve needs. */
const MOST_SHARED = 8;

/**
 * The values that a picture of a curve covers: nearly all observed points, the median and the 50 % band in full. The 90 % band, a
 * target, first points and spikes count only while they are near, so that none of them squashes the rest. NaN-free input; a flat
 * curve gets a range around its value. On a log axis what is not above 0 is not counted.
 */
export function valueRange({ seen, later, forecast }: PlotCurve, { target, logValue }: ValueRangeOptions = {}): Range {
  const [onAxis, fromAxis] = logValue ? [Math.log10, (at: number) => 10 ** at] : [Number, Number];
  const all = (values: readonly number[]) => values.map((value) => onAxis(value)).filter(Number.isFinite);
  const values = (points: PlotCurve['seen']) => all(points.map(({ value }) => value));
  const [seenAt, laterAt] = [values(seen), values(later)];
  const inner = span([
    ...withoutSpikes([...seenAt.slice(Math.floor(seen.length * FIRST_SHARE)), ...laterAt]),
    ...seenAt.slice(-1),
    ...laterAt.slice(-1),
    ...all(forecast.flatMap(({ q25, median, q75 }) => [q25, median, q75])),
  ]);
  const outer = span([
    ...inner,
    ...all(forecast.flatMap(({ q05, q95 }) => [q05, q95])).map(clampTo(grow(inner, ROOM.band))),
  ]);
  const near = (room: number) => {
    const [low, high] = grow(outer, room);
    return (at: number) => at >= low && at <= high;
  };
  const range = span([
    ...outer,
    ...[...seenAt, ...laterAt].filter(near(ROOM.points)),
    ...all(target === undefined ? [] : [target]).filter(near(ROOM.target)),
  ]);
  const [low, high] = range[0] < range[1] ? range : aroundValue(range[0], logValue);
  return [fromAxis(low), fromAxis(high)];
}

/** First and last step of a picture of a curve. */
export function stepRange({ seen, later, forecast }: PlotCurve): Range {
  const range = span([...seen, ...later, ...forecast].map(({ step }) => step));
  return range[0] < range[1] ? range : [range[0] - 0.5, range[1] + 0.5];
}

/** One range for all pictures, or null where it would squash a quarter of them or more. */
export function sharedRange(ranges: readonly Range[], logValue = false): Range | null {
  const onAxis = logValue ? Math.log10 : Number;
  const length = ([low, high]: Range) => onAxis(high) - onAxis(low);
  const shared = span(ranges.flat());
  const lengths = ranges.map(length).sort((a, b) => a - b);
  return length(shared) <= MOST_SHARED * lengths[Math.floor((lengths.length - 1) / 4)] ? shared : null;
}

/** Lengthens a range on both sides by a share of its length. */
export const grow = ([low, high]: Range, share: number): Range => [
  low - share * (high - low),
  high + share * (high - low),
];

/** Lowest and highest of any number of values (spreading them as arguments ends at about 100 000). */
export function span(values: readonly number[]): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** For values that are rounded sums of others, too. */
const clampTo =
  ([low, high]: Range) =>
  (value: number) =>
    low < high ? Math.min(high, Math.max(low, value)) : value;

/** A range for a flat curve: a twentieth of its value to both sides. */
function aroundValue(at: number, logValue = false): Range {
  const half = logValue ? 0.3 : Math.abs(at) / 20 || 1;
  return [at - half, at + half];
}

function withoutSpikes(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const quartile = (share: number) => sorted[Math.round((sorted.length - 1) * share)];
  const [low, high] = grow([quartile(0.25), quartile(0.75)], FENCE);
  const kept = sorted.filter((value) => value >= low && value <= high);
  return sorted.length - kept.length <= MOST_SPIKES * sorted.length ? kept : sorted;
}
