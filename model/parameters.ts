import { sizeOf } from '../engine/array.ts';
import type { ModelConfig } from './config.ts';
import { inputColumns } from './features.ts';
import { kernelParameters } from './kernel-regression.ts';

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the normal start values; 0 starts at zero. */
  readonly scale: number;
}

/** Every weight of the model, in the order in which they are stored. */
export function parameters(config: ModelConfig): Parameter[] {
  const { width: E, hidden, numLayers, numOutputs } = config;
  const matrix = (name: string, from: number, to: number, gain = 1): Parameter => ({
    name,
    shape: [from, to],
    scale: gain / Math.sqrt(from),
  });
  const zero = (name: string, ...shape: number[]): Parameter => ({ name, shape, scale: 0 });
  const layer = (l: number): Parameter[] => [
    matrix(`layer${l}.query`, E, E),
    matrix(`layer${l}.key`, E, E),
    matrix(`layer${l}.value`, E, E),
    // Output projections start at zero, so that every block starts as the identity.
    zero(`layer${l}.attended`, E, E),
    matrix(`layer${l}.hidden`, E, hidden),
    zero(`layer${l}.output`, hidden, E),
  ];
  const stem = [matrix('stem.hidden', E, hidden), zero('stem.output', hidden, E)];
  const sink = [1, config.numHeads, 1, E / config.numHeads];
  const sinks = (l: number) => [zero(`sink${l}.key`, ...sink), zero(`sink${l}.value`, ...sink)];
  return [
    matrix('embedX', inputColumns(config), E),
    matrix('embedY', config.yFeatures.length, E),
    zero('contextBias', E),
    zero('queryBias', E),
    ...(config.stem ? stem : []),
    ...(config.sinks ? Array.from({ length: numLayers }, (_, l) => sinks(l)).flat() : []),
    ...Array.from({ length: numLayers }, (_, l) => layer(l)).flat(),
    zero('head', E, numOutputs),
    ...(config.kernels ? kernelParameters(config) : []),
    ...(config.normalCore ? [zero('core', E, 2)] : []),
  ];
}

export function parameterCount(config: ModelConfig): number {
  return parameters(config).reduce((count, { shape }) => count + sizeOf(shape), 0);
}

/** Start values of all parameters, one after the other. `normal` draws standard normals. */
export function initialWeights(config: ModelConfig, normal: () => number): Float32Array {
  const weights = new Float32Array(parameterCount(config));
  let offset = 0;
  for (const { shape, scale } of parameters(config)) {
    const end = offset + sizeOf(shape);
    if (scale > 0) for (let i = offset; i < end; i++) weights[i] = scale * normal();
    offset = end;
  }
  return weights;
}
