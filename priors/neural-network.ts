/**
 * Neural network: regression on a random multilayer perceptron (a Bayesian neural network, BNN).
 *
 * Story    For each data set the weights are drawn; a is the activation:
 *
 *            h0 = x,  hl = a(Wl h(l-1) + bl) for l = 1..depth,  f(x) = v hL + c
 *            y = f(x) + noise e                                e ~ N(0, 1)
 *            entries of Wl ~ N(0, weightScale^2 / m), of bl ~ N(0, biasScale^2), of v ~ N(0, outputScale^2 / m),
 *            c ~ N(0, (outputScale biasScale)^2)
 *            m is the fan-in of the layer with match 'gp', else 1; hidden layers have `width` units each.
 *            x ~ N(0, 1) in every column (inputs 'normal') or ~ U(-1, 1) ('uniform').
 *
 *          With 'gp' the variance of f is outputScale^2 (E[hL^2] + biasScale^2) whatever the width, and f tends to a Gaussian process
 *          as the width grows. E[hL^2] is the mean square of a hidden unit: 0.54 with the defaults, so that f has variance 1.03.
 *
 * Source   Neal, Bayesian Learning for Neural Networks (1996), chapter 2; as a prior of PFNs in Müller et al., Transformers Can
 *          Do Bayesian Inference (ICLR 2022).
 * Units    x has scale about 1; y has the unit of outputScale and noise.
 * Not in   random architectures, categorical or missing inputs, noise that depends on x.
 * Output   all rows of a data set are exchangeable.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import { hamiltonian } from './exact/hamiltonian.ts';
import { linearPosterior } from './exact/linear-posterior.ts';
import { type Architecture, activations, createNetwork, networkTarget } from './exact/neural-network-target.ts';
import { normalMixture } from './exact/normal-mixture.ts';
import type { Batch, BatchShape, Observed, Predictive, Prior, Random } from './prior.ts';
import { normals, uniform } from './random.ts';

export interface NeuralNetworkOptions extends Partial<Architecture> {
  /** Standard deviation of the noise. */
  readonly noise?: number;
  readonly inputs?: 'normal' | 'uniform';
  /** The most rows of one data set, context and query together, up to 500. */
  readonly maxRows?: number;
}

type Options = Required<NeuralNetworkOptions>;

const NAME = 'neural-network';

export function neuralNetwork(options: NeuralNetworkOptions = {}): Prior {
  const complete = checkOptions(options);
  return {
    name: NAME,
    options: { ...complete },
    numFeatures: complete.numFeatures,
    maxRows: complete.maxRows,
    exact: { method: 'MCMC', predict: (observed, random) => networkPosterior(complete, observed, random) },
    sample: (random, shape) => sampleBatch(random, shape, complete),
  };
}

function checkOptions(options: NeuralNetworkOptions): Options {
  const {
    numFeatures = 1,
    maxRows = 110,
    width = 16,
    depth = 1,
    activation = 'tanh',
    weightScale = 2,
    biasScale = 0.7,
    outputScale = 1,
    noise = 0.1,
    inputs = 'normal',
    match = 'gp',
    ...unknown
  } = options;
  const scales = { weightScale, biasScale, outputScale };
  const complete = { numFeatures, maxRows, width, depth, activation, ...scales, noise, inputs, match };
  refuseUnknown(NAME, Object.keys(complete), unknown);
  for (const [name, value, least, most] of [
    ['numFeatures', numFeatures, 1, 10],
    ['maxRows', maxRows, 1, 500],
    ['width', width, 1, 512],
    ['depth', depth, 0, 8],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${NAME}: ${name} must be a whole number from ${least} to ${most}, got ${value}.`);
    }
  }
  for (const [name, value] of Object.entries(scales)) {
    if (!Number.isFinite(value) || value < 0) {
      throw new RangeError(`${NAME}: ${name} must be a number of at least 0, got ${value}.`);
    }
  }
  if (!Number.isFinite(noise) || noise <= 0) {
    throw new RangeError(`${NAME}: noise must be a number above 0, got ${noise}.`);
  }
  for (const [name, value, known] of [
    ['activation', activation, Object.keys(activations)],
    ['inputs', inputs, ['normal', 'uniform']],
    ['match', match, ['gp', 'none']],
  ] as const) {
    if (!(known as readonly string[]).includes(value)) {
      throw new RangeError(`${NAME}: ${name} must be one of ${known.join(', ')}, got ${JSON.stringify(value)}.`);
    }
  }
  return complete;
}

function sampleBatch(random: Random, shape: BatchShape, options: Options): Batch {
  const { numFeatures, noise, inputs, maxRows } = options;
  const { numDatasets, numContext, numQuery } = shape;
  checkRows(NAME, maxRows, shape);
  const contextX = new Float32Array(numDatasets * numContext * numFeatures); // [B, N, F]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery * numFeatures); // [B, M, F]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  const queryLaw = { mean: new Float32Array(queryY.length), sd: new Float32Array(queryY.length) }; // [B, M]
  const { size, scales, forward, lastInputs } = createNetwork(options);
  const weights = new Float64Array(size);
  const gauss = normals(random);
  const numLast = lastInputs.length + 1; // weights and bias of the output
  const firstLast = size - numLast;
  /** Draws a row and its target; returns the features of which the output is a sum with standard normal coefficients, [numLast]. */
  const fill = (x: Float32Array, y: Float32Array, row: number): Float64Array => {
    for (let j = 0; j < numFeatures; j++) {
      x[row * numFeatures + j] = inputs === 'normal' ? gauss() : uniform(random, -1, 1);
    }
    y[row] = forward(weights, x, row) + noise * gauss();
    return Float64Array.from({ length: numLast }, (_, k) => scales[firstLast + k] * (lastInputs[k] ?? 1));
  };
  for (let b = 0; b < numDatasets; b++) {
    for (let k = 0; k < size; k++) weights[k] = scales[k] * gauss();
    const rows = Array.from({ length: numContext }, (_, i) => fill(contextX, contextY, b * numContext + i));
    // Given the hidden layers the output is linear, so that its weights need not be known either.
    const ownY = contextY.subarray(b * numContext, (b + 1) * numContext);
    const { at } = linearPosterior(rows, ownY, numLast, noise * noise);
    for (let i = b * numQuery; i < (b + 1) * numQuery; i++) {
      const { mean, variance } = at(fill(queryX, queryY, i));
      queryLaw.mean[i] = mean;
      queryLaw.sd[i] = noise * Math.sqrt(variance);
    }
  }
  return { ...shape, numFeatures, contextX, contextY, queryX, queryY, queryLaw };
}

const NUM_CHAINS = 4;

/**
 * The mixture of N(f(x), noise^2) over samples of the weights from all chains, each started from the prior. One to two seconds for
 * 20 rows and the defaults; grows with the rows, the weights and 1 / noise (about 9 seconds with two hidden layers).
 */
function networkPosterior(options: Options, observed: Observed, random: Random): Predictive[] {
  const network = createNetwork(options);
  const { size, scales, forward } = network;
  const gauss = normals(random);
  const chains = hamiltonian({
    logDensity: networkTarget(network, options.noise, observed),
    start: Array.from({ length: NUM_CHAINS }, () => Float64Array.from({ length: size }, gauss)),
    pathLength: 0.75,
    burnIn: 200,
    paths: 400,
    random,
  });
  const networks = chains.flatMap(({ samples }) => samples.map((z) => z.map((value, k) => scales[k] * value)));
  const noises = new Float64Array(networks.length).fill(options.noise);
  return Array.from({ length: observed.numQuery }, (_, i) =>
    normalMixture(
      Float64Array.from(networks, (weights) => forward(weights, observed.queryX, i)),
      noises,
    ),
  );
}
