/**
 * A structural causal model in layers. The first layer is the causes; a unit of a later one is a function of units of the layer before:
 *
 *   network   h = a(g z + b) + s e,  z = sum of w_j h_j over its parents, standardised;  w ~ N(0, 1), in half of the tables times
 *             exp(N(0, 1)), so that one parent rules;  ln g ~ N(0, 0.7^2),  b ~ N(0, 0.7^2)
 *   trees     h = sum of 1 .. 4 regression trees (tree.ts) of 1 .. 4 levels over its parents + s e
 *
 * and a(..) and the sum are standardised before the noise is added. Trees are 30 % of the graphs; a graph has one activation for all
 * units (half of them) or one for each, by the weights of activations.ts.
 *
 *   layers    1 .. 6 after the causes, one more with probability 0.5
 *   width     log-uniform in [3, 24 + F], but enough for what is read off
 *   parents   each unit of the layer before with probability keep, log-uniform in [1.5 / width, 1]; at least one
 *   s         0 in a third of the graphs, else log-uniform in [0.005, 0.4] times exp(N(0, 0.5^2)) for each unit
 *
 * What is read off:
 *   function  half of the graphs: features are the causes, of which the first layer sees all (half of them) or 1 + F u^2 at random, and
 *             outputs are units of the last layer
 *   causal    the other half: features and outputs are any units, so that a target may be a cause of its features. In 70 % of these
 *             they are from a stretch of neighbours. Causes are log-uniform in [1, F / 2 + 3].
 */
import { logUniform } from '../distributions.ts';
import { type Activation, drawActivation } from './activations.ts';
import { drawCauses } from './causes.ts';
import { type Chance, shuffledIndices, whole } from './chance.ts';
import { addNoise, type Column, standardise } from './column.ts';
import type { Latent, StoryShape } from './story.ts';
import { addTree } from './tree.ts';

const MOST_LAYERS = 6;

/** What all units of a graph have in common. */
interface GraphDials {
  readonly isTrees: boolean;
  readonly width: number;
  /** Probability of an edge. */
  readonly keep: number;
  /** Of ln |w|, beyond that of a normal. */
  readonly spread: number;
  readonly noise: number;
  /** null: one for each unit. */
  readonly activation: Activation | null;
}

export function drawGraph(chance: Chance, shape: StoryShape): Latent {
  const isFunction = chance.random() < 0.5;
  return isFunction ? readFunction(chance, shape) : readCausal(chance, shape);
}

function readFunction(chance: Chance, { numRows, numFeatures, numOutputs }: StoryShape): Latent {
  const { random } = chance;
  const numLayers = drawLayers(chance);
  const columns = drawCauses(chance, numFeatures, numRows);
  const seesAll = random() < 0.5;
  const numSeen = seesAll ? numFeatures : 1 + Math.floor((numFeatures - 1) * random() ** 2 + random());
  const seen = shuffledIndices(chance, numFeatures).subarray(0, numSeen);
  const dials = drawDials(chance, numFeatures, numOutputs);
  let layer = Array.from(seen, (f) => columns[f]);
  for (let l = 0; l < numLayers; l++) layer = nextLayer(chance, layer, dials);
  return { columns, outputs: readUnits(chance, layer, numOutputs) };
}

function readCausal(chance: Chance, { numRows, numFeatures, numOutputs }: StoryShape): Latent {
  const { random } = chance;
  const numRead = numFeatures + numOutputs;
  const numLayers = drawLayers(chance);
  const numCauses = Math.floor(logUniform(random, 1, numFeatures / 2 + 4));
  const dials = drawDials(chance, numFeatures, Math.ceil(numRead / numLayers));
  let layer = drawCauses(chance, numCauses, numRows);
  const units = [...layer];
  for (let l = 0; l < numLayers; l++) {
    layer = nextLayer(chance, layer, dials);
    units.push(...layer);
  }
  const isStretch = random() < 0.7;
  const length = isStretch ? Math.min(units.length, Math.ceil(1.3 * numRead)) : units.length;
  const start = whole(chance, 0, units.length - length);
  const read = readUnits(chance, units.slice(start, start + length), numRead);
  return { columns: read.slice(numOutputs), outputs: read.slice(0, numOutputs) };
}

function drawLayers({ random }: Chance): number {
  let layers = 1;
  while (layers < MOST_LAYERS && random() < 0.5) layers++;
  return layers;
}

function drawDials(chance: Chance, numFeatures: number, leastWidth: number): GraphDials {
  const { random, gauss } = chance;
  const width = Math.max(leastWidth, Math.floor(logUniform(random, 3, 24 + numFeatures)));
  return {
    isTrees: random() < 0.3,
    width,
    keep: logUniform(random, Math.min(1, 1.5 / width), 1),
    spread: random() < 0.5 ? Math.abs(gauss()) : 0,
    noise: random() < 1 / 3 ? 0 : logUniform(random, 0.005, 0.4),
    activation: random() < 0.5 ? drawActivation(chance) : null,
  };
}

function nextLayer(chance: Chance, layer: readonly Column[], dials: GraphDials): Column[] {
  return Array.from({ length: dials.width }, () => {
    const parents = layer.filter(() => chance.random() < dials.keep);
    if (parents.length === 0) parents.push(layer[Math.floor(chance.random() * layer.length)]);
    const unit = dials.isTrees ? treeUnit(chance, parents) : networkUnit(chance, parents, dials);
    if (dials.noise > 0) addNoise(chance, unit, dials.noise * Math.exp(0.5 * chance.gauss()));
    return unit;
  });
}

function networkUnit(chance: Chance, parents: readonly Column[], { spread, activation }: GraphDials): Column {
  const { gauss } = chance;
  const unit = new Float64Array(parents[0].length);
  for (const parent of parents) {
    const weight = gauss() * Math.exp(spread * gauss());
    for (let i = 0; i < unit.length; i++) unit[i] += weight * parent[i];
  }
  standardise(unit);
  const activate = activation ?? drawActivation(chance);
  activate(unit, Math.exp(0.7 * gauss()), 0.7 * gauss());
  standardise(unit);
  return unit;
}

const MOST_TREES = 4;
const MOST_DEPTH = 4;

function treeUnit(chance: Chance, parents: readonly Column[]): Column {
  const unit = new Float64Array(parents[0].length);
  const weights = parents.map(() => Math.exp(chance.gauss()));
  const depth = whole(chance, 1, MOST_DEPTH);
  const numTrees = whole(chance, 1, MOST_TREES);
  for (let t = 0; t < numTrees; t++) addTree(chance, parents, weights, depth, unit);
  standardise(unit);
  return unit;
}

/** Copies of some of the units, in an order at random. */
function readUnits(chance: Chance, units: readonly Column[], count: number): Column[] {
  const order = shuffledIndices(chance, units.length);
  return Array.from({ length: count }, (_, i) => units[order[i % units.length]].slice());
}
