import type { Progress } from './train.ts';

export interface Rates {
  /** Data sets per step, milliseconds waited for them and computed; means over the steps since the last line. */
  readonly numDatasets: number;
  readonly dataMs: number;
  readonly computeMs: number;
}

/** One line of progress: step, loss, learning rate, time, rate, time left. */
export function progressLine(
  { step, steps, averageLoss, learningRate, skipped }: Progress,
  { numDatasets, dataMs, computeMs }: Rates,
): string {
  const ms = dataMs + computeMs;
  const parts = [
    `step ${step}/${steps} (${Math.floor((100 * step) / steps)}%)`,
    `loss ${averageLoss.toFixed(4)}`,
    `lr ${learningRate.toExponential(2)}`,
    `${ms.toFixed(0)} ms/step (data ${dataMs.toFixed(1)} / compute ${computeMs.toFixed(0)}, ${((100 * dataMs) / ms).toFixed(1)} % waiting)`,
    `${((1000 * numDatasets) / ms).toFixed(0)} datasets/s`,
    `ETA ${duration(((steps - step) * ms) / 1000)}`,
  ];
  return skipped > 0 ? [...parts, `${skipped} skipped`].join(' | ') : parts.join(' | ');
}

/** `[######......]` of the given width. */
export function progressBar(share: number, width = 24): string {
  const filled = Math.round(share * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h}h${String(m).padStart(2, '0')}m`;
  return m > 0 ? `${m}m${String(s).padStart(2, '0')}s` : `${s}s`;
}
