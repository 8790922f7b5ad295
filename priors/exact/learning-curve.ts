import type { Predictive, Random } from '../prior.ts';
import { annealedStart } from './annealed-start.ts';
import { ensembleSampler } from './ensemble-sampler.ts';
import { curveTarget, curveValue, isStep, type ObservedCurve } from './learning-curve-target.ts';
import { normalMixture } from './normal-mixture.ts';

export interface PosteriorOptions {
  readonly random: Random;
  /** An even number, at least 20. */
  readonly walkers?: number;
  /**
   * Moves of each walker at each power of the likelihood on the way from the prior, some 7 to 12 powers. Decides how well
   * walkers are shared among modes: where the noise is small, more of these gain more than more samples.
   */
  readonly annealing?: number;
  /** Moves of each walker after the burn-in, before thinning. */
  readonly samples?: number;
  readonly burnIn?: number;
  readonly thin?: number;
}

export interface LearningCurvePosterior {
  /** Predictive of the noisy value at a step in 1..numSteps: the mixture of N(f(step), s^2) over the posterior samples. */
  readonly at: (step: number) => Predictive;
  /** Share of accepted moves after the burn-in. */
  readonly acceptance: number;
}

/**
 * The exact posterior predictive of the learning-curve prior given the observed points, up to Monte Carlo error, by MCMC:
 * annealing from the prior, then an affine-invariant ensemble. The defaults keep 200 x 40 samples and take one to three seconds
 * for a curve; no point at all gives the prior. Throws a RangeError for steps outside of 1..numSteps and values that are not finite.
 */
export function learningCurvePosterior(observed: ObservedCurve, options: PosteriorOptions): LearningCurvePosterior {
  const { random, walkers = 200, annealing = 100, burnIn = 200, samples = 1000, thin = 25 } = options;
  const { numSteps = 100 } = observed;
  const { draw, logDensity, parameters } = curveTarget(observed);
  const start = annealedStart({
    logDensity,
    start: Array.from({ length: walkers }, () => draw(random)),
    sweeps: annealing,
    random,
  });
  const chain = ensembleSampler({ logDensity: (x) => logDensity(x, 1), start, steps: samples, burnIn, thin, random });
  const curves = chain.samples.map(parameters);
  const scales = Float64Array.from(curves, ({ scale }) => scale);
  return {
    acceptance: chain.acceptance,
    at: (step) => {
      if (!isStep(step, numSteps)) {
        throw new RangeError(`learningCurvePosterior: expected a step in 1..${numSteps}, got ${step}.`);
      }
      return normalMixture(
        Float64Array.from(curves, (curve) => curveValue(curve, step)),
        scales,
      );
    },
  };
}
