import type { Random } from '../prior.ts';
import { ensembleSampler } from './ensemble-sampler.ts';

/** Walkers whose weights are worth less than this share of them are drawn anew. */
const LEAST_EFFECTIVE = 0.5;

export interface AnnealedStartOptions {
  /** Log prior plus `power` times log likelihood, up to a constant; -Infinity where the prior is 0. */
  readonly logDensity: (parameters: Float64Array, power: number) => number;
  /** Draws from the prior, all of d parameters; an even number, at least 2 d. */
  readonly start: readonly Float64Array[];
  /** Moves of each walker at each power. */
  readonly sweeps: number;
  readonly random: Random;
}

/**
 * Walkers for an `ensembleSampler` of a posterior, from draws of the prior (annealed sequential Monte Carlo): the power of the
 * likelihood rises from 0 to 1; each time as far as leaves half of the walkers effective by their weights, then they are
 * drawn anew by these weights and moved. Unlike the best of many draws, the walkers reach narrow posteriors, share themselves
 * among modes by mass, and span all directions.
 */
export function annealedStart({ logDensity, start, sweeps, random }: AnnealedStartOptions): Float64Array[] {
  let walkers = [...start];
  let power = 0;
  while (power < 1) {
    const logLikelihoods = walkers.map((walker) => logDensity(walker, 1) - logDensity(walker, 0));
    const next = nextPower(logLikelihoods, power);
    const chosen = resample(walkers, tiltedWeights(logLikelihoods, next - power), random);
    power = next;
    walkers = ensembleSampler({
      logDensity: (parameters) => logDensity(parameters, next),
      start: chosen,
      steps: sweeps,
      thin: sweeps,
      random,
    }).samples;
  }
  return walkers;
}

/** The highest power up to 1 that leaves enough walkers effective, by bisection. */
function nextPower(logLikelihoods: readonly number[], power: number): number {
  const isFine = (next: number) =>
    effectiveSize(tiltedWeights(logLikelihoods, next - power)) >= LEAST_EFFECTIVE * logLikelihoods.length;
  if (isFine(1)) return 1;
  let low = power;
  let high = 1;
  // 100 halvings, as the first power can be tiny; at least one spacing of doubles, so that it rises.
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (isFine(middle)) low = middle;
    else high = middle;
  }
  return low > power ? low : high;
}

/** Likelihoods to the power of `rise`, the largest scaled to 1. */
function tiltedWeights(logLikelihoods: readonly number[], rise: number): number[] {
  const max = logLikelihoods.reduce((a, b) => Math.max(a, b));
  return logLikelihoods.map((log) => Math.exp(rise * (log - max)));
}

/** Kish's effective number of walkers: 1 where one has all of the weight, all where they are equal. */
function effectiveSize(weights: readonly number[]): number {
  const sum = weights.reduce((a, b) => a + b);
  return sum ** 2 / weights.reduce((total, weight) => total + weight ** 2, 0);
}

/** As many walkers again, each about as often as its weight says (systematic resampling), in random order. */
function resample(walkers: readonly Float64Array[], weights: readonly number[], random: Random): Float64Array[] {
  const count = walkers.length;
  const spacing = weights.reduce((a, b) => a + b) / count;
  const chosen: Float64Array[] = [];
  let position = random() * spacing;
  let passed = 0;
  for (let i = 0; i < count; i++) {
    passed += weights[i];
    // The last walker also takes what rounding leaves over.
    for (; chosen.length < count && (position < passed || i === count - 1); position += spacing)
      chosen.push(walkers[i]);
  }
  // The sampler's halves are the first and the second half: copies of one walker must not all lie in one.
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [chosen[i], chosen[j]] = [chosen[j], chosen[i]];
  }
  return chosen;
}
