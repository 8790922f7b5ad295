/**
 * A random neural network of one output and the log posterior of its weights, with the gradient by backpropagation.
 * Parameters are z ~ N(0, 1); the weights and biases are scales * z. They lie layer by layer, in a layer unit by unit, in a unit the
 * weights before the bias.
 */

import type { Observed } from '../prior.ts';
import { normalCdf } from './normal-cdf.ts';

export interface Architecture {
  readonly numFeatures: number;
  /** Units of a hidden layer. */
  readonly width: number;
  /** Hidden layers; 0 is a linear function. */
  readonly depth: number;
  readonly activation: keyof typeof activations;
  /** Standard deviation of the weights of the hidden layers. */
  readonly weightScale: number;
  /** Standard deviation of the biases; of the output bias times outputScale. */
  readonly biasScale: number;
  /** Standard deviation of the weights of the output. */
  readonly outputScale: number;
  /** 'gp' divides the standard deviation of weights by the square root of their fan-in. */
  readonly match: 'none' | 'gp';
}

interface Layer {
  readonly fanIn: number;
  readonly fanOut: number;
  readonly weightScale: number;
  readonly biasScale: number;
  /** Where its parameters start. */
  readonly offset: number;
}

/** Each with its derivative, which is also given the value. */
export const activations = {
  tanh: { value: Math.tanh, slope: (_: number, value: number) => 1 - value * value },
  relu: { value: (x: number) => (x > 0 ? x : 0), slope: (x: number) => (x > 0 ? 1 : 0) },
  gelu: {
    value: (x: number) => x * normalCdf(x),
    slope: (x: number) => normalCdf(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
  },
} as const;

export interface Network {
  /** d, the number of weights and biases. */
  readonly size: number;
  /** Prior standard deviation of each weight and bias, [d]. */
  readonly scales: Float64Array;
  /** The output at row `row` of x, [rows, F], for these weights and biases, [d]. */
  readonly forward: (weights: Float64Array, x: ArrayLike<number>, row: number) => number;
  /** What went into the output at the last `forward`, [width]; overwritten by the next. */
  readonly lastInputs: Float64Array;
  /** Adds `factor` times the gradient [d] of the output that `forward` has just given for these weights. */
  readonly backward: (weights: Float64Array, factor: number, gradient: Float64Array) => void;
}

export function createNetwork(architecture: Architecture): Network {
  const layers = layersOf(architecture);
  const { value: activate, slope } = activations[architecture.activation];
  // Of the last forward pass: what goes into each layer, and the sums that come out of it before the activation.
  const inputs = layers.map(({ fanIn }) => new Float64Array(fanIn));
  const sums = layers.map(({ fanOut }) => new Float64Array(fanOut));
  const deltas = layers.map(({ fanOut }) => new Float64Array(fanOut));
  const last = layers.length - 1;

  const forward = (weights: Float64Array, x: ArrayLike<number>, row: number): number => {
    for (let j = 0; j < inputs[0].length; j++) inputs[0][j] = x[row * inputs[0].length + j];
    for (let l = 0; l <= last; l++) {
      const { fanIn, fanOut, offset } = layers[l];
      const input = inputs[l];
      for (let k = 0, at = offset; k < fanOut; k++, at += fanIn + 1) {
        let sum = weights[at + fanIn];
        for (let j = 0; j < fanIn; j++) sum += weights[at + j] * input[j];
        sums[l][k] = sum;
        if (l < last) inputs[l + 1][k] = activate(sum);
      }
    }
    return sums[last][0];
  };

  const backward = (weights: Float64Array, factor: number, gradient: Float64Array): void => {
    deltas[last][0] = factor;
    for (let l = last; l >= 0; l--) {
      const { fanIn, fanOut, offset } = layers[l];
      const input = inputs[l];
      const below = l > 0 ? deltas[l - 1].fill(0) : undefined;
      for (let k = 0, at = offset; k < fanOut; k++, at += fanIn + 1) {
        const delta = deltas[l][k];
        gradient[at + fanIn] += delta;
        for (let j = 0; j < fanIn; j++) gradient[at + j] += delta * input[j];
        if (below) for (let j = 0; j < fanIn; j++) below[j] += delta * weights[at + j];
      }
      if (below) for (let j = 0; j < fanIn; j++) below[j] *= slope(sums[l - 1][j], input[j]);
    }
  };

  const size = layers.reduce((sum, { fanIn, fanOut }) => sum + (fanIn + 1) * fanOut, 0);
  return { size, scales: scalesOf(layers, size), forward, lastInputs: inputs[last], backward };
}

function layersOf(architecture: Architecture): Layer[] {
  const { numFeatures, width, depth, weightScale, biasScale, outputScale, match } = architecture;
  let offset = 0;
  return Array.from({ length: depth + 1 }, (_, l) => {
    const fanIn = l === 0 ? numFeatures : width;
    const shrink = match === 'gp' ? 1 / Math.sqrt(fanIn) : 1;
    const layer =
      l < depth
        ? { fanIn, fanOut: width, weightScale: weightScale * shrink, biasScale, offset }
        : { fanIn, fanOut: 1, weightScale: outputScale * shrink, biasScale: outputScale * biasScale, offset };
    offset += (fanIn + 1) * layer.fanOut;
    return layer;
  });
}

function scalesOf(layers: readonly Layer[], size: number): Float64Array {
  const scales = new Float64Array(size);
  for (const { fanIn, fanOut, weightScale, biasScale, offset } of layers) {
    scales.fill(weightScale, offset, offset + (fanIn + 1) * fanOut);
    for (let k = 0; k < fanOut; k++) scales[offset + k * (fanIn + 1) + fanIn] = biasScale;
  }
  return scales;
}

/**
 * The log posterior of z [d] up to a constant, given rows with normal noise of standard deviation `noise`; as `hamiltonian` wants it,
 * the gradient [d] is written into the second argument.
 */
export function networkTarget(
  { size, scales, forward, backward }: Network,
  noise: number,
  { numContext, contextX, contextY }: Pick<Observed, 'numContext' | 'contextX' | 'contextY'>,
): (z: Float64Array, gradient: Float64Array) => number {
  const weights = new Float64Array(size);
  return (z, gradient) => {
    for (let k = 0; k < size; k++) weights[k] = scales[k] * z[k];
    gradient.fill(0);
    let log = 0;
    for (let i = 0; i < numContext; i++) {
      const residual = contextY[i] - forward(weights, contextX, i);
      log -= residual ** 2 / (2 * noise ** 2);
      backward(weights, residual / noise ** 2, gradient);
    }
    for (let k = 0; k < size; k++) {
      log -= z[k] ** 2 / 2;
      gradient[k] = scales[k] * gradient[k] - z[k];
    }
    return log;
  };
}
