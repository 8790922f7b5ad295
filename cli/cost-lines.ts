import type { RunCost } from '../train/run-cost.ts';

/** What a run will cost, in a line, and a second one where its memory does not fit in what is free on the machine that computes. */
export function costLines(
  { parameters, flop, bytes, accumulate }: RunCost,
  device: string,
  freeBytes: number,
): string[] {
  const line = `${parameters.toLocaleString('en')} parameters, ${gigas(flop)} GFLOP per step, about ${gigas(bytes)} GB of memory`;
  // The memory of a GPU is its own; nothing here tells how much of it is free.
  if (device !== 'cpu' || bytes <= freeBytes) return [line];
  const parts = accumulate * Math.ceil((2 * bytes) / freeBytes);
  return [
    line,
    `that is more than the ${gigas(freeBytes)} GB that are free here. Take --accumulate ${parts} (the same steps in parts), --recompute (more arithmetic) or a smaller training.batchSize.`,
  ];
}

/** In 10^9, two significant digits or whole. */
function gigas(value: number): string {
  const giga = value / 1e9;
  return giga >= 10 ? giga.toFixed(0) : String(Number(giga.toPrecision(2)));
}
