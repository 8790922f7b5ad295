// Shapes of the legend: SVG paths within about -1..1.
export const CIRCLE = 'M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z';
export const SMALL_CIRCLE = 'M0.6,0A0.6,0.6,0,1,1,-0.6,0A0.6,0.6,0,1,1,0.6,0Z';
export const SQUARE = 'M-0.9,-0.9H0.9V0.9H-0.9Z';
export const LINE = 'M-1.4,-0.25H1.4V0.25H-1.4Z';
export const DASHES = 'M-1.5,-0.2H-0.75V0.2H-1.5ZM-0.35,-0.2H0.35V0.2H-0.35ZM0.75,-0.2H1.5V0.2H0.75Z';
export const UPRIGHT = 'M-0.2,-1.1H0.2V1.1H-0.2Z';

/** A channel for numbers in a range, on an axis of so many pixels. */
export const quantitative = (field: string, title: string, domain: readonly [number, number], pixels: number) => ({
  field,
  type: 'quantitative',
  title,
  scale: { domain, nice: false, zero: false },
  axis: { tickCount: Math.round(2 + pixels / 80), labelFlush: false },
});
