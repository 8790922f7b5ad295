/** Linear warm-up from 0 over `warmup` (a share of all steps), then a cosine down to 0. Steps count from 0. */
export function learningRateAt(
  step: number,
  { steps, learningRate, warmup }: { readonly steps: number; readonly learningRate: number; readonly warmup: number },
): number {
  const warmupSteps = Math.round(warmup * steps);
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  return learningRate * 0.5 * (1 + Math.cos((Math.PI * (step - warmupSteps)) / (steps - warmupSteps)));
}
