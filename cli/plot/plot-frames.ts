import type { PlotCurve, PlotOptions } from './plot-data.ts';
import { grow, type Range, sharedRange, stepRange, valueRange } from './plot-range.ts';

/** What the axes of the picture of one curve span, margins included. */
export interface Frame {
  readonly steps: Range;
  readonly values: Range;
}

export interface Frames {
  /** One per curve. */
  readonly frames: readonly Frame[];
  readonly sharesSteps: boolean;
  readonly sharesValues: boolean;
}

/** Shares of an axis that are left free on each side. */
const MARGIN = { steps: 0.015, values: 0.06 };

/** Axes that all curves share, except where the curves differ too much. Throws for values a log axis cannot show. */
export function plotFrames(curves: readonly PlotCurve[], { target, logValue, ownValues }: PlotOptions): Frames {
  if (logValue) for (const curve of curves) checkPositive(curve);
  const steps = curves.map(stepRange);
  const values = curves.map((curve) => valueRange(curve, { target, logValue }));
  const sharedSteps = sharedRange(steps);
  const sharedValues = ownValues ? null : sharedRange(values, logValue);
  return {
    frames: curves.map((_, i) => ({
      steps: grow(sharedSteps ?? steps[i], MARGIN.steps),
      values: logValue ? growLog(sharedValues ?? values[i]) : grow(sharedValues ?? values[i], MARGIN.values),
    })),
    sharesSteps: sharedSteps !== null,
    sharesValues: sharedValues !== null,
  };
}

function growLog([low, high]: Range): Range {
  const [from, to] = grow([Math.log10(low), Math.log10(high)], MARGIN.values);
  return [10 ** from, 10 ** to];
}

function checkPositive({ name, seen, later }: PlotCurve): void {
  const outside = [...seen, ...later].find(({ value }) => value <= 0);
  if (outside === undefined) return;
  throw new RangeError(
    `plot: a logarithmic axis shows values above 0 only, curve '${name}' has ${outside.value} at step ${outside.step}. ` +
      'Use a linear axis.',
  );
}
