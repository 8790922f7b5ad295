/**
 * The affine-invariant ensemble sampler of Goodman and Weare (2010), stretch moves with a = 2. It needs no tuning and does not
 * mind strongly correlated or badly scaled parameters: a linear map of the parameters maps the whole run.
 *
 * The walkers are two halves. Each walker of one half moves along the line through itself and a random walker of the other
 * half, Y = X_j + z (X - X_j) with density g(z) ~ 1 / sqrt(z) on [1/a, a], and goes there with probability
 * min(1, z^(d - 1) p(Y) / p(X)). The other half stands still meanwhile, which keeps the target invariant.
 */

import type { Random } from '../prior.ts';

/** The a of the paper: stretches lie in [1/2, 2]. */
const STRETCH = 2;

export interface EnsembleSamplerOptions {
  /** Log density of the target up to a constant; -Infinity where it is 0. Must not keep or change its argument. */
  readonly logDensity: (parameters: Float64Array) => number;
  /** The walkers, all of d parameters; an even number, at least 2 d. They must span all d directions: no move leaves their span. */
  readonly start: readonly Float64Array[];
  /** Sweeps (a move of each walker) that are kept, before thinning. */
  readonly steps: number;
  readonly random: Random;
  /** Keep every so many sweeps. */
  readonly thin?: number;
  /** Sweeps before the kept ones. */
  readonly burnIn?: number;
}

export interface EnsembleSamples {
  /** floor(steps / thin) kept sweeps of all walkers, sweep by sweep; each [d]. */
  readonly samples: Float64Array[];
  /** Share of accepted moves, burn-in not counted. Below about 0.1 the walkers hardly move. */
  readonly acceptance: number;
}

/** Samples of a density. Throws a RangeError for too few walkers, and for walkers where the density is 0 or not a number. */
export function ensembleSampler(options: EnsembleSamplerOptions): EnsembleSamples {
  const { logDensity, start, steps, random, thin = 1, burnIn = 0 } = options;
  checkCounts({ steps, thin, burnIn });
  const size = start[0]?.length ?? 0;
  checkWalkers(start, size);
  const walkers = start.map((walker) => walker.slice());
  const logs = Float64Array.from(walkers, (walker, i) => startLog(logDensity(walker), i));
  const half = walkers.length / 2;
  const proposal = new Float64Array(size);

  /** Moves walker i along the line through a random walker of the other half; true where it went. */
  const move = (i: number): boolean => {
    const other = walkers[(i < half ? half : 0) + Math.floor(random() * half)];
    const z = (1 + (STRETCH - 1) * random()) ** 2 / STRETCH; // inverse of the distribution function of g
    const walker = walkers[i];
    for (let k = 0; k < size; k++) proposal[k] = other[k] + z * (walker[k] - other[k]);
    const log = logDensity(proposal);
    // Written so that NaN, too, means no.
    if (!(Math.log(random()) < (size - 1) * Math.log(z) + log - logs[i])) return false;
    walker.set(proposal);
    logs[i] = log;
    return true;
  };

  const samples: Float64Array[] = [];
  let accepted = 0;
  for (let sweep = 1 - burnIn; sweep <= steps; sweep++) {
    for (let i = 0; i < walkers.length; i++) if (move(i) && sweep > 0) accepted++;
    if (sweep > 0 && sweep % thin === 0) samples.push(...walkers.map((walker) => walker.slice()));
  }
  return { samples, acceptance: accepted / (steps * walkers.length) };
}

function checkCounts({ steps, thin, burnIn }: { steps: number; thin: number; burnIn: number }): void {
  for (const [name, value, least] of [
    ['steps', steps, 1],
    ['thin', thin, 1],
    ['burnIn', burnIn, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`ensembleSampler: ${name} must be a whole number of at least ${least}, got ${value}.`);
    }
  }
}

function checkWalkers(start: readonly Float64Array[], size: number): void {
  if (start.length % 2 === 1 || start.length < 2 * size || size === 0) {
    throw new RangeError(
      `ensembleSampler: expected an even number of walkers, at least 2 for each of the ${size} parameters, got ${start.length}. ` +
        'Start more of them.',
    );
  }
  const odd = start.findIndex((walker) => walker.length !== size);
  if (odd >= 0) {
    throw new RangeError(
      `ensembleSampler: expected ${size} parameters in every walker as in the first, got ${start[odd].length} in walker ${odd}.`,
    );
  }
}

function startLog(log: number, i: number): number {
  if (Number.isFinite(log)) return log;
  throw new RangeError(
    `ensembleSampler: expected a finite log density at every walker, got ${log} at walker ${i}. Start inside the support.`,
  );
}
