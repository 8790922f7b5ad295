/**
 * An output -> a real target. Noise is added first, as for classes (classes.ts); in a seventh of the tables its standard deviation goes
 * with the output, |z|, and in a seventh it has a Student-t of 3 degrees of freedom. Then z, standardised, gets a shape:
 *
 *   as it is            50 %
 *   exp(g z)            20 %   skewed; g log-uniform in [0.3, 1.5]
 *   sign(z) |z|^p       10 %   p log-uniform in [0.4, 2.5]: two humps below 1, heavy tails above
 *   max(z, quantile)    10 %   many equal lowest values; or the other way round
 *   rounded             10 %   to 3 .. 40 values
 *
 * and units: sign, a standard deviation log-uniform in [1e-2, 1e4], a mean of N(0, 3^2) standard deviations.
 */
import { gamma, logUniform } from '../distributions.ts';
import { type Chance, choose } from './chance.ts';
import { drawTargetNoise } from './classes.ts';
import { addNoise, type Column, standardise } from './column.ts';
import { clipAtRow, roundToGrid, signedPower } from './warps.ts';

/** In place. False where the output is constant, or the context rows would be. */
export function toRealTarget(chance: Chance, output: Column, numContext: number): boolean {
  const { random, gauss } = chance;
  if (!standardise(output)) return false;
  const noise = drawTargetNoise(chance);
  const law = choose(chance, [5 / 7, 1 / 7, 1 / 7]);
  if (law === 0) addNoise(chance, output, noise);
  else if (law === 1) for (let i = 0; i < output.length; i++) output[i] += noise * Math.abs(output[i]) * gauss();
  else for (let i = 0; i < output.length; i++) output[i] += (noise * gauss()) / Math.sqrt(gamma(random, 1.5, 1.5));
  if (!standardise(output)) return false;
  const kind = choose(chance, [0.5, 0.2, 0.1, 0.1, 0.1]);
  if (kind === 1) {
    const gain = logUniform(random, 0.3, 1.5);
    for (let i = 0; i < output.length; i++) output[i] = Math.exp(gain * Math.min(output[i], 6));
  } else if (kind === 2) signedPower(output, logUniform(random, 0.4, 2.5));
  else if (kind === 3) clipAtRow(chance, output);
  else if (kind === 4) roundToGrid(output, Math.floor(logUniform(random, 3, 41)));
  if (!standardise(output)) return false;
  const scale = logUniform(random, 1e-2, 1e4) * (random() < 0.5 ? -1 : 1);
  const mean = 3 * gauss();
  for (let i = 0; i < output.length; i++) output[i] = scale * (mean + output[i]);
  return numContext < 2 || output.subarray(0, numContext).some((value) => value !== output[0]);
}
