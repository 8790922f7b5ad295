/**
 * Structural causal models: small tables, with columns of any units, categories, missing cells and classes or a real target.
 *
 * Story    A batch has F columns. F is uniform from minFeatures to maxFeatures in a tenth of the batches, else it is
 *          floor(low (high / low)^u) with u the mean of three U(0, 1), low = minFeatures, high = maxFeatures + 1; with 1 .. 50, 80 % of
 *          the batches have 3 to 20. Each data set is drawn by one of three stories, whose files state their dials:
 *
 *            graph    45 %   structural-causal/graph.ts: units in layers, each a function of units of the layer before, by a network
 *                            (70 %) or by trees (30 %), with noise at the units. Features and target are its inputs and outputs, or
 *                            units anywhere in it, so that a target may be a cause of its features.
 *            formula  40 %   formula.ts: a sum of terms of some or all columns: linear, bent, products, rules, trees
 *            groups   15 %   groups.ts: the class or group first, then features as members of it have them
 *
 *          causes.ts has the columns that graphs and formulas start from. What comes out is made to look like a table:
 *
 *            classes.ts        2 .. maxClasses classes, even or not, with noise and wrong labels
 *            real-target.ts    or a real target: noise, skewed, rounded, many equal values, units
 *            looks.ts          columns: without a part in it, near copies, categories, skewed or rounded numbers, units
 *            missing-cells.ts  cells that are not there
 *
 *          All rows of a data set are drawn alike; "standardised", "quantile" and "the value of a row" are of context and query rows
 *          together. A data set whose context would have fewer than two classes, or one value only, is drawn anew (20 times at most, so
 *          that this is left to contexts of a single row).
 *
 * Source   Networks of which features and target are any units: Hollmann et al., TabPFN (ICLR 2023), section 4. Trees in place of
 *          layers, 30 %: Qu et al., TabICL (ICML 2025). Categories, warped columns, missing cells: Hollmann et al., TabPFN v2 (Nature
 *          2025). Bending by Kumaraswamy's distribution: Müller et al., PFNs4BO (ICML 2023). Why cells are missing: Rubin, Inference
 *          and Missing Data (Biometrika 1976). Formulas, groups, how they are mixed and all ranges: ours.
 * Units    x and y have any; columns differ by many orders of magnitude. Meant for a model that takes columns in units of their context.
 * Not in   rows that depend on each other (time, repeated measurements), text, missing targets.
 * Output   all rows are exchangeable, and so are columns. Categories are codes 0 .. c - 1. A missing cell is NaN; targets never are.
 *          Classes are 0 .. C - 1, each in the context if that has at least two rows, so that queries have no others.
 *          contextX [B, N, F], contextY [B, N], queryX [B, M, F], queryY [B, M]
 */

import { checkRows, refuseUnknown } from './checks.ts';
import type { Batch, BatchShape, Prior } from './prior.ts';
import { type Chance, chanceOf, choose, shuffledIndices, whole } from './structural-causal/chance.ts';
import {
  drawClassCount,
  drawClasses,
  drawClassRule,
  drawClassShares,
  mislabel,
  toClasses,
} from './structural-causal/classes.ts';
import type { Column } from './structural-causal/column.ts';
import { drawFormula } from './structural-causal/formula.ts';
import { drawGraph } from './structural-causal/graph.ts';
import { groupsOfClasses, groupsOfRealTarget } from './structural-causal/groups.ts';
import { drawLooks } from './structural-causal/looks.ts';
import { dropCells } from './structural-causal/missing-cells.ts';
import { toRealTarget } from './structural-causal/real-target.ts';

export interface StructuralCausalOptions {
  readonly task?: 'classification' | 'regression';
  /** The most rows of one data set, context and query together. */
  readonly maxRows?: number;
  /** The fewest columns of a batch, 1 .. maxFeatures. */
  readonly minFeatures?: number;
  /** The most columns of a batch, 1 .. 50. */
  readonly maxFeatures?: number;
  /** The most classes of a data set, 2 .. 10; those of regression are none. */
  readonly maxClasses?: number;
}

type Options = Required<StructuralCausalOptions>;

const NAME = 'structural-causal';
const MOST_ROWS = 10_000;
const MOST_FEATURES = 50;
const MOST_CLASSES = 10;

export function structuralCausal(options: StructuralCausalOptions = {}): Prior {
  const complete = checkOptions(options);
  const { task, maxRows, maxFeatures, maxClasses } = complete;
  return {
    name: NAME,
    options: { ...complete },
    numFeatures: maxFeatures,
    anyFeatures: true,
    ...(task === 'classification' && { numClasses: maxClasses }),
    maxRows,
    sample: (random, shape) => sampleBatch(chanceOf(random), shape, complete),
  };
}

function checkOptions(options: StructuralCausalOptions): Options {
  const {
    task = 'classification',
    maxRows = 1024,
    maxFeatures = MOST_FEATURES,
    minFeatures = 1,
    maxClasses = MOST_CLASSES,
    ...unknown
  } = options;
  const complete = { task, maxRows, minFeatures, maxFeatures, maxClasses };
  refuseUnknown(NAME, Object.keys(complete), unknown);
  if (task !== 'classification' && task !== 'regression') {
    throw new TypeError(`${NAME}: task must be 'classification' or 'regression', got ${JSON.stringify(task)}.`);
  }
  for (const [name, value, least, most] of [
    ['maxRows', maxRows, 2, MOST_ROWS],
    ['maxFeatures', maxFeatures, 1, MOST_FEATURES],
    ['minFeatures', minFeatures, 1, maxFeatures],
    ['maxClasses', maxClasses, 2, MOST_CLASSES],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${NAME}: ${name} must be a whole number from ${least} to ${most}, got ${value}.`);
    }
  }
  return complete;
}

function sampleBatch(chance: Chance, shape: BatchShape, options: Options): Batch {
  const { numDatasets, numContext, numQuery } = shape;
  checkRows(NAME, options.maxRows, shape);
  const numFeatures = drawNumFeatures(chance, options);
  const contextX = new Float32Array(numDatasets * numContext * numFeatures); // [B, N, F]
  const contextY = new Float32Array(numDatasets * numContext); // [B, N]
  const queryX = new Float32Array(numDatasets * numQuery * numFeatures); // [B, M, F]
  const queryY = new Float32Array(numDatasets * numQuery); // [B, M]
  for (let b = 0; b < numDatasets; b++) {
    const { columns, target } = drawTable(chance, shape, numFeatures, options);
    const order = shuffledIndices(chance, numFeatures);
    for (let f = 0; f < numFeatures; f++) {
      const column = columns[order[f]];
      for (let i = 0; i < numContext; i++) contextX[(b * numContext + i) * numFeatures + f] = column[i];
      for (let i = 0; i < numQuery; i++) queryX[(b * numQuery + i) * numFeatures + f] = column[numContext + i];
    }
    contextY.set(target.subarray(0, numContext), b * numContext);
    queryY.set(target.subarray(numContext), b * numQuery);
  }
  return { ...shape, numFeatures, contextX, contextY, queryX, queryY };
}

/** Both ends are rare; the tenth that is uniform sees to it that many columns are not all but never. */
function drawNumFeatures(chance: Chance, { minFeatures, maxFeatures }: Options): number {
  const { random } = chance;
  if (random() < 0.1) return whole(chance, minFeatures, maxFeatures);
  const place = (random() + random() + random()) / 3;
  return Math.min(maxFeatures, Math.floor(minFeatures * ((maxFeatures + 1) / minFeatures) ** place));
}

interface Table {
  /** [F] columns of R = N + M rows, the context first. */
  readonly columns: readonly Column[];
  /** [R] */
  readonly target: Int32Array | Column;
}

const MOST_TRIES = 20;

function drawTable(chance: Chance, shape: BatchShape, numFeatures: number, options: Options): Table {
  const numRows = shape.numContext + shape.numQuery;
  const draw = options.task === 'classification' ? drawClassified : drawMeasured;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const table = draw(chance, numRows, shape.numContext, numFeatures, options);
    if (table === null) continue;
    drawLooks(chance, table.columns);
    dropCells(chance, table.columns);
    return table;
  }
  return emptyTable(numRows, numFeatures);
}

const STORY_WEIGHTS = [0.45, 0.4, 0.15];

function drawClassified(
  chance: Chance,
  numRows: number,
  numContext: number,
  numFeatures: number,
  { maxClasses }: Options,
): Table | null {
  const numClasses = drawClassCount(chance, maxClasses, numContext);
  const story = choose(chance, STORY_WEIGHTS);
  let columns: readonly Column[];
  let target: Int32Array | null;
  if (story === 2) {
    target = drawClasses(chance, drawClassShares(chance, numClasses), numRows, numContext);
    if (target === null) return null;
    columns = groupsOfClasses(chance, target, numClasses, numFeatures);
  } else {
    const rule = drawClassRule(chance, numClasses);
    const latent = (story === 0 ? drawGraph : drawFormula)(chance, {
      numRows,
      numFeatures,
      numOutputs: rule.numOutputs,
    });
    columns = latent.columns;
    target = toClasses(chance, rule, latent.outputs, numContext);
    if (target === null) return null;
  }
  mislabel(chance, target, numContext);
  return { columns, target };
}

function drawMeasured(chance: Chance, numRows: number, numContext: number, numFeatures: number): Table | null {
  const story = choose(chance, STORY_WEIGHTS);
  const { columns, outputs } =
    story === 2
      ? groupsOfRealTarget(chance, numRows, numFeatures)
      : (story === 0 ? drawGraph : drawFormula)(chance, { numRows, numFeatures, numOutputs: 1 });
  const [target] = outputs;
  return toRealTarget(chance, target, numContext) ? { columns, target } : null;
}

/** Where there is nothing to draw from, as with a single row: zeros. */
const emptyTable = (numRows: number, numFeatures: number): Table => ({
  columns: Array.from({ length: numFeatures }, () => new Float64Array(numRows)),
  target: new Int32Array(numRows),
});
