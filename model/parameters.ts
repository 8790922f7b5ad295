import { sizeOf } from '../engine/array.ts';
import {
  hiddenOf,
  type ModelConfig,
  readsQueries,
  scoreNumbers,
  totalLayers,
  trustNumbers,
  widthOf,
} from './config.ts';
import { inputColumns, numbersPerValue, toldColumns } from './features.ts';
import { numComponents, numKernels, PLACES, POOLS } from './kernels.ts';

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the normal start values; 0 starts at zero. */
  readonly scale: number;
}

const matrix = (name: string, from: number, to: number): Parameter => ({
  name,
  shape: [from, to],
  scale: 1 / Math.sqrt(from),
});
const zero = (name: string, ...shape: number[]): Parameter => ({ name, shape, scale: 0 });

/** Every weight of the model, in the order in which they are stored. */
export function parameters(config: ModelConfig): Parameter[] {
  const { width: E, hidden, numLayers, numOutputs } = config;
  const isTable = config.layout === 'cells';
  const layer = (l: number): Parameter[] => {
    const [W, inner] = [widthOf(config, l), hiddenOf(config, l)];
    return [
      ...(isTable && l < numLayers ? betweenCells(l) : []),
      ...(l === numLayers ? [matrix('widen', E, W)] : []),
      matrix(`layer${l}.query`, W, W),
      matrix(`layer${l}.key`, W, W),
      matrix(`layer${l}.value`, W, W),
      // Output projections start at zero, so that every block starts as the identity.
      zero(`layer${l}.attended`, W, W),
      matrix(`layer${l}.hidden`, W, inner),
      zero(`layer${l}.output`, inner, W),
    ];
  };
  // Attention between the cells of a row: its heads share one key and one value.
  const betweenCells = (l: number): Parameter[] => [
    matrix(`layer${l}.cellQuery`, E, E),
    matrix(`layer${l}.cellKey`, E, E / config.numHeads),
    matrix(`layer${l}.cellValue`, E, E / config.numHeads),
    zero(`layer${l}.cellAttended`, E, E),
  ];
  const stem = [matrix('stem.hidden', E, hidden), zero('stem.output', hidden, E)];
  const sink = [1, config.numHeads, 1, E / config.numHeads];
  const sinks = (l: number) => [zero(`sink${l}.key`, ...sink), zero(`sink${l}.value`, ...sink)];
  const row = [
    matrix('embedX', inputColumns(config), E),
    matrix('embedY', numbersPerValue(config.yFeatures), E),
    zero('contextBias', E),
    ...(readsQueries(config) ? [zero('queryBias', E)] : []),
  ];
  const answerWidth = widthOf(config, totalLayers(config) - 1);
  const isClass = config.head === 'classes';
  const cell = [
    // A value, whether it is missing, and that this is not a target.
    matrix('embedX', numbersPerValue(config.xFeatures) + 2, E),
    isClass
      ? { name: 'embedY', shape: [numOutputs, E], scale: 1 }
      : matrix('embedY', numbersPerValue(config.yFeatures), E),
    // Of target cells: those of the context, and those of queries, whose target is not known.
    matrix('known', 1, E),
    matrix('unknown', 1, E),
    ...(config.ridgePenalties ? [matrix('embedRidge', scoreNumbers(config), E)] : []),
  ];
  return [
    ...(isTable ? cell : row),
    ...(config.stem ? stem : []),
    ...(config.sinks ? Array.from({ length: numLayers }, (_, l) => sinks(l)).flat() : []),
    ...Array.from({ length: totalLayers(config) }, (_, l) => layer(l)).flat(),
    ...(config.head === 'normals' ? [] : [zero('head', answerWidth, numOutputs)]),
    ...(trustNumbers(config) > 0 ? [zero('trust', answerWidth, trustNumbers(config))] : []),
    ...(config.kernels ? kernelParameters(config) : []),
    ...(config.corrections ? [zero('corrections', answerWidth, numOutputs)] : []),
  ];
}

/** What the scores of ridge regressions go through: with these at 0 a network answers as if it had none. */
export const RIDGE_PARAMETERS = ['embedRidge', 'trust'];

/** Those of kernel-regression.ts. */
function kernelParameters(config: ModelConfig): Parameter[] {
  const { width: E, hidden } = config;
  const told = toldColumns(config);
  const pooled = POOLS * (E + inputColumns(config));
  const G = numKernels(config);
  const C = numComponents(config);
  return [
    zero('kernelPools', E, POOLS),
    matrix('kernelTold', told + 1, hidden),
    matrix('kernelSeen', pooled, hidden),
    zero('kernelEach', 2 * hidden, C * (PLACES + 1)),
    { name: 'kernelPlaces', shape: [config.numFeatures - told, C * PLACES], scale: 0.5 },
    zero('kernelMiddle', 1, 2),
    zero('kernelReach', config.hyperparameters?.length || 1, 2),
    zero('kernelNodes', 3, G),
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

/** Of all weights as one vector, those that `named` has with the same name and shape are replaced by its. */
export function replaceWeights(
  config: ModelConfig,
  weights: Float32Array,
  named: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>,
): void {
  let offset = 0;
  for (const { name, shape } of parameters(config)) {
    if (named[name]?.shape.join() === shape.join()) weights.set(named[name].data, offset);
    offset += sizeOf(shape);
  }
}
