/**
 * The head of 'normals': what a network with kernels answers is the mixture of their normals by their evidence. Where the posterior of a prior is such
 * a mixture, nothing is lost between the two; where it is close to one, the network corrects it. And nothing is computed for each of a thousand bars.
 *
 * Shapes: R query rows, G normals each. Outputs are [R, 3 G]: log weights but for a constant, means, log standard deviations.
 */
import {
  add,
  concat,
  exp,
  log,
  logSumExp,
  matMul,
  mul,
  neg,
  reshape,
  split,
  sqrt,
  square,
  sub,
  type Tensor,
} from '../engine/ops.ts';
import type { ModelConfig } from './config.ts';
import { targetScale } from './features.ts';
import type { Answers } from './kernel-regression.ts';
import { LOG_SQRT_2PI } from './normal.ts';
import { OUTPUTS_PER_NORMAL } from './normal-mixture.ts';

/** Answers to standardised targets [R, G] -> outputs in the units of the targets. */
export function mixtureOf({ yFeatures }: ModelConfig, { mean, variance, evidence }: Answers): Tensor {
  const { center, scale } = targetScale(yFeatures);
  return concat([evidence, add(mul(mean, scale), center), add(mul(log(variance), 0.5), Math.log(scale))], 1);
}

/**
 * The answers as the network corrects them, by its stream of queries [R, E] and weights [E, 3 G]: for each normal what is added to its evidence, by
 * how many standard deviations it is moved, and the logarithm of by how much it is widened.
 */
export function corrected({ mean, variance, evidence }: Answers, stream: Tensor, weights: Tensor): Answers {
  const [weight, shift, width] = split(matMul(stream, weights), OUTPUTS_PER_NORMAL, 1); // [R, G] each
  return {
    mean: add(mean, mul(shift, sqrt(variance))),
    variance: mul(variance, exp(mul(width, 2))),
    evidence: add(evidence, weight),
  };
}

/** Log densities of the mixtures at y [R, Y], in nats: [R, Y]. */
export function logDensities(outputs: Tensor, y: Tensor): Tensor {
  const [R, Y] = y.shape as [number, number];
  const [logWeights, means, logSds] = split(outputs, OUTPUTS_PER_NORMAL, 1).map((each) => reshape(each, [R, 1, -1]));
  const distances = mul(sub(reshape(y, [R, Y, 1]), means), exp(neg(logSds))); // [R, Y, G]
  const logShares = sub(sub(logWeights, logSumExp(logWeights)), add(logSds, LOG_SQRT_2PI)); // [R, 1, G]
  return reshape(logSumExp(sub(logShares, mul(square(distances), 0.5))), [R, Y]);
}
