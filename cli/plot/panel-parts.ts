/** A channel for numbers in a range, on an axis of so many pixels. */
export const quantitative = (field: string, title: string, domain: readonly [number, number], pixels: number) => ({
  field,
  type: 'quantitative',
  title,
  scale: { domain, nice: false, zero: false },
  axis: { tickCount: Math.round(2 + pixels / 80), labelFlush: false },
});
