import { sizeOf } from '../engine/array.ts';
import type { InputSpec, TensorFunction } from '../engine/engine.ts';
import {
  add,
  concat,
  crossEntropy,
  div,
  erf,
  fill,
  mul,
  neg,
  reshape,
  slice,
  softCrossEntropy,
  split,
  sub,
  sum,
  type Tensor,
  valueAndGradients,
} from '../engine/ops.ts';
import { withRecomputation } from '../engine/recompute.ts';
import type { ModelConfig } from '../model/config.ts';
import { logDensities } from '../model/mixture-head.ts';
import { networkOf } from '../model/network.ts';
import { parameterCount, parameters, RIDGE_PARAMETERS } from '../model/parameters.ts';
import { type AdamWOptions, adamw } from './adamw.ts';
import { isMuonMatrix, muonDirections } from './muon.ts';

/** What the network is held against: the query targets as 'drawn', or their 'law' (QueryLaw of priors/prior.ts); normals are held against draws of it. */
export type Targets = 'drawn' | 'law';

/** The mean cross entropy of the query targets, or of their bars, as a function of all weights in one vector [P]. */
export function lossFunction(config: ModelConfig): Recordable {
  return {
    fn: (inputs) => ({
      loss: mul(sumCrossEntropy(config, unpack(config, inputs.weights), inputs), inputs.inverseCount),
    }),
    spec: { weights: vector(config), ...batchSpec(config, 'drawn') },
  };
}

type Optimizer = AdamWOptions & { readonly optimizer?: 'adamw' | 'muon' };
interface Backward {
  /** Whether the backward pass computes the inside of blocks again, so that it need not be kept. */
  readonly recompute?: boolean;
  /** Whether a step is told if the network may use its ridge regressions yet. */
  readonly ridgeFrom?: number;
}
type Recordable = { readonly fn: TensorFunction; readonly spec: InputSpec };

const number = { dtype: 'float32', shape: [] } as const;
const vector = (config: ModelConfig) => ({ dtype: 'float32', shape: [parameterCount(config)] }) as const;

/** One training step as a pure function: state and batch in, state and loss out. The state is three vectors [P]. */
export function trainStep(config: ModelConfig, options: Optimizer & Backward, targets: Targets = 'drawn'): Recordable {
  const { gradient: _, ...state } = updateSpec(config);
  return {
    fn(inputs) {
      const { loss, gradient } = lossAndGradient(config, options, inputs);
      return { ...update(config, options, { ...inputs, gradient }), loss };
    },
    spec: { ...state, ...batchSpec(config, targets, options) },
  };
}

/**
 * How steps follow each other in one run. Copying weights and moments out of onnxruntime takes 3 to 12 % of a step on the CPU (docs/log.md), and of
 * four steps a quarter of that; with more of them a run would be slow to show its progress and to stop.
 */
export const STEP_LOOP = {
  carried: { weights: 'nextWeights', first: 'nextFirst', second: 'nextSecond' },
  shared: ['borders'],
  most: 4,
};

/** The first half of a step for a part of its batch: its gradient [P] and its share of the loss, each added to the sum of those of other parts. */
export function gradientPart(config: ModelConfig, backward: Backward = {}, targets: Targets = 'drawn'): Recordable {
  return {
    fn({ gradientSum, lossSum, ...inputs }) {
      const { loss, gradient } = lossAndGradient(config, backward, inputs);
      return { gradient: add(gradientSum, gradient), loss: add(lossSum, loss) };
    },
    spec: {
      weights: vector(config),
      gradientSum: vector(config),
      lossSum: number,
      ...batchSpec(config, targets, backward),
    },
  };
}

/** The second half: state and gradient in, state out. */
export function updateStep(config: ModelConfig, optimizer: Optimizer): Recordable {
  return { fn: (inputs) => update(config, optimizer, inputs), spec: updateSpec(config) };
}

/** Both are sums over the query targets times `inverseCount`; the gradient is [P]. */
function lossAndGradient(
  config: ModelConfig,
  { recompute = false }: Backward,
  { weights, ...batch }: Readonly<Record<string, Tensor>>,
) {
  const forward = (pieces: readonly Tensor[]) => sumCrossEntropy(config, pieces, batch);
  const { value, gradients } = valueAndGradients((pieces) =>
    recompute ? withRecomputation(() => forward(pieces)) : forward(pieces),
  )(unpack(config, weights));
  // Mean from sum, after differentiating: a product with [P] instead of one with all logits.
  return {
    loss: mul(value, batch.inverseCount),
    gradient: mul(concat(gradients.map((piece) => reshape(piece, [-1]))), batch.inverseCount),
  };
}

function update(
  config: ModelConfig,
  optimizer: Optimizer,
  { weights, first, second, gradient, learningRate, debiasFirst, debiasSecond }: Readonly<Record<string, Tensor>>,
) {
  const direct =
    optimizer.optimizer === 'muon'
      ? (adam: Tensor, averaged: Tensor) => muonDirection(config, adam, averaged)
      : undefined;
  const next = adamw(
    { weights, first, second },
    gradient,
    learningRate,
    { first: debiasFirst, second: debiasSecond },
    { ...optimizer, direct },
  );
  return {
    nextWeights: next.weights,
    nextFirst: next.first,
    nextSecond: next.second,
    gradientNorm: next.gradientNorm,
  };
}

function updateSpec(config: ModelConfig) {
  return {
    weights: vector(config),
    first: vector(config),
    second: vector(config),
    gradient: vector(config),
    learningRate: number,
    debiasFirst: number,
    debiasSecond: number,
  };
}

/** [P] -> one tensor per parameter, in the order of the parameter table. */
function unpack(config: ModelConfig, weights: Tensor): Tensor[] {
  const shapes = parameters(config).map(({ shape }) => [...shape]);
  const sizes = shapes.map(sizeOf);
  return split(weights, sizes).map((piece, index) => reshape(piece, shapes[index]));
}

/** Muon for the matrices inside the layers, Adam for embeddings, biases and the head. */
function muonDirection(config: ModelConfig, adam: Tensor, averaged: Tensor): Tensor {
  const pieces = unpack(config, adam);
  const momentum = unpack(config, averaged);
  const inLayers = parameters(config).flatMap(({ name }, index) => (isMuonMatrix(name) ? index : []));
  muonDirections(inLayers.map((index) => momentum[index])).forEach((direction, position) => {
    pieces[inLayers[position]] = direction;
  });
  return concat(pieces.map((piece) => reshape(piece, [-1])));
}

/** Of all targets, and all draws of each. */
function sumCrossEntropy(
  config: ModelConfig,
  pieces: readonly Tensor[],
  { contextX, contextY, queryX, target, ridge, ...law }: Readonly<Record<string, Tensor>>,
): Tensor {
  const named = Object.fromEntries(parameters(config).map(({ name }, index) => [name, pieces[index]]));
  const closed = ridge
    ? RIDGE_PARAMETERS.filter((name) => named[name]).map((name) => [name, mul(named[name], ridge)])
    : [];
  const weights = { ...named, ...Object.fromEntries(closed) };
  const { condition, predict } = networkOf(config);
  const logits = predict(weights, config, condition(weights, config, contextX, contextY), queryX); // [B*M, K]
  if (config.head === 'normals') {
    const [B, M, D] = target.shape as [number, number, number];
    return neg(sum(logDensities(logits, reshape(target, [B * M, D]))));
  }
  return target === undefined
    ? softCrossEntropy(logits, barProbabilities(config, law))
    : crossEntropy(logits, reshape(target, [-1]));
}

/** Beyond every target, and finite when divided by a small standard deviation. */
const FAR = 1e20;

/** Of N(queryMean, querySd^2), each [B, M], in the bars between `borders` [K + 1] -> [B*M, K]; what lies outside is in the outer bars. */
function barProbabilities(
  { numOutputs }: ModelConfig,
  { queryMean, querySd, borders }: Readonly<Record<string, Tensor>>,
): Tensor {
  const inner = slice(borders, 1, numOutputs - 1);
  const ends = concat([fill([1], -FAR), inner, fill([1], FAR)]);
  const z = div(
    sub(reshape(ends, [1, numOutputs + 1]), reshape(queryMean, [-1, 1])),
    mul(reshape(querySd, [-1, 1]), Math.SQRT2),
  );
  const doubled = erf(z); // 2 cdf - 1, [B*M, K + 1]
  return mul(sub(slice(doubled, [0, 1], [-1, numOutputs]), slice(doubled, [0, 0], [-1, numOutputs])), 0.5);
}

/** Whether a step reads the borders of the bars. */
export const needsBorders = ({ head }: ModelConfig, targets: Targets): boolean => head === 'bars' && targets === 'law';

function targetSpec({ head }: ModelConfig, targets: Targets): InputSpec {
  const perQuery = ['batch', 'query'];
  if (head === 'normals') return { target: { dtype: 'float32', shape: [...perQuery, 'draw'] } };
  if (targets === 'drawn') return { target: { dtype: 'int32', shape: perQuery } };
  return { queryMean: { dtype: 'float32', shape: perQuery }, querySd: { dtype: 'float32', shape: perQuery } };
}

function batchSpec(config: ModelConfig, targets: Targets, { ridgeFrom }: Backward = {}): InputSpec {
  const { xShape } = networkOf(config);
  return {
    contextX: { dtype: 'float32', shape: xShape('context') },
    contextY: { dtype: 'float32', shape: ['batch', 'context'] },
    queryX: { dtype: 'float32', shape: xShape('query') },
    ...targetSpec(config, targets),
    ...(needsBorders(config, targets) ? { borders: { dtype: 'float32', shape: [config.numOutputs + 1] } } : {}),
    inverseCount: number,
    ...(ridgeFrom !== undefined && { ridge: number }),
  };
}
