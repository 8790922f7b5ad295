/**
 * Hamiltonian Monte Carlo (Neal, MCMC using Hamiltonian dynamics, 2011) with unit masses: a random momentum, a path of leapfrog
 * steps along the gradient, and a Metropolis test of its end. It wants parameters of scale about 1, such as those of a
 * standard normal prior.
 *
 * The step size is adapted in the burn-in by dual averaging (Hoffman and Gelman, The No-U-Turn Sampler, 2014, section 3.2)
 * and then stands still, which keeps the target invariant. The number of steps is jittered, so that no period of the
 * dynamics can lock the chain in.
 */

import type { Random } from '../prior.ts';
import { normals } from '../random.ts';

/** Paths end here however small the step is; reached where a burn-in starts far out. */
const MAX_LEAPFROGS = 1000;
/** Of Hoffman and Gelman: gamma, t0 and kappa. */
const SHRINKAGE = 0.05;
const STABILISATION = 10;
const DECAY = 0.75;

export interface HamiltonianOptions {
  /** Log density of the target up to a constant, [d] -> number; writes its gradient [d] into the second argument. Must not keep either. */
  readonly logDensity: (position: Float64Array, gradient: Float64Array) => number;
  /** The start of each chain, all of d parameters. */
  readonly start: readonly Float64Array[];
  /** Mean length of a path in time; lengths are uniform in half to one and a half of it. A quarter period of a standard normal is pi / 2. */
  readonly pathLength: number;
  /** Paths of each chain before the kept ones, to adapt the step size. */
  readonly burnIn: number;
  /** Paths of each chain that are kept, before thinning. */
  readonly paths: number;
  readonly random: Random;
  /** Keep the end of every so many paths. */
  readonly thin?: number;
  /** Share of accepted paths that the step size is adapted to. */
  readonly targetAcceptance?: number;
}

export interface HamiltonianChain {
  /** floor(paths / thin) kept positions in their order; each [d]. */
  readonly samples: Float64Array[];
  /** Share of accepted paths, burn-in not counted. */
  readonly acceptance: number;
  readonly stepSize: number;
}

/** One chain for each start. Throws a RangeError for odd counts, and for a start where the density is 0 or not a number. */
export function hamiltonian(options: HamiltonianOptions): HamiltonianChain[] {
  const { start, pathLength, burnIn, paths, thin = 1 } = options;
  for (const [name, value, least] of [
    ['burnIn', burnIn, 1],
    ['paths', paths, 1],
    ['thin', thin, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`hamiltonian: ${name} must be a whole number of at least ${least}, got ${value}.`);
    }
  }
  if (!(pathLength > 0)) throw new RangeError(`hamiltonian: pathLength must be positive, got ${pathLength}.`);
  return start.map((position, i) => runChain(options, position.slice(), i));
}

function runChain(options: HamiltonianOptions, position: Float64Array, index: number): HamiltonianChain {
  const { logDensity, pathLength, burnIn, paths, random, thin = 1, targetAcceptance = 0.8 } = options;
  const gauss = normals(random);
  const gradient = new Float64Array(position.length);
  let log = logDensity(position, gradient);
  if (!Number.isFinite(log)) {
    throw new RangeError(
      `hamiltonian: expected a finite log density at every start, got ${log} at start ${index}. Start inside the support.`,
    );
  }
  const momentum = new Float64Array(position.length);
  const proposal = new Float64Array(position.length);
  const slope = new Float64Array(position.length);
  const adaptation = dualAveraging(pathLength, targetAcceptance);
  let stepSize = adaptation.first;
  const samples: Float64Array[] = [];
  let accepted = 0;

  for (let path = 1 - burnIn; path <= paths; path++) {
    for (let k = 0; k < momentum.length; k++) momentum[k] = gauss();
    const energy = log - squareSum(momentum) / 2;
    proposal.set(position);
    slope.set(gradient);
    const steps = Math.min(MAX_LEAPFROGS, Math.ceil((pathLength * (0.5 + random())) / stepSize));
    let end = log;
    for (let step = 0; step < steps && Number.isFinite(end); step++) {
      end = leapfrog(logDensity, stepSize, proposal, momentum, slope);
    }
    const ratio = Math.exp(end - squareSum(momentum) / 2 - energy);
    // Written so that NaN, too, means no.
    const isAccepted = random() < ratio;
    if (isAccepted) {
      position.set(proposal);
      gradient.set(slope);
      log = end;
    }
    if (path <= 0) stepSize = adaptation.update(ratio > 0 ? Math.min(1, ratio) : 0);
    if (path === 0) stepSize = adaptation.average();
    if (path > 0 && isAccepted) accepted++;
    if (path > 0 && path % thin === 0) samples.push(position.slice());
  }
  return { samples, acceptance: accepted / paths, stepSize };
}

/** One step in place: half a kick, a drift, half a kick. Returns the log density at the end, whose gradient is in `gradient`. */
function leapfrog(
  logDensity: HamiltonianOptions['logDensity'],
  stepSize: number,
  position: Float64Array,
  momentum: Float64Array,
  gradient: Float64Array,
): number {
  for (let k = 0; k < position.length; k++) {
    momentum[k] += (stepSize / 2) * gradient[k];
    position[k] += stepSize * momentum[k];
  }
  const log = logDensity(position, gradient);
  for (let k = 0; k < position.length; k++) momentum[k] += (stepSize / 2) * gradient[k];
  return log;
}

/** Step sizes that bring the acceptance to `target`, drawn towards `largest`. */
function dualAveraging(largest: number, target: number) {
  let round = 0;
  let error = 0; // running mean of target - acceptance
  let logAverage = 0;
  return {
    first: largest / 10,
    /** The next step size to try, after one of this acceptance. */
    update: (acceptance: number): number => {
      round++;
      error += (target - acceptance - error) / (round + STABILISATION);
      const log = Math.log(largest) - (Math.sqrt(round) / SHRINKAGE) * error;
      logAverage += round ** -DECAY * (log - logAverage);
      return Math.exp(log);
    },
    /** The step size to stay with. */
    average: (): number => Math.exp(logAverage),
  };
}

function squareSum(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return sum;
}
